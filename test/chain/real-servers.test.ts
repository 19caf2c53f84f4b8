import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { readFault } from '../../local/model/fault-text.ts'
import { packages, programFor, type RealEngine } from '../../local/real-servers/programs.ts'
import { unhurried } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'

/** Under CI the programs must be there; elsewhere their absence is said, and the tests are skipped. */
function absent(...engines: RealEngine[]): boolean {
  const missing = engines.filter(engine => programFor(engine) === undefined)
  for (const engine of missing) console.warn(`skipped: no real server for ${engine}: install ${packages[engine]}`)
  return missing.length > 0 && !process.env.CI
}

describe.skipIf(absent('MySQL', 'PostgreSQL'))('behind the instances stand a real MariaDB and a real PostgreSQL', () => {
  test.skipIf(!unhurried('a day with two real servers'))(
    'an update swaps their certificates by a restart, and everything is proven by a real driver',
    { timeout: 180_000 },
    async () => {
      const only = ['mysql57-dev-due', 'postgres-due']
      const versions: unknown[] = []
      const { findings, told } = await smallDay({
        only,
        real: only,
        approveAll: true,
        patience: 150_000,
        afterwards: async ({ world, endpoints }) => {
          for (const { engine, ssl } of world.instances())
            versions.push(await versionOf(engine, endpoints.hosts.get(ssl.connectionString) ?? 0))
        },
      })
      expect(versions.sort()).toEqual([expect.stringMatching(/MariaDB/), expect.stringMatching(/^PostgreSQL \d+/)])
      expect(findings).toEqual([])
      expect(told.filter(line => line.endsWith('proof: Proven'))).toHaveLength(2)
    },
  )
})

describe.skipIf(absent('MySQL'))('behind an instance that is updated without a restart stands a real MariaDB', () => {
  test('that nobody told to read its new files: the renewal is refuted, the rollout halted, and people hear of it', {
    timeout: 180_000,
  }, async () => {
    const fault = readFault('rds:modify:keeps-old-leaf', [])
    if (typeof fault === 'string') throw new Error(fault)
    const only = ['mysql80-due']
    const { findings, told, cards } = await smallDay({ only, real: only, approveAll: true, faults: [fault], patience: 150_000 })
    expect(findings.map(one => one.code)).toEqual(expect.arrayContaining(['OldLeaf', 'NoProof']))
    expect(findings.map(one => one.code)).not.toContain('NotUpdated')
    expect(told.filter(line => line.endsWith('proof: Refuted'))).toHaveLength(1)
    expect(cards).toContainEqual(
      expect.objectContaining({
        title: expect.stringContaining('The new certificate is not what is served'),
        text: expect.stringMatching(/restarts are halted[\s\S]*OldLeafServed/),
      }),
    )
  })
})

/** What the server calls itself. */
async function versionOf(engine: string, port: number): Promise<string> {
  const login = { host: '127.0.0.1', port, user: 'app', password: 'secret' } as const
  if (engine === 'MySQL') {
    const connection = await createConnection({ ...login, ssl: { rejectUnauthorized: false } })
    const [rows] = await connection.query('select version() as version')
    await connection.end()
    return (rows as { version: string }[])[0]?.version ?? ''
  }
  const client = new Client({ ...login, database: 'app', ssl: { rejectUnauthorized: false } })
  await client.connect()
  const { rows } = await client.query<{ version: string }>('select version()')
  await client.end()
  return rows[0]?.version ?? ''
}
