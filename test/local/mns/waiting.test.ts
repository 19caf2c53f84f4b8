import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Waiting } from '../../../local/mns/waiting.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const still = { now: () => 0 }

test('a long poll ends by real time where the embedded clock stands still', async () => {
  const found = new Waiting(still).until(
    30,
    () => 'nothing',
    value => value === 'something',
  )
  let ended = false
  void found.then(() => (ended = true))
  await vi.advanceTimersByTimeAsync(29_999)
  expect(ended).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await found).toBe('nothing')
})

test('a poll of 0 s asks once and never waits', async () => {
  const attempt = vi.fn(() => 'nothing')
  expect(await new Waiting(still).until(0, attempt, () => false)).toBe('nothing')
  expect(attempt).toHaveBeenCalledTimes(1)
})

test('closing ends every poll and leaves no timer behind', async () => {
  const waiting = new Waiting(still)
  const attempt = () => 'nothing'
  const polls = [waiting.until(30, attempt, () => false), waiting.until(10, attempt, () => false)]
  waiting.close()
  expect(await Promise.all(polls)).toEqual([undefined, undefined])
  expect(vi.getTimerCount()).toBe(0)
})
