import { lookAgain } from './domain/drive.ts'
import type { Answer, Answerer, PlanFact, PlanState } from './domain/plan.ts'
import { event } from './events.ts'
import { planLog } from './logs.ts'
import { openItems } from './page/plan-summary.ts'
import { handOver, type SweepNeeds } from './sweep.ts'

export type Said = { decision: 'approve' | 'reject'; renewals: readonly string[]; by: Answerer }

/**
 * Records a person's answer for those of `renewals` that are still open, and lets what was approved go on. `added` is undefined where none was
 * open. What a crash cuts off, the sweep finds by the plan's hint, which is set before the answer.
 */
export async function recordAnswer(
  plan: string,
  { decision, renewals, by }: Said,
  ports: SweepNeeds,
): Promise<{ state: PlanState; added: PlanFact | undefined }> {
  const now = ports.clock.now()
  await ports.journal.remind(lookAgain(now, ports.settings.pace), planLog.name(plan))
  const { state, added } = await planLog.record(ports, plan, plan => {
    const still = plan.is === 'open' ? openItems(plan.closed.items, plan.answers, now).map(item => item.renewal) : []
    const answered = renewals.filter(renewal => still.includes(renewal))
    return answered.length === 0 ? undefined : { fact: 'Answered', decision, renewals: answered, by }
  })
  if (state.is === 'open' && added) await goOn(plan, state.answers, ports)
  return { state, added }
}

/** Each approved renewal gets its own hint, then its event. */
async function goOn(plan: string, answers: ReadonlyMap<string, Answer>, ports: SweepNeeds) {
  const approved = [...answers].filter(([, { decision }]) => decision === 'approve').map(([renewal]) => renewal)
  await handOver(approved, ports)
  await ports.queue.send(approved.map(renewal => event('RenewalApproved', { plan, renewal })))
}
