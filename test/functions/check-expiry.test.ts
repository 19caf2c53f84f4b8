import { describe, expect, test } from 'vitest'
import { checkExpiry, sweepOpen } from '../../functions/check-expiry.ts'
import { fakeWorld } from '../fakes/world.ts'
import { emitted, hints, newEnd, oldEnd, plan, planned, policyText, renewal, said, says, scene } from './scene.ts'

const morning = '2026-11-09T00:00:00Z'
const instances = [{ id: 'rm-1', notAfter: oldEnd }]
const scans = (world: { journal: { logs(): string[] } }) => world.journal.logs().filter(log => log.startsWith('scans/'))

describe('the daily check', () => {
  test('on the very first day puts the packaged policy in force, by its name, and scans under it; but it never acts by itself', async () => {
    const world = fakeWorld({ now: morning, instances, policy: policyText })
    expect(await checkExpiry({ kind: 'check' }, world)).toEqual({ do: 'scanned', plans: [plan] })
    expect(said(world, 'policy')).toEqual([
      {
        text: policyText.replace('mode: act', 'mode: observe'),
        document: expect.objectContaining({ mode: 'observe' }),
        by: 'the packaged policy.yaml',
      },
    ])
    expect(world.queue.emitted('RenewalsDue')).toEqual([says.due])
  })
  test('later on does not even read the packaged policy: what a person pushed is in force', async () => {
    const world = await scene({ at: morning, instances })
    const policyFile = { read: () => Promise.reject(new Error('it was read')) }
    await checkExpiry({ kind: 'check' }, { ...world, policyFile })
    expect(said(world, 'policy')).toHaveLength(1)
  })
  test('with a packaged policy that is broken says each fault by its line, and looks at nothing', async () => {
    const world = fakeWorld({
      now: morning,
      instances,
      policy: policyText.replace('mode: act', 'mode: auto').replace('Shanghai', 'Atlantis'),
    })
    await expect(checkExpiry({ kind: 'check' }, world)).rejects.toMatchObject({
      code: 'BadConfig',
      message: expect.stringMatching(/^policy\.yaml:1: mode: .*\npolicy\.yaml:2: timezone: .*$/),
    })
    expect(world.journal.logs()).toEqual([])
    expect(world.rds.calls).toEqual([])
  })
  test('of two that start at once, one puts its policy in force, and both scan under it', async () => {
    const world = fakeWorld({ now: morning, instances, policy: policyText })
    world.journal.race('policy', {
      text: 'another',
      document: said(await scene(), 'policy').map(one => (one as { document: unknown }).document)[0],
      by: 'another',
    })
    expect(await checkExpiry({ kind: 'check' }, world)).toMatchObject({ do: 'scanned' })
    expect(said(world, 'policy')).toMatchObject([{ by: 'another' }])
  })
  test('counts its day in the time zone of the policy', async () => {
    const evening = await scene({ at: '2026-11-09T16:00:00Z', instances })
    await checkExpiry({ kind: 'check' }, evening)
    expect(scans(evening)).toEqual(['scans/2026-11-10'])
  })
  test.each([
    ['150s', 'continued', 1],
    ['149s', 'scanned', 2],
  ])('begins no page once it has worked for 150 s: where a page takes %s, it is %s after %i', async (slow, done, pages) => {
    const world = await scene({ at: morning, instances: [...instances, { id: 'rm-9', region: 'cn-beijing', notAfter: newEnd }] })
    const { list } = world.rds
    const rds: typeof world.rds = {
      ...world.rds,
      list: async (...of) => {
        world.clock.pass(slow)
        return list(...of)
      },
    }
    expect(await checkExpiry({ kind: 'check' }, { ...world, rds })).toMatchObject({ do: done })
    expect(world.rds.calls.filter(call => call.startsWith('list'))).toHaveLength(pages)
  })
})

const began = { fact: 'Started', regions: ['cn-hangzhou'], policy: 1 }
const page = { fact: 'Page', region: 'cn-hangzhou', verdicts: [] }
const ended = { fact: 'Ended', plans: [] }

