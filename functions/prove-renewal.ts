/** BundlePublished → RenewalProven;  ProofDue → a weekly look at what is served */
import { bundles } from '../shared/adapters/connect/bundles.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { probes } from '../shared/adapters/connect/probes.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { rds } from '../shared/adapters/connect/rds.ts'
import { trust } from '../shared/adapters/connect/trust.ts'
import { isEngine, type Protection } from '../shared/domain/instance.ts'
import { hasBegun, judgeDrift, judgeRenewal, type Proof, type Seen } from '../shared/domain/proof.ts'
import { hasMoved } from '../shared/domain/renewal.ts'
import type { RenewalFact, RenewalState } from '../shared/domain/renewal-log.ts'
import { unreachable } from '../shared/errors.ts'
import { type EventOf, event } from '../shared/events.ts'
import { probe } from '../shared/gather.ts'
import { host } from '../shared/host.ts'
import { effectivePolicy, recordRollout, renewalLog } from '../shared/logs.ts'
import type { Manifest, Ports, ProofFile, Served } from '../shared/ports.ts'
import { attention, endRenewal } from '../shared/renewal-end.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'rds' | 'bundles' | 'trust' | 'probes' | 'settings'>

export async function proveRenewal({ data: { plan, renewal } }: EventOf<'BundlePublished'>, ports: Needs) {
  const { state: log } = await renewalLog.read(ports.journal, renewal)
  const item = log.planned?.item
  if (!item || !log.updated) return { do: 'leave', because: 'no such renewal was updated' } as const
  if (log.proof && log.proof.fact !== 'Unreached') return tell(plan, renewal, log, ports)

  const [{ policy }, manifest, protection, last] = await Promise.all([
    effectivePolicy(ports.journal),
    ports.bundles.manifest(),
    ports.rds.protection(item.region, item.instance),
    log.updated.before ? undefined : ports.bundles.proof(item.instance),
  ])
  if (!manifest) return { do: 'leave', because: 'no bundle is published' } as const
  if (!protection) {
    await endRenewal(ports, log, { reason: 'InstanceGone', because: 'it vanished before a handshake proved it' })
    return { do: 'leave', because: 'the instance is gone' } as const
  }
  // The endpoint may have another name by now, and under the old one nobody answers.
  const at = { ...item, host: protection.enabled ? protection.host : item.host }
  const served = await probe(at, policy, ports)
  const seen = await judgeable(served, at.host, manifest, ports)
  const before = log.updated.before ?? replaced(last, item.notAfter, ports)
  const proof = judgeRenewal(seen, { before, oldNotAfter: item.notAfter })
  if (proof.verdict === 'refuted') await halt(`${renewal}: ${proof.code}: ${proof.detail}`, ports)
  await ports.bundles.writeProof(proofFile(at, served, seen, proof, manifest, ports))
  const { state } = await renewalLog.record(ports, renewal, now => newVerdict(now, factOf(proof, seen, item.vpc ?? 'nowhere')))
  return tell(plan, renewal, state, ports)
}

/** Before the verdict is journalled, and never after it: told again, a verdict must not undo a person's resume. */
async function halt(why: string, ports: Needs) {
  await recordRollout(ports, 1, rollout => (rollout.halted ? undefined : { fact: 'RolloutHalted', why }))
}

/** Repeats of one verdict are one verdict; a proof is final. */
function newVerdict({ proof }: RenewalState, fact: RenewalFact): RenewalFact | undefined {
  return proof?.fact === 'Proven' || proof?.fact === fact.fact ? undefined : fact
}

/** The log's last verdict, told to those who wait for it. */
async function tell(plan: string, renewal: string, log: RenewalState, ports: Needs) {
  const { proof } = log
  if (!proof) return { do: 'leave', because: 'no verdict yet' } as const
  switch (proof.fact) {
    case 'Proven':
      await ports.queue.send([event('RenewalProven', { plan, renewal })])
      break
    case 'Unreached':
      await ports.queue.send([attention('Unreached', log, proof.detail, { mend: proof.mend })])
      break
    case 'Refuted':
      await ports.queue.send([attention('Refuted', log, `${proof.code}: ${proof.detail}`)])
      break
    default:
      return unreachable(proof)
  }
  return { do: 'tell', verdict: proof.fact } as const
}

