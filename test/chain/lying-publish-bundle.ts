/** A publish-bundle that emits without writing: what the auditor must notice. Built beside the real one by the test that deploys it. */
import { connecting } from '../../shared/adapters/connect/connecting.ts'
import { queue } from '../../shared/adapters/connect/queue.ts'
import { type EventOf, event } from '../../shared/events.ts'
import { host, type PortsOf } from '../../shared/host.ts'

async function lie({ data: { plan, renewal } }: EventOf<'ValidityUpdated'>, { queue }: PortsOf<'queue'>) {
  await queue.send([event('BundlePublished', { plan, renewal, version: '0'.repeat(64) })])
}

const step = {
  step: 'publish-bundle',
  needs: ['queue'] as const,
  events: { ValidityUpdated: lie },
  timers: { nightly: async () => {} },
}

export const handler = host(step, connecting({ queue }))
