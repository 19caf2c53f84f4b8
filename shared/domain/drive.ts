import { type AnyEvent, event } from '../events.ts'
import { iso, second } from './duration.ts'
import type { Pace } from './pace.ts'
import { type PlanState, unanswered } from './plan.ts'
import type { RenewalState } from './renewal-log.ts'

/**
 * What the sweep does for one open log, from its state alone: say again what its last step should have said, and look again later.
 * `forget`: nothing is left to wake it for.
 */
export type RenewalDrive = { do: 'say'; events: AnyEvent[]; look: string } | { do: 'forget'; say: AnyEvent[] }

/** `approved` have their yes while others still wait: each needs a hint of its own from then on. */
export type PlanDrive =
  | { do: 'say'; events: AnyEvent[]; look: string; approved: string[] }
  | { do: 'ask'; ask: number; look: string; approved: string[] }
  | { do: 'lapse'; renewals: string[]; approved: string[] }
  /** It has its last answer: each approved renewal gets a hint of its own, and the plan's goes. */
  | { do: 'hand over'; approved: string[] }
  | { do: 'forget' }

/**
 * A renewal: whatever its log ends with names the event that should have followed. What is over is said once more: its last word may be lost.
 * `held`: it holds a slot. Even where the renewal is further or over, somebody must see its restart end, or nothing restarts beside it any more.
 */
export function driveRenewal(id: string, state: RenewalState, now: Date, pace: Pace, held = false): RenewalDrive {
  const plan = state.planned?.plan
  if (plan === undefined) return { do: 'forget', say: [] }
  const next = nextOf(id, plan, state, now, pace)
  if (!held) return next
  const approved = event('RenewalApproved', { plan, renewal: id })
  const others = (next.do === 'say' ? next.events : next.say).filter(one => one.id !== approved.id)
  return { do: 'say', events: [approved, ...others], look: lookAgain(now, pace) }
}

function nextOf(id: string, plan: string, state: RenewalState, now: Date, pace: Pace): RenewalDrive {
  const look = lookAgain(now, pace)
  const { published, updated, proof, ended } = state
  const approved = event('RenewalApproved', { plan, renewal: id })
  if (proof?.fact === 'Proven') return { do: 'forget', say: [event('RenewalProven', { plan, renewal: id })] }
  if (ended) return { do: 'forget', say: [approved] }
  if (published) {
    const again = event('BundlePublished', { plan, renewal: id, version: published.version })
    if (proof?.fact === 'Refuted') return { do: 'forget', say: [again] }
    return { do: 'say', events: [again], look: proof?.fact === 'Unreached' ? iso(now.getTime() + pace.reproveAfter) : look }
  }
  if (updated) return { do: 'say', events: [event('ValidityUpdated', { plan, renewal: id })], look }
  return { do: 'say', events: [approved], look }
}

/** A plan: unasked it is asked, unanswered it is asked again or lapses, answered it hands over to its renewals' own hints. */
export function drivePlan(id: string, state: PlanState, now: Date, pace: Pace): PlanDrive {
  if (state.is === 'unknown') return { do: 'forget' }
  const look = lookAgain(now, pace)
  const open = unanswered(state)
  const approved = [...state.answers].filter(([, answer]) => answer.decision === 'approve').map(([renewal]) => renewal)
  if (open.length === 0 || state.lapsed) return { do: 'hand over', approved }
  if (state.closed.approval === 'automatic' || state.asks === 0) {
    return { do: 'say', events: [event('RenewalsDue', { plan: id })], look, approved }
  }
  const lapsed = open.filter(item => Date.parse(item.validUntil) <= now.getTime())
  if (lapsed.length === open.length) return { do: 'lapse', renewals: lapsed.map(item => item.renewal), approved }
  const next = Date.parse(state.askedAt ?? now.toISOString()) + interval(open, now, pace)
  if (now.getTime() >= next) return { do: 'ask', ask: state.asks + 1, look, approved }
  return { do: 'say', events: [event('ApprovalRequested', { plan: id, ask: state.asks })], look: iso(next), approved }
}

/** Reminders come every `remind`, and three times as often within ten days of the first deadline. */
function interval(open: readonly { deadline?: string | undefined; notAfter: string }[], now: Date, pace: Pace): number {
  const first = Math.min(...open.map(item => Date.parse(item.deadline ?? item.notAfter)))
  return first - now.getTime() <= 10 * 86_400_000 ? pace.remind / 3 : pace.remind
}

/**
 * The next look of the sweep, on a grid of half `lookAgain`: written twice within one half it is the same hint. It is set a second before the
 * grid, where nobody's wait ends: windows, polls and reminders are on whole minutes, and who takes the sweep's hints back takes none of theirs.
 */
export function lookAgain(now: Date, { lookAgain: ahead }: Pace): string {
  const grid = ahead / 2
  return iso(Math.ceil((now.getTime() + grid) / grid) * grid - second)
}

/** How far `lookAgain` is ahead at least, ms: longer than any delivery lives (4 minutes) and clocks differ (one). */
export const leastAhead = ({ lookAgain: ahead }: Pace): number => ahead / 2 - second
