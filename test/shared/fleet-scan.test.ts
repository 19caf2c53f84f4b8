import { describe, expect, test } from 'vitest'
import { event } from '../../shared/events.ts'
import { dayOf, scanFleet, weekOf } from '../../shared/fleet-scan.ts'
import { scanLog } from '../../shared/logs.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  emitted,
  hints,
  itemOf,
  newEnd,
  oldEnd,
  plan,
  planned,
  policyText,
  proofOf,
  renewal,
  renewalOf,
  said,
  saidOf,
  says,
  scene,
} from '../functions/scene.ts'

/** Monday, eight in the morning in Shanghai: the owners' ask-day. */
const morning = '2026-11-09T00:00:00Z'
const today = '2026-11-09'
const later = new Date('2026-11-09T00:02:30Z')
const scan = (world: FakeWorld, until = later) => scanFleet(today, until, world)
const facts = (world: FakeWorld) => said(world, `scans/${today}`) as { fact: string; verdicts?: unknown[] }[]
const fleet = (...ids: string[]) => ids.map(id => ({ id, notAfter: oldEnd }))
const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)
const due = (id: string) => ({ due: true, approvers: 'dba', approval: 'required', item: itemOf(id) })
const looksAt = (world: FakeWorld) => world.queue.emitted('ProofDue').map(({ data }) => data.instance)

describe('a scan', () => {
  test('journals its regions, each page, and the plans that it ended with; then says them', async () => {
    const world = await scene({
      at: morning,
      instances: [...fleet('rm-2', 'rm-1'), { id: 'pgm-1', region: 'cn-beijing', notAfter: undefined }],
    })
    expect(await scan(world)).toEqual({ do: 'scanned', plans: [plan] })
    expect(facts(world)).toEqual([
      { fact: 'Started', regions: ['cn-beijing', 'cn-hangzhou'], policy: 1 },
      {
        fact: 'Page',
        region: 'cn-beijing',
        verdicts: [expect.objectContaining({ due: false, instance: 'pgm-1', reason: 'EncryptionOff' })],
      },
      { fact: 'Page', region: 'cn-hangzhou', verdicts: [due('rm-1'), due('rm-2')] },
      { fact: 'Ended', plans: [plan] },
    ])
    expect(said(world, `plans/${plan}`)).toMatchObject([
      {
        fact: 'Closed',
        plan,
        approvers: 'dba',
        approval: 'required',
        validUntil: '2026-11-30T21:20:00Z',
        policy: 1,
        items: [itemOf('rm-1'), itemOf('rm-2')],
      },
    ])
    expect(world.queue.emitted('RenewalsDue')).toEqual([says.due])
  })
  test('looks only at the regions that the policy names', async () => {
    const world = await scene({
      at: morning,
      policy: `${policyText}regions: [cn-hangzhou]\n`,
      instances: [...fleet('rm-1'), { id: 'rm-9', region: 'cn-beijing' }],
    })
    await scan(world)
    expect(world.rds.calls).not.toContain('regions')
    expect(world.rds.calls).not.toContain('list cn-beijing')
  })
  test('of a fleet of 250 takes three pages, each an entry', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `rm-${String(at).padStart(3, '0')}`)
    const world = await scene({ at: morning, instances: ids.map(id => ({ id, notAfter: newEnd })) })
    await scan(world)
    expect(
      facts(world)
        .filter(one => one.fact === 'Page')
        .map(one => one.verdicts?.length),
    ).toEqual([100, 100, 50])
  })
  test('changes nothing: it reads, and that is all', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1', 'rm-2') })
    await scan(world)
    expect(world.rds.updates).toEqual([])
    expect(world.chat.posted).toEqual([])
    expect(world.probes.shaken).toEqual([])
  })
  test('does not ask about what the service cannot renew', async () => {
    const world = await scene({ at: morning, instances: [{ id: 'rm-maria', engine: 'MariaDB' }] })
    await scan(world)
    expect(world.rds.calls).toEqual(['regions', 'list cn-hangzhou'])
    expect(facts(world)[1]?.verdicts).toEqual([expect.objectContaining({ reason: 'NotSupported', engine: 'MariaDB' })])
  })
  test('without anything due closes no plan', async () => {
    const world = await scene({ at: morning, instances: [{ id: 'rm-1', notAfter: newEnd }] })
    expect(await scan(world)).toEqual({ do: 'scanned', plans: [] })
    expect(emitted(world).map(one => one.type)).toEqual(['ProofDue'])
  })
})

