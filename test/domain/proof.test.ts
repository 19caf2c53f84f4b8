import { describe, expect, test } from 'vitest'
import { hasBegun, judgeDrift, judgeRenewal, type Seen } from '../../shared/domain/proof.ts'

type Leaf = Extract<Seen, { reached: true }>['leaf']
const before = { fingerprint: 'old', notBefore: '2025-12-01T03:12:45Z' }
const oldNotAfter = '2026-12-01T03:12:45Z'
const served = (change: Partial<Leaf> = {}, trusted: Extract<Seen, { reached: true }>['trusted'] = { yes: true }): Seen => ({
  reached: true,
  leaf: { fingerprint: 'new', serial: '0A', notBefore: '2026-11-09T18:31:00Z', notAfter: '2027-11-09T18:31:00Z', ...change },
  trusted,
})
const untrusted = { yes: false, code: 'UnknownRoot', detail: 'its root is not in the bundle' } as const
const silent: Seen = { reached: false, code: 'TimedOut', detail: 'no answer', mend: 'allow the vSwitch' }

describe('a renewal', () => {
  const judge = (seen: Seen) => judgeRenewal(seen, { before, oldNotAfter })

  test('is proven by another leaf, that begins and ends later, and is trusted', () =>
    expect(judge(served())).toEqual({ verdict: 'proven' }))
  test('is proven without a look before it, by its later end alone', () => {
    const unseen = { before: undefined, oldNotAfter }
    expect(judgeRenewal(served({ notBefore: before.notBefore }), unseen)).toEqual({ verdict: 'proven' })
    expect(judgeRenewal(served({ notAfter: oldNotAfter }), unseen)).toMatchObject({ verdict: 'refuted', code: 'NotLater' })
  })
  test.each<[string, Seen, string, string?]>([
    [
      'the leaf of before, though the service says it moved',
      served({ fingerprint: 'old' }),
      'OldLeafServed',
      'the endpoint still serves the certificate of before (serial 0A, valid until 2027-11-09T18:31:00Z)',
    ],
    ['the leaf of before, even where it is not trusted either', served({ fingerprint: 'old' }, untrusted), 'OldLeafServed'],
    [
      'another leaf that ends when the old one did',
      served({ notAfter: oldNotAfter }),
      'NotLater',
      'the served certificate ends 2026-12-01T03:12:45Z, no later than the old one (2026-12-01T03:12:45Z)',
    ],
    ['another leaf that ends earlier', served({ notAfter: '2026-11-30T00:00:00Z' }), 'NotLater'],
    [
      'another leaf that began when the old one did',
      served({ notBefore: before.notBefore }),
      'NotNewer',
      'the served certificate begins 2025-12-01T03:12:45Z, not after the one of before (2025-12-01T03:12:45Z)',
    ],
    ['a new leaf that does not chain to the bundle', served({}, untrusted), 'UnknownRoot', 'its root is not in the bundle'],
  ])('is refuted by %s', (_, seen, code, detail = expect.any(String)) => expect(judge(seen)).toEqual({ verdict: 'refuted', code, detail }))
  test('ends one second later and began one second later: that is enough', () =>
    expect(judge(served({ notAfter: '2026-12-01T03:12:46Z', notBefore: '2025-12-01T03:12:46Z' }))).toEqual({ verdict: 'proven' }))
  test('that nobody can see is unreached, never done, and names its mend', () =>
    expect(judge(silent)).toEqual({ verdict: 'unreached', code: 'TimedOut', detail: 'no answer', mend: 'allow the vSwitch' }))
})

describe('the weekly look', () => {
  test.each([
    ['exactly what the service says', '2027-11-09T18:31:00Z', 'proven'],
    ['a day off: services round', '2027-11-10T18:31:00Z', 'proven'],
    ['a day off the other way', '2027-11-08T18:31:00Z', 'proven'],
    ['more than a day off', '2027-11-10T18:31:00.001Z', 'refuted'],
    ['more than a day off the other way', '2027-11-08T18:30:59.999Z', 'refuted'],
  ])('at an end that is %s: %s gives %s', (_, said, verdict) => expect(judgeDrift(served(), said).verdict).toBe(verdict))
  test('names the drift', () =>
    expect(judgeDrift(served(), oldNotAfter)).toEqual({
      verdict: 'refuted',
      code: 'NotAsSaid',
      detail: 'served is a certificate until 2027-11-09T18:31:00Z, the service says 2026-12-01T03:12:45Z',
    }))
  test('at an untrusted chain says so first', () =>
    expect(judgeDrift(served({}, untrusted), oldNotAfter)).toMatchObject({ code: 'UnknownRoot' }))
  test('that reaches nothing is unreached', () => expect(judgeDrift(silent, oldNotAfter).verdict).toBe('unreached'))
})

test.each([
  ['begins now', '2026-11-09T18:30:00.000Z', false],
  ['begins a millisecond later', '2026-11-09T18:30:00.001Z', true],
  ['begins 15 minutes later', '2026-11-09T18:45:00.000Z', true],
  ['begins later than any clock is off', '2026-11-09T18:45:00.001Z', false],
])('a leaf that %s has begun by the clock of another: %s', (_, notBefore, begun) =>
  expect(hasBegun(notBefore, new Date('2026-11-09T18:30:00Z'))).toBe(begun),
)
