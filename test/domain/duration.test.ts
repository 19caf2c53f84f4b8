import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationOf, iso, later } from '../../shared/domain/duration.ts'

describe('a duration', () => {
  test.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['0d', 0],
    ['99999s', 99_999_000],
  ])('%s is read', (text, ms) => expect(durationOf(text)).toBe(ms))

  test.each(['', ' 30d', '30', 'd', '1.5h', '-1d', '30 d', '30d ', '1w', '1d12h', '100000s', '３０d'])('%j is none', text =>
    expect(durationOf(text)).toBeUndefined(),
  )
})

test.each([
  ['2026-05-10T18:00:00.999Z', '2026-05-10T18:00:00Z'],
  ['2026-05-10T18:00:01.000Z', '2026-05-10T18:00:01Z'],
])('an instant is written in whole seconds, never rounded up: %s is %s', (at, written) => {
  expect(iso(new Date(at))).toBe(written)
  expect(iso(Date.parse(at))).toBe(written)
})

test('reading inverts writing to the second', () => {
  const seconds = fc.integer({ min: 0, max: 4_102_444_800 })
  fc.assert(fc.property(seconds, at => Date.parse(iso(at * 1000)) === at * 1000))
})

test.each([
  ['2026-05-10T18:00:01Z', '2026-05-10T18:00:00.999Z', true],
  ['2026-05-10T18:00:00Z', '2026-05-10T18:00:00.000Z', false],
  ['2026-05-10T17:59:59Z', '2026-05-10T18:00:00Z', false],
])('%s is later than %s: %s, by time and not by spelling', (a, b, is) => expect(later(a, b)).toBe(is))
