import { hour, minute, second } from './duration.ts'

/**
 * How long things take, in milliseconds. These are promises about the real service (facts of its manual and measurements), so nobody
 * shortens them in production: config accepts other values only against an embedded cloud, where a restart takes seconds.
 */
export type Pace = {
  /** A decision to call is good for this long. */
  callWithin: number
  /** How long after `callBefore` an unknown call may still show its effect before anybody may think of a second one. */
  settleAfter: number
  /** A restart without an end after this long is stuck, and waits for a person. */
  stuckAfter: number
  /** Between two looks at an instance that restarts. */
  pollRestart: number
  /** The sweep looks again this long after it woke something, in case the message was lost. */
  lookAgain: number
  /** Between two looks at a wait that has no end of its own; four times as often where a lock of the instance is waited for. */
  recheck: number
  /** How long an update keeps an instance away: what the window must still hold after the call. */
  restart: number
  /** Added to `restart`, so that it ends inside the window. */
  margin: number
  /** A bundle last checked against its source longer ago than this is not good enough to restart a database for. */
  bundleFresh: number
  /** Between two requests for the same answer, while the deadline is far. */
  remind: number
  /** A renewed instance that no probe reached is looked at again after this long. */
  reproveAfter: number
}

export const pace: Pace = {
  callWithin: 30 * second,
  settleAfter: 15 * minute,
  stuckAfter: 2 * hour,
  pollRestart: minute,
  lookAgain: 10 * minute,
  recheck: hour,
  restart: 30 * minute,
  margin: 10 * minute,
  bundleFresh: 26 * hour,
  remind: 72 * hour,
  reproveAfter: 24 * hour,
}
