import { expect, test } from 'vitest'
import { sweep } from '../../shared/sweep.ts'
import { closedOf, hints, itemOf, plan, planned, scene } from '../functions/scene.ts'

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
