import { describe, expect, test } from 'vitest'
import type { RolloutFact } from '../../shared/domain/rollout.ts'
import { effectivePolicy, planLog, readPolicyLog, readRollout, recordPolicy, recordRollout, renewalLog } from '../../shared/logs.ts'
import { fakeWorld } from '../fakes/world.ts'
import { asked, closedOf, now, plan, planned, policyText, renewal, scene, slotOf } from '../functions/scene.ts'

const log = `plans/${plan}`
const lapsed = { fact: 'Lapsed' } as const

describe('a log', () => {
  test('that nobody wrote is empty', async () => {
    const { journal } = fakeWorld({ now })
    expect(await planLog.read(journal, plan)).toEqual({ n: 0, state: { is: 'unknown' } })
  })
  test('is folded in the order of its entries, each with its own time', async () => {
    const { journal } = fakeWorld({ now })
    journal.seed(log, [closedOf()], { at: '2026-11-09T00:00:00Z' })
    journal.seed(log, [asked], { at: '2026-11-09T00:01:00Z' })
    expect(await planLog.read(journal, plan)).toMatchObject({ n: 2, state: { is: 'open', asks: 1, askedAt: '2026-11-09T00:01:00Z' } })
  })
  test('with an entry of another version is refused by its number', async () => {
    const { journal } = fakeWorld({ now })
    journal.seed(log, [closedOf(), { fact: 'Frozen' }])
    await expect(planLog.read(journal, plan)).rejects.toMatchObject({
      code: 'BadJournal',
      message: expect.stringMatching(new RegExp(`^${log}/2: .*newer version`)),
    })
  })
  test('with a field too many is refused too: it may mean something', async () => {
    const { journal } = fakeWorld({ now })
    journal.seed(log, [closedOf(), { ...asked, by: 'x' }])
    await expect(planLog.read(journal, plan)).rejects.toMatchObject({ code: 'BadJournal' })
  })
})

describe('recording', () => {
  test('appends the next entry, marked by its attempt and time, and gives the state after it', async () => {
    const world = fakeWorld({ now, attempt: 'a7' })
    world.journal.seed(log, [closedOf()])
    const { state, added } = await planLog.record(world, plan, before =>
      before.is === 'open' && before.asks === 0 ? { fact: 'Asked', ask: 1 } : undefined,
    )
    expect(added).toEqual(asked)
    expect(state).toMatchObject({ asks: 1, askedAt: '2026-11-09T18:30:00.000Z' })
    expect(world.journal.appended).toEqual([{ log, entry: { n: 2, attempt: 'a7', at: '2026-11-09T18:30:00.000Z', fact: asked } }])
  })
  test('of nothing appends nothing', async () => {
    const world = fakeWorld({ now })
    world.journal.seed(log, [closedOf()])
    expect(await planLog.record(world, plan, () => undefined)).toMatchObject({ state: { is: 'open' }, added: undefined })
    expect(world.journal.appended).toEqual([])
  })
  test('of what nobody could read back is refused before it is written: it would close the log for good', async () => {
    const world = fakeWorld({ now })
    const nobody = closedOf([])
    await expect(planLog.record(world, plan, () => nobody)).rejects.toMatchObject({
      code: 'BadJournal',
      message: expect.stringContaining('items: '),
    })
    const slot = slotOf({ tries: 3 as 2 })
    await expect(recordRollout(world, 1, () => ({ fact: 'RestartStarted', slot }))).rejects.toMatchObject({ code: 'BadJournal' })
    expect(world.journal.appended).toEqual([])
  })
  test('after a lost race is decided anew, on the state that won', async () => {
    const world = fakeWorld({ now })
    world.journal.seed(log, [closedOf()])
    world.journal.race(log, asked)
    const seen: number[] = []
    const { added } = await planLog.record(world, plan, before => {
      if (before.is === 'open') seen.push(before.asks)
      return before.is === 'open' && before.asks === 0 ? { fact: 'Asked', ask: 1 } : undefined
    })
    expect(seen).toEqual([0, 1])
    expect(added).toBeUndefined()
    expect(world.journal.facts(log)).toEqual([closedOf(), asked])
  })
  test.each([
    [11, 'appended'],
    [12, 'Contended'],
  ])('after %i lost races in a row is %s', async (races, outcome) => {
    const world = fakeWorld({ now })
    world.journal.seed(log, [closedOf()])
    for (let race = 0; race < races; race++) world.journal.race(log, lapsed)
    const recorded = planLog.record(world, plan, () => lapsed)
    if (outcome === 'appended') expect((await recorded).added).toEqual(lapsed)
    else await expect(recorded).rejects.toMatchObject({ code: outcome, retry: true })
  })
  test('of one renewal touches no other', async () => {
    const world = fakeWorld({ now })
    await renewalLog.record(world, renewal, () => planned())
    expect(world.journal.logs()).toEqual([`renewals/${renewal}`])
    expect((await renewalLog.read(world.journal, `${renewal}X`)).n).toBe(0)
  })
})

