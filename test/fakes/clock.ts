import { durationOf } from '../../shared/domain/duration.ts'
import type { Clock } from '../../shared/ports.ts'

export type FakeClock = Clock & {
  set(at: string): void
  /** `5m`, `2h`, `1d`. */
  pass(duration: string): void
}

/** A clock that stands until it is told. */
export function fakeClock(at: string): FakeClock {
  let now = Date.parse(at)
  return {
    now: () => new Date(now),
    set: to => {
      now = Date.parse(to)
    },
    pass: duration => {
      const ms = durationOf(duration)
      if (ms === undefined) throw new Error(`${duration} is no duration`)
      now += ms
    },
  }
}
