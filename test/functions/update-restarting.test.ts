import { describe, expect, test } from 'vitest'
import { event } from '../../shared/events.ts'
import {
  approvedScene,
  emitted,
  hints,
  lastSaidOf,
  newEnd,
  oldEnd,
  renewal,
  restartingScene,
  restarts,
  saidOf,
  says,
  seedRollout,
  slotOf,
  slots,
  updated,
} from './scene.ts'
import { id, poll, protection, run, soon, word, words } from './update-scene.ts'

describe('an instance that restarts', () => {
  test('is watched: read, not probed and not called', async () => {
    const world = await restartingScene()
    expect(await run(world)).toMatchObject({ do: 'watch' })
    expect(world.rds.calls).toEqual(['instance rm-1', 'protection rm-1'])
    expect(world.probes.shaken).toEqual([])
    expect(world.journal.appended.map(one => one.log)).toEqual([`looks/${renewal}`])
    expect(world.queue.sent).toEqual([poll])
    expect(hints(world)).toEqual([soon])
  })
  test('has one hint, that moves on with every look', async () => {
    const world = await restartingScene()
    for (let minute = 0; minute < 12; minute++) {
      await run(world)
      expect(hints(world)).toHaveLength(1)
      world.clock.pass('1m')
    }
    expect(hints(world)).toEqual([`2026-11-09T18:49:59Z ${id}`])
  })
  test('and runs again with a later end is journalled as updated, gives its slot back, and is said', async () => {
    const world = await restartingScene()
    world.rds.settle('rm-1', newEnd)
    expect(await run(world)).toMatchObject({ do: 'finish' })
    expect(lastSaidOf(world)).toEqual(updated)
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal, evidence: 'Moved' })
    expect(slots(world)).toEqual([])
    expect(emitted(world)).toEqual([says.updated])
  })
  test('keeps the leaf of before the call for the proof', async () => {
    const world = await restartingScene()
    const before = { fingerprint: 'AB', notBefore: '2025-12-01T03:12:45Z' }
    seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ before }) }])
    world.rds.settle('rm-1', newEnd)
    await run(world)
    expect(lastSaidOf(world)).toEqual({ ...updated, before })
  })
  test('and tells another setting than before the call is updated all the same, and people hear which, as often as it is said', async () => {
    const [clientCa, acl] = ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', 'cert']
    const world = await approvedScene({ instances: [{ id: 'rm-1', notAfter: oldEnd, settings: { tlsVersion: '1.2', clientCa, acl } }] })
    await run(world)
    world.rds.protect('rm-1', protection({ notAfter: newEnd, settings: { tlsVersion: '1.0', acl } }))
    world.rds.change('rm-1', { status: 'Running' })
    world.queue.clear()
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'finish' })
    const changed = [
      { setting: 'TlsVersion', before: '1.2', after: '1.0' },
      { setting: 'ClientCACert', before: expect.stringMatching(/^sha256:[0-9a-f]{16}$/) },
    ]
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Updated', changed })
    const detail = expect.stringMatching(/^TlsVersion was 1\.2, is 1\.0; ClientCACert was sha256:[0-9a-f]{16}, is told no more$/)
    expect(words(world)).toEqual([word('SettingsChanged', detail as never)])
    expect(emitted(world)).toContainEqual(says.updated)
    expect(JSON.stringify(world.journal.facts('restarts'))).not.toContain('MIIB')
    const first = emitted(world)
    world.queue.clear()
    expect(await run(world, 'attempt-3')).toEqual({ do: 'announce' })
    expect(emitted(world)).toEqual(first)
  })
  test('and tells every setting as before is said without a word more', async () => {
    const world = await approvedScene({ instances: [{ id: 'rm-1', notAfter: oldEnd, settings: { tlsVersion: '1.2' } }] })
    await run(world)
    world.rds.settle('rm-1', newEnd)
    world.queue.clear()
    await run(world, 'attempt-2')
    expect(lastSaidOf(world)).not.toHaveProperty('changed')
    expect(emitted(world)).toEqual([says.updated])
  })
  test.each([['append'], ['send']] as const)('and ended is announced, whatever the first %s did', async method => {
    const world = await restartingScene()
    world.rds.settle('rm-1', newEnd)
    if (method === 'append') world.journal.fail('append', 'Unreachable', 'done')
    else world.queue.fail('send')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(lastSaidOf(world)).toEqual(updated)
    expect(emitted(world)).toEqual([])
    expect(await run(world, 'attempt-2')).toEqual({ do: 'announce' })
    expect(slots(world)).toEqual([])
    expect(emitted(world)).toEqual([says.updated])
    expect(saidOf(world).filter(fact => (fact as { fact: string }).fact === 'Updated')).toHaveLength(1)
  })
  test('and refuses to be read is still watched', async () => {
    const world = await restartingScene()
    world.rds.fail('instance', 'Busy')
    expect(await run(world)).toMatchObject({ do: 'watch' })
    expect(world.queue.sent).toEqual([poll])
  })
  test.each(['Unreachable', 'BadReply', 'Refused'] as const)('is told from a cloud that fails by %s', async code => {
    const world = await restartingScene()
    world.rds.fail('instance', code)
    await expect(run(world)).rejects.toMatchObject({ code })
    expect(world.queue.sent).toEqual([])
  })
  test('is told from one that does not restart and refuses to be read, which comes again by itself', async () => {
    const world = await approvedScene()
    world.rds.fail('instance', 'Busy')
    await expect(run(world)).rejects.toMatchObject({ code: 'Busy' })
    expect(world.queue.sent).toEqual([])
  })
  test('and vanishes frees its slot, ends, and is told', async () => {
    const world = await restartingScene()
    world.rds.release('rm-1')
    expect(await run(world)).toMatchObject({ do: 'free', evidence: 'Gone' })
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal, evidence: 'Gone' })
    expect(words(world)).toEqual([word('Refused', 'InstanceGone: it vanished while it was updated')])
  })
})

