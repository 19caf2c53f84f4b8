import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { day, minute } from '../../shared/domain/duration.ts'
import { callableSpans, chance, deadlineOf, type Span, type Window, windowOf } from '../../shared/domain/window.ts'

const at = (text: string) => Date.parse(text)
const need = 40 * minute

describe('a maintenance window as the service writes it', () => {
  test.each([
    ['22:00Z-02:00Z', { start: 1320, end: 120 }],
    ['00:00Z-24:00Z', { start: 0, end: 1440 }],
    ['02:30Z-03:45Z', { start: 150, end: 225 }],
    ['19:59Z-23:59Z', { start: 1199, end: 1439 }],
  ])('%s is read', (text, window) => expect(windowOf(text)).toEqual(window))

  test.each([
    '',
    '22:00-02:00',
    '25:00Z-02:00Z',
    '22:60Z-02:00Z',
    '22:00Z',
    '22:00Z-02:00Z ',
    ' 22:00Z-02:00Z',
    '24:00Z-02:00Z',
    '22:00Z-24:30Z',
  ])('%j is not taken for one', text => {
    expect(windowOf(text)).toBeUndefined()
  })
})

describe('a call in a window that crosses midnight, 22:00Z-02:00Z, where 40 minutes must remain', () => {
  const window: Window = { start: 1320, end: 120 }
  test.each([
    ['2026-05-10T21:59:59.999Z', { open: false, opensAt: at('2026-05-10T22:00:00Z') }],
    ['2026-05-10T22:00:00Z', { open: true, callBefore: at('2026-05-11T01:20:00Z') }],
    ['2026-05-11T00:00:00Z', { open: true, callBefore: at('2026-05-11T01:20:00Z') }],
    ['2026-05-11T01:19:59.999Z', { open: true, callBefore: at('2026-05-11T01:20:00Z') }],
    ['2026-05-11T01:20:00Z', { open: false, opensAt: at('2026-05-11T22:00:00Z') }],
  ])('at %s: %j', (now, expected) => expect(chance(window, [], need, at(now))).toEqual(expected))
})

describe('a freeze', () => {
  const window: Window = { start: 0, end: 240 }
  const freeze: Span = { from: at('2026-11-09T02:00:00Z'), to: at('2026-11-13T00:00:00Z') }

  test('closes a window early: the restart must end before it begins', () => {
    expect(chance(window, [freeze], need, at('2026-11-09T01:00:00Z'))).toEqual({ open: true, callBefore: at('2026-11-09T01:20:00Z') })
    expect(chance(window, [freeze], need, at('2026-11-09T01:20:00Z'))).toEqual({ open: false, opensAt: at('2026-11-13T00:00:00Z') })
  })

  test.each([
    ['in any order', [freeze, { from: at('2026-11-09T01:30:00Z'), to: at('2026-11-09T01:40:00Z') }]],
    ['one inside another', [{ from: at('2026-11-09T01:30:00Z'), to: at('2026-11-14T00:00:00Z') }, freeze]],
  ])('and others beside it close it together, %s', (_, freezes) => {
    expect(chance(window, freezes, need, at('2026-11-09T00:49:59.999Z'))).toEqual({ open: true, callBefore: at('2026-11-09T00:50:00Z') })
    expect(chance(window, freezes, need, at('2026-11-09T00:50:00Z'))).toMatchObject({ open: false })
  })

  test('that covers every window for longer than anybody looks ahead leaves none', () => {
    const forever: Span = { from: at('2026-01-01T00:00:00Z'), to: at('2030-01-01T00:00:00Z') }
    expect(chance(window, [forever], need, at('2026-05-01T00:00:00Z'))).toEqual({ open: false, opensAt: undefined })
  })
})

test('a window shorter than what must remain never opens', () => {
  expect(chance({ start: 0, end: 30 }, [], need, at('2026-05-10T00:00:00Z'))).toEqual({ open: false, opensAt: undefined })
})

test('what does not restart may be called at any time but in a freeze', () => {
  const freeze: Span = { from: at('2026-05-10T10:00:00Z'), to: at('2026-05-10T12:00:00Z') }
  expect(chance('any', [freeze], 10 * minute, at('2026-05-10T09:49:00Z'))).toMatchObject({ open: true })
  expect(chance('any', [freeze], 10 * minute, at('2026-05-10T09:50:00Z'))).toEqual({ open: false, opensAt: freeze.to })
})

describe('the deadline', () => {
  const window: Window = { start: 1320, end: 120 }
  test('is the last callable instant of the last window before the certificate ends', () => {
    const deadline = deadlineOf(window, [], need, at('2026-05-01T00:00:00Z'), at('2026-05-10T12:00:00Z'))
    expect(deadline).toBe('2026-05-10T01:20:00Z')
  })
  test('lies before an end at which no call can be made any more, to the millisecond', () => {
    const ends = (notAfter: string) => deadlineOf(window, [], need, at('2026-05-01T00:00:00Z'), at(notAfter))
    expect(ends('2026-05-10T22:40:00.000Z')).toBe('2026-05-10T01:20:00Z')
    expect(ends('2026-05-10T22:40:01.000Z')).toBe('2026-05-10T22:00:01Z')
  })
  test('moves before a freeze that covers the last windows', () => {
    const freeze: Span = { from: at('2026-05-08T00:00:00Z'), to: at('2026-05-20T00:00:00Z') }
    expect(deadlineOf(window, [freeze], need, at('2026-05-01T00:00:00Z'), at('2026-05-10T12:00:00Z'))).toBe('2026-05-07T23:20:00Z')
  })
  test('does not exist where no window is left', () => {
    expect(deadlineOf(window, [], need, at('2026-05-10T02:00:00Z'), at('2026-05-10T12:00:00Z'))).toBeUndefined()
  })
})

test('every instant of every callable span lies in the window, outside freezes, with what must remain before either ends', () => {
  const minutes = fc.integer({ min: 0, max: 1439 })
  const base = at('2026-05-10T00:00:00Z')
  const freezeAt = fc.tuple(fc.integer({ min: 0, max: 10 * 1440 }), fc.integer({ min: 1, max: 3 * 1440 }))
  fc.assert(
    fc.property(minutes, minutes, fc.array(freezeAt, { maxLength: 3 }), fc.integer({ min: 0, max: 120 }), (start, end, list, rest) => {
      const freezes = list.map(([from, length]) => ({ from: base + from * minute, to: base + (from + length) * minute }))
      const open = (ms: number) => {
        const of = Math.floor((((ms % day) + day) % day) / minute)
        return start === end || (start < end ? of >= start && of < end : of >= start || of < end)
      }
      for (const span of callableSpans({ start, end }, freezes, rest * minute, base, base + 10 * day)) {
        for (const instant of [span.from, span.to - 1]) {
          for (const moment of [instant, instant + rest * minute]) {
            expect(open(moment)).toBe(true)
            expect(freezes.some(freeze => moment >= freeze.from && moment < freeze.to)).toBe(false)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})
