import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import type { PlanFact } from '../../shared/domain/plan.ts'
import type { RenewalFact } from '../../shared/domain/renewal-log.ts'
import { event } from '../../shared/events.ts'
import { sweep } from '../../shared/sweep.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approved,
  asked,
  closedOf,
  emitted,
  hints,
  itemOf,
  lastSaidOf,
  plan,
  planned,
  published,
  rejected,
  renewal,
  renewalOf,
  said,
  saidOf,
  says,
  scene,
  updated,
} from '../functions/scene.ts'

const two = [itemOf('rm-1'), itemOf('rm-2')]
const second = renewalOf('rm-2')
const [planId, renewalId, secondId] = [`plans/${plan}`, `renewals/${renewal}`, `renewals/${second}`]
const soon = '2026-11-09T18:34:59Z'
const planSays = (world: FakeWorld) => said(world, planId)
const proven: RenewalFact = { fact: 'Proven', fingerprint: 'f', serial: '0b', notAfter: '2027-11-09T18:31:00Z', from: 'vpc-1' }
const refuted: RenewalFact = { fact: 'Refuted', code: 'OldLeafServed', detail: 'the old one' }
const approvedOf = (of: string) => event('RenewalApproved', { plan, renewal: of })

/** A deployment whose renewal log says this, with a hint that is due. */
async function renewalScene(...facts: RenewalFact[]) {
  const world = await scene()
  world.journal.seed(renewalId, facts)
  await world.journal.remind('2026-11-09T18:30:00Z', renewalId)
  return world
}

async function planScene(closed = closedOf(two), ...facts: PlanFact[]) {
  const world = await scene()
  world.journal.seed(planId, [closed, ...facts], { at: '2026-11-09T01:00:00Z' })
  for (const item of two) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  await world.journal.remind('2026-11-09T18:30:00Z', planId)
  return world
}

