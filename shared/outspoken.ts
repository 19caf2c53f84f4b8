import { Fault } from './errors.ts'
import { event } from './events.ts'
import { effectivePolicy } from './logs.ts'
import { attentionCard } from './page/cards.ts'
import type { Ports, Queue } from './ports.ts'
import { type PostingNeeds, postCard } from './posting.ts'

/**
 * The queue, for the step that wakes all others: where it can send nothing, it tells people in their chat itself, once a day, since whatever
 * would tell them hangs on the same queues.
 */
export function outspoken(ports: PostingNeeds & Pick<Ports, 'queue'>): Queue {
  const { queue } = ports
  return {
    async send(events, delaySeconds) {
      try {
        await queue.send(events, delaySeconds)
      } catch (error) {
        // Not even this may be possible; the delivery fails by what it came from, and is logged.
        if (error instanceof Fault) await tell(error, ports).catch(() => {})
        throw error
      }
    },
    bury: letter => queue.bury(letter),
  }
}

async function tell({ code, cloudCode }: Fault, ports: PostingNeeds) {
  const { policy } = await effectivePolicy(ports.journal)
  const { approvers } = policy.defaults
  const day = ports.clock.now().toISOString().slice(0, 10)
  const detail = `check-expiry was answered ${[code, cloudCode].filter(Boolean).join(', ')}`
  const { data } = event('AttentionNeeded', { reason: 'QueuesFail', subject: 'MNS', approvers, detail, mend: '', day })
  await postCard(attentionCard({ ...data, language: policy.language }), approvers, policy, ports)
}
