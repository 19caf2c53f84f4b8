import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admit, evolveRollout, noRollout, type Rollout, type RolloutFact, rollout, type Slot } from '../../shared/domain/rollout.ts'

const at = '2026-11-09T18:30:00Z'
const slotOf = (renewal: string, change: Partial<Slot> = {}): Slot => ({
  renewal,
  instance: `rm-${renewal}`,
  family: `rm-${renewal}`,
  groups: { defaults: 2 },
  attempt: 'a1',
  callBefore: '2026-11-09T18:30:30Z',
  startedAt: at,
  tries: 1,
  stuck: false,
  ...change,
})
const started = (renewal: string, change: Partial<Slot> = {}): RolloutFact => ({ fact: 'RestartStarted', slot: slotOf(renewal, change) })
const failed = (renewal: string): RolloutFact => ({ fact: 'RenewalFailed', renewal, why: 'Refuted' })
const stateOf = (facts: RolloutFact[], brake = 1): Rollout =>
  facts.reduce((state, fact) => evolveRollout(state, fact, at, brake), noRollout)
const holders = (state: Rollout) => state.slots.map(one => one.renewal)

describe('slots', () => {
  test('are held from a start to an end by evidence', () => {
    expect(holders(stateOf([started('a'), started('b')]))).toEqual(['a', 'b'])
    expect(holders(stateOf([started('a'), started('b'), { fact: 'RestartEnded', renewal: 'a', evidence: 'Moved' }]))).toEqual(['b'])
  })
  test('a second attempt takes its own slot over, and no second one', () => {
    expect(stateOf([started('a'), started('b'), started('a', { attempt: 'a2', tries: 2 })]).slots).toEqual([
      slotOf('b'),
      slotOf('a', { attempt: 'a2', tries: 2 }),
    ])
  })
  test('a second attempt that was not taken leaves the slot of the first', () => {
    const second = started('a', { attempt: 'a2', tries: 2, startedAt: '2026-11-09T18:46:00Z' })
    expect(stateOf([started('a'), second, { fact: 'SecondNotTaken', first: slotOf('a') }])).toEqual(stateOf([started('a')]))
    expect(holders(stateOf([started('a'), started('b'), second, { fact: 'SecondNotTaken', first: slotOf('a') }]))).toEqual(['b', 'a'])
  })
  test('a stuck restart keeps its slot and counts as a failure', () => {
    const state = stateOf([started('a'), started('b'), { fact: 'RestartStuck', renewal: 'a' }], 2)
    expect(state.slots).toEqual([slotOf('a', { stuck: true }), slotOf('b')])
    expect(state.failures).toEqual([{ at, renewal: 'a', why: 'Stuck' }])
    expect(state.halted).toBeUndefined()
  })
  test('an end is no failure unless it says so', () => {
    const end: RolloutFact = { fact: 'RestartEnded', renewal: 'a', evidence: 'NotTaken' }
    expect(stateOf([started('a'), end])).toEqual(noRollout)
    expect(stateOf([started('a'), { ...end, failure: 'Forbidden.RAM' }])).toEqual({
      slots: [],
      failures: [{ at, renewal: 'a', why: 'Forbidden.RAM' }],
      halted: { at, why: '1 failed within 24 h, the last a: Forbidden.RAM' },
    })
  })
})

describe('the brake', () => {
  const day = 86_400_000
  const failuresAt = (brake: number, ...instants: number[]) =>
    instants.reduce((state, ms) => evolveRollout(state, failed('a'), new Date(Date.parse(at) + ms).toISOString(), brake), noRollout)

  test('at one failure halts at once', () =>
    expect(stateOf([failed('a')]).halted).toMatchObject({ at, why: expect.stringContaining('a: Refuted') }))
  test('at three does not halt at two', () => {
    expect(failuresAt(3, 0, 1000).halted).toBeUndefined()
    expect(failuresAt(3, 0, 1000, 2000).halted).toMatchObject({ why: expect.stringContaining('3 failed') })
  })
  test('counts the last 24 hours: a failure that is exactly a day old is no longer among them', () => {
    expect(failuresAt(2, 0, day - 1).halted).toBeDefined()
    expect(failuresAt(2, 0, day).halted).toBeUndefined()
    expect(failuresAt(2, 0, day).failures).toHaveLength(1)
  })
  test('is put on by hand, too', () => {
    expect(stateOf([{ fact: 'RolloutHalted', why: 'a storm', by: 'li.wei' }]).halted).toEqual({ at, why: 'a storm' })
  })
  test('keeps the first reason while it is halted', () => {
    const state = stateOf([failed('a'), failed('b'), { fact: 'RolloutHalted', why: 'by hand' }])
    expect(state.halted?.why).toContain('a: Refuted')
    expect(state.failures).toHaveLength(2)
  })
  test('is released by a person alone, who forgives the failures and leaves the slots', () => {
    const state = stateOf([started('a'), failed('b'), { fact: 'RolloutResumed', by: 'li.wei' }])
    expect(state).toEqual({ slots: [slotOf('a')], failures: [], known: [{ at, renewal: 'b', why: 'Refuted' }] })
    expect(evolveRollout(state, failed('b'), at, 2).halted).toBeUndefined()
    expect(
      stateOf([
        { fact: 'RolloutHalted', why: 'by hand' },
        { fact: 'RolloutResumed', by: 'li.wei' },
      ]),
    ).toEqual(noRollout)
  })

  const refused = (renewal: string, failure = 'Forbidden.RAM'): RolloutFact => ({
    fact: 'RestartEnded',
    renewal,
    evidence: 'NotTaken',
    failure,
  })
  const resumed: RolloutFact = { fact: 'RolloutResumed', by: 'li.wei' }

  test('is put on once by a refusal that comes again after a person resumed past it', () => {
    const again = stateOf([refused('a'), resumed, started('a'), refused('a')])
    expect(again).toEqual({ slots: [], failures: [], known: [{ at, renewal: 'a', why: 'Forbidden.RAM' }] })
    expect(stateOf([refused('a'), resumed, refused('a'), refused('b'), resumed, refused('a'), refused('b')]).halted).toBeUndefined()
  })
  test.each<[string, RolloutFact]>([
    ['another certificate is refused the same', refused('b')],
    ['the same one is refused otherwise', refused('a', 'InvalidSSLStatus')],
    ['the same one is refuted', failed('a')],
    ['the same one gets stuck', { fact: 'RestartStuck', renewal: 'a' }],
  ])('is put on anew when %s', (_, news) => expect(stateOf([refused('a'), resumed, news]).halted).toBeDefined())
  test('is put on by a refusal that came twice before anybody resumed', () =>
    expect(stateOf([refused('a'), refused('a')], 2).halted).toBeDefined())
  test('forgets after a hundred days what was resumed past, as soon as somebody resumes', () => {
    const later = (days: number) => new Date(Date.parse(at) + days * day).toISOString()
    const resumedAfter = (days: number) =>
      evolveRollout(evolveRollout(stateOf([refused('a'), resumed]), refused('b'), at, 1), resumed, later(days), 1)
    expect(resumedAfter(99).known?.map(one => one.renewal)).toEqual(['a', 'b'])
    expect(resumedAfter(100).known).toBeUndefined()
    expect(evolveRollout(resumedAfter(100), refused('a'), later(100), 1).halted).toBeDefined()
  })
})

