import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drivePlan, driveRenewal, leastAhead, lookAgain } from '../../shared/domain/drive.ts'
import { hour, minute } from '../../shared/domain/duration.ts'
import { pace } from '../../shared/domain/pace.ts'
import { evolvePlan, noPlan, type PlanFact } from '../../shared/domain/plan.ts'
import { evolveRenewal, noRenewal, type RenewalFact } from '../../shared/domain/renewal-log.ts'
import { event } from '../../shared/events.ts'
import { anItem, aPlan } from './items.ts'

const now = new Date('2026-11-09T18:30:00Z')
const plan = 'dba.required.2026-11-09'
const planned: RenewalFact = { fact: 'Planned', plan, item: anItem() }
const updated: RenewalFact = { fact: 'Updated', notAfter: '2027-11-09T18:31:00Z', adopted: false }
const published: RenewalFact = { fact: 'Published', version: 'v1' }
const proven: RenewalFact = { fact: 'Proven', fingerprint: 'new', serial: '01', notAfter: '2027-11-09T18:31:00Z', from: 'vpc-1' }
const unreached: RenewalFact = { fact: 'Unreached', detail: 'TimedOut', mend: 'allow the vSwitch' }
const drive = (...facts: RenewalFact[]) => driveRenewal('r1', facts.reduce(evolveRenewal, noRenewal), now, pace)

describe('the sweep says for a renewal again', () => {
  const look = '2026-11-09T18:34:59Z'
  test.each([
    ['is planned', [planned], event('RenewalApproved', { plan, renewal: 'r1' }), look],
    ['is updated', [planned, updated], event('ValidityUpdated', { plan, renewal: 'r1' }), look],
    ['is published', [planned, updated, published], event('BundlePublished', { plan, renewal: 'r1', version: 'v1' }), look],
    [
      'was not reached, and a day later',
      [planned, updated, published, unreached],
      event('BundlePublished', { plan, renewal: 'r1', version: 'v1' }),
      '2026-11-10T18:30:00Z',
    ],
  ] satisfies [string, RenewalFact[], unknown, string][])('what follows where it %s', (_, facts, said, when) =>
    expect(drive(...facts)).toEqual({ do: 'say', events: [said], look: when }),
  )
  test('that it is proven, and looks no more', () =>
    expect(drive(planned, updated, published, proven)).toEqual({ do: 'forget', say: [event('RenewalProven', { plan, renewal: 'r1' })] }))
  test.each<[string, RenewalFact[], unknown]>([
    ['ended', [planned, { fact: 'Ended', reason: 'Rejected', detail: '' }], event('RenewalApproved', { plan, renewal: 'r1' })],
    [
      'is refuted',
      [planned, updated, published, { fact: 'Refuted', code: 'OldLeafServed', detail: '' }],
      event('BundlePublished', { plan, renewal: 'r1', version: 'v1' }),
    ],
  ])('once more what made its step say that it %s, and looks no more', (_, facts, said) =>
    expect(drive(...facts)).toEqual({ do: 'forget', say: [said] }),
  )
  test('nothing where it was never planned', () => {
    expect(drive()).toEqual({ do: 'forget', say: [] })
    expect(driveRenewal('r1', noRenewal, now, pace, true)).toEqual({ do: 'forget', say: [] })
  })
  const approved = event('RenewalApproved', { plan, renewal: 'r1' })
  test.each<[string, RenewalFact[], unknown[]]>([
    ['is planned', [planned], [approved]],
    ['is updated', [planned, updated], [approved, event('ValidityUpdated', { plan, renewal: 'r1' })]],
    ['is proven', [planned, updated, published, proven], [approved, event('RenewalProven', { plan, renewal: 'r1' })]],
    ['ended', [planned, { fact: 'Ended', reason: 'Rejected', detail: '' }], [approved]],
  ])('that it is approved, once, and looks again, while it holds a slot and %s', (_, facts, events) => {
    expect(driveRenewal('r1', facts.reduce(evolveRenewal, noRenewal), now, pace, true)).toEqual({ do: 'say', events, look })
  })
})

