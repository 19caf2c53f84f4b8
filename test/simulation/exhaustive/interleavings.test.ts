import { expect, test } from 'vitest'
import { loadLab } from './load.ts'

/**
 * All orders in which the calls of two processes can happen that meet: two deliveries of one approval, two answers to one plan, two attempts
 * that both find a call whose fate nobody knows. schedules.ts argues why one schedule of each class stands for all; the first test compares
 * that with every schedule there is. Each way in which it ends is lived on, and judged like a life (judge.ts).
 */

const lab = await loadLab()
/** On a machine that does much else besides. */
const patience = 120_000
type Meeting = Awaited<ReturnType<typeof lab.twoDeliveries>>

/** What was wrong, each with the turns that led to it. */
async function explored({ begin, judge }: Meeting) {
  const { followed, orders, ends } = await lab.explore(begin)
  const found: string[] = []
  for (const ended of ends.values()) for (const wrong of await judge(ended)) found.push(`${wrong}, after: ${ended.turns.join('; ')}`)
  return { counts: { followed, orders: orders.size, ends: ends.size }, found }
}

test('a yes and a no at once: following every schedule finds no order and no end that the reduction has not found', {
  timeout: patience,
}, async () => {
  const { begin } = await lab.twoAnswers('approve', 'reject')
  const reduced = await lab.explore(begin)
  // With the looks at policy and token among the rest there are 3009: the same ten orders, and the same two ends.
  const whole = await lab.explore(begin, { but: ['policy', 'approvals'] })
  expect(new Set(whole.orders)).toEqual(new Set(reduced.orders))
  expect(new Set(whole.ends.keys())).toEqual(new Set(reduced.ends.keys()))
  expect([whole.followed, reduced.followed]).toEqual([219, 10])
})

test.each([
  ['a yes and a no to one plan', () => lab.twoAnswers('approve', 'reject'), { followed: 10, orders: 10, ends: 2 }],
  ['two yeses to one plan', () => lab.twoAnswers('approve', 'approve'), { followed: 10, orders: 10, ends: 2 }],
  ['two deliveries of one approval', () => lab.twoDeliveries(), { followed: 348, orders: 348, ends: 22 }],
  [
    'two deliveries, and a call that shows late',
    () => lab.twoDeliveries({ visibilityLagMs: 120_000 }),
    { followed: 246, orders: 246, ends: 6 },
  ],
  ['two that may make the second attempt', () => lab.twoSecondAttempts(), { followed: 580, orders: 580, ends: 30 }],
])('%s, at every port call', { timeout: patience }, async (_, meet, counts) => {
  const { found, counts: were } = await explored(await meet())
  expect(found).toEqual([])
  expect(were).toEqual(counts)
})
