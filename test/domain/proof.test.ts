import { describe, expect, test } from 'vitest'
import { judgeDrift, judgeRenewal, type Seen } from '../../shared/domain/proof.ts'

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
  test.each<[string, Seen, string]>([
    ['the leaf of before, though the service says it moved', served({ fingerprint: 'old' }), 'OldLeafServed'],
    ['the leaf of before, even where it is not trusted either', served({ fingerprint: 'old' }, untrusted), 'OldLeafServed'],
    ['another leaf that ends when the old one did', served({ notAfter: oldNotAfter }), 'NotLater'],
    ['another leaf that ends earlier', served({ notAfter: '2026-11-30T00:00:00Z' }), 'NotLater'],
    ['another leaf that began when the old one did', served({ notBefore: before.notBefore }), 'NotNewer'],
    ['a new leaf that does not chain to the bundle', served({}, untrusted), 'UnknownRoot'],
  ])('is refuted by %s', (_, seen, code) => expect(judge(seen)).toMatchObject({ verdict: 'refuted', code }))
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
    ['more than a day off', '2027-11-10T18:31:01Z', 'refuted'],
    ['more than a day off the other way', '2027-11-08T18:30:59Z', 'refuted'],
  ])('at an end that is %s: %s gives %s', (_, said, verdict) => expect(judgeDrift(served(), said).verdict).toBe(verdict))
  test('names the drift', () => expect(judgeDrift(served(), oldNotAfter)).toMatchObject({ verdict: 'refuted', code: 'NotAsSaid' }))
  test('at an untrusted chain says so first', () =>
    expect(judgeDrift(served({}, untrusted), oldNotAfter)).toMatchObject({ code: 'UnknownRoot' }))
  test('that reaches nothing is unreached', () => expect(judgeDrift(silent, oldNotAfter).verdict).toBe('unreached'))
})
