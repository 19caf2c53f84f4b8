import { claimHolds } from './domain/notice.ts'
import type { Policy } from './domain/policy.ts'
import { Fault } from './errors.ts'
import { noticeLog } from './logs.ts'
import type { Card, Ports } from './ports.ts'

export type PostingNeeds = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'chat'>

/** One card to all channels of the people concerned, each once. A channel that fails is tried again by the next delivery, and keeps none of the others waiting. */
export async function postCard(card: Card, approvers: string, policy: Policy, ports: PostingNeeds) {
  const people = policy.approvers[approvers] ?? policy.approvers[policy.defaults.approvers]
  const channels = people?.channels ?? []
  const failures: unknown[] = []
  for (const channel of channels) await postOnce(card, channel, ports).catch(error => failures.push(error))
  if (failures.length > 0) throw failures[0]
  return { do: 'post', card: card.id, channels } as const
}

/** Chat knows no idempotency: a claim in the journal stands before the post, and is taken over only from an attempt that must be dead. */
async function postOnce(card: Card, channel: string, ports: PostingNeeds) {
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
