import { type AnyEvent, event } from '../events.ts'
import { iso } from './duration.ts'
import type { Pace } from './pace.ts'
import { type PlanState, unanswered } from './plan.ts'
import { isOver, type RenewalState } from './renewal-log.ts'

/**
 * What the sweep does for one open log, from its state alone: say again what its last step should have said, and look again later.
 * `forget`: nothing is left to wake it for.
 */
export type RenewalDrive = { do: 'say'; events: AnyEvent[]; look: string } | { do: 'forget'; say: AnyEvent[] }

export type PlanDrive =
  | { do: 'say'; events: AnyEvent[]; look: string }
  | { do: 'ask'; ask: number; look: string }
  | { do: 'lapse'; renewals: string[] }
  /** It has its last answer: each approved renewal gets a hint of its own, and the plan's goes. */
  | { do: 'hand over'; renewals: string[] }
  | { do: 'forget' }

/** A renewal: whatever its log ends with names the event that should have followed. */
export function driveRenewal(id: string, state: RenewalState, now: Date, pace: Pace): RenewalDrive {
  const plan = state.planned?.plan
  if (plan === undefined) return { do: 'forget', say: [] }
  const look = lookAgain(now, pace)
  if (state.proof?.fact === 'Proven') return { do: 'forget', say: [event('RenewalProven', { plan, renewal: id })] }
  if (isOver(state)) return { do: 'forget', say: [] }
  const { published, updated } = state
  if (published) {
    const again = event('BundlePublished', { plan, renewal: id, version: published.version })
    return { do: 'say', events: [again], look: state.proof?.fact === 'Unreached' ? iso(now.getTime() + pace.reproveAfter) : look }
  }
  if (updated) return { do: 'say', events: [event('ValidityUpdated', { plan, renewal: id })], look }
  return { do: 'say', events: [event('RenewalApproved', { plan, renewal: id })], look }
}

/** A plan: unasked it is asked, unanswered it is asked again or lapses, answered it hands over to its renewals' own hints. */
export function drivePlan(id: string, state: PlanState, now: Date, pace: Pace): PlanDrive {
  if (state.is === 'unknown') return { do: 'forget' }
  const look = lookAgain(now, pace)
  const open = unanswered(state)
  const yes = [...state.answers].filter(([, answer]) => answer.decision === 'approve').map(([renewal]) => renewal)
  if (open.length === 0 || state.lapsed) return { do: 'hand over', renewals: yes }
  if (state.closed.approval === 'automatic' || state.asks === 0) {
    return { do: 'say', events: [event('RenewalsDue', { plan: id })], look }
  }
  const lapsed = open.filter(item => Date.parse(item.validUntil) <= now.getTime())
  if (lapsed.length === open.length) return { do: 'lapse', renewals: lapsed.map(item => item.renewal) }
  const next = Date.parse(state.askedAt ?? now.toISOString()) + interval(open, now, pace)
  if (now.getTime() >= next) return { do: 'ask', ask: state.asks + 1, look }
  return { do: 'say', events: [event('ApprovalRequested', { plan: id, ask: state.asks })], look: iso(next) }
}

/** Reminders come every `remind`, and three times as often within ten days of the first deadline. */
function interval(open: readonly { deadline?: string | undefined; notAfter: string }[], now: Date, pace: Pace): number {
  const first = Math.min(...open.map(item => Date.parse(item.deadline ?? item.notAfter)))
  return first - now.getTime() <= 10 * 86_400_000 ? pace.remind / 3 : pace.remind
}

/** The next look of the sweep, on a grid of half `lookAgain`: written twice within one half it is the same hint. */
export function lookAgain(now: Date, { lookAgain: ahead }: Pace): string {
  const grid = ahead / 2
  return iso(Math.ceil((now.getTime() + grid) / grid) * grid)
}
