import { waiting } from './domain/bundle-log.ts'
import { iso, minute } from './domain/duration.ts'
import { isEngine, type Protection } from './domain/instance.ts'
import type { PlanItem } from './domain/item.ts'
import { noPlan, permissionOf } from './domain/plan.ts'
import { freezesOf, type Policy } from './domain/policy.ts'
import { type Gathered, hasEnded } from './domain/renewal.ts'
import { type Treatment, treatmentOf } from './domain/treatment.ts'
import { bundleLog, effectivePolicy, planLog, readRollout, renewalLog } from './logs.ts'
import type { Ports, Served } from './ports.ts'

type Needs = Pick<Ports, 'clock' | 'journal' | 'rds' | 'bundles' | 'trust' | 'probes' | 'settings'>

/**
 * Gathers what a decision about one renewal looks at: the logs first, and the cloud only where they leave the answer open. An instance that
 * restarts is only read, not probed.
 */
export async function gatherRenewal({ plan: planId, renewal }: { plan: string; renewal: string }, ports: Needs): Promise<Gathered> {
  const { journal, settings } = ports
  const [{ state: log }, { state: named }, { state: rollout }, { policy }] = await Promise.all([
    renewalLog.read(journal, renewal),
    planLog.read(journal, planId),
    readRollout(journal),
    effectivePolicy(journal),
  ])
  // An answer to an older plan of the same renewal permits nothing: what it promised is no longer what is planned.
  const plan = log.planned?.plan === planId ? named : noPlan
  const known = { log, plan, rollout, mode: policy.mode, freezes: freezesOf(policy), pace: settings.pace }
  const item = log.planned?.item
  const held = rollout.slots.find(one => one.renewal === renewal)
  const now = ports.clock.now()
  const permission = permissionOf(plan, renewal, now.toISOString())
  const open = item && !log.updated && (held || (!log.ended && (permission.given || permission.reason === 'Lapsed')))
  if (!open) return { ...known, ...nothing(policy) }

  const [instance, protection] = await Promise.all([
    ports.rds.instance(item.region, item.instance),
    ports.rds.protection(item.region, item.instance),
  ])
  const treatment = instance ? treatmentOf(policy, instance) : nothing(policy).treatment
  if (held && hasEnded(item, instance, protection)) {
    const tasks = await ports.rds.vendorTasks(item.region)
    return { ...known, ...nothing(policy), treatment, instance, protection, tasks }
  }
  const settling = held && (log.accepted || now.getTime() < Date.parse(held.callBefore) + settings.pace.settleAfter)
  if (settling || !instance || !protection?.enabled) return { ...known, ...nothing(policy), treatment, instance, protection }

  const [tasks, listedSince, manifest, { state: bundle }] = await Promise.all([
    ports.rds.vendorTasks(item.region),
    held ? ports.rds.tasksSince(item.region, item.instance, iso(Date.parse(held.startedAt) - clocksApart)) : [],
    ports.bundles.manifest(),
    bundleLog.read(journal, ''),
  ])
  const served = manifest ? await look(item, protection, policy, manifest.version, ports) : ({ reached: false } as const)
  const [bundleCheckedAt, bundleWaiting] = [manifest?.checkedAt, waiting(bundle, manifest)?.version]
  return { ...known, treatment, instance, protection, tasks, listedSince, served, bundleCheckedAt, bundleWaiting }
}

/** Why no probe reaches an endpoint until a person mends it. Anything else a restart may bring about, which is over in minutes. */
const lasting = ['NoProbe', 'NoEndpoint', 'NameNotFound', 'Unreachable', 'HostNotAllowed', 'HostBlocked', 'NoTlsOffered', 'NotThisProtocol']

/** The service dates its tasks by its own clock. */
const clocksApart = 5 * minute

const nothing = (policy: Policy) => ({
  treatment: { ...policy.defaults, from: 'defaults', groups: ['defaults'], updateValue: undefined, stated: false } satisfies Treatment,
  instance: undefined,
  protection: undefined,
  tasks: [],
  listedSince: [],
  served: { reached: false } as const,
  bundleCheckedAt: undefined,
})

async function look(
  item: PlanItem,
  { host }: Extract<Protection, { enabled: true }>,
  policy: Policy,
  version: string,
  ports: Needs,
): Promise<Gathered['served']> {
  const served = await probe({ ...item, host }, policy, ports)
  if (!served.reached) return { reached: false, ...(lasting.includes(served.code) ? {} : { passing: true }) }
  const chain = served.chain.map(der => Buffer.from(der))
  const bundle = ports.trust.read(await ports.bundles.pem(version)).map(one => one.der)
  const issuer = ports.trust.issuer(chain, bundle)
  if (!issuer.known && issuer.issuer === null) return { reached: false }
  const { fingerprint, notBefore, notAfter } = ports.trust.describe(chain)
  return { reached: true, fingerprint, notBefore, notAfter, issuerKnown: issuer.known }
}

type Endpoint = { region: string; instance: string; engine: string; vpc?: string | undefined; host: string }

/** A handshake from the probe that the policy names for the instance's VPC. */
export async function probe(at: Endpoint, policy: Policy, { rds, probes }: Pick<Ports, 'rds' | 'probes'>): Promise<Served> {
  const reach = policy.reach.find(one => one.region === at.region && one.vpc === at.vpc)
  if (!reach) {
    const where = `{region: ${at.region}, vpc: ${at.vpc ?? 'none'}}`
    return {
      reached: false,
      code: 'NoProbe',
      detail: `no probe is deployed for ${where}`,
      mend: `deploy a probe function there and add it to reach in policy.yaml`,
    }
  }
  const port = await rds.port(at.region, at.instance, at.host)
  if (port === undefined || !isEngine(at.engine)) {
    return {
      reached: false,
      code: 'NoEndpoint',
      detail: `${at.host} is none of the instance's endpoints`,
      mend: 'look at its connection page in the console',
    }
  }
  return probes.shake(reach.function, { engine: at.engine, host: at.host, port, timeoutMs: 10_000 })
}
