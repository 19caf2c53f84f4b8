import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { event } from '../../shared/events.ts'
import type { UpdateReply } from '../../shared/ports.ts'
import { unreached } from '../fakes/probes.ts'
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
  policyText,
  rejected,
  renewal,
  renewalOf,
  restartingScene,
  restarts,
  saidOf,
  says,
  scene,
  seedRollout,
  slotOf,
  slots,
  updated,
} from './scene.ts'

const id = `renewals/${renewal}`
const soon = `2026-11-09T18:35:00Z ${id}`
const poll = { event: says.approved, delaySeconds: 60 }
const protection = (change: Record<string, unknown> = {}) =>
  ({ enabled: true, host, notAfter: oldEnd, issuedBy: 'unknown', changing: false, settings: {}, ...change }) as never
const run = (world: FakeWorld, attempt = world.attempt) => updateValidity(says.approved, { ...world, attempt })
const word = (reason: string, detail: string, more: Record<string, unknown> = {}) => ({
  reason,
  subject: 'rm-1',
  approvers: 'dba',
  detail,
  mend: '',
  plan,
  ...more,
})
const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)

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
    expect(hints(world)).toEqual([soon])
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
    expect(hints(world)).toEqual([`2026-11-09T18:50:00Z ${id}`])
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

describe('an approved renewal waits', () => {
  test.each<[string, (world: FakeWorld) => void, string, string]>([
    ['for its window', world => world.clock.set('2026-11-09T17:59:59Z'), 'MaintenanceWindow', '2026-11-09T18:00:00Z'],
    ['until its instance runs', world => world.rds.change('rm-1', { status: 'BACKING_UP' }), 'Running', '2026-11-09T18:45:00Z'],
    [
      'for a task of Alibaba’s',
      world => world.rds.task('rm-1', { switchTime: '2026-11-10T18:00:00Z' }),
      'VendorTask',
      '2026-11-10T18:40:00Z',
    ],
    [
      'for the slot of another instance of its group',
      world =>
        seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2' }) }]),
      'Slot',
      '2026-11-09T18:31:00Z',
    ],
    ['for the bundle to be checked again', world => world.clock.set('2026-11-10T19:30:01Z'), 'Bundle', '2026-11-10T19:40:00Z'],
  ])('%s: as a hint, not as a message, and without a word', async (_, change, reason, until) => {
    const world = await approvedScene()
    change(world)
    expect(await run(world)).toMatchObject({ do: 'wait', for: reason, until })
    expect(hints(world)).toEqual([`${until} ${id}`])
    expect(world.queue.sent).toEqual([])
    expect(world.rds.updates).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
  test('while the policy only observes', async () => {
    const world = await approvedScene({ policy: policyText.replace('mode: act', 'mode: observe') })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Act' })
    expect(world.rds.updates).toEqual([])
  })
  test('until it is known who issued its certificate, and people hear of it each day', async () => {
    const world = await approvedScene()
    world.probes.set(host, unreached)
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer' })
    expect(words(world)).toEqual([word('IssuerUnseen', expect.stringContaining('no probe reached') as never, { day: '2026-11-09' })])
  })
  test.each([
    ['ConnectionRefused', '2026-11-09T18:40:00Z'],
    ['HungUp', '2026-11-09T18:40:00Z'],
    ['TimedOut', '2026-11-09T18:40:00Z'],
    ['HostNotAllowed', '2026-11-09T19:00:00Z'],
    ['NoTlsOffered', '2026-11-09T19:00:00Z'],
  ])('for that as long as a restart may be the reason, or until a person may have mended it: %s, until %s', async (code, until) => {
    const world = await approvedScene()
    world.probes.set(host, { reached: false, code, detail: 'it did not answer', mend: 'look at it' })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer', until })
    expect(hints(world)).toEqual([`${until} ${id}`])
  })
  test('for that until a probe is deployed, where there is none', async () => {
    const world = await approvedScene({ policy: policyText.replace('vpc: vpc-1', 'vpc: vpc-9') })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer', until: '2026-11-09T19:00:00Z' })
  })
  test('until a person resumes, and people hear each day that everything is halted', async () => {
    const world = await approvedScene()
    seedRollout(world, [{ fact: 'RolloutHalted', why: 'rm-2: OldLeafServed' }])
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Resume' })
    const { plan: _, ...halted } = word('Halted', 'halted: rm-2: OldLeafServed', { subject: 'all restarts', day: '2026-11-09' })
    expect(words(world)).toEqual([halted])
    expect(world.rds.updates).toEqual([])
  })
  test('and hears of its own halt alone, where another restart is stuck', async () => {
    const world = await approvedScene()
    const other = slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2' })
    seedRollout(world, [
      { fact: 'RestartStarted', slot: other },
      { fact: 'RestartStuck', renewal: other.renewal },
    ])
    await run(world)
    expect(words(world)).toMatchObject([{ reason: 'Halted', subject: 'all restarts' }])
  })
  test('with one hint, the ones before it being gone', async () => {
    const world = await approvedScene()
    await world.journal.remind('2026-11-09T18:35:00Z', id)
    world.rds.change('rm-1', { status: 'BACKING_UP' })
    await run(world)
    expect(hints(world)).toEqual([`2026-11-09T18:45:00Z ${id}`])
  })
})

describe('an approved renewal ends where', () => {
  test.each<[string, (world: FakeWorld) => void | Promise<void>, string]>([
    ['its instance is gone', world => world.rds.release('rm-1'), 'InstanceGone'],
    ['TLS is off', world => world.rds.protect('rm-1', { enabled: false }), 'EncryptionOff'],
    ['another endpoint is protected', world => world.rds.protect('rm-1', protection({ host: 'rm-1-public' })), 'EndpointMoved'],
    ['its window is another than promised', world => world.rds.change('rm-1', { maintainTime: '02:00Z-06:00Z' }), 'PromiseChanged'],
    ['its certificate is its owner’s', world => world.rds.protect('rm-1', protection({ issuedBy: 'custom' })), 'CustomCertificate'],
    ['its issuer is none of Alibaba’s', async world => world.probes.serve(host, (await leaves()).foreign), 'PossiblyCustom'],
    ['its answer is no longer valid', world => world.clock.set('2026-11-30T21:20:01Z'), 'ApprovalLapsed'],
  ])('%s: journalled, then told, and nothing is called', async (_, change, reason) => {
    const world = await approvedScene()
    await change(world)
    expect(await run(world)).toMatchObject({ do: 'refuse', reason })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason })
    expect(words(world)).toEqual([
      word(reason === 'ApprovalLapsed' ? 'Lapsed' : 'Refused', expect.stringContaining(`${reason}: `) as never),
    ])
    expect(world.rds.updates).toEqual([])
    expect(restarts(world)).toEqual([])
  })
  test('and its word is lost at first, it is told by the next delivery', async () => {
    const world = await approvedScene()
    world.rds.protect('rm-1', { enabled: false })
    world.queue.fail('send')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended' })
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'leave' })
    expect(words(world)).toEqual([word('Refused', 'EncryptionOff: TLS is off')])
  })
  test('but not where another delivery began its restart meanwhile, which explains what was seen', async () => {
    const world = await approvedScene()
    world.rds.protect('rm-1', { enabled: false })
    const { instance } = world.rds
    const rds: FakeWorld['rds'] = {
      ...world.rds,
      instance: (...of) => {
        seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf() }])
        return instance(...of)
      },
    }
    expect(await updateValidity(says.approved, { ...world, rds })).toEqual({ do: 'lost' })
    expect(saidOf(world)).toEqual([planned()])
    expect(world.queue.sent).toEqual([poll])
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
