import { describe, expect, test } from 'vitest'
import { answering } from '../../functions/answer-approval.ts'
import { checkExpiry } from '../../functions/check-expiry.ts'
import { tellMissingScan } from '../../functions/notify.ts'
import { Fault } from '../../shared/errors.ts'
import type { Connect } from '../../shared/host.ts'
import type { FakeWorld } from '../fakes/world.ts'
import { http } from '../shared/envelopes.ts'
import { oldEnd, scene } from './scene.ts'

const morning = '2026-11-09T00:00:00Z'
const instances = [{ id: 'rm-1', notAfter: oldEnd }]

async function scanned() {
  const world = await scene({ at: morning, instances })
  await checkExpiry({ kind: 'check' }, world)
  return world
}

const at = (world: FakeWorld, now: string): FakeWorld => ({ ...world, clock: { ...world.clock, now: () => new Date(now) } })

describe('GET /health', () => {
  const lines: unknown[] = []
  const asks = async (connect: Connect, path = '/health', method = 'GET') => {
    const reply = JSON.parse(await answering(connect, line => void lines.push(line))(http({ path, method }), { requestId: 'r1' }))
    return [reply.statusCode, reply.headers['Content-Type'], reply.body.startsWith('{') ? JSON.parse(reply.body) : reply.body]
  }
  const over =
    (world: FakeWorld, asked: string[] = []): Connect =>
    async needs => {
      asked.push(...needs)
      return world as never
    }

  test('is 200 with the last complete scan while there is one within 36 h, and reads nothing but the journal', async () => {
    const asked: string[] = []
    expect(await asks(over(at(await scanned(), '2026-11-10T11:59:00Z'), asked))).toEqual([
      200,
      'application/json',
      { ok: true, lastCompleteScan: morning.replace('Z', '.000Z') },
    ])
    expect(asked).toEqual(['journal'])
  })
  test('is 503 after 36 h without one', async () => {
    expect(await asks(over(at(await scanned(), '2026-11-10T12:00:00Z')))).toEqual([
      503,
      'application/json',
      { ok: false, lastCompleteScan: morning.replace('Z', '.000Z') },
    ])
  })
  test('is 503 where a region could not be scanned, and where nothing was ever scanned', async () => {
    const world = await scene({ at: morning, instances })
    world.rds.fail('list', 'Refused')
    await checkExpiry({ kind: 'check' }, world)
    expect(await asks(over(world))).toMatchObject([503, 'application/json', { ok: false, lastCompleteScan: null }])
    expect(await asks(over(await scene({ at: morning })))).toMatchObject([503, 'application/json', { ok: false, lastCompleteScan: null }])
  })
  test('is 503 where the journal cannot be read', async () => {
    const unreachable: Connect = async () => {
      throw new Fault('Unreachable', 'GetObject: ECONNREFUSED')
    }
    expect((await asks(unreachable))[0]).toBe(503)
  })
  test('is no health where it is posted', async () => {
    expect((await asks(over(await scanned()), '/health', 'POST'))[0]).toBe(404)
  })
})

describe('the watch of notify', () => {
  test('is silent while scans are complete, and before a policy is in force', async () => {
    const world = await scanned()
    expect(await tellMissingScan({}, world)).toMatchObject({ do: 'leave' })
    expect(world.chat.posted).toEqual([])
  })
  test('tells once a day that no scan was complete for 36 h', async () => {
    const world = await scanned()
    await tellMissingScan({}, at(world, '2026-11-10T12:00:00Z'))
    await tellMissingScan({}, at(world, '2026-11-10T18:00:00Z'))
    expect(world.chat.posted.map(({ channel, card }) => [channel, card.title, card.urgent])).toEqual([
      ['dingtalk-dba', 'No complete scan for 36 hours: check-expiry', true],
    ])
    expect(world.chat.posted[0]?.card.text).toContain('the last complete one ended at 2026-11-09T00:00:00.000Z')
    await tellMissingScan({}, at(world, '2026-11-11T01:00:00Z'))
    expect(world.chat.posted).toHaveLength(2)
  })
})

describe('where nothing can be put into the queues', () => {
  test('check-expiry tells people itself, once a day, and fails all the same', async () => {
    const world = await scene({ at: morning, instances })
    for (let run = 0; run < 2; run++) {
      world.queue.fail('send', 'Refused')
      await expect(checkExpiry({ kind: 'check' }, world)).rejects.toMatchObject({ code: 'Refused' })
    }
    expect(world.chat.posted.map(({ channel, card }) => [channel, card.title, card.urgent])).toEqual([
      ['dingtalk-dba', 'Nothing can be put into the queues: MNS', true],
    ])
  })
  test('and chat is away as well, it fails by what it came from', async () => {
    const world = await scene({ at: morning, instances })
    world.queue.fail('send', 'Unreachable')
    world.chat.fail('dingtalk-dba', 'Busy')
    await expect(checkExpiry({ kind: 'check' }, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(world.chat.posted).toEqual([])
  })
  test('nothing is told where all is sent', async () => {
    expect((await scanned()).chat.posted).toEqual([])
  })
})
