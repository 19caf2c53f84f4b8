import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import type { VendorTask } from '../../shared/domain/instance.ts'
import type { FakeWorld } from '../fakes/world.ts'
import { emitted, lastSaidOf, newEnd, plan, policyText, restartingScene, type SceneOptions, says, slots } from './scene.ts'

const id = '18800001'
const switchTime = '2026-11-20T18:00:00Z'
const task = { id, type: 'rds_apsaradb_ssl_update', switchTime }
const run = (world: FakeWorld, attempt = world.attempt) => updateValidity(says.approved, { ...world, attempt })
const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)
const word = (stays: string) => ({
  reason: 'VendorTaskLeft',
  subject: 'rm-1',
  approvers: 'dba',
  detail: `task ${id} (rds_apsaradb_ssl_update) is set for ${switchTime} and was not cancelled: ${stays}`,
  mend: '',
  plan,
})

/** rm-1 runs again with its new certificate, and a task of Alibaba's own for the old one is still listed. */
async function leftOver(of: Partial<VendorTask> = { cancellable: true }, options: SceneOptions = {}): Promise<FakeWorld> {
  const world = await restartingScene(options)
  world.rds.task('rm-1', of)
  world.rds.settle('rm-1', newEnd)
  return world
}

const cancelled = (world: FakeWorld) => world.rds.calls.filter(call => call.startsWith('cancelTask'))

describe('a TLS task of Alibaba’s own that our update has left over', () => {
  test('is cancelled before the update is journalled, with its id, and needs nobody', async () => {
    const world = await leftOver()
    expect(await run(world)).toMatchObject({ do: 'finish' })
    expect(cancelled(world)).toEqual([`cancelTask ${id}`])
    expect(await world.rds.vendorTasks('cn-hangzhou')).toEqual([])
    expect(lastSaidOf(world)).toEqual({ fact: 'Updated', notAfter: newEnd, adopted: false, tasks: [task] })
    expect(emitted(world)).toEqual([says.updated])
    expect(slots(world)).toEqual([])
  })

  test('that cannot be cancelled is told with its time, once, however often the message comes', async () => {
    const world = await leftOver({ cancellable: false })
    await run(world)
    expect(cancelled(world)).toEqual([])
    expect(lastSaidOf(world)).toMatchObject({ tasks: [{ ...task, stays: 'it cannot be cancelled' }] })
    expect(words(world)).toEqual([word('it cannot be cancelled')])
    const first = emitted(world)
    world.queue.clear()
    expect(await run(world, 'attempt-2')).toEqual({ do: 'announce' })
    expect(emitted(world)).toEqual(first)
    expect(first).toContainEqual(says.updated)
  })

  test('that the service does not cancel is told, with its code, and keeps nothing waiting', async () => {
    const world = await leftOver()
    world.rds.fail('cancelTask', 'Refused')
    await run(world)
    expect(words(world)).toEqual([word('the service says Refused')])
    expect(emitted(world)).toContainEqual(says.updated)
    expect(slots(world)).toEqual([])
  })

  test('is told, too, where nobody can see afterwards what became of it', async () => {
    const world = await leftOver()
    const { vendorTasks } = world.rds
    let looks = 0
    const rds: FakeWorld['rds'] = {
      ...world.rds,
      vendorTasks: region => {
        if (++looks === 2) world.rds.fail('vendorTasks')
        return vendorTasks(region)
      },
    }
    world.rds.fail('cancelTask', 'Unreachable', 'done')
    await updateValidity(says.approved, { ...world, rds })
    expect(looks).toBe(2)
    expect(words(world)).toEqual([word('the service says Unreachable')])
  })

  test('is no news where the answer to its cancellation was lost, or another delivery cancelled it first', async () => {
    const lost = await leftOver()
    lost.rds.fail('cancelTask', 'Unreachable', 'done')
    await run(lost)
    const raced = await leftOver()
    const { cancelTask } = raced.rds
    const twice: FakeWorld['rds']['cancelTask'] = async (...of) => {
      await cancelTask(...of)
      return cancelTask(...of)
    }
    await updateValidity(says.approved, { ...raced, rds: { ...raced.rds, cancelTask: twice } })
    for (const world of [lost, raced]) {
      expect(lastSaidOf(world)).toMatchObject({ tasks: [task] })
      expect(emitted(world)).toEqual([says.updated])
    }
  })

  test('is left alone while the policy only observes, and told', async () => {
    const world = await leftOver({ cancellable: true }, { policy: policyText.replace('mode: act', 'mode: observe') })
    await run(world)
    expect(cancelled(world)).toEqual([])
    expect(words(world)).toEqual([word('the policy only observes')])
  })

  test('is cancelled once, though the first delivery died before it could say so', async () => {
    const world = await leftOver()
    world.journal.fail('append')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'finish' })
    expect(cancelled(world)).toEqual([`cancelTask ${id}`])
    expect(words(world)).toEqual([])
  })
})

test.each<[string, Partial<VendorTask>]>([
  ['of another instance', { cancellable: true, instance: 'rm-2' }],
  ['that is no TLS task', { cancellable: true, tls: false }],
])('a task %s is nobody’s business here', async (_, of) => {
  const world = await leftOver(of)
  await run(world)
  expect(cancelled(world)).toEqual([])
  expect(emitted(world)).toEqual([says.updated])
})

test('no tasks are asked for while the restart is under way', async () => {
  const world = await restartingScene()
  world.rds.task('rm-1', { cancellable: true })
  await run(world)
  expect(world.rds.calls).toEqual(['instance rm-1', 'protection rm-1'])
})
