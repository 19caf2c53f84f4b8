import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { event } from '../../shared/events.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approved,
  approvedScene,
  asked,
  closedOf,
  emitted,
  hints,
  host,
  itemOf,
  lastSaidOf,
  leaves,
  newEnd,
  oldEnd,
  plan,
  planned,
  rejected,
  renewal,
  renewalOf,
  restartingScene,
  restarts,
  says,
  scene,
  seedRollout,
  slotOf,
  slots,
  updated,
} from './scene.ts'
import { id, poll, protection, run, soon } from './update-scene.ts'

describe('an approved renewal, in its window, is updated', () => {
  test('once: slot and intent first, then the call with what was read, then its receipt', async () => {
    const world = await approvedScene({
      instances: [{ id: 'rm-1', notAfter: oldEnd, settings: { forceEncryption: '1', tlsVersion: '1.2' } }],
    })
    expect(await run(world)).toMatchObject({ reply: 'accepted' })
    expect(world.rds.updates).toEqual([
      { region: 'cn-hangzhou', instance: 'rm-1', host, value: 1, caType: 'aliyun', settings: { forceEncryption: '1', tlsVersion: '1.2' } },
    ])
    expect(restarts(world)).toMatchObject([{ fact: 'RestartStarted' }])
    expect(slots(world)).toEqual([
      slotOf({
        attempt: 'attempt-1',
        startedAt: '2026-11-09T18:30:00.000Z',
        before: { fingerprint: expect.any(String), notBefore: '2025-12-01T03:12:45.000Z' },
        settings: { ConnectionString: host, ForceEncryption: '1', TlsVersion: '1.2' },
      }),
    ])
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Accepted', tries: 1, requestId: expect.any(String) })
    expect(world.journal.appended.map(one => one.log)).toEqual(['restarts', id, `looks/${renewal}`])
  })
  test('with nothing emitted but its own message, delayed, and a hint ahead of that', async () => {
    const world = await approvedScene()
    await run(world)
    expect(world.queue.sent).toEqual([poll])
    expect(hints(world)).toEqual([soon])
  })
  test('only where the intent could be journalled', async () => {
    const world = await approvedScene()
    world.journal.fail('append')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(world.rds.updates).toEqual([])
  })
  test('by nobody, where the answer to the intent is lost: that attempt does not know that the slot is its own', async () => {
    const world = await approvedScene()
    world.journal.fail('append', 'Unreachable', 'done')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'watch' })
    expect(world.rds.updates).toEqual([])
    expect(slots(world)).toMatchObject([{ attempt: 'attempt-1' }])
  })
  test('only by the one of two deliveries whose intent came first', async () => {
    const world = await approvedScene()
    const after = { slots: [slotOf({ attempt: 'attempt-2' })], failures: [] }
    world.journal.race('restarts', { what: { fact: 'RestartStarted', slot: after.slots[0] }, after })
    expect(await run(world)).toEqual({ do: 'lost' })
    expect(world.rds.updates).toEqual([])
    expect(hints(world)).toEqual([`2026-11-09T18:31:00Z ${id}`])
  })
  test('not once the clock is past what was decided: it is told, and the slot is free', async () => {
    const world = await approvedScene()
    const { append } = world.journal
    const journal: FakeWorld['journal'] = {
      ...world.journal,
      append: (log, entry) => {
        if (log === 'restarts' && slots(world).length === 0) world.clock.pass('30s')
        return append(log, entry)
      },
    }
    expect(await updateValidity(says.approved, { ...world, journal })).toEqual({ do: 'late' })
    expect(world.rds.updates).toEqual([])
    expect(lastSaidOf(world)).toMatchObject({ fact: 'NotTaken', code: 'TooLate' })
    expect(slots(world)).toEqual([])
  })
  test('up to the second before', async () => {
    const world = await approvedScene()
    const { append } = world.journal
    const journal: FakeWorld['journal'] = {
      ...world.journal,
      append: async (log, entry) => {
        const outcome = await append(log, entry)
        if (log === 'restarts') world.clock.pass('29s')
        return outcome
      },
    }
    await updateValidity(says.approved, { ...world, journal })
    expect(world.rds.updates).toHaveLength(1)
  })
  test('not where it ended while the intent was written: the slot is free again', async () => {
    const world = await approvedScene()
    const { append } = world.journal
    const journal: FakeWorld['journal'] = {
      ...world.journal,
      append: async (log, entry) => {
        const outcome = await append(log, entry)
        if (log === 'restarts' && entry.n === 1) world.journal.seed(id, [{ fact: 'Ended', reason: 'Abandoned', detail: 'by hand' }])
        return outcome
      },
    }
    expect(await updateValidity(says.approved, { ...world, journal })).toEqual({ do: 'lost' })
    expect(world.rds.updates).toEqual([])
    expect(slots(world)).toEqual([])
  })
})