describe('a plan of the day', () => {
  test('has its hint before it is closed', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1') })
    const { append } = world.journal
    let stood: string[] = []
    const journal: FakeWorld['journal'] = {
      ...world.journal,
      append: (log, entry) => {
        if (log === `plans/${plan}`) stood = hints(world)
        return append(log, entry)
      },
    }
    await scanFleet(today, later, { ...world, journal })
    expect(stood).toEqual([`2026-11-09T00:04:59Z plans/${plan}`])
  })
  test('leaves out what another plan holds already, and is not closed where nothing is left', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1', 'rm-2') })
    world.journal.seed(`renewals/${renewal}`, [{ ...planned(), plan: 'dba.required.2026-11-02' }])
    await scan(world)
    expect(said(world, `plans/${plan}`)).toMatchObject([{ items: [itemOf('rm-2')] }])

    const both = await scene({ at: morning, instances: fleet('rm-1') })
    both.journal.seed(`renewals/${renewal}`, [{ ...planned(), plan: 'dba.required.2026-11-02' }])
    expect(await scan(both)).toEqual({ do: 'scanned', plans: [] })
    expect(hints(both)).toEqual([])
  })
  test('is closed once, by whoever comes first', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1') })
    world.journal.race(`plans/${plan}`, {
      fact: 'Closed',
      plan,
      approvers: 'dba',
      approval: 'required',
      items: [itemOf('rm-1')],
      validUntil: '2026-11-30T21:20:00Z',
      policy: 1,
    })
    await scan(world)
    expect(said(world, `plans/${plan}`)).toHaveLength(1)
  })
  test('is one for each owner and way of approval', async () => {
    const rules =
      'rules:\n  - { match: { instance: rm-2 }, set: { approvers: shop } }\n  - { match: { instance: rm-3 }, set: { approval: automatic } }\n'
    const world = await scene({ at: morning, policy: policyText + rules, instances: fleet('rm-1', 'rm-2', 'rm-3') })
    const { plans } = await scan(world)
    expect(plans).toEqual(['dba.automatic.2026-11-09', 'dba.required.2026-11-09', 'shop.required.2026-11-09'])
    expect(world.queue.emitted('RenewalsDue').map(one => one.data.plan)).toEqual(plans)
  })
})

describe('a scan is finished, whatever happens to it', () => {
  test('out of time it stops before the next page, and goes on there', async () => {
    const world = await scene({ at: morning, instances: [...fleet('rm-1'), { id: 'rm-9', region: 'cn-beijing', notAfter: newEnd }] })
    const { list } = world.rds
    const slow: FakeWorld['rds'] = {
      ...world.rds,
      list: async (region, next) => {
        world.clock.pass('150s')
        return list(region, next)
      },
    }
    expect(await scanFleet(today, later, { ...world, rds: slow })).toEqual({ do: 'continued', plans: [] })
    expect(facts(world).map(one => one.fact)).toEqual(['Started', 'Page'])
    expect(world.queue.emitted('RenewalsDue')).toEqual([])
    expect(await scan({ ...world, attempt: 'attempt-2' } as FakeWorld, new Date('2026-11-09T00:10:00Z'))).toEqual({
      do: 'scanned',
      plans: [plan],
    })
    expect(world.rds.calls.filter(call => call.startsWith('list'))).toEqual(['list cn-beijing', 'list cn-hangzhou'])
  })
  test('done already, it only says its plans again', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1') })
    await scan(world)
    const [calls, entries, first] = [world.rds.calls.length, world.journal.appended.length, emitted(world)]
    world.queue.clear()
    await scan(world)
    expect([world.rds.calls.length, world.journal.appended.length]).toEqual([calls, entries])
    expect(emitted(world)).toEqual(first.filter(one => one.type !== 'ProofDue'))
  })
  test('and is journalled as ended before its plans are said', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1') })
    world.bundles.seedProof(proofOf({ at: morning }))
    const { send } = world.queue
    const queue = {
      ...world.queue,
      send: (...of: Parameters<typeof send>) => (of[0].length > 0 ? Promise.reject(new Error('lost')) : send(...of)),
    }
    await expect(scanFleet(today, later, { ...world, queue })).rejects.toThrow('lost')
    expect((await scanLog.read(world.journal, today)).state.ended).toEqual([plan])
    expect(hints(world)).toEqual([`2026-11-09T00:04:59Z plans/${plan}`])
    await scan(world)
    expect(world.queue.emitted('RenewalsDue')).toEqual([says.due])
  })
})

