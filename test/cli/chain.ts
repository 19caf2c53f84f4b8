import { checkExpiry, sweepOpen } from '../../functions/check-expiry.ts'
import { tellAttention } from '../../functions/notify.ts'
import { proveRenewal, proveWeekly } from '../../functions/prove-renewal.ts'
import { publishAfterUpdate, publishNightly } from '../../functions/publish-bundle.ts'
import { requestApproval } from '../../functions/request-approval.ts'
import { updateValidity } from '../../functions/update-validity.ts'
import type { QueueSource } from '../../local/fc/queues.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import { parseEvent } from '../../shared/events.ts'
import { consumerOf, queueOf } from '../../shared/flow.ts'
import type { Chat } from '../../shared/ports.ts'
import { fakeApprovals } from '../fakes/world.ts'

const silent = { post: async () => {} }

export type Chain = ReturnType<typeof chainOver>

const needs = ['journal', 'queue', 'rds', 'bundles', 'source', 'trust', 'probes', 'policyFile'] as const

/** The deployed functions in this process, fed from the queues by hand. Of what is for chat only words to people are posted, to `chat`. */
export function chainOver(queues: QueueSource, env: () => Record<string, string>, chat: Chat) {
  let attempt = 0
  const ports = () => portsFor(needs, `attempt-${++attempt}`, { ...env(), POLICY_FILE: 'local/policy.yaml' })

  async function deliver(body: string): Promise<void> {
    const event = parseEvent(Buffer.from(body, 'base64').toString())
    switch (event.type) {
      case 'RenewalsDue':
        return void (await requestApproval(event, await ports()))
      case 'RenewalApproved':
        return void (await updateValidity(event, await ports()))
      case 'ValidityUpdated':
        return void (await publishAfterUpdate(event, await ports()))
      case 'BundlePublished':
        return void (await proveRenewal(event, await ports()))
      case 'ProofDue':
        return void (await proveWeekly(event, await ports()))
      case 'AttentionNeeded': {
        // The platform tries a failed delivery again, and later buries it.
        const approvals = fakeApprovals()
        await tellAttention(event, { ...(await ports()), chat, approvals }).catch(() => {})
        return
      }
      default:
        return
    }
  }

  return {
    night: async () => publishNightly({}, await ports()),
    morning: async () => checkExpiry({}, { ...(await ports()), chat: silent }),
    sweep: async () => sweepOpen({}, { ...(await ports()), chat: silent }),
    /** Delivers all that waits now, and what follows from it at once. */
    async flow(): Promise<void> {
      const names = [...new Set(Object.values(consumerOf).map(queueOf))]
      for (let quiet = false; !quiet; ) {
        quiet = true
        for (const name of names) {
          for (let taken = queues.receive(name, Date.now()); taken; taken = queues.receive(name, Date.now())) {
            await deliver(taken.body)
            queues.delete(name, taken.receiptHandle, Date.now())
            quiet = false
          }
        }
      }
    },
  }
}
