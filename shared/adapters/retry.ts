import { Fault } from '../errors.ts'
import type { Timing } from './timing.ts'

/**
 * `attempts` in all; the wait doubles from `firstWait` ms, less up to half of it by chance; none begins later than `within` ms after the first.
 * `worth` may leave out what will not pass within seconds.
 */
export type RetryLimits = { attempts: number; firstWait: number; within: number; worth?: (fault: Fault) => boolean }

export const patient: RetryLimits = { attempts: 5, firstWait: 500, within: 30_000 }

/** Does `act` again while it throws a fault that says another try may help. Only for what may be done twice: reads, create-once writes, announcements. */
export async function retrying<T>(act: () => Promise<T>, timing: Timing, limits: RetryLimits = patient): Promise<T> {
  const began = timing.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      const wait = limits.firstWait * 2 ** (attempt - 1) * (1 - timing.random() / 2)
      const over = attempt >= limits.attempts || timing.now() + wait - began > limits.within
      if (over || !(error instanceof Fault) || !error.retry || limits.worth?.(error) === false) throw error
      await timing.sleep(wait)
    }
  }
}
