import type { EndReason, RenewalState } from './domain/renewal-log.ts'
import { type AttentionReason, type EventOf, event } from './events.ts'
import { renewalLog, type Writer } from './logs.ts'
import type { Ports } from './ports.ts'

/** Ends a renewal in its log, then says so. Said again after a lost emit, it has the same id. A plain no of the people asked is no news to them. */
export async function endRenewal(ports: Writer & Pick<Ports, 'queue'>, log: RenewalState, why: { reason: EndReason; because: string }) {
  const renewal = log.planned?.item.renewal
  if (renewal === undefined) return
  const { state } = await renewalLog.record(ports, renewal, now =>
    now.ended ? undefined : { fact: 'Ended', reason: why.reason, detail: why.because },
  )
  const ended = state.ended
  if (!ended || ended.reason === 'Rejected') return
  await ports.queue.send([attention(ended.reason === 'ApprovalLapsed' ? 'Lapsed' : 'Refused', state, `${ended.reason}: ${ended.detail}`)])
}

/** A word to the people of a renewal's plan. */
/** `day` makes it a word of that day: said again on the next, while the trouble lasts. */
export function attention(
  reason: AttentionReason,
  log: RenewalState,
  detail: string,
  more: { mend?: string; day?: string } = {},
): EventOf<'AttentionNeeded'> {
  const { planned } = log
  return event('AttentionNeeded', {
    reason,
    subject: planned?.item.instance ?? 'unknown',
    approvers: approversOf(planned?.plan ?? ''),
    detail,
    mend: more.mend ?? '',
    ...(more.day === undefined ? {} : { day: more.day }),
    ...(planned ? { plan: planned.plan } : {}),
  })
}

/** A plan's id begins with its owner: `dba.required.2026-11-24`. */
export const approversOf = (plan: string): string => plan.split('.')[0] ?? ''