export async function proveWeekly({ data: { region, instance: id, week } }: EventOf<'ProofDue'>, ports: Needs) {
  const [{ policy }, manifest] = await Promise.all([effectivePolicy(ports.journal), ports.bundles.manifest()])
  if (!manifest) return { do: 'leave', because: 'no bundle is published yet' } as const
  const [instance, protection] = await Promise.all([ports.rds.instance(region, id), ports.rds.protection(region, id)])
  if (!instance || !protection?.enabled || !isEngine(instance.engine)) return { do: 'leave', because: 'it has no TLS to look at' } as const
  const at = { region, instance: id, engine: instance.engine, host: protection.host, vpc: instance.vpc }
  const served = await probe(at, policy, ports)
  const seen = await judgeable(served, at.host, manifest, ports)
  const proof = judgeDrift(seen, protection.notAfter)
  await ports.bundles.writeProof(proofFile(at, served, seen, proof, manifest, ports))
  if (proof.verdict === 'refuted' && !simplyExpired(proof.code, protection, ports.clock.now())) {
    const approvers = policy.defaults.approvers
    const mend = 'compare what the endpoint serves with what the console says; restart or renew the instance'
    await ports.queue.send([
      event('AttentionNeeded', { reason: 'Drift', subject: id, approvers, detail: `${week}: ${proof.code}: ${proof.detail}`, mend }),
    ])
  }
  return { do: 'look', verdict: proof.verdict } as const
}

/** An expired certificate that the service also calls expired is no drift: check-expiry announces it. */
const simplyExpired = (code: string, { notAfter }: Extract<Protection, { enabled: true }>, now: Date): boolean =>
  code === 'Expired' && Date.parse(notAfter) <= now.getTime()

/** A handshake with its chain judged against the bundle exactly as published. */
async function judgeable(served: Served, name: string, manifest: Manifest, { bundles, trust, clock }: Needs): Promise<Seen> {
  if (!served.reached) return served
  const chain = served.chain.map(der => Buffer.from(der))
  const bundle = trust.read(await bundles.pem(manifest.version)).map(one => one.der)
  const verdict = trust.verify(chain, bundle, name, clock.now())
  if (!verdict.trusted && verdict.code === 'Malformed') {
    return { reached: false, code: verdict.code, detail: verdict.detail, mend: 'look at what the endpoint serves with openssl s_client' }
  }
  const { fingerprint, serial, notBefore, notAfter } = trust.describe(chain)
  const ours = hasBegun(notBefore, clock.now()) ? trust.verify(chain, bundle, name, new Date(notBefore)) : verdict
  const trusted = ours.trusted
    ? ({ yes: true, weaknesses: ours.weaknesses } as const)
    : ({ yes: false, code: ours.code, detail: ours.detail } as const)
  return { reached: true, leaf: { fingerprint, serial, notBefore, notAfter }, trusted }
}

/**
 * The leaf of the last look, where that is the one which the renewal replaced. It may be the new one already: looked at after somebody else
 * had renewed it, or by another delivery of this very message.
 */
function replaced(
  last: ProofFile | undefined,
  oldNotAfter: string,
  { trust }: Needs,
): { fingerprint: string; notBefore: string } | undefined {
  if (!last || last.chain.length === 0) return undefined
  const { fingerprint, notBefore, notAfter } = trust.describe(last.chain.map(der => Buffer.from(der, 'base64')))
  return hasMoved(oldNotAfter, notAfter) ? undefined : { fingerprint, notBefore }
}

function factOf(proof: Proof, seen: Seen, from: string): RenewalFact {
  switch (proof.verdict) {
    case 'proven': {
      if (!seen.reached) throw new Error('nothing was seen, and yet proven')
      const { fingerprint, serial, notAfter } = seen.leaf
      return { fact: 'Proven', fingerprint, serial, notAfter, from }
    }
    case 'unreached':
      return { fact: 'Unreached', detail: `${proof.code}: ${proof.detail}`, mend: proof.mend }
    case 'refuted':
      return { fact: 'Refuted', code: proof.code, detail: proof.detail }
    default:
      return unreachable(proof)
  }
}

type At = { region: string; instance: string; host: string; vpc?: string | undefined }

function proofFile(at: At, served: Served, seen: Seen, proof: Proof, manifest: Manifest, { clock }: Needs): ProofFile {
  const leaf = seen.reached ? seen.leaf : undefined
  return {
    region: at.region,
    instance: at.instance,
    host: at.host,
    verdict: proof.verdict,
    reason: proof.verdict === 'proven' ? undefined : `${proof.code}: ${proof.detail}`,
    chain: served.reached ? served.chain.map(der => Buffer.from(der).toString('base64')) : [],
    fingerprint: leaf?.fingerprint,
    serial: leaf?.serial,
    notAfter: leaf?.notAfter,
    protocol: served.reached ? served.protocol : undefined,
    ...(seen.reached && seen.trusted.yes && seen.trusted.weaknesses?.length ? { weaknesses: seen.trusted.weaknesses } : {}),
    bundle: manifest.version,
    from: at.vpc ?? 'nowhere',
    at: clock.now().toISOString(),
  }
}

export const step = {
  step: 'prove-renewal',
  needs: ['journal', 'queue', 'rds', 'bundles', 'trust', 'probes'] as const,
  events: { BundlePublished: proveRenewal, ProofDue: proveWeekly },
}

export const handler = host(step, connecting({ bundles, journal, probes, queue, rds, trust }))
