/** ApprovalRequested, RenewalProven, AttentionNeeded → cards in chat;  6-hour timer → a card where no scan was complete for 36 h */
import { approvals } from '../shared/adapters/connect/approvals.ts'
import { chat } from '../shared/adapters/connect/chat.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { isMilestone } from '../shared/domain/notice.ts'
import { unanswered } from '../shared/domain/plan.ts'
import type { Policy } from '../shared/domain/policy.ts'
import { type EventOf, event } from '../shared/events.ts'
import { host } from '../shared/host.ts'
import { effectivePolicy, planLog, progressLog, readPolicyLog, renewalLog } from '../shared/logs.ts'
import { approvalCard, attentionCard, provenCard } from '../shared/page/cards.ts'
import { planAddress, planLink } from '../shared/page/link.ts'
import type { Ports } from '../shared/ports.ts'
import { postCard } from '../shared/posting.ts'
import { watchScans } from '../shared/scan-watch.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'chat' | 'approvals' | 'settings'>

export async function tellApproval(asked: EventOf<'ApprovalRequested'>, ports: Needs) {
  const { plan, ask } = asked.data
  const [{ state }, { policy }] = await Promise.all([planLog.read(ports.journal, plan), effectivePolicy(ports.journal)])
  if (state.is !== 'open' || unanswered(state).length === 0) return { do: 'leave', because: 'it was answered meanwhile' } as const
  const { closed, answers } = state
  const card = approvalCard({ closed, answers, ask, url: await linkTo(plan, closed.validUntil, ports), ...styleOf(policy, ports) })
  return postCard(card, closed.approvers, policy, ports)
}

export async function tellProven(proven: EventOf<'RenewalProven'>, ports: Needs) {
  const { plan, renewal } = proven.data
  const [{ state }, { state: log }, { policy }] = await Promise.all([
    planLog.read(ports.journal, plan),
    renewalLog.read(ports.journal, renewal),
    effectivePolicy(ports.journal),
  ])
  if (state.is !== 'open' || log.proof?.fact !== 'Proven') return { do: 'leave', because: 'nothing is proven' } as const
  const { state: told } = await progressLog.record(ports, plan, now => (now.includes(renewal) ? undefined : { fact: 'Proven', renewal }))
  const [k, of] = [told.indexOf(renewal) + 1, state.closed.items.length]
  if (!isMilestone(k, of)) return { do: 'count', k, of } as const
  const { notAfter, serial, from } = log.proof
  const bundleUrl = `${ports.settings.bundleUrl ?? ''}/ca/latest/`
  const card = provenCard({ closed: state.closed, proven: k, renewal, notAfter, serial, from, bundleUrl, ...styleOf(policy, ports) })
  return postCard(card, state.closed.approvers, policy, ports)
}

export async function tellAttention(needed: EventOf<'AttentionNeeded'>, ports: Needs) {
  const { policy } = await effectivePolicy(ports.journal)
  const card = attentionCard({ ...needed.data, language: policy.language })
  return postCard(card, needed.data.approvers, policy, ports)
}

/** A scan that does not run cannot say so: this step has a timer of its own. Once a day, for as long as it lasts. */
export async function tellMissingScan(_payload: unknown, ports: Needs) {
  const known = await readPolicyLog(ports.journal)
  if (!known) return { do: 'leave', because: 'no policy is in force yet' } as const
  const { fine, at } = await watchScans(ports)
  if (fine) return { do: 'leave', because: `the fleet was seen whole at ${at}` } as const
  const detail = at === undefined ? 'none was complete within three days' : `the last complete one ended at ${at}`
  const day = ports.clock.now().toISOString().slice(0, 10)
  const { approvers } = known.policy.defaults
  return tellAttention(
    event('AttentionNeeded', { reason: 'ScanMissing', subject: 'check-expiry', approvers, detail, mend: '', day }),
    ports,
  )
}

/** Undefined where no page is deployed: the card then carries a command. */
async function linkTo(plan: string, validUntil: string, { approvals }: Needs): Promise<string | undefined> {
  if (approvals.url === undefined) return undefined
  return planLink(planAddress(approvals.url, plan), { token: await approvals.mint({ plan, validUntil }) })
}

const styleOf = ({ language, timezone }: Policy, { clock }: Needs) => ({ language, timezone, now: clock.now() })

export const step = {
  step: 'notify',
  needs: ['journal', 'chat', 'approvals'] as const,
  events: { ApprovalRequested: tellApproval, RenewalProven: tellProven, AttentionNeeded: tellAttention },
  timers: { watch: tellMissingScan },
}

export const handler = host(step, connecting({ approvals, chat, journal, queue }))