describe('a candidate', () => {
  const candidate = { renewal: 'x', family: 'rm-x', groups: { defaults: 2 } }
  const beside = (...slots: Slot[]): Rollout => ({ ...noRollout, slots })

  test('is admitted to an empty rollout', () => expect(admit(noRollout, candidate)).toEqual({ free: true }))
  test('waits for a person while the rollout is halted', () =>
    expect(admit(stateOf([failed('a')]), candidate)).toEqual({
      free: false,
      for: 'Resume',
      because: 'halted: 1 failed within 24 h, the last a: Refuted',
    }))
  test('may start beside one less than its group admits', () => {
    expect(admit(beside(slotOf('a')), candidate)).toEqual({ free: true })
    expect(admit(beside(slotOf('a'), slotOf('b')), candidate)).toMatchObject({
      free: false,
      for: 'Slot',
      because: expect.stringContaining('2 of defaults'),
    })
  })
  test('is no hindrance to itself', () => expect(admit(beside(slotOf('x'), slotOf('a')), candidate)).toEqual({ free: true }))
  test('never starts beside one of its family, whatever the group admits', () => {
    const answer = admit(beside(slotOf('a', { family: 'rm-x', groups: {} })), candidate)
    expect(answer).toMatchObject({ free: false, for: 'Slot', because: expect.stringContaining('rm-a of the same family') })
  })
  test('is held by the stricter of both sides, so that a loosened policy does not overrun an older start', () => {
    expect(admit(beside(slotOf('a', { groups: { defaults: 1 } })), candidate)).toMatchObject({ free: false })
    expect(admit(beside(slotOf('a', { groups: { defaults: 9 } })), { ...candidate, groups: { defaults: 1 } })).toMatchObject({
      free: false,
    })
  })
  test('must find room in each of its groups', () => {
    const both = { ...candidate, groups: { 'app=shop': 1, 'tier=1': 1 } }
    expect(admit(beside(slotOf('a', { groups: { 'tier=1': 1 } })), both)).toMatchObject({
      free: false,
      because: expect.stringContaining('tier=1'),
    })
    expect(admit(beside(slotOf('a', { groups: { 'tier=2': 1 } })), both)).toEqual({ free: true })
  })
  test.each(['constructor', '__proto__'])('of a group that is called %s finds no strangers in it', name =>
    expect(admit(beside(slotOf('a')), { ...candidate, groups: JSON.parse(`{"${name}": 1}`) })).toEqual({ free: true }),
  )
})

test('whoever is admitted one after the other, no group is overrun, no family restarts twice at once, and a halt starts nobody', () => {
  const candidates = fc.record({
    renewal: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    family: fc.constantFrom('f1', 'f2', 'f3', 'f4'),
    groups: fc.dictionary(fc.constantFrom('g1', 'g2'), fc.integer({ min: 1, max: 3 }), { minKeys: 1 }),
  })
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: candidates.map(of => ({ start: of })) },
      { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e').map(renewal => ({ end: renewal })) },
      { weight: 1, arbitrary: fc.constant({ halt: true } as const) },
    ),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(steps, taken => {
      let state = noRollout
      for (const step of taken) {
        if ('halt' in step) state = evolveRollout(state, { fact: 'RolloutHalted', why: 'x' }, at, 1)
        else if ('end' in step) state = evolveRollout(state, { fact: 'RestartEnded', renewal: step.end, evidence: 'Moved' }, at, 1)
        else if (!state.slots.some(one => one.renewal === step.start.renewal) && admit(state, step.start).free) {
          expect(state.halted).toBeUndefined()
          state = evolveRollout(state, started(step.start.renewal, step.start), at, 1)
        }
        expect(new Set(state.slots.map(one => one.family)).size).toBe(state.slots.length)
        for (const group of ['g1', 'g2']) {
          const held = state.slots.filter(one => one.groups[group] !== undefined)
          expect(held.length).toBeLessThanOrEqual(Math.min(...held.map(one => one.groups[group] ?? 0), 99))
        }
        expect(rollout.safeParse(JSON.parse(JSON.stringify(state))).success).toBe(true)
      }
    }),
  )
})
