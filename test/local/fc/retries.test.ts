import { expect, test } from 'vitest'
import { asynchronous, backoff, exponentialDecay } from '../../../local/fc/retries.ts'
import { Slots } from '../../../local/fc/slots.ts'

const seconds = (waits: Iterable<number>) => [...waits].map(ms => ms / 1000)

test('backoff waits three times, between 10 and 20 seconds', () => {
  expect(seconds(backoff(() => 0))).toEqual([10, 10, 10])
  expect(seconds(backoff(() => 0.999))).toEqual([19.99, 19.99, 19.99])
})

test('exponential decay doubles from 1 to 512 seconds and gives up after 176 retries, about a day', () => {
  const waits = seconds(exponentialDecay(() => 0))
  expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512])
  expect(waits).toHaveLength(176)
  expect(waits.reduce((sum, wait) => sum + wait, 0) / 3600).toBeCloseTo(24, 0)
})

test('an asynchronous invocation is repeated as often as it says', () => {
  expect(seconds(asynchronous(0)(() => 0))).toEqual([])
  expect(seconds(asynchronous(3)(() => 0))).toEqual([60, 120, 240])
})

test('a slot that is given back goes to whoever waited longest, and nobody who only tries overtakes', async () => {
  const slots = new Slots(1)
  const got: string[] = []
  expect(slots.tryTake()).toBe(true)
  const first = slots.take().then(() => got.push('first'))
  const second = slots.take().then(() => got.push('second'))
  expect(slots.tryTake()).toBe(false)
  slots.give()
  expect(slots.tryTake()).toBe(false)
  await first
  slots.give()
  await second
  expect(got).toEqual(['first', 'second'])
  slots.give()
  expect(slots.tryTake()).toBe(true)
})