describe('what cannot be read', () => {
  test('of one instance is told by its name, and stops nobody else', async () => {
    const world = await scene({ at: morning, instances: fleet('rm-1', 'rm-2') })
    world.rds.fail('protection', 'BadReply')
    await scan(world)
    expect(facts(world)[1]?.verdicts).toEqual([
      {
        due: false,
        region: 'cn-hangzhou',
        instance: 'rm-1',
        description: 'rm-1',
        engine: 'MySQL',
        reason: 'Unread',
        detail: 'BadReply: protection: told to fail',
      },
      due('rm-2'),
    ])
    expect(words(world)).toEqual([
      {
        reason: 'ScanIncomplete',
        subject: 'instances',
        approvers: 'dba',
        detail: '1 instances could not be read: rm-1',
        mend: expect.any(String),
        day: today,
      },
    ])
  })
  test('of one region is told by its name, and stops no other', async () => {
    const world = await scene({ at: morning, instances: [...fleet('rm-1'), { id: 'rm-9', region: 'cn-beijing' }] })
    world.rds.fail('list', 'Refused')
    expect(await scan(world)).toEqual({ do: 'scanned', plans: [plan] })
    expect(facts(world)[1]).toEqual({ fact: 'RegionFailed', region: 'cn-beijing', code: 'Refused', message: 'list: told to fail' })
    expect(words(world)).toEqual([
      {
        reason: 'ScanIncomplete',
        subject: 'cn-beijing',
        approvers: 'dba',
        detail: 'cn-beijing could not be scanned: Refused: list: told to fail',
        mend: expect.any(String),
        day: today,
      },
    ])
  })
  test('of the list of regions is told before the scan fails: it did not even begin', async () => {
    const world = await scene({ at: morning })
    world.rds.fail('regions', 'Refused')
    await expect(scan(world)).rejects.toMatchObject({ code: 'Refused' })
    expect(words(world)).toMatchObject([
      {
        reason: 'ScanIncomplete',
        subject: 'all regions',
        detail: 'all regions could not be scanned: Refused: regions: told to fail',
        day: today,
      },
    ])
    expect(facts(world)).toEqual([])
    expect(await scan(world)).toMatchObject({ do: 'scanned' })
  })
  test('because the service lists no region at all is told, too: a scan of nothing is no scan', async () => {
    const world = await scene({ at: morning, instances: [] })
    await expect(scan(world)).rejects.toMatchObject({ code: 'BadReply' })
    expect(words(world)).toMatchObject([
      { reason: 'ScanIncomplete', subject: 'all regions', detail: expect.stringContaining('lists no region') },
    ])
    expect(facts(world)).toEqual([])
  })
  test('of more than ten instances is counted', async () => {
    const world = await scene({ at: morning, instances: fleet(...'abcdefghijkl'.split('').map(one => `rm-${one}`)) })
    for (let n = 0; n < 12; n++) world.rds.fail('instance', 'Busy')
    await scan(world)
    expect(words(world)[0]?.detail).toMatch(/^12 instances could not be read: rm-a, .*rm-j and 2 more$/)
  })
  test('because of a defect is no page of the fleet', async () => {
    const world = await scene({ at: morning })
    const rds = { ...world.rds, instance: () => Promise.reject(new TypeError('a defect')) }
    await expect(scanFleet(today, later, { ...world, rds })).rejects.toThrow(TypeError)
    expect(facts(world).map(one => one.fact)).toEqual(['Started'])
  })
})

