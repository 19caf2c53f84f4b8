import { day, iso, minute } from './duration.ts'

/** Instants in milliseconds; `to` is exclusive. */
export type Span = { from: number; to: number }

/** A daily window in minutes of the UTC day; `end` ≤ `start` crosses midnight. `any` is the window of what does not restart. */
export type Window = { start: number; end: number } | 'any'

/** Reads `22:00Z-02:00Z`, as DescribeDBInstanceAttribute gives it; undefined where it is not that. */
export function windowOf(maintainTime: string): Window | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)Z-([01]\d|2[0-3]|24):([0-5]\d)Z$/.exec(maintainTime)
  if (!match) return undefined
  const [start, end] = [minutes(match[1], match[2]), minutes(match[3], match[4])]
  return { start, end }
}

const minutes = (hours = '', mins = ''): number => Number(hours) * 60 + Number(mins)

/**
 * The spans in which an update may be called, between `from` and `to`, oldest first: windows without freezes, each shortened by `need`
 * (restart and margin) so that a call at its very end still ends inside. A freeze is as closed as the end of a window.
 */
export function* callableSpans(window: Window, freezes: readonly Span[], need: number, from: number, to: number): Generator<Span> {
  for (const open of openings(window, from, to)) {
    for (const free of without(open, freezes)) {
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
    if (start + length * minute > from) yield { from: start, to: start + length * minute }
  }
}

function without(span: Span, freezes: readonly Span[]): Span[] {
  let free = [span]
  for (const freeze of freezes) {
    free = free.flatMap(one => [
      { from: one.from, to: Math.min(one.to, freeze.from) },
      { from: Math.max(one.from, freeze.to), to: one.to },
    ])
    free = free.filter(one => one.from < one.to)
  }
  return free
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
