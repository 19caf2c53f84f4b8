import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { makeAuthority } from '../../../local/ca/authority.ts'
import { packages, programFor, type RealEngine } from '../../../local/real-servers/programs.ts'
import { RealServer } from '../../../local/real-servers/server.ts'
import { type Connected, connectMysql2, connectPg } from '../../drivers.ts'

const now = new Date()
const host = 'db.mysql.rds.aliyuncs.com'
const authority = await makeAuthority(now, ['cn-hangzhou'])
const certificate = (serial: string) =>
  authority.issue({
    region: 'cn-hangzhou',
    host,
    serial,
    by: 'apsaradb',
    notBefore: now,
    notAfter: new Date(now.getTime() + 365 * 86_400_000),
  })

let opened: RealServer | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

const drivers = { MySQL: connectMysql2, PostgreSQL: connectPg } as const
const engines: readonly RealEngine[] = ['MySQL', 'PostgreSQL']

describe.each(engines)('a real server for %s', engine => {
  const program = programFor(engine)
  if (program === undefined && !process.env.CI) console.warn(`skipped: no real server for ${engine}: install ${packages[engine]}`)

  test.skipIf(program === undefined && !process.env.CI)(
    'goes on serving its old certificate until it is told, and comes back at its port with another',
    { timeout: 60_000 },
    async () => {
      if (program === undefined) throw new Error(`install ${packages[engine]}`)
      const server = await RealServer.start(program, await certificate('0A'))
      opened = server
      const served = async () => fingerprintOf(await drivers[engine](host, server.port, authority.trustPem()))
      const [a, b, c] = await Promise.all(['0A', '0B', '0C'].map(async serial => fingerprint((await certificate(serial)).leafDer)))
      expect(await served()).toBe(a)

      server.replace(await certificate('0B'))
      expect(await served()).toBe(a)
      await server.reload()
      expect(await served()).toBe(b)

      server.replace(await certificate('0C'))
      const { port } = server
      await server.restart()
      expect([await served(), server.port]).toEqual([c, port])

      await server.close()
      expect(await drivers[engine](host, port, authority.trustPem())).toMatchObject({ ok: false, code: 'ECONNREFUSED' })
    },
  )
})

function fingerprintOf(seen: Connected): string {
  if (!seen.ok) throw new Error(`${seen.code}: ${seen.message}`)
  return seen.fingerprint
}

function fingerprint(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex')
}