describe('the sweep, for a plan,', () => {
  const items = [anItem(), anItem({ renewal: 'r2', instance: 'rm-2', family: 'rm-2' })]
  const closed = aPlan(items)
  const asked: PlanFact = { fact: 'Asked', ask: 1 }
  const answer = (decision: 'approve' | 'reject', ...renewals: string[]): PlanFact => ({
    fact: 'Answered',
    decision,
    renewals,
    by: { kind: 'link', from: '10.0.0.1' },
  })
  const askedAt = '2026-11-09T01:00:00Z'
  const at = (time: string, ...facts: PlanFact[]) =>
    drivePlan(
      plan,
      facts.reduce((state, fact) => evolvePlan(state, fact, askedAt), noPlan),
      new Date(time),
      pace,
    )
  const ask = (n: number) => event('ApprovalRequested', { plan, ask: n })

  test('forgets one that was never closed', () => expect(at(askedAt)).toEqual({ do: 'forget' }))
  test('says that one is due which was never asked, and one that the policy answers', () => {
    const due = { do: 'say', events: [event('RenewalsDue', { plan })] }
    expect(at(askedAt, closed)).toMatchObject(due)
    expect(at(askedAt, { ...closed, approval: 'automatic' }, asked)).toMatchObject(due)
  })
  test('repeats the ask, and asks anew after three days', () => {
    const next = '2026-11-12T01:00:00Z'
    expect(at('2026-11-12T00:59:59.999Z', closed, asked)).toMatchObject({ do: 'say', events: [ask(1)], look: next })
    expect(at(next, closed, asked)).toMatchObject({ do: 'ask', ask: 2, look: lookAgain(new Date(next), pace) })
  })
  test('asks every day within ten days of the first deadline', () => {
    const near = aPlan([anItem(), anItem({ renewal: 'r2', deadline: '2026-11-19T01:00:00Z' })])
    expect(at('2026-11-09T01:00:00Z', near, asked)).toMatchObject({ look: '2026-11-10T01:00:00Z' })
    const farther = aPlan([anItem(), anItem({ renewal: 'r2', deadline: '2026-11-19T01:00:00.001Z' })])
    expect(at('2026-11-09T01:00:00Z', farther, asked)).toMatchObject({ look: '2026-11-12T01:00:00Z' })
  })
  test('takes the end of the certificate where there is no deadline', () => {
    const without = anItem({ deadline: undefined, notAfter: '2026-11-18T00:00:00Z' })
    expect(at('2026-11-09T01:00:00Z', aPlan([without]), asked)).toMatchObject({ look: '2026-11-10T01:00:00Z' })
  })
  test('lets it lapse when the last unanswered item can no longer be answered', () => {
    const end = items[0]?.validUntil ?? ''
    expect(at(new Date(Date.parse(end) - 1).toISOString(), closed, asked, answer('reject', 'r1')).do).toBe('ask')
    expect(at(end, closed, asked, answer('reject', 'r1'))).toMatchObject({ do: 'lapse', renewals: ['r2'] })
    expect(at(end, closed, asked)).toMatchObject({ do: 'lapse', renewals: ['r1', 'r2'] })
  })
  test('does not let it lapse while one item can still be answered', () => {
    const longer = aPlan([anItem(), anItem({ renewal: 'r2', validUntil: '2026-12-07T00:00:00Z' })])
    expect(at(anItem().validUntil, longer, asked).do).toBe('ask')
  })
  test.each<[string, string, PlanFact[]]>([
    ['is asked for again', '2026-11-12T01:00:00Z', [closed, asked]],
    ['is said again', askedAt, [closed, asked]],
    ['lapses', items[0]?.validUntil ?? '', [closed, asked]],
    ['is due again', askedAt, [{ ...closed, approval: 'automatic' }]],
  ])('names what is approved already while the rest %s', (_, time, facts) =>
    expect(at(time, ...facts, answer('approve', 'r1'))).toMatchObject({ approved: ['r1'] }),
  )
  test('hands what was approved over to hints of its own once everything is answered', () => {
    expect(at(askedAt, closed, asked, answer('approve', 'r1'), answer('reject', 'r2'))).toEqual({ do: 'hand over', approved: ['r1'] })
    expect(at(askedAt, closed, asked, answer('reject', 'r1', 'r2'))).toEqual({ do: 'hand over', approved: [] })
  })
  test('hands over what was approved before the rest lapsed', () =>
    expect(at(askedAt, closed, asked, answer('approve', 'r1'), { fact: 'Lapsed' })).toEqual({ do: 'hand over', approved: ['r1'] }))
})

describe('the next look', () => {
  test.each([
    ['2026-11-09T18:30:00.000Z', '2026-11-09T18:34:59Z'],
    ['2026-11-09T18:30:00.001Z', '2026-11-09T18:39:59Z'],
    ['2026-11-09T18:34:59.999Z', '2026-11-09T18:39:59Z'],
    ['2026-11-09T18:35:00.000Z', '2026-11-09T18:39:59Z'],
  ])('after %s is at %s: the same within five minutes', (at, look) => expect(lookAgain(new Date(at), pace)).toBe(look))

  test('is five to ten minutes ahead, less a second, and never goes back', () => {
    expect(leastAhead(pace)).toBe(5 * minute - 1000)
    const instants = fc.integer({ min: 0, max: 30 * hour })
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)].map(ms => now.getTime() + ms)
        const look = Date.parse(lookAgain(new Date(first ?? 0), pace))
        expect(look - (first ?? 0)).toBeGreaterThanOrEqual(5 * minute - 1000)
        expect(look - (first ?? 0)).toBeLessThanOrEqual(10 * minute - 1000)
        expect(Date.parse(lookAgain(new Date(second ?? 0), pace))).toBeGreaterThanOrEqual(look)
      }),
    )
  })
})
