import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import type { UpdateReply } from '../../shared/ports.ts'
import { unreached } from '../fakes/probes.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approvedScene,
  emitted,
  hints,
  host,
  itemOf,
  lastSaidOf,
  leaves,
  renewal,
  restarts,
  says,
  seedRollout,
  slotOf,
  slots,
} from './scene.ts'
import { id, poll, run, soon, word, words } from './update-scene.ts'

describe('what the service answers to the call', () => {
  async function answering(reply: UpdateReply, effect?: boolean) {
    const world = await approvedScene()
    world.rds.reply(reply, effect)
    await run(world)
    return world
  }
  test('an answer that never came is unknown: watched, with the slot held and no second call', async () => {
    const world = await answering({ reply: 'unknown', cause: 'TimedOut' })
    expect(lastSaidOf(world)).toEqual({ fact: 'Unknown', tries: 1, cause: 'TimedOut' })
    expect(world.queue.sent).toEqual([poll])
    expect(slots(world)).toHaveLength(1)
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'watch' })
    expect(world.rds.updates).toHaveLength(1)
  })
  test('a refusal that passes frees the slot and is tried again later, without a word', async () => {
    const world = await answering({ reply: 'refused', code: 'Throttling.User', message: 'slow down' })
    expect(lastSaidOf(world)).toEqual({ fact: 'NotTaken', tries: 1, code: 'Throttling.User', message: 'slow down' })
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal, evidence: 'NotTaken' })
    expect(hints(world)).toEqual([soon])
    expect(emitted(world)).toEqual([])
    expect(await run(world, 'attempt-2')).toMatchObject({ reply: 'accepted' })
  })
  test('the fifth refusal in a row ends it', async () => {
    const world = await approvedScene()
    const refusal = { fact: 'NotTaken', tries: 1, code: 'Throttling.User', message: 'slow down' }
    world.journal.seed(id, [refusal, refusal, refusal])
    world.rds.reply({ reply: 'refused', code: 'Throttling.User', message: 'slow down' })
    await run(world)
    expect(lastSaidOf(world)).toMatchObject({ fact: 'NotTaken' })
    world.rds.reply({ reply: 'refused', code: 'Throttling.User', message: 'slow down' })
    await run(world, 'attempt-2')
    expect(lastSaidOf(world)).toEqual({ fact: 'Ended', reason: 'RefusedByService', detail: 'Throttling.User: slow down' })
  })
  test('a refusal for good lets no rival delivery call, that looked before it and starts before its end is journalled', async () => {
    const world = await approvedScene()
    const { append } = world.journal
    const journal: FakeWorld['journal'] = {
      ...world.journal,
      append: async (log, entry) => {
        if (log === 'restarts') world.journal.seed(id, [{ fact: 'NotTaken', tries: 1, code: 'Forbidden.RAM', message: 'no' }])
        return append(log, entry)
      },
    }
    expect(await updateValidity(says.approved, { ...world, journal })).toEqual({ do: 'lost' })
    expect(world.rds.updates).toEqual([])
    expect(slots(world)).toEqual([])
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'refuse', reason: 'RefusedByService' })
  })
  test('a refusal that would be said again ends it, brakes the rollout, and is told', async () => {
    const world = await answering({ reply: 'refused', code: 'Forbidden.RAM', message: 'no right' })
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal, evidence: 'NotTaken', failure: 'Forbidden.RAM' })
    expect(lastSaidOf(world)).toEqual({ fact: 'Ended', reason: 'RefusedByService', detail: 'Forbidden.RAM: no right' })
    expect(words(world)).toEqual([word('Refused', 'RefusedByService: Forbidden.RAM: no right')])
    const other = await approvedScene({ items: [itemOf('rm-1')] })
    other.journal.seed('restarts', [world.journal.facts('restarts').at(-1)])
    expect(await run(other)).toMatchObject({ do: 'wait', for: 'Resume' })
  })
  test('a refusal that speaks of this instance alone brakes nobody', async () => {
    const world = await answering({ reply: 'refused', code: 'OrderStatus.UnPaid', message: 'unpaid' })
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal, evidence: 'NotTaken' })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason: 'RefusedByService' })
  })
})

describe('a call whose fate is unknown', () => {
  /** Fifteen minutes after callBefore, with no trace of the call. */
  const settled = '2026-11-09T18:45:30Z'
  async function unknown(at = settled) {
    const world = await approvedScene()
    world.journal.seed(id, [{ fact: 'Unknown', tries: 1, cause: 'TimedOut' }])
    const { fingerprint, notBefore } = world.trust.describe((await leaves()).old)
    seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ before: { fingerprint, notBefore } }) }])
    world.clock.set(at)
    return world
  }
  test('is made once more, by the attempt that takes its slot over', async () => {
    const world = await unknown()
    expect(await run(world)).toMatchObject({ reply: 'accepted' })
    expect(world.rds.updates).toHaveLength(1)
    expect(slots(world)).toMatchObject([{ attempt: 'attempt-1', tries: 2 }])
  })
  const late = (world: FakeWorld): FakeWorld => {
    const { append } = world.journal
    const slow: FakeWorld['journal']['append'] = async (log, entry) => {
      world.clock.pass('31s')
      return append(log, entry)
    }
    return { ...world, journal: { ...world.journal, append: slow } }
  }
  const throttled = (world: FakeWorld): FakeWorld => {
    world.rds.reply({ reply: 'refused', code: 'Throttling.User', message: 'slow down' })
    return world
  }
  test.each([
    ['is refused for now', throttled],
    ['comes too late', late],
  ])('keeps its slot and its count where the second call %s', async (_, hindered) => {
    const world = await unknown()
    const before = slots(world)
    await run(hindered(world))
    expect(lastSaidOf(world)).toMatchObject({ fact: 'NotTaken', tries: 2 })
    expect(slots(world)).toEqual(before)
    world.rds.reply({ reply: 'unknown', cause: 'TimedOut' }, false)
    expect(await run(world, 'attempt-2')).toMatchObject({ reply: 'unknown' })
    world.clock.pass('16m')
    expect(await run(world, 'attempt-3')).toMatchObject({ do: 'stick', because: 'two calls, and no trace of either' })
  })
  test('is not made a third time: it is stuck, and told in the same words by each delivery', async () => {
    const world = await unknown()
    seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ tries: 2 }) }])
    for (const attempt of ['attempt-1', 'attempt-2']) await run(world, attempt)
    expect(world.rds.updates).toEqual([])
    expect(words(world)).toEqual(Array(2).fill(word('Stuck', 'two calls, and no trace of either', { day: '2026-11-09' })))
  })
  test.each<[string, (world: FakeWorld) => void]>([
    ['before its time', world => world.clock.set('2026-11-09T18:45:29Z')],
    ['while the endpoint serves nothing that can be read', world => world.probes.serve(host, [Buffer.from('rubbish')])],
    ['while no probe sees the old leaf', world => world.probes.set(host, unreached)],
    ['while the service lists a task since', world => world.rds.past('rm-1', { type: 'ssl', at: '2026-11-09T18:25:00Z' })],
  ])('is not made %s', async (_, change) => {
    const world = await unknown()
    change(world)
    expect(await run(world)).toMatchObject({ do: 'watch' })
    expect(world.rds.updates).toEqual([])
    expect(world.queue.sent).toEqual([poll])
  })
})
