/** ApprovalRequested, RenewalProven, AttentionNeeded → cards in chat; the only step that speaks to it */
import { approvals } from '../shared/adapters/connect/approvals.ts'
import { chat } from '../shared/adapters/connect/chat.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { claimHolds, isMilestone } from '../shared/domain/notice.ts'
import { unanswered } from '../shared/domain/plan.ts'
import type { Policy } from '../shared/domain/policy.ts'
import { Fault } from '../shared/errors.ts'
import type { EventOf } from '../shared/events.ts'
import { host } from '../shared/host.ts'
import { effectivePolicy, noticeLog, planLog, progressLog, renewalLog } from '../shared/logs.ts'
import { approvalCard, attentionCard, provenCard } from '../shared/page/cards.ts'
import { planAddress, planLink } from '../shared/page/link.ts'
import type { Card, Ports } from '../shared/ports.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'chat' | 'approvals' | 'settings'>

export async function tellApproval(asked: EventOf<'ApprovalRequested'>, ports: Needs) {
  const { plan, ask } = asked.data
  const [{ state }, { policy }] = await Promise.all([planLog.read(ports.journal, plan), effectivePolicy(ports.journal)])
  if (state.is !== 'open' || unanswered(state).length === 0) return { do: 'leave', because: 'it was answered meanwhile' } as const
  const { closed, answers } = state
  const card = approvalCard({ closed, answers, ask, url: await linkTo(plan, closed.validUntil, ports), ...styleOf(policy, ports) })
  return post(card, closed.approvers, policy, ports)
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
  return post(card, state.closed.approvers, policy, ports)
}

export async function tellAttention(needed: EventOf<'AttentionNeeded'>, ports: Needs) {
  const { policy } = await effectivePolicy(ports.journal)
  const card = attentionCard({ ...needed.data, language: policy.language })
  return post(card, needed.data.approvers, policy, ports)
}

/** Undefined where no page is deployed: the card then carries a command. */
async function linkTo(plan: string, validUntil: string, { approvals }: Needs): Promise<string | undefined> {
  if (approvals.url === undefined) return undefined
  return planLink(planAddress(approvals.url, plan), { token: await approvals.mint({ plan, validUntil }) })
}

const styleOf = ({ language, timezone }: Policy, { clock }: Needs) => ({ language, timezone, now: clock.now() })

/** One card to all channels of the people concerned, each once. A channel that fails is tried again by the next delivery, and keeps none of the others waiting. */
async function post(card: Card, approvers: string, policy: Policy, ports: Needs) {
  const people = policy.approvers[approvers] ?? policy.approvers[policy.defaults.approvers]
  const channels = people?.channels ?? []
  const failures: unknown[] = []
  for (const channel of channels) await postOnce(card, channel, ports).catch(error => failures.push(error))
  if (failures.length > 0) throw failures[0]
  return { do: 'post', card: card.id, channels } as const
}

/** Chat knows no idempotency: a claim in the journal stands before the post, and is taken over only from an attempt that must be dead. */
async function postOnce(card: Card, channel: string, ports: Needs) {
  const id = `${card.id}.${channel}`
  const now = ports.clock.now().getTime()
  const { state, added } = await noticeLog.record(ports, id, notice => {
    if (notice.posted) return undefined
    if (notice.claimedAt !== undefined && now - Date.parse(notice.claimedAt) < claimHolds) return undefined
    return { fact: 'Claimed', by: ports.attempt }
  })
  if (state.posted) return
  if (!added) throw new Fault('Contended', `another delivery is posting ${card.id} to ${channel}: looked at again with the next try`)
  await ports.chat.post(channel, card)
  await noticeLog.record(ports, id, notice => (notice.posted ? undefined : { fact: 'Posted' }))
}

export const step = {
  step: 'notify',
  needs: ['journal', 'chat', 'approvals'] as const,
  events: { ApprovalRequested: tellApproval, RenewalProven: tellProven, AttentionNeeded: tellAttention },
}

export const handler = host(step, connecting({ approvals, chat, journal, queue }))
