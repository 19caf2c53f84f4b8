import { describe, expect, test } from 'vitest'
import { seedFleet } from '../../../local/model/fleet.ts'
import { day } from '../../../local/model/rds.ts'

const hour = day / 24
const midnight = Date.parse('2026-05-10T00:00:00Z')
const moments = Array.from({ length: 96 }, (_, n) => new Date(midnight + n * 15 * 60_000 + 7_000))

/** Minutes from `now` until the window closes; undefined while it is closed. */
function closesIn(window: string, now: Date): number | undefined {
  const [, h1, m1, h2, m2] = /^(\d\d):(\d\d)Z-(\d\d):(\d\d)Z$/.exec(window)?.map(Number) ?? []
  const at = now.getUTCHours() * 60 + now.getUTCMinutes()
  const start = (h1 ?? 0) * 60 + (m1 ?? 0)
  const length = ((h2 ?? 0) * 60 + (m2 ?? 0) - start + 1440) % 1440
  const into = (at - start + 1440) % 1440
  return into < length ? length - into : undefined
}

const named = (now: Date) => {
  const { instances, expectations } = seedFleet(now)
  return instances.map((one, n) => ({ one, expectation: expectations[n] }))
}

describe('the seeded fleet', () => {
  test('is the same for the same moment, byte by byte', () => {
    expect(JSON.stringify(seedFleet(new Date(midnight)))).toBe(JSON.stringify(seedFleet(new Date(midnight))))
  })

  test('has at least 16 instances, ids and names of its own, every engine, two regions and two VPCs', () => {
    const { instances, expectations } = seedFleet(new Date(midnight))
    expect(instances.length).toBeGreaterThanOrEqual(16)
    expect(new Set(instances.map(one => one.id)).size).toBe(instances.length)
    expect(expectations.map(one => one.id)).toEqual(instances.map(one => one.id))
    expect(expectations.map(one => one.name)).toEqual(instances.map(one => one.description))
    for (const { id } of instances) expect(id).toMatch(/^(rm|pgm)-(bp1|t4n)[a-z0-9]{14}$/)
    const kinds = new Set(instances.map(one => `${one.region} ${one.vpcId}`))
    expect(kinds).toEqual(new Set(['cn-hangzhou vpc-1', 'ap-southeast-1 vpc-2']))
    expect(new Set(instances.map(one => one.engine))).toEqual(new Set(['SQLServer', 'MySQL', 'PostgreSQL', 'MariaDB']))
  })

  test('keeps its ids while time goes on', () => {
    const ids = (now: Date) => seedFleet(now).instances.map(one => one.id)
    expect(ids(new Date(midnight))).toEqual(ids(new Date(midnight + 9 * hour)))
  })

  test('gives what is renewed a window that is open for 90 minutes more, at any time of day', () => {
    for (const now of moments) {
      for (const { one, expectation } of named(now)) {
        if (!expectation?.expect.startsWith('renewed')) continue
        expect([one.description, now.toISOString(), closesIn(one.maintainTime, now)]).toSatisfy(
          ([, , minutes]: [string, string, number | undefined]) => minutes !== undefined && minutes >= 90,
        )
      }
    }
  })

  test('has one window that crosses midnight and contains now, at any time of day', () => {
    for (const now of moments) {
      const window = named(now).find(({ one }) => one.description === 'sqlserver-midnight')?.one.maintainTime ?? ''
      const [from = '', to = ''] = window.split('-')
      expect(from > to, `${window} at ${now.toISOString()}`).toBe(true)
    }
  })

  test('has one due instance whose window is closed for hours', () => {
    for (const now of moments) {
      const { one } = named(now).find(({ expectation }) => expectation?.expect === 'waitsForWindow') ?? {}
      for (const later of [0, hour, 4 * hour]) {
        expect(closesIn(one?.maintainTime ?? '', new Date(now.getTime() + later)), now.toISOString()).toBeUndefined()
      }
    }
  })

  test('has certificates that end as expected: within ten days, tomorrow’s in 30 and something, or far off', () => {
    for (const { one, expectation } of named(new Date(midnight))) {
      const end = one.ssl.certificate && (one.ssl.certificate.notAfter - midnight) / day
      if (expectation?.expect.startsWith('renewed')) expect([one.description, end]).toSatisfy(([, days]: [string, number]) => days < 10)
      if (expectation?.expect === 'notDue') expect([one.description, end]).toSatisfy(([, days]: [string, number]) => days > 30)
    }
  })

  test('has an instance that is not due now and is due a day later, by the end of its last window', () => {
    for (const now of moments) {
      const { one } = named(now).find(found => found.one.description === 'sqlserver-due-tomorrow') ?? {}
      const ends = one?.ssl.certificate?.notAfter ?? 0
      const due = (at: number) => ends - 31 * 60_000 - hour - 30 * day <= at
      expect([due(now.getTime()), due(now.getTime() + day)]).toEqual([false, true])
    }
  })

  test('has a primary with two replicas, each with a certificate of its own', () => {
    const { instances } = seedFleet(new Date(midnight))
    const replicas = instances.filter(one => one.type === 'Readonly')
    expect(replicas).toHaveLength(2)
    const primary = instances.find(one => one.id === replicas[0]?.masterId)
    expect([primary?.description, replicas[1]?.masterId]).toEqual(['mysql-primary-due', primary?.id])
    expect(new Set([primary, ...replicas].map(one => one?.ssl.certificate?.serial)).size).toBe(3)
  })

  test('has one allowlist that refuses, and a private key nowhere but as a canary of PostgreSQL', () => {
    const { instances, expectations } = seedFleet(new Date(midnight))
    expect(expectations.filter(one => one.allowlist === 'refuses').map(one => one.name)).toEqual(['postgres-allowlist'])
    for (const { engine, ssl } of instances) expect(ssl.serverKey !== undefined).toBe(engine === 'PostgreSQL')
  })
})
