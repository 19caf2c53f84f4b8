import type { Timing } from './timing.ts'

export type Limiter = {
  /** Waits until a call under `key` keeps the rate. Callers are let through in the order they came. */
  take(key: string): Promise<void>
  /** Takes a place only where no waiting is needed. */
  tryTake(key: string): boolean
}

/** `perMinute` calls per key in the long run, and `burst` at once: never more than their sum within a minute. */
export type Rate = { perMinute: number; burst: number }

/** RDS throttles per account, region and API, and the scan of a fleet would run into it; siblings publish about 200 calls in 60 s. */
export const rdsRate = (perMinute: number): Rate => ({ perMinute, burst: Math.max(1, Math.floor(perMinute / 10)) })

/** Counts for this process alone. Each key holds one number, the moment at which its bucket is full again. */
export function limiter({ perMinute, burst }: Rate, timing: Pick<Timing, 'now' | 'sleep'>): Limiter {
  const between = 60_000 / perMinute
  const slack = between * (burst - 1)
  const fullAt = new Map<string, number>()

  const dueIn = (key: string) => Math.max(0, (fullAt.get(key) ?? 0) - slack - timing.now())
  const reserve = (key: string) => fullAt.set(key, Math.max(fullAt.get(key) ?? 0, timing.now()) + between)

  return {
    async take(key) {
      const wait = dueIn(key)
      reserve(key)
      if (wait > 0) await timing.sleep(wait)
    },
    tryTake(key) {
      if (dueIn(key) > 0) return false
      reserve(key)
      return true
    },
  }
}