describe('an endpoint is looked at', () => {
  const proofAt = (at: string) => proofOf({ at })
  test.each([
    ['was never looked at', undefined, true],
    ['was looked at a second less than a week ago', '2026-11-02T00:00:01Z', false],
    ['was looked at a week ago', '2026-11-02T00:00:00Z', true],
  ])('where it %s', async (_, at, looked) => {
    const world = await scene({ at: morning })
    if (at) world.bundles.seedProof(proofAt(at))
    await scan(world)
    expect(looksAt(world)).toEqual(looked ? ['rm-1'] : [])
    if (looked)
      expect(world.queue.emitted('ProofDue')).toEqual([event('ProofDue', { region: 'cn-hangzhou', instance: 'rm-1', week: '2026-W46' })])
  })
  test('also where its renewal is far off, but not without TLS and not with its owner’s certificate', async () => {
    const world = await scene({
      at: morning,
      instances: [
        { id: 'rm-far', notAfter: newEnd },
        { id: 'rm-off', notAfter: undefined },
        { id: 'rm-own', issuedBy: 'custom' },
      ],
    })
    await scan(world)
    expect(looksAt(world)).toEqual(['rm-far'])
  })
  test('where its last proof cannot be read: the look writes a new one, and its renewal is due all the same', async () => {
    const world = await scene({ at: morning })
    world.bundles.fail('proof', 'BadReply')
    await scan(world)
    expect(looksAt(world)).toEqual(['rm-1'])
    expect(facts(world)[1]?.verdicts).toEqual([due('rm-1')])
  })
  test('even where the event is lost at first: the page comes again, and no instance counts as unread', async () => {
    const world = await scene({ at: morning })
    world.queue.fail('send')
    await expect(scan(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(facts(world).map(one => one.fact)).toEqual(['Started'])
    await scan({ ...world, attempt: 'attempt-2' })
    expect(looksAt(world)).toEqual(['rm-1'])
    expect(facts(world)[1]?.verdicts).toEqual([due('rm-1')])
  })
})

describe('a deadline that is near', () => {
  const near = async (at: string, notAfter: string, instances = [{ id: 'rm-1', notAfter }]) => {
    const world = await scene({ at, instances })
    await scanFleet(at.slice(0, 10), new Date(Date.parse(at) + 150_000), world)
    return words(world).filter(one => one.reason === 'ExpiryNear')
  }
  test.each([
    ['ten days after this midnight', '2026-11-19T00:10:00Z', 1],
    ['a second later', '2026-11-19T00:10:01Z', 0],
  ])('%s: with the certificate’s end at %s it is told %i times', async (_, notAfter, told) => {
    const instances = [{ id: 'rm-1', version: '8.0', notAfter }]
    expect(await near('2026-11-09T09:00:00Z', notAfter, instances)).toHaveLength(told)
  })

  test('is told to its owner each day anew, with the deadline of each instance', async () => {
    const [word] = await near('2026-11-09T00:00:00Z', '2026-11-19T02:00:00Z')
    expect(word).toEqual({
      reason: 'ExpiryNear',
      subject: '1 instances',
      approvers: 'dba',
      detail: 'rm-1 (deadline 2026-11-18T21:20:00Z)',
      mend: 'answer the plan, or renew them by hand',
      day: '2026-11-09',
    })
    expect((await near('2026-11-10T00:00:00Z', '2026-11-19T02:00:00Z'))[0]?.day).toBe('2026-11-10')
  })
  test('that has passed is told as such', async () => {
    const [word] = await near('2026-11-09T00:00:00Z', '2026-11-09T12:00:00Z')
    expect(word?.detail).toBe('rm-1 (no window is left before 2026-11-09T12:00:00Z)')
  })
  test('is told though its renewal is planned, or was rejected, long since', async () => {
    const notAfter = '2026-11-19T02:12:00Z'
    const world = await scene({ at: morning, instances: [{ id: 'rm-1', notAfter }] })
    const id = renewal.replace('20261201T0312Z', '20261119T0212Z')
    world.journal.seed(`renewals/${id}`, [{ ...planned(), plan: 'dba.required.2026-11-02' }])
    await scan(world)
    expect(words(world)).toMatchObject([{ reason: 'ExpiryNear' }])
    expect(saidOf(world, renewalOf('rm-1'))).toEqual([])
  })
})

test.each([
  ['2026-11-08T15:59:59Z', 'Asia/Shanghai', '2026-11-08'],
  ['2026-11-08T16:00:00Z', 'Asia/Shanghai', '2026-11-09'],
  ['2026-11-08T16:00:00Z', 'UTC', '2026-11-08'],
  ['2027-01-01T04:59:59Z', 'America/New_York', '2026-12-31'],
])('at %s it is in %s the %s', (at, zone, day) => expect(dayOf(new Date(at), zone)).toBe(day))

test.each([
  ['2026-01-01', '2026-W01'],
  ['2026-11-08', '2026-W45'],
  ['2026-11-09', '2026-W46'],
  ['2026-12-31', '2026-W53'],
  ['2027-01-03', '2026-W53'],
  ['2027-01-04', '2027-W01'],
  ['2024-12-30', '2025-W01'],
  ['2021-01-03', '2020-W53'],
])('%s lies in the week %s, as ISO 8601 counts', (day, week) => {
  expect(weekOf(new Date(`${day}T00:00:00Z`))).toBe(week)
  expect(weekOf(new Date(`${day}T23:59:59.999Z`))).toBe(week)
})