describe('the restarts log', () => {
  const started: RolloutFact = { fact: 'RestartStarted', slot: slotOf() }

  test('is empty at first', async () =>
    expect(await readRollout(fakeWorld({ now }).journal)).toEqual({ n: 0, state: { slots: [], failures: [] } }))
  test('keeps in each entry what happened and the state after it: the newest alone is read', async () => {
    const world = fakeWorld({ now })
    await recordRollout(world, 1, () => started)
    world.journal.fail('read')
    await recordRollout(world, 1, state => (state.slots.length === 1 ? { fact: 'RestartStuck', renewal } : undefined))
    expect(world.journal.facts('restarts')).toEqual([
      { what: started, after: { slots: [slotOf()], failures: [] } },
      {
        what: { fact: 'RestartStuck', renewal },
        after: {
          slots: [slotOf({ stuck: true })],
          failures: [{ at: '2026-11-09T18:30:00.000Z', renewal, why: 'Stuck' }],
          halted: { at: '2026-11-09T18:30:00.000Z', why: expect.stringContaining('Stuck') },
        },
      },
    ])
    expect((await readRollout(world.journal)).n).toBe(2)
  })
  test('brakes by the number that the caller gives', async () => {
    const world = fakeWorld({ now })
    const { state } = await recordRollout(world, 2, () => ({ fact: 'RenewalFailed', renewal, why: 'x' }))
    expect(state.halted).toBeUndefined()
  })
  test('after a lost race is decided on the state that won', async () => {
    const world = fakeWorld({ now })
    world.journal.race('restarts', { what: started, after: { slots: [slotOf()], failures: [] } })
    const { added } = await recordRollout(world, 1, state => (state.slots.length === 0 ? started : undefined))
    expect(added).toBeUndefined()
    expect(world.journal.facts('restarts')).toHaveLength(1)
  })
  test('that an older version cannot read stops everything, by its name', async () => {
    const world = fakeWorld({ now })
    world.journal.seed('restarts', [{ what: started, after: { slots: 'none' } }])
    await expect(readRollout(world.journal)).rejects.toMatchObject({ code: 'BadJournal', message: expect.stringMatching(/^restarts\/1: /) })
  })
  test('gives up after twelve lost races, to be tried again', async () => {
    const world = fakeWorld({ now })
    for (let race = 0; race < 12; race++) world.journal.race('restarts', { what: started, after: { slots: [slotOf()], failures: [] } })
    await expect(recordRollout(world, 1, () => started)).rejects.toMatchObject({ code: 'Contended' })
  })
})

describe('the policy in force', () => {
  test('is the newest entry', async () => {
    const { journal } = await scene()
    const [first] = journal.facts('policy') as { document: Record<string, unknown> }[]
    journal.seed('policy', [{ text: policyText, document: { ...first?.document, mode: 'observe' }, by: 'li.wei' }])
    expect(await effectivePolicy(journal)).toMatchObject({ n: 2, policy: { mode: 'observe' } })
  })
  test('is none before the first, which is said to whom it stops', async () => {
    const { journal } = fakeWorld({ now })
    expect(await readPolicyLog(journal)).toBeUndefined()
    await expect(effectivePolicy(journal)).rejects.toMatchObject({
      code: 'BadConfig',
      message: expect.stringContaining('check-expiry adopts'),
    })
  })
  test('is put in force once: a second one does not slip in', async () => {
    const world = fakeWorld({ now })
    expect(await recordPolicy(world, { text: 'a', document: {}, by: 'a' })).toBe(true)
    expect(await recordPolicy({ ...world, attempt: 'attempt-2' }, { text: 'b', document: {}, by: 'b' })).toBe(false)
    expect(world.journal.facts('policy')).toEqual([{ text: 'a', document: {}, by: 'a' }])
  })
  test('that this version cannot read is told by its entry and field', async () => {
    const { journal } = await scene()
    journal.seed('policy', [{ text: '', document: { mode: 'dream' }, by: 'x' }])
    await expect(readPolicyLog(journal)).rejects.toMatchObject({ code: 'BadJournal', message: expect.stringMatching(/^policy\/2: mode: /) })
  })
})