describe('permission is read from the journal, never from the message', () => {
  test.each<[string, (world: FakeWorld) => void]>([
    ['there is no plan', world => void world],
    ['nobody answered', world => world.journal.seed(`plans/${plan}`, [closedOf(), asked])],
    [
      'the plan holds another renewal',
      world => world.journal.seed(`plans/${plan}`, [closedOf([itemOf('rm-2')]), approved(renewalOf('rm-2'))]),
    ],
  ])('where %s the renewal is left', async (_, seed) => {
    const world = await scene()
    world.journal.seed(id, [planned()])
    seed(world)
    expect(await run(world)).toMatchObject({ do: 'leave' })
    expect(world.rds.calls).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
  test('a renewal that was never planned is left', async () => {
    const world = await scene()
    world.journal.seed(`plans/${plan}`, [closedOf(), asked, approved()])
    expect(await run(world)).toMatchObject({ do: 'leave' })
    expect(world.rds.calls).toEqual([])
  })
  test('a yes to an older plan, whose promise broke, permits nothing of the newer one', async () => {
    const world = await approvedScene()
    const moved = itemOf('rm-1', { host: 'rm-1-public.mysql.rds.aliyuncs.com' })
    const newer = 'dba.required.2026-11-16'
    world.journal.seed(id, [
      { fact: 'Ended', reason: 'EndpointMoved', detail: 'x' },
      { fact: 'Planned', plan: newer, item: moved },
    ])
    world.journal.seed(`plans/${newer}`, [closedOf([moved], { plan: newer }), asked])
    world.rds.protect('rm-1', protection({ host: moved.host }))
    expect(await run(world)).toMatchObject({ do: 'leave' })
    expect(world.rds.updates).toEqual([])
    expect(await updateValidity(event('RenewalApproved', { plan: newer, renewal }), world)).toMatchObject({ do: 'leave' })
    expect(world.rds.updates).toEqual([])
  })
  test('a yes that was taken back ends it, which is no news to those who said so', async () => {
    const world = await approvedScene()
    world.journal.seed(`plans/${plan}`, [rejected()])
    expect(await run(world)).toMatchObject({ do: 'refuse', reason: 'Rejected' })
    expect(lastSaidOf(world)).toEqual({ fact: 'Ended', reason: 'Rejected', detail: 'the answer was no' })
    expect(world.rds.updates).toEqual([])
    expect(emitted(world)).toEqual([])
  })
})

describe('what someone else renewed', () => {
  test('is adopted: said as updated, and nothing is restarted', async () => {
    const world = await approvedScene()
    world.rds.settle('rm-1', newEnd)
    expect(await run(world)).toMatchObject({ do: 'adopt' })
    expect(lastSaidOf(world)).toEqual({ ...updated, adopted: true })
    expect(emitted(world)).toEqual([says.updated])
    expect(world.rds.updates).toEqual([])
    expect(restarts(world)).toEqual([])
  })
  test('and what we did ourselves is announced again, without a look at the cloud', async () => {
    const world = await approvedScene()
    world.journal.seed(id, [updated])
    expect(await run(world)).toEqual({ do: 'announce' })
    expect(emitted(world)).toEqual([says.updated])
    expect(world.rds.calls).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
})

test('what becomes of one restart leaves the others their slots', async () => {
  const other = slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2', groups: { other: 1 } })
  const refused = await approvedScene()
  seedRollout(refused, [{ fact: 'RestartStarted', slot: other }])
  refused.rds.reply({ reply: 'refused', code: 'Throttling', message: 'slow down' })
  await run(refused)
  expect(slots(refused)).toEqual([other])

  const stuck = await restartingScene()
  seedRollout(stuck, [
    { fact: 'RestartStarted', slot: other },
    { fact: 'RestartStarted', slot: slotOf() },
  ])
  stuck.clock.set('2026-11-09T20:30:00Z')
  await run(stuck)
  expect(slots(stuck)).toEqual([other, slotOf({ stuck: true })])
})

test('two renewals of one group start one after the other', async () => {
  const items = [itemOf('rm-1'), itemOf('rm-2')]
  const world = await approvedScene({ items, instances: items.map(item => ({ id: item.instance, notAfter: oldEnd })) })
  world.probes.serve('rm-2.mysql.rds.aliyuncs.com', (await leaves()).old)
  const second = event('RenewalApproved', { plan, renewal: renewalOf('rm-2') })
  await run(world)
  expect(await updateValidity(second, { ...world, attempt: 'attempt-2' })).toMatchObject({ do: 'wait', for: 'Slot' })
  expect(world.rds.updates.map(one => one.instance)).toEqual(['rm-1'])
  world.rds.settle('rm-1', newEnd)
  await run(world, 'attempt-3')
  expect(await updateValidity(second, { ...world, attempt: 'attempt-4' })).toMatchObject({ reply: 'accepted' })
})
