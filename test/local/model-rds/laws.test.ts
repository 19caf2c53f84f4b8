import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedFleet } from '../../../local/model/fleet.ts'
import { Agenda } from '../../../local/model/rds/agenda.ts'
import { day, RdsWorld, seededRandom } from '../../../local/model/rds.ts'
import { minute, start } from './worlds.ts'

const fleet = seedFleet(new Date(start))
const vendor = { aheadMs: 2 * day, noticeMs: day, slackMs: day, level: 'S0', allowChange: true, allowCancel: false } as const
const made = (seed: number) => new RdsWorld({ now: start, random: seededRandom(seed), instances: fleet.instances, vendor })

type Step = { after: number; target: number; value: '0' | '1' | '2' }
const steps = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 60 * minute }),
    target: fc.nat(21),
    value: fc.constantFrom('0' as const, '1' as const, '2' as const),
  }),
  { maxLength: 12 },
)

function play(world: RdsWorld, script: readonly Step[], between: (world: RdsWorld, from: number, to: number) => void): string {
  let now = start
  const replies: unknown[] = []
  for (const { after, target, value } of script) {
    between(world, now, now + after)
    now += after
    const one = fleet.instances[target]
    const ConnectionString = one?.ssl.connectionString ?? ''
    const caller = { principal: 'p', requestId: `R-${replies.length}` }
    replies.push(world.handle('ModifyDBInstanceSSL', { DBInstanceId: one?.id ?? '', ConnectionString, SSLEnabled: value }, caller, now))
  }
  between(world, now, start + 20 * day)
  world.advance(start + 20 * day)
  return JSON.stringify([replies, world.instances(), world.inspect()])
}

describe('laws of the world', () => {
  test('the same seed and the same calls give the same bytes', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, script) => {
        const [once, again] = [made(seed), made(seed)].map(world => play(world, script, () => {}))
        expect(again).toBe(once)
      }),
      { seed: 1 },
    )
  })

  test('another seed gives another world', () => {
    const script: Step[] = [{ after: 0, target: 0, value: '2' }]
    expect(play(made(1), script, () => {})).not.toBe(play(made(2), script, () => {}))
  })

  test('it makes no difference in which steps time comes', () => {
    const byMinutes = (world: RdsWorld, from: number, to: number) => {
      for (let at = from; at < to; at += 7 * minute) world.advance(at)
    }
    const byEvents = (world: RdsWorld, _: number, to: number) => {
      for (let at = world.nextEventAt(); at !== undefined && at <= to; at = world.nextEventAt()) world.advance(at)
    }
    fc.assert(
      fc.property(fc.nat(), steps, (seed, script) => {
        const atOnce = play(made(seed), script, () => {})
        expect(play(made(seed), script, byMinutes)).toBe(atOnce)
        expect(play(made(seed), script, byEvents)).toBe(atOnce)
      }),
      { numRuns: 40, seed: 1 },
    )
  })

  test('restarts of one instance never overlap, and an expiry never goes back', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, script) => {
        const world = made(seed)
        const ends = new Map<string, number>()
        play(world, script, (_, __, to) => {
          for (let at = world.nextEventAt(); at !== undefined && at <= to; at = world.nextEventAt()) {
            world.advance(at)
            for (const { id, ssl } of world.instances()) {
              const end = ssl.certificate?.notAfter ?? ends.get(id) ?? 0
              expect(end).toBeGreaterThanOrEqual(ends.get(id) ?? 0)
              ends.set(id, end)
            }
          }
        })
        const last = new Map<string, number>()
        for (const { instance, at, until } of world.inspect().restarts) {
          expect(at).toBeGreaterThanOrEqual(last.get(instance) ?? 0)
          last.set(instance, until)
        }
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('every effective update has its restart, but on MySQL 8.0', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, script) => {
        const world = made(seed)
        play(world, script, () => {})
        for (const one of world.instances()) {
          const restarts = world.inspect().restarts.filter(restart => restart.instance === one.id && restart.cause === 'update')
          const rebooted = one.engine === 'MySQL' && one.engineVersion === '8.0' ? 0 : one.effectiveUpdates
          expect(restarts.length).toBeGreaterThanOrEqual(rebooted)
          if (one.engineVersion === '8.0') expect(restarts).toEqual([])
        }
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('worlds made of the same instances share nothing', () => {
    const before = JSON.stringify(fleet.instances)
    play(made(3), [{ after: 0, target: 0, value: '2' }], () => {})
    expect(JSON.stringify(fleet.instances)).toBe(before)
  })
})

test('the agenda gives entries by time, and equal times in the order of entry', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5)), times => {
      const agenda = new Agenda<number>()
      times.forEach((at, order) => {
        agenda.enter(at, order)
      })
      const taken: { at: number; what: number }[] = []
      for (let next = agenda.take(5); next !== undefined; next = agenda.take(5)) taken.push(next)
      const sorted = times.map((at, what) => ({ at, what })).sort((a, b) => a.at - b.at || a.what - b.what)
      expect(taken).toEqual(sorted)
    }),
    { seed: 1 },
  )
})