describe('a restart without an end', () => {
  const restartingAt = async (at: string) => {
    const world = await restartingScene()
    world.clock.set(at)
    return world
  }
  test('is watched for two hours, then stuck: it keeps its slot, brakes the rollout, and is told', async () => {
    expect(await run(await restartingAt('2026-11-09T20:29:59Z'))).toMatchObject({ do: 'watch' })
    const world = await restartingAt('2026-11-09T20:30:00Z')
    expect(await run(world)).toMatchObject({ do: 'stick' })
    expect(restarts(world).at(-1)).toEqual({ fact: 'RestartStuck', renewal })
    expect(slots(world)).toMatchObject([{ stuck: true }])
    expect(words(world)).toEqual([word('Stuck', 'no end of the restart after 2 h', { day: '2026-11-09' })])
    expect(hints(world)).toEqual([`2026-11-09T21:00:00Z ${id}`])
  })
  test('is told each day anew, until a person looks', async () => {
    const world = await restartingAt('2026-11-09T20:30:00Z')
    await run(world)
    world.clock.set('2026-11-09T21:30:00Z')
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'wait', for: 'Resume' })
    world.clock.set('2026-11-10T00:00:00Z')
    await run(world, 'attempt-4')
    const stuck = (day: string) => word('Stuck', 'no end of the restart after 2 h', { day })
    expect(words(world)).toEqual([stuck('2026-11-09'), stuck('2026-11-09'), stuck('2026-11-10')])
    expect(new Set(emitted(world).map(one => one.id)).size).toBe(2)
  })
  test('whose word was lost is told all the same', async () => {
    const world = await restartingAt('2026-11-09T20:30:00Z')
    world.queue.fail('send')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(slots(world)).toMatchObject([{ stuck: true }])
    await run(world, 'attempt-2')
    expect(words(world)).toMatchObject([{ reason: 'Stuck' }])
    expect(restarts(world).filter(one => (one as { fact: string }).fact === 'RestartStuck')).toHaveLength(1)
  })
  test('is stuck, too, where the instance cannot even be read', async () => {
    const world = await restartingAt('2026-11-09T20:29:59Z')
    world.rds.fail('instance', 'Busy')
    expect(await run(world)).toMatchObject({ do: 'watch' })
    world.queue.clear()
    world.clock.pass('1s')
    world.rds.fail('instance', 'Busy')
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'stick' })
    expect(slots(world)).toMatchObject([{ stuck: true }])
    expect(world.queue.sent).toEqual([
      {
        event: event('AttentionNeeded', word('Stuck', 'no end of the restart after 2 h', { day: '2026-11-09' }) as never),
        delaySeconds: 0,
      },
    ])
  })
})
