import { randomBytes } from 'node:crypto'
import { unreachable } from '../perform.ts'
import type { Thrown } from './protocol.ts'

/** What became of one event that was given to a function. `missing` is a function whose code folder holds no bundle. */
export type Outcome =
  | { end: 'returned'; body: Buffer }
  | { end: 'threw'; error: Thrown }
  | { end: 'timed-out'; seconds: number }
  | { end: 'exited'; code: number | null; signal: string | null }
  /** All instances that the function may have are at work. */
  | { end: 'throttled' }

export type Failure = Exclude<Outcome, { end: 'returned' }>

/** A line that a function wrote, without its line end. `requestId` is that of the event it was written for. */
export type Line = { function: string; requestId: string; stream: 'stdout' | 'stderr'; text: string }

/** What the platform says of a failure, in `X-Fc-Error-Type` and as JSON. [?: the type's name for a time-out in 3.0] */
export function told(failure: Failure): { type: string; body: Partial<Thrown> & { errorMessage: string } } {
  switch (failure.end) {
    case 'threw':
      return { type: 'UnhandledInvocationError', body: failure.error }
    case 'timed-out':
      return { type: 'UnhandledInvocationError', body: { errorMessage: `Function timed out after ${failure.seconds} seconds` } }
    case 'exited':
      return { type: 'UnhandledInvocationError', body: { errorMessage: 'Process exited unexpectedly before completing request' } }
    case 'throttled':
      return { type: 'ResourceExhausted', body: { errorMessage: 'The number of instances of the function exceeds its limit' } }
    default:
      return unreachable(failure)
  }
}

/** Shaped like the platform's: `1-<time>-<random>`. */
export function newRequestId(now: number): string {
  const time = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0')
  return `1-${time}-${randomBytes(12).toString('hex')}`
}