describe('a daily timer that was lost', () => {
  /** Monday morning in Shanghai; the last scan's entries are of `last`, on its own day. */
  async function swept(last: string | undefined, facts: unknown[] = [began, page, ended]) {
    const world = await scene({ at: '2026-11-09T01:00:00Z', instances })
    if (last !== undefined) world.journal.seed(`scans/${last.slice(0, 10)}`, facts, { at: last })
    await sweepOpen({ kind: 'sweep' }, world)
    return world
  }
  test.each([
    ['25 h after the last one ended', '2026-11-08T00:00:00Z', [began, page, ended]],
    ['25 h after one that never came to its end', '2026-11-08T00:00:00Z', [began]],
    ['two days after it', '2026-11-07T01:00:00Z', [began, page, ended]],
  ])('is made good by the sweep %s: the fleet is scanned as of today', async (_, last, facts) => {
    const world = await swept(last, facts)
    expect(said(world, 'scans/2026-11-09').at(-1)).toEqual({ fact: 'Ended', plans: [plan] })
    expect(emitted(world)).toContainEqual(says.due)
  })
  test('is not taken for lost a second before', async () => {
    const world = await swept('2026-11-08T00:00:01Z')
    expect(said(world, 'scans/2026-11-09')).toEqual([])
    expect(world.rds.calls).toEqual([])
  })
  test.each([
    ['2026-11-07T23:59:00Z', 0],
    ['2026-11-08T00:00:00Z', 1],
  ])('is made good in a deployment that never scanned, once its first policy of %s is 25 h old', async (at, scanned) => {
    const { journal: from } = await scene()
    const world = fakeWorld({ now: scanned ? '2026-11-09T01:00:00Z' : '2026-11-09T00:58:59Z', instances, policy: policyText })
    world.journal.seed('policy', from.facts('policy'), { at })
    world.journal.seed('policy', from.facts('policy'), { at: '2026-11-09T00:30:00Z' })
    await sweepOpen({ kind: 'sweep' }, world)
    expect(scans(world)).toHaveLength(scanned)
  })
  test('that comes after all says what was said again and nothing else: no plan twice, no word twice', async () => {
    const world = await swept('2026-11-08T00:00:00Z')
    const [first, plans] = [emitted(world), said(world, `plans/${plan}`)]
    world.queue.clear()
    world.clock.pass('2h')
    await checkExpiry({ kind: 'check' }, world)
    await sweepOpen({ kind: 'sweep' }, world)
    expect(first.length).toBeGreaterThan(0)
    const known = new Set(first.map(one => one.id))
    expect(emitted(world).filter(one => !known.has(one.id))).toEqual([])
    expect(said(world, `plans/${plan}`)).toEqual(plans)
    expect(said(world, 'scans/2026-11-09').filter(fact => (fact as { fact: string }).fact === 'Started')).toHaveLength(1)
  })
})

describe('the sweep', () => {
  test('does nothing before a policy is in force', async () => {
    const world = fakeWorld({ now: morning, instances, policy: policyText })
    await world.journal.remind('2026-11-08T00:00:00Z', `renewals/${renewal}`)
    expect(await sweepOpen({ kind: 'sweep' }, world)).toMatchObject({ do: 'nothing' })
    expect(hints(world)).toHaveLength(1)
  })
  test('wakes what is due', async () => {
    const world = await scene()
    world.journal.seed(`renewals/${renewal}`, [planned()])
    await world.journal.remind('2026-11-09T18:30:00Z', `renewals/${renewal}`)
    expect(await sweepOpen({ kind: 'sweep' }, world)).toMatchObject({ do: 'swept', woken: 1 })
    expect(emitted(world)).toEqual([says.approved])
  })
  test('goes on with today’s scan where it ran out of time', async () => {
    const world = await scene({ at: morning, instances })
    world.journal.seed('scans/2026-11-09', [{ fact: 'Started', regions: ['cn-hangzhou'], policy: 1 }])
    await sweepOpen({ kind: 'sweep' }, world)
    expect(said(world, 'scans/2026-11-09').at(-1)).toEqual({ fact: 'Ended', plans: [plan] })
  })
  test.each([
    ['never began, in a deployment of today', []],
    ['ended', [began, page, ended]],
  ])('leaves a scan alone that %s', async (_, facts) => {
    const world = await scene({ at: morning, instances })
    world.journal.seed('scans/2026-11-09', facts)
    await sweepOpen({ kind: 'sweep' }, world)
    expect(world.rds.calls).toEqual([])
    expect(emitted(world)).toEqual([])
  })
  test('leaves yesterday’s scan: today’s sees everything again', async () => {
    const world = await scene({ at: morning, instances })
    world.journal.seed('scans/2026-11-08', [began], { at: '2026-11-08T00:00:00Z' })
    await sweepOpen({ kind: 'sweep' }, world)
    expect(world.rds.calls).toEqual([])
  })
  test('wakes what is due though the scan that it goes on with fails', async () => {
    const world = await scene({ instances })
    world.journal.seed('scans/2026-11-10', [{ fact: 'Started', regions: ['cn-hangzhou'], policy: 1 }, { fact: 'Forgotten' }])
    world.journal.seed(`renewals/${renewal}`, [planned()])
    await world.journal.remind('2026-11-09T18:30:00Z', `renewals/${renewal}`)
    await expect(sweepOpen({ kind: 'sweep' }, world)).rejects.toMatchObject({ code: 'BadJournal' })
    expect(emitted(world)).toEqual([says.approved])
  })
})
