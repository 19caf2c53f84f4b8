import { expect, test } from 'vitest'
import { requestApproval } from '../../functions/request-approval.ts'
import { event } from '../../shared/events.ts'
import { sweep } from '../../shared/sweep.ts'
import { closedOf, hints, itemOf, plan, planned, scene, seedRollout, slotOf, updated } from '../functions/scene.ts'

test('a look that is due again at the instant it was due keeps its hint, however that instant is written', async () => {
  const world = await scene()
  const item = itemOf('rm-1')
  world.journal.seed(`plans/${plan}`, [closedOf([item])], { at: '2026-11-09T01:00:00Z' })
  // Asked 72 h and half a second ago less: the reminder is due half a second from now, which in whole seconds is now.
  const now = world.clock.now().getTime()
  world.journal.seed(`plans/${plan}`, [{ fact: 'Asked', ask: 1 }], { at: new Date(now - 72 * 3_600_000 + 500).toISOString() })
  world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  await world.journal.remind(new Date(now).toISOString(), `plans/${plan}`)
  await sweep(world)
  expect(hints(world)).toEqual([`${new Date(now).toISOString().replace('.000Z', 'Z')} plans/${plan}`])
})

test('a log with two hints that are due is woken once, and has one hint after it', async () => {
  const world = await scene()
  const item = itemOf('rm-1')
  world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  await world.journal.remind('2026-11-09T18:20:00Z', `renewals/${item.renewal}`)
  await world.journal.remind('2026-11-09T18:25:00Z', `renewals/${item.renewal}`)
  expect(await sweep(world)).toEqual({ do: 'swept', woken: 1, failed: [] })
  expect(world.queue.emitted('RenewalApproved')).toHaveLength(1)
  expect(hints(world)).toHaveLength(1)
})

test('a plan that lapses ends what it holds, and nothing that a newer plan has taken up', async () => {
  const world = await scene()
  const [mine, taken] = [itemOf('rm-1'), itemOf('rm-2')]
  const past = { validUntil: '2026-11-08T00:00:00Z' }
  world.journal.seed(`plans/${plan}`, [
    closedOf([
      { ...mine, ...past },
      { ...taken, ...past },
    ]),
    { fact: 'Asked', ask: 1 },
  ])
  world.journal.seed(`renewals/${mine.renewal}`, [planned(mine)])
  world.journal.seed(`renewals/${taken.renewal}`, [{ ...planned(taken), plan: 'dba.required.2026-11-10' }])
  await world.journal.remind('2026-11-09T18:30:00Z', `plans/${plan}`)
  await sweep(world)
  expect(world.journal.facts(`renewals/${mine.renewal}`)).toMatchObject([{}, { fact: 'Ended', reason: 'ApprovalLapsed' }])
  expect(world.journal.facts(`renewals/${taken.renewal}`)).toHaveLength(1)
})

test('a late RenewalsDue of a plan that lapsed takes nothing back into it', async () => {
  const world = await scene()
  const item = itemOf('rm-1')
  const lapsed = { fact: 'Ended', reason: 'ApprovalLapsed', detail: '' }
  world.journal.seed(`plans/${plan}`, [closedOf([item]), { fact: 'Asked', ask: 1 }, { fact: 'Lapsed' }])
  world.journal.seed(`renewals/${item.renewal}`, [planned(item), lapsed])
  expect(await requestApproval(event('RenewalsDue', { plan }), world)).toMatchObject({ do: 'leave' })
  expect(world.journal.appended).toEqual([])
})

test('a renewal that ended while its restart is stuck keeps its hint: somebody must see how the restart ends', async () => {
  const world = await scene()
  const item = itemOf('rm-1')
  const gaveUp = { fact: 'Ended', reason: 'Abandoned', detail: '' }
  world.journal.seed(`renewals/${item.renewal}`, [planned(item), gaveUp])
  seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ stuck: true }) }])
  await world.journal.remind('2026-11-09T18:30:00Z', `renewals/${item.renewal}`)
  await sweep(world)
  expect(world.queue.emitted('RenewalApproved')).toHaveLength(1)
  expect(hints(world)).toHaveLength(1)
})

test('a renewal whose expiry moved and whose slot was never freed is looked at for its slot, too', async () => {
  const world = await scene()
  const item = itemOf('rm-1')
  world.journal.seed(`renewals/${item.renewal}`, [planned(item), updated])
  seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf() }])
  await world.journal.remind('2026-11-09T18:30:00Z', `renewals/${item.renewal}`)
  await sweep(world)
  expect(world.queue.emitted().map(one => one.type)).toEqual(['RenewalApproved', 'ValidityUpdated'])
  expect(hints(world)).toHaveLength(1)
})
