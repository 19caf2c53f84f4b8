import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evolvePlan, noPlan, type PlanFact, type PlanState, permissionOf, unanswered } from '../../shared/domain/plan.ts'
import { anItem, aPlan } from './items.ts'

const [one, two] = [anItem(), anItem({ renewal: 'r2', instance: 'rm-2', family: 'rm-2', validUntil: '2026-11-20T21:20:00Z' })]
const closed = aPlan([one, two])
const yes = (...renewals: string[]): PlanFact => ({
  fact: 'Answered',
  decision: 'approve',
  renewals,
  by: { kind: 'link', from: '10.0.0.1' },
})
const no = (...renewals: string[]): PlanFact => ({ fact: 'Answered', decision: 'reject', renewals, by: { kind: 'link', from: '10.0.0.2' } })
const asked: PlanFact = { fact: 'Asked', ask: 1 }
const dropped: PlanFact = { fact: 'Dropped', renewals: ['r1'] }
const at = '2026-11-09T18:30:00Z'
const planOf = (...facts: PlanFact[]): PlanState => facts.reduce((state, fact) => evolvePlan(state, fact, at), noPlan)
const decisions = (state: PlanState) =>
  state.is === 'open' ? [...state.answers].map(([renewal, { decision }]) => `${renewal} ${decision}`) : []
const open = (state: PlanState) => (state.is === 'open' ? unanswered(state).map(item => item.renewal) : undefined)

describe('the log of a plan', () => {
  test('says nothing before the plan is closed', () =>
    expect(planOf(asked, yes('r1'), dropped, { fact: 'Lapsed' })).toEqual({ is: 'unknown' }))
  test('waits for an answer to each item', () => {
    expect(open(planOf(closed))).toEqual(['r1', 'r2'])
    expect(open(planOf(closed, asked, yes('r1')))).toEqual(['r2'])
    expect(open(planOf(closed, asked, yes('r1'), no('r2')))).toEqual([])
  })
  test('remembers how often and when it was last asked', () => {
    expect(planOf(closed)).toMatchObject({ asks: 0, askedAt: undefined })
    expect(planOf(closed, asked, { fact: 'Asked', ask: 2 })).toMatchObject({ asks: 2, askedAt: at })
  })
  test('lets a later no overrule a yes, and no yes ever overrule a no', () => {
    expect(decisions(planOf(closed, yes('r1'), no('r1')))).toEqual(['r1 reject'])
    expect(decisions(planOf(closed, no('r1'), yes('r1', 'r2')))).toEqual(['r1 reject', 'r2 approve'])
  })
  test('keeps who said yes first', () => {
    const second: PlanFact = { fact: 'Answered', decision: 'approve', renewals: ['r1'], by: { kind: 'policy', entry: 2 } }
    const state = planOf(closed, yes('r1'), second)
    expect(state.is === 'open' && state.answers.get('r1')).toEqual({ decision: 'approve', by: { kind: 'link', from: '10.0.0.1' }, at })
  })
  test('keeps who said no first', () => {
    const again: PlanFact = { fact: 'Answered', decision: 'reject', renewals: ['r1'], by: { kind: 'link', from: '10.0.0.9' } }
    const state = planOf(closed, no('r1'), again)
    expect(state.is === 'open' && state.answers.get('r1')?.by).toEqual({ kind: 'link', from: '10.0.0.2' })
  })
  test('lapses when it is said to', () => {
    expect(planOf(closed, asked)).toMatchObject({ lapsed: false })
    expect(planOf(closed, asked, { fact: 'Lapsed' })).toMatchObject({ lapsed: true })
  })
  test('no longer holds what was dropped', () => {
    expect(open(planOf(closed, dropped))).toEqual(['r2'])
    expect(planOf(closed, dropped)).toMatchObject({ closed: { ...closed, items: [two] } })
  })
  test('is closed once: a second closing begins it anew', () => expect(planOf(closed, yes('r1'), closed)).toEqual(planOf(closed)))
})

describe('permission', () => {
  test.each<[string, PlanFact[], string]>([
    ['there is no plan', [], 'NoSuchPlan'],
    ['the plan holds another renewal', [aPlan([two]), yes('r2')], 'NoSuchPlan'],
    ['it was dropped, even where it was answered before', [closed, yes('r1'), dropped], 'NoSuchPlan'],
    ['nobody answered', [closed, asked], 'NotAnswered'],
    ['another one was answered', [closed, yes('r2')], 'NotAnswered'],
    ['the answer was no', [closed, no('r1')], 'Rejected'],
    ['the yes was taken back', [closed, yes('r1'), no('r1')], 'Rejected'],
  ])('is not given where %s', (_, facts, reason) => expect(permissionOf(planOf(...facts), 'r1', at)).toEqual({ given: false, reason }))

  test('is given by a person’s yes and by the policy’s', () => {
    const policy: PlanFact = { fact: 'Answered', decision: 'approve', renewals: ['r1'], by: { kind: 'policy', entry: 1 } }
    expect(permissionOf(planOf(closed, yes('r1')), 'r1', at)).toEqual({ given: true })
    expect(permissionOf(planOf(closed, policy), 'r1', at)).toEqual({ given: true })
  })
  test('lasts until the item’s own validUntil, that instant included', () => {
    const plan = planOf(closed, yes('r1', 'r2'))
    expect(permissionOf(plan, 'r2', '2026-11-20T21:20:00.000Z')).toEqual({ given: true })
    expect(permissionOf(plan, 'r2', '2026-11-20T21:20:00.001Z')).toEqual({ given: false, reason: 'Lapsed' })
    expect(permissionOf(plan, 'r1', '2026-11-20T21:20:00.001Z')).toEqual({ given: true })
  })
  test('of a lapsed item that was rejected is a rejection', () => {
    expect(permissionOf(planOf(closed, no('r2')), 'r2', '2026-12-01T00:00:00Z')).toEqual({ given: false, reason: 'Rejected' })
  })
  test('comes from nothing but a yes: no log without one gives it', () => {
    const facts = fc.constantFrom<PlanFact>(closed, asked, no('r1'), no('r2'), dropped, yes('r2'), { fact: 'Lapsed' })
    fc.assert(fc.property(fc.array(facts, { maxLength: 8 }), said => !permissionOf(planOf(...said), 'r1', at).given))
  })
})