describe('a renewal whose hint is due', () => {
  test.each<[string, RenewalFact[], unknown]>([
    ['approved', [planned()], says.approved],
    ['updated', [planned(), updated], says.updated],
    ['published', [planned(), updated, published('v1')], says.published('v1')],
  ])('is said to be %s again, and looked at again later', async (_, facts, said) => {
    const world = await renewalScene(...facts)
    expect(await sweep(world)).toEqual({ do: 'swept', woken: 1, failed: [] })
    expect(emitted(world)).toEqual([said])
    expect(hints(world)).toEqual([`${soon} ${renewalId}`])
    expect(world.journal.appended).toEqual([])
  })
  test.each<[string, RenewalFact[], unknown]>([
    ['proven', [planned(), updated, published('v1'), proven], says.proven],
    ['refuted', [planned(), updated, published('v1'), refuted], says.published('v1')],
    ['ended', [planned(), { fact: 'Ended', reason: 'EndpointMoved', detail: 'x' }], says.approved],
  ])('and that is %s is said once more, since its last word may be lost, then forgotten', async (_, facts, said) => {
    const world = await renewalScene(...facts)
    await sweep(world)
    expect(emitted(world)).toEqual([said])
    expect(hints(world)).toEqual([])
  })
  test('and that was never planned is forgotten', async () => {
    const world = await renewalScene()
    await sweep(world)
    expect(emitted(world)).toEqual([])
    expect(hints(world)).toEqual([])
  })
  test('keeps its hint when its event cannot be sent', async () => {
    const world = await renewalScene(planned())
    world.queue.fail('send')
    await expect(sweep(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(hints(world)).toEqual([`2026-11-09T18:30:00Z ${renewalId}`])
  })
  test('has its new hint before the old one goes', async () => {
    const world = await renewalScene(planned())
    world.journal.fail('forget')
    await expect(sweep(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(hints(world)).toEqual([`2026-11-09T18:30:00Z ${renewalId}`, `${soon} ${renewalId}`])
  })
})

test('what is not due yet is left, and no more is woken than one run can take', async () => {
  const world = await scene()
  for (const [look, item] of [
    ['18:29:00', two[0]],
    ['18:30:00', two[1]],
    ['18:30:01', itemOf('rm-3')],
  ] as const) {
    world.journal.seed(`renewals/${item?.renewal}`, [planned(item)])
    await world.journal.remind(`2026-11-09T${look}Z`, `renewals/${item?.renewal}`)
  }
  expect(await sweep(world, 1)).toMatchObject({ woken: 1 })
  expect(emitted(world)).toEqual([approvedOf(renewal)])
  expect(await sweep(world)).toMatchObject({ woken: 1 })
  expect(emitted(world)).toEqual([approvedOf(renewal), approvedOf(second)])
})

describe('a plan whose hint is due', () => {
  test('and that was never asked for is said to be due again', async () => {
    const world = await planScene()
    await sweep(world)
    expect(emitted(world)).toEqual([says.due])
    expect(hints(world)).toEqual([`${soon} ${planId}`])
  })
  test('is asked for again with the same ask, until the reminder is due', async () => {
    const world = await planScene(closedOf(two), asked)
    await sweep(world)
    expect(emitted(world)).toEqual([says.asked])
    expect(hints(world)).toEqual([`2026-11-12T01:00:00Z ${planId}`])
    expect(planSays(world)).toEqual([closedOf(two), asked])
  })
  test('is reminded of by a new ask, journalled before it is said', async () => {
    const world = await planScene(closedOf(two), asked)
    world.clock.set('2026-11-12T01:00:00Z')
    world.queue.fail('send')
    await expect(sweep(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(planSays(world).at(-1)).toEqual({ fact: 'Asked', ask: 2 })
    await sweep({ ...world, attempt: 'attempt-2' })
    expect(planSays(world).at(-1)).toEqual({ fact: 'Asked', ask: 2 })
    expect(emitted(world)).toEqual([event('ApprovalRequested', { plan, ask: 2 })])
  })
  test('is reminded of once, where two sweeps do it at once', async () => {
    const world = await planScene(closedOf(two), asked)
    world.clock.set('2026-11-12T01:00:00Z')
    world.journal.race(planId, { fact: 'Asked', ask: 2 })
    await sweep(world)
    expect(planSays(world)).toEqual([closedOf(two), asked, { fact: 'Asked', ask: 2 }])
    expect(emitted(world)).toEqual([event('ApprovalRequested', { plan, ask: 2 })])
  })
  test('gives what is approved already a hint of its own, while the rest still waits', async () => {
    const world = await planScene(closedOf(two), asked, approved(renewal))
    await sweep(world)
    expect(emitted(world)).toEqual([says.asked])
    expect(hints(world)).toEqual([`${soon} ${renewalId}`, `2026-11-12T01:00:00Z ${planId}`])
  })
  test('and that is answered hands over to hints of its renewals, says them once, and is forgotten', async () => {
    const world = await planScene(closedOf(two), asked, approved(renewal), rejected(second))
    await sweep(world)
    expect(emitted(world)).toEqual([says.approved])
    expect(hints(world)).toEqual([`${soon} ${renewalId}`])
  })
  test('and that nobody closed is forgotten', async () => {
    const world = await scene()
    await world.journal.remind('2026-11-09T18:30:00Z', planId)
    await sweep(world)
    expect(hints(world)).toEqual([])
  })
})

describe('a plan that nobody answered in time', () => {
  const lapsedOf = (instance: string) =>
    event('AttentionNeeded', {
      reason: 'Lapsed',
      subject: instance,
      approvers: 'dba',
      detail: 'ApprovalLapsed: nobody answered in time',
      mend: '',
      plan,
    })
  const end = { fact: 'Ended', reason: 'ApprovalLapsed', detail: 'nobody answered in time' }

  async function lapsing(...facts: PlanFact[]) {
    const world = await planScene(closedOf(two), asked, ...facts)
    world.clock.set('2026-11-30T21:20:00Z')
    return world
  }

  test('lapses: silence never approves. Each renewal ends, and people are told of each', async () => {
    const world = await lapsing()
    await sweep(world)
    expect([lastSaidOf(world), lastSaidOf(world, second)]).toEqual([end, end])
    expect(planSays(world).at(-1)).toEqual({ fact: 'Lapsed' })
    expect(emitted(world)).toEqual([lapsedOf('rm-1'), lapsedOf('rm-2')])
    expect(hints(world)).toEqual([renewalId, secondId].map(id => `2026-11-30T21:24:59Z ${id}`))
    expect(world.rds.updates).toEqual([])
  })
  test('and where those words were lost, they are said once more, minutes later', async () => {
    const world = await lapsing()
    await sweep(world)
    const said = emitted(world).length
    world.clock.set('2026-11-30T21:40:00Z')
    await sweep(world)
    const woken = world.queue.emitted('RenewalApproved').slice(-2)
    for (const approved of woken) await updateValidity(approved, world)
    expect(emitted(world).slice(said)).toEqual([...woken, lapsedOf('rm-1'), lapsedOf('rm-2')])
    expect(hints(world)).toEqual([])
  })
  test('once, where two sweeps let it lapse at once', async () => {
    const world = await lapsing()
    world.journal.race(planId, { fact: 'Lapsed' })
    await sweep(world)
    expect(planSays(world)).toEqual([closedOf(two), asked, { fact: 'Lapsed' }])
  })
  test('in part: what was approved goes on', async () => {
    const world = await lapsing(approved(second))
    await sweep(world)
    expect(emitted(world)).toEqual([lapsedOf('rm-1')])
    expect(saidOf(world, second)).toEqual([planned(itemOf('rm-2'))])
    expect(hints(world)).toEqual([renewalId, secondId].map(id => `2026-11-30T21:24:59Z ${id}`))
  })
  test.each([1, 2])('is told whole, where the word number %i is lost on the way', async failing => {
    const world = await lapsing()
    const { send } = world.queue
    let sent = 0
    const queue = {
      ...world.queue,
      send: (...of: Parameters<typeof send>) => (++sent === failing ? Promise.reject(new Error('lost')) : send(...of)),
    }
    await expect(sweep({ ...world, queue })).rejects.toThrow('lost')
    expect(hints(world)).toContain(`2026-11-09T18:30:00Z ${planId}`)
    await sweep({ ...world, attempt: 'attempt-2' })
    expect(new Set(emitted(world).map(one => one.id))).toEqual(new Set([lapsedOf('rm-1').id, lapsedOf('rm-2').id]))
    expect(planSays(world).filter(fact => (fact as PlanFact).fact === 'Lapsed')).toHaveLength(1)
    expect([saidOf(world), saidOf(world, second)]).toEqual([
      [planned(two[0]), end],
      [planned(two[1]), end],
    ])
  })
})

describe('a log that cannot be driven', () => {
  const broken = { fact: 'Forgotten' }
  async function beside() {
    const world = await scene()
    world.journal.seed(renewalId, [broken])
    world.journal.seed(secondId, [planned(itemOf('rm-2'))])
    await world.journal.remind('2026-11-09T18:29:00Z', renewalId)
    await world.journal.remind('2026-11-09T18:30:00Z', secondId)
    return world
  }
  test('keeps no other from its turn, is told to people by its name, and is looked at again later', async () => {
    const world = await beside()
    expect(await sweep(world)).toEqual({ do: 'swept', woken: 1, failed: [renewalId] })
    expect(world.queue.emitted('RenewalApproved')).toEqual([approvedOf(second)])
    expect(world.queue.emitted('AttentionNeeded').map(one => one.data)).toEqual([
      {
        reason: 'Failed',
        subject: renewalId,
        approvers: 'dba',
        detail: expect.stringMatching(new RegExp(`^BadJournal: renewals/${renewal}/1: .*newer version`)),
        mend: expect.any(String),
        day: '2026-11-09',
      },
    ])
    expect(hints(world)).toEqual([`${soon} ${renewalId}`, `${soon} ${secondId}`])
  })
  test('is told from a cloud that does not answer, which is in the way of all', async () => {
    const world = await beside()
    world.journal.fail('read', 'Busy')
    await expect(sweep(world)).rejects.toMatchObject({ code: 'Busy' })
    expect(hints(world)).toHaveLength(2)
    expect(emitted(world)).toEqual([])
  })
  test('is told from a defect, which is thrown', async () => {
    const world = await beside()
    const journal = { ...world.journal, read: () => Promise.reject(new TypeError('a defect')) }
    await expect(sweep({ ...world, journal })).rejects.toThrow(TypeError)
  })
})

test.each(['rubbish', `scans/${renewal}`])('a hint like %s, that names nothing to wake, is forgotten', async id => {
  const world = await scene()
  world.journal.seed(renewalId, [planned()])
  await world.journal.remind('2026-11-09T18:30:00Z', id)
  expect(await sweep(world)).toEqual({ do: 'swept', woken: 1, failed: [] })
  expect(hints(world)).toEqual([])
})
