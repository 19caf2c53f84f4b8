import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limiter, type Rate, rdsRate } from '../../shared/adapters/limiter.ts'

/** Time that passes only by sleeping. */
function time() {
  let now = 0
  const pass = (ms: number) => {
    now += ms
  }
  return { now: () => now, sleep: async (ms: number) => pass(ms), pass }
}

async function takeAll(rate: Rate, calls: number, gaps: readonly number[] = []): Promise<number[]> {
  const clock = time()
  const bucket = limiter(rate, clock)
  const at: number[] = []
  for (let call = 0; call < calls; call++) {
    await bucket.take('k')
    at.push(clock.now())
    clock.pass(gaps[call] ?? 0)
  }
  return at
}

describe('the rate', () => {
  test('a burst passes at once, then one call each interval', async () => {
    expect(await takeAll({ perMinute: 60, burst: 3 }, 6)).toEqual([0, 0, 0, 1000, 2000, 3000])
  })

  test('a burst of one is a plain interval', async () => {
    expect(await takeAll({ perMinute: 30, burst: 1 }, 3)).toEqual([0, 2000, 4000])
  })

  test('keys do not share', async () => {
    const clock = time()
    const bucket = limiter({ perMinute: 60, burst: 1 }, clock)
    await bucket.take('a')
    await bucket.take('b')
    expect(clock.now()).toBe(0)
  })

  test('taking without waiting says no where the rate is used up, and takes nothing then', () => {
    const clock = time()
    const bucket = limiter({ perMinute: 60, burst: 2 }, clock)
    expect([bucket.tryTake('k'), bucket.tryTake('k'), bucket.tryTake('k'), bucket.tryTake('k')]).toEqual([true, true, false, false])
    clock.pass(999)
    expect(bucket.tryTake('k')).toBe(false)
    clock.pass(1)
    expect(bucket.tryTake('k')).toBe(true)
  })

  test('in no minute more calls pass than the rate and the burst together', async () => {
    const gaps = fc.array(fc.nat(5_000), { maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30 }), gaps, async (perMinute, burst, waits) => {
        const at = await takeAll({ perMinute, burst }, 200, waits)
        for (const [first, from] of at.entries()) {
          const within = at.slice(first).filter(one => one - from < 60_000 - 1e-6)
          expect(within.length).toBeLessThanOrEqual(perMinute + burst)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('the default of RDS keeps below 200 calls in a minute', () => {
    const { perMinute, burst } = rdsRate(180)
    expect(perMinute + burst).toBeLessThan(200)
  })
})
