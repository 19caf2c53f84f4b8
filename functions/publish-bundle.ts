/** ValidityUpdated → BundlePublished; nightly timer → (publication) */

import { createHash } from 'node:crypto'
import { howTo } from '../pull/how-to.ts'
import { pullPs1 } from '../pull/pull-ps1.ts'
import { pullSh } from '../pull/pull-sh.ts'
import { bundles } from '../shared/adapters/connect/bundles.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { source } from '../shared/adapters/connect/source.ts'
import { trust } from '../shared/adapters/connect/trust.ts'
import { guardBundle, objectionWords } from '../shared/bundle-guard.ts'
import { permits, type Refused, waiting } from '../shared/domain/bundle-log.ts'
import { Fault } from '../shared/errors.ts'
import { type EventOf, event } from '../shared/events.ts'
import { bundleNames } from '../shared/formats/bundle-names.ts'
import type { Certificate } from '../shared/formats/certificate.ts'
import type { TrustBundle } from '../shared/formats/trust.ts'
import { reportTrust } from '../shared/formats/trust-report.ts'
import { host } from '../shared/host.ts'
import { bundleLog, effectivePolicy, renewalLog } from '../shared/logs.ts'
import type { Manifest, Ports } from '../shared/ports.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'bundles' | 'source' | 'trust' | 'settings'>
type Refreshed =
  | { do: 'published'; version: string }
  | { do: 'kept'; version: string; because?: string }
  | { do: 'refused'; version: string; waits: string; because: string }

export async function publishAfterUpdate({ data: { plan, renewal } }: EventOf<'ValidityUpdated'>, ports: Needs): Promise<Refreshed> {
  const held = await ports.source.fetch().catch(unread)
  const refreshed = held instanceof Fault ? await asPublished(held, ports) : await refresh(held, ports)
  const { state } = await renewalLog.record(ports, renewal, log =>
    log.published || !log.updated ? undefined : { fact: 'Published', version: refreshed.version },
  )
  if (state.published) await ports.queue.send([event('BundlePublished', { plan, renewal, version: state.published.version })])
  return refreshed
}

const unread = (error: unknown): Fault => {
  if (error instanceof Fault) return error
  throw error
}

/** Other restarts go on as long as the bundle is fresh enough, so that a proof never waits for an archive that cannot be read. */
async function asPublished(fault: Fault, { bundles }: Needs): Promise<Refreshed> {
  const current = await bundles.manifest()
  if (!current) throw fault
  return { do: 'kept', version: current.version, because: `${fault.code}: ${fault.message}` }
}

export async function publishNightly(_payload: unknown, ports: Needs): Promise<Refreshed> {
  return refresh(await ports.source.fetch(), ports)
}

/** Publishes what the source holds, where that changes something and harms nobody. */
async function refresh(certificates: readonly Certificate[], ports: Needs): Promise<Refreshed> {
  const current = await ports.bundles.manifest()
  const bundle = ports.trust.write(certificates)
  const now = ports.clock.now()
  const files = filesOf(bundle, ports.settings.bundleUrl)
  if (current?.version === bundle.version) {
    const checked = { ...current, checkedAt: now.toISOString() }
    if (!wordsDiffer(current, files)) await ports.bundles.checked(checked)
    else await ports.bundles.publish({ ...checked, files: digestsOf(files) }, files)
    return { do: 'kept', version: current.version }
  }
  const objection = current ? await guardBundle(certificates, current, ports) : undefined
  if (objection && current) {
    const refusal = { fact: 'Refused', version: bundle.version, instead: current.version, ...objection } as const
    if (!(await isAccepted(refusal, current, ports))) {
      await announce(refusal, ports)
      return { do: 'refused', version: current.version, waits: bundle.version, because: objectionWords(objection) }
    }
  }
  await ports.bundles.publish(manifestOf(bundle.version, certificates, files, now), files)
  return { do: 'published', version: bundle.version }
}

function filesOf(bundle: TrustBundle, url: string | undefined): Record<string, Uint8Array> {
  return {
    [bundleNames.pem]: bundle.pem,
    [bundleNames.p7b]: bundle.p7b,
    [bundleNames.jks]: bundle.jks,
    [bundleNames.p12]: bundle.p12,
    'HOWTO.txt': Buffer.from(howTo(url)),
    'pull.sh': Buffer.from(pullSh(url)),
    'pull.ps1': Buffer.from(pullPs1(url)),
  }
}

function manifestOf(version: string, certificates: readonly Certificate[], files: Record<string, Uint8Array>, now: Date): Manifest {
  const report = reportTrust(certificates, now)
  return {
    version,
    publishedAt: now.toISOString(),
    checkedAt: now.toISOString(),
    certificates: report.count,
    roots: report.roots.map(one => one.fingerprint),
    expired: report.expired.map(one => one.fingerprint),
    files: digestsOf(files),
  }
}

const digestsOf = (files: Record<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]))

/** Words and scripts change with the release: they are published with it, as long as the formats of this version are the same bytes. */
function wordsDiffer(current: Manifest, files: Record<string, Uint8Array>): boolean {
  const differing = Object.entries(digestsOf(files)).filter(([name, digest]) => current.files[name] !== digest)
  return differing.length > 0 && differing.every(([name]) => !formats.has(name))
}

const formats: ReadonlySet<string> = new Set(Object.values(bundleNames))

/** Whether a person said yes to just this. Where nobody did, the journal has what there is to decide about. */
async function isAccepted(refusal: Refused, current: Manifest, ports: Needs): Promise<boolean> {
  const { state } = await bundleLog.record(ports, '', log => {
    const standing = waiting(log, current)
    const same = standing?.version === refusal.version && standing.harmed.join() === refusal.harmed.join()
    return same || permits(log, refusal) ? undefined : refusal
  })
  return permits(state, refusal)
}

/** No update that is done waits for this, and none begins: every night says it again until a person decided. */
async function announce(refusal: Refused, ports: Needs) {
  const approvers = (await effectivePolicy(ports.journal)).policy.defaults.approvers
  const day = ports.clock.now().toISOString().slice(0, 10)
  const subject = refusal.version.slice(0, 12)
  await ports.queue.send([
    event('AttentionNeeded', { reason: 'BundleRefused', subject, approvers, detail: objectionWords(refusal), mend: '', day }),
  ])
}

export const step = {
  step: 'publish-bundle',
  needs: ['journal', 'queue', 'bundles', 'source', 'trust'] as const,
  events: { ValidityUpdated: publishAfterUpdate },
  timers: { nightly: publishNightly },
}

export const handler = host(step, connecting({ bundles, journal, queue, source, trust }))
