import { day, iso, minute } from './duration.ts'

/** Instants in milliseconds; `to` is exclusive. */
export type Span = { from: number; to: number }

/** A daily window in minutes of the UTC day; `end` ≤ `start` crosses midnight. `any` is the window of what does not restart. */
export type Window = { start: number; end: number } | 'any'

/** Reads `22:00Z-02:00Z`, as DescribeDBInstanceAttribute gives it; undefined where it is not that. */
export function windowOf(maintainTime: string): Window | undefined {
  if (!/^([01]\d|2[0-3]):[0-5]\dZ-(([01]\d|2[0-3]):[0-5]\d|24:00)Z$/.test(maintainTime)) return undefined
  return { start: minutesAt(maintainTime, 0), end: minutesAt(maintainTime, 7) }
}

const minutesAt = (text: string, at: number): number => Number(text.slice(at, at + 2)) * 60 + Number(text.slice(at + 3, at + 5))

/**
 * The spans in which an update may be called, between `from` and `to`, oldest first: windows without freezes, each shortened by `need`
 * (restart and margin) so that a call at its very end still ends inside. A freeze is as closed as the end of a window.
 */
export function* callableSpans(window: Window, freezes: readonly Span[], need: number, from: number, to: number): Generator<Span> {
  const closed = freezes.toSorted((a, b) => a.from - b.from)
  for (const open of openings(window, from, to)) {
    for (const free of without(open, closed)) {
      const end = free.to - need
      const start = Math.max(free.from, from)
      if (start < end && start < to) yield { from: start, to: Math.min(end, to) }
    }
  }
}

function* openings(window: Window, from: number, to: number): Generator<Span> {
  if (window === 'any') return yield { from, to: Number.MAX_SAFE_INTEGER }
  const length = ((window.end - window.start + 1440 - 1) % 1440) + 1
  for (let midnight = Math.floor(from / day) * day - day; midnight < to; midnight += day) {
    const start = midnight + window.start * minute
    yield { from: start, to: start + length * minute }
  }
}

/** What freezes leave of a span, oldest first. Pieces of no length, or less, are among them: no call fits into one. */
function* without(span: Span, freezes: readonly Span[]): Generator<Span> {
  let { from } = span
  for (const freeze of freezes) {
    yield { from, to: Math.min(freeze.from, span.to) }
    from = Math.max(from, freeze.to)
  }
  yield { from, to: span.to }
}

/** How far ahead anybody looks for a window: beyond it, `none` is said. */
const horizon = 400 * day

export type Chance = { open: true; callBefore: number } | { open: false; opensAt: number | undefined }

/** May an update be called now, and until when; else when next. */
export function chance(window: Window, freezes: readonly Span[], need: number, now: number): Chance {
  for (const span of callableSpans(window, freezes, need, now, now + horizon)) {
    if (span.from <= now) return { open: true, callBefore: span.to }
    return { open: false, opensAt: span.from }
  }
  return { open: false, opensAt: undefined }
}

/**
 * The deadline of a certificate: the last instant at which its update may still be called, before `notAfter`. Undefined where no window
 * is left between `now` and `notAfter`.
 */
export function deadlineOf(window: Window, freezes: readonly Span[], need: number, now: number, notAfter: number): string | undefined {
  let last: number | undefined
  for (const span of callableSpans(window, freezes, need, now, notAfter - need)) last = span.to
  return last === undefined ? undefined : iso(last)
}
