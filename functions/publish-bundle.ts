/** ValidityUpdated → BundlePublished; nightly timer → (publication) */

import { createHash } from 'node:crypto'
import { bundles } from '../shared/adapters/connect/bundles.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { source } from '../shared/adapters/connect/source.ts'
import { trust } from '../shared/adapters/connect/trust.ts'
import { guardBundle } from '../shared/bundle-guard.ts'
import { type EventOf, event } from '../shared/events.ts'
import { bundleNames } from '../shared/formats/bundle-names.ts'
import type { Certificate } from '../shared/formats/certificate.ts'
import type { TrustBundle } from '../shared/formats/trust.ts'
import { reportTrust } from '../shared/formats/trust-report.ts'
import { host } from '../shared/host.ts'
import { howTo } from '../shared/how-to.ts'
import { effectivePolicy, renewalLog } from '../shared/logs.ts'
import type { Manifest, Ports } from '../shared/ports.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'bundles' | 'source' | 'trust' | 'settings'>
type Refreshed = { do: 'published' | 'kept' | 'refused'; version: string }

export async function publishAfterUpdate({ data: { plan, renewal } }: EventOf<'ValidityUpdated'>, ports: Needs): Promise<Refreshed> {
  const refreshed = await publishNightly({}, ports)
  const { state } = await renewalLog.record(ports, renewal, log =>
    log.published || !log.updated ? undefined : { fact: 'Published', version: refreshed.version },
  )
  if (state.published) await ports.queue.send([event('BundlePublished', { plan, renewal, version: state.published.version })])
  return refreshed
}

/** Publishes what the source holds, where that changes something and harms nobody. */
export async function publishNightly(_payload: unknown, ports: Needs): Promise<Refreshed> {
  const [certificates, current] = await Promise.all([ports.source.fetch(), ports.bundles.manifest()])
  const bundle = ports.trust.write(certificates)
  const now = ports.clock.now()
  if (current?.version === bundle.version) {
    await ports.bundles.checked({ ...current, checkedAt: now.toISOString() })
    return { do: 'kept', version: current.version }
  }
  const objection = current ? await guardBundle(certificates, current, ports) : undefined
  if (objection && current) {
    await announce(objection, bundle.version, ports)
    return { do: 'refused', version: current.version }
  }
  const files = filesOf(bundle, ports.settings.bundleUrl)
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
  }
}

function manifestOf(version: string, certificates: readonly Certificate[], files: Record<string, Uint8Array>, now: Date): Manifest {
  const report = reportTrust(certificates, now)
  const digests = Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')])
  return {
    version,
    publishedAt: now.toISOString(),
    checkedAt: now.toISOString(),
    certificates: report.count,
    roots: report.roots.map(one => one.fingerprint),
    expired: report.expired.map(one => one.fingerprint),
    files: Object.fromEntries(digests),
  }
}

/** Nobody's update waits for this, but every night says it again until a person decided. */
async function announce(objection: string, version: string, ports: Needs) {
  const approvers = (await effectivePolicy(ports.journal)).policy.defaults.approvers
  const mend = 'compare the two bundles; where the change is right, accept it, else ask Alibaba'
  const day = ports.clock.now().toISOString().slice(0, 10)
  await ports.queue.send([
    event('AttentionNeeded', { reason: 'BundleRefused', subject: version.slice(0, 12), approvers, detail: objection, mend, day }),
  ])
}

export const step = {
  step: 'publish-bundle',
  needs: ['journal', 'queue', 'bundles', 'source', 'trust'] as const,
  events: { ValidityUpdated: publishAfterUpdate },
  timers: { nightly: publishNightly },
}

export const handler = host(step, connecting({ bundles, journal, queue, source, trust }))
