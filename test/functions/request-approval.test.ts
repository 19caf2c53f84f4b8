import { describe, expect, test } from 'vitest'
import { requestApproval } from '../../functions/request-approval.ts'
import type { Closed, PlanFact } from '../../shared/domain/plan.ts'
import { event } from '../../shared/events.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approved,
  asked,
  closedOf,
  emitted,
  hints,
  itemOf,
  plan,
  planned,
  rejected,
  renewal,
  renewalOf,
  said,
  saidOf,
  says,
  scene,
} from './scene.ts'

const two = [itemOf('rm-1'), itemOf('rm-2')]
const planSays = (world: FakeWorld) => said(world, `plans/${plan}`)

async function closedScene(closed: Closed = closedOf(), ...more: PlanFact[]) {
  const world = await scene()
  world.journal.seed(`plans/${plan}`, [closed, ...more])
  return world
}

describe('a plan that needs an answer', () => {
  test('is asked for once each of its renewals is claimed', async () => {
    const world = await closedScene(closedOf(two))
    expect(await requestApproval(says.due, world)).toEqual({ do: 'ask', ask: 1 })
    expect(saidOf(world)).toEqual([planned()])
    expect(saidOf(world, renewalOf('rm-2'))).toEqual([planned(itemOf('rm-2'))])
    expect(planSays(world)).toEqual([closedOf(two), asked])
    expect(emitted(world)).toEqual([says.asked])
  })
  test('approves nothing by being asked', async () => {
    const world = await closedScene()
    await requestApproval(says.due, world)
    expect(world.queue.emitted('RenewalApproved')).toEqual([])
    expect(world.rds.calls).toEqual([])
  })
  test('is only asked for again where it is said to be due again', async () => {
    const world = await closedScene()
    await requestApproval(says.due, world)
    const before = world.journal.appended.length
    await requestApproval(says.due, { ...world, attempt: 'attempt-2' })
    expect(world.journal.appended).toHaveLength(before)
    expect(emitted(world)).toEqual([says.asked, says.asked])
  })
  test('that was reminded of meanwhile is asked for with the newest ask', async () => {
    const world = await closedScene(closedOf(), asked, { fact: 'Asked', ask: 2 })
    await requestApproval(says.due, world)
    expect(emitted(world)).toEqual([event('ApprovalRequested', { plan, ask: 2 })])
  })
  test('that was answered meanwhile is left', async () => {
    const world = await closedScene(closedOf(two), asked, approved(), rejected(renewalOf('rm-2')))
    expect(await requestApproval(says.due, world)).toMatchObject({ do: 'leave' })
    expect(emitted(world)).toEqual([])
  })
  test('that nobody closed is left', async () => {
    const world = await scene()
    expect(await requestApproval(says.due, world)).toMatchObject({ do: 'leave' })
    expect(world.journal.appended).toEqual([])
  })
  test('is journalled as asked before anybody is asked, so that a lost emit is made up for', async () => {
    const world = await closedScene()
    world.queue.fail('send')
    await expect(requestApproval(says.due, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(planSays(world)).toEqual([closedOf(), asked])
    await requestApproval(says.due, { ...world, attempt: 'attempt-2' })
    expect(emitted(world)).toEqual([says.asked])
  })
})

describe('a renewal that stands in another plan', () => {
  const elsewhere = { ...planned(itemOf('rm-2')), plan: 'dba.required.2026-11-08' }

  test('is dropped from this one: nobody is asked twice', async () => {
    const world = await closedScene(closedOf(two))
    world.journal.seed(`renewals/${renewalOf('rm-2')}`, [elsewhere])
    await requestApproval(says.due, world)
    expect(planSays(world)).toEqual([closedOf(two), { fact: 'Dropped', renewals: [renewalOf('rm-2')] }, asked])
    expect(saidOf(world, renewalOf('rm-2'))).toEqual([elsewhere])
  })
  test('leaves an empty plan unasked', async () => {
    const world = await closedScene()
    world.journal.seed(`renewals/${renewal}`, [{ ...planned(), plan: 'dba.required.2026-11-08' }])
    expect(await requestApproval(says.due, world)).toMatchObject({ do: 'leave' })
    expect(planSays(world)).toEqual([closedOf(), { fact: 'Dropped', renewals: [renewal] }])
    expect(emitted(world)).toEqual([])
  })
  test('of which the other plan claims it in the same moment is dropped all the same', async () => {
    const world = await closedScene(closedOf(two))
    world.journal.race(`renewals/${renewalOf('rm-2')}`, elsewhere)
    await requestApproval(says.due, world)
    expect(planSays(world)).toContainEqual({ fact: 'Dropped', renewals: [renewalOf('rm-2')] })
  })
  test('but ended there, and promises something else by now, is claimed', async () => {
    const world = await closedScene(closedOf([itemOf('rm-1', { promise: { restarts: true, window: '02:00Z-06:00Z', updateValue: 1 } })]))
    world.journal.seed(`renewals/${renewal}`, [
      { ...planned(), plan: 'dba.required.2026-11-08' },
      { fact: 'Ended', reason: 'PromiseChanged', detail: 'the window' },
    ])
    expect(await requestApproval(says.due, world)).toEqual({ do: 'ask', ask: 1 })
  })
})

describe('a plan that the policy answers', () => {
  const automatic = closedOf(two, { approval: 'automatic', policy: 3 })
  const yes = { fact: 'Answered', decision: 'approve', renewals: two.map(item => item.renewal), by: { kind: 'policy', entry: 3 } }
  const both = two.map(item => event('RenewalApproved', { plan, renewal: item.renewal }))

  test('is approved in the journal by that policy, then said for each renewal; nobody is asked', async () => {
    const world = await closedScene(automatic)
    expect(await requestApproval(says.due, world)).toEqual({ do: 'approve', renewals: 2 })
    expect(planSays(world)).toEqual([automatic, yes])
    expect(emitted(world)).toEqual(both)
  })
  test('gives each renewal a hint of its own, in case its event is lost', async () => {
    const world = await closedScene(automatic)
    world.queue.fail('send')
    await expect(requestApproval(says.due, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(hints(world)).toEqual(two.map(item => `2026-11-09T18:34:59Z renewals/${item.renewal}`))
    expect(planSays(world)).toEqual([automatic, yes])
    await requestApproval(says.due, { ...world, attempt: 'attempt-2' })
    expect(planSays(world)).toEqual([automatic, yes])
    expect(emitted(world)).toEqual(both)
  })
})
