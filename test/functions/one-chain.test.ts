import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import type { FakeWorld } from '../fakes/world.ts'
import { hints, now, renewal, restartingScene, says } from './scene.ts'

const log = `looks/${renewal}`

/** Lives `seconds` of a restart: messages for it come at `arrive` and, `copies` times each, whenever its own delayed ones do. Returns when each was sent. */
async function live(world: FakeWorld, arrive: readonly number[], { copies = 1, seconds = 600 } = {}): Promise<number[]> {
  const due = [...arrive]
  const sentAt: number[] = []
  const start = Date.parse(now)
  for (let next = due.shift(), n = 1; next !== undefined && next <= seconds; next = due.shift(), n++) {
    world.clock.set(new Date(start + next * 1000).toISOString())
    await updateValidity(says.approved, { ...world, attempt: `attempt-${n}` })
    for (const { event, delaySeconds } of world.queue.sent) {
      expect(event).toEqual(says.approved)
      sentAt.push(next)
      due.push(...Array<number>(copies).fill(next + delaySeconds))
    }
    due.sort((a, b) => a - b)
    world.queue.clear()
  }
  return sentAt
}

const everyMinute = (from: number, until: number) => Array.from({ length: Math.floor((until - from) / 60) + 1 }, (_, n) => from + 60 * n)

describe('one message at a time goes round while a restart is watched', () => {
  test('though its first one comes twice', async () => {
    expect(await live(await restartingScene(), [0, 0])).toEqual(everyMinute(0, 600))
  })
  test('though each of them comes twice: eleven messages in ten minutes, not 2,047', async () => {
    expect(await live(await restartingScene(), [0], { copies: 2 })).toEqual(everyMinute(0, 600))
  })
  test('though one comes from elsewhere while it is on the first half of its way', async () => {
    expect(await live(await restartingScene(), [0, 30])).toEqual(everyMinute(0, 600))
  })
  test('and where one comes from elsewhere later, that one goes on in its place', async () => {
    expect(await live(await restartingScene(), [0, 31])).toEqual([0, ...everyMinute(31, 600)])
    expect(await live(await restartingScene(), [0, 59])).toEqual([0, ...everyMinute(59, 600)])
  })
  test('and where it was lost, the sweep’s goes on, whose hint was ahead of it', async () => {
    const world = await restartingScene()
    await live(world, [0], { seconds: 0 })
    expect(hints(world)).toEqual([`2026-11-09T18:34:59Z renewals/${renewal}`])
    expect(await live(world, [300])).toEqual(everyMinute(300, 600))
  })
  test('and where the one that may send dies before it has, the sweep’s goes on', async () => {
    const world = await restartingScene()
    world.queue.fail('send')
    await expect(live(world, [0])).rejects.toMatchObject({ code: 'Unreachable' })
    expect(await live(world, [5, 300])).toEqual(everyMinute(300, 600))
  })
  test('and of two that look at the same moment the one whose entry came first sends', async () => {
    const world = await restartingScene()
    world.journal.race(log, { fact: 'Look', at: '2026-11-09T18:31:00.000Z' })
    expect(await live(world, [0])).toEqual([])
  })
  test('and a clock that is 29 seconds behind does not end it', async () => {
    const world = await restartingScene()
    await live(world, [0], { seconds: 0 })
    expect(await live(world, [31], { seconds: 31 })).toEqual([31])
  })
})
