import type { EndReason, RenewalState } from './domain/renewal-log.ts'
import { type AttentionReason, type EventOf, event } from './events.ts'
import { renewalLog, type Writer } from './logs.ts'
import type { Ports } from './ports.ts'

/** Ends a renewal in its log, then says so. */
export async function endRenewal(ports: Writer & Pick<Ports, 'queue'>, log: RenewalState, why: { reason: EndReason; because: string }) {
  const renewal = log.planned?.item.renewal
  if (renewal === undefined) return
  const { state } = await renewalLog.record(ports, renewal, now =>
    now.ended ? undefined : { fact: 'Ended', reason: why.reason, detail: why.because },
  )
  await sayEnd(ports, state)
}

/** Says of an ended renewal that it ended: said again after a lost emit, it has the same id. A plain no of the people asked is no news to them. */
export async function sayEnd({ queue }: Pick<Ports, 'queue'>, log: RenewalState) {
  const { ended } = log
  if (!ended || ended.reason === 'Rejected') return
  await queue.send([attention(ended.reason === 'ApprovalLapsed' ? 'Lapsed' : 'Refused', log, `${ended.reason}: ${ended.detail}`)])
}

/**
 * A word to the people of a renewal's plan, about its instance unless `subject` says what else. `day` makes it a word of that day: said again
 * on the next, while the trouble lasts.
 */
export function attention(
  reason: AttentionReason,
  log: RenewalState,
  detail: string,
  more: { subject?: string; mend?: string; day?: string } = {},
): EventOf<'AttentionNeeded'> {
  const { planned } = log
  const { subject = planned?.item.instance ?? 'unknown', mend = '', day } = more
  return event('AttentionNeeded', {
    reason,
    subject,
    approvers: approversOf(planned?.plan ?? ''),
    detail,
    mend,
    ...(day === undefined ? {} : { day }),
    ...(planned && more.subject === undefined ? { plan: planned.plan } : {}),
  })
}

/** A plan's id begins with its owner: `dba.required.2026-11-24`. */
export const approversOf = (plan: string): string => plan.split('.')[0] ?? ''
