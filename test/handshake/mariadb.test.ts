import { once } from 'node:events'
import { connect } from 'node:net'
import { type Connection, createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attempt } from '../../shared/handshake/attempt.ts'
import { describeLeaf, shake, type Target } from '../../shared/handshake/handshake.ts'
import { acceptedVersions } from '../../shared/handshake/oldtls.ts'
import { verifyChain } from '../../shared/handshake/verify.ts'
import { needs } from '../oracle.ts'
import { type Made, make, makeHierarchy } from './authority.ts'
import { fromElsewhere, type Program, startMariaDb } from './programs.ts'
import { reached, type Serving } from './servers.ts'

describe.skipIf(!needs('mariadbd') || !needs('mariadb-install-db'))('a real MariaDB that blocks a host at 5 connect errors', () => {
  let root: Made
  let intermediate: Made
  let leaf: Made
  let server: Program
  let relay: Serving
  let target: Target
  beforeAll(async () => {
    ;({ root, intermediate, leaf } = await makeHierarchy())
    server = await startMariaDb([leaf, intermediate], ['--max-connect-errors=5'])
    relay = await fromElsewhere(server.port)
    target = { engine: 'MySQL', host: 'db.test', port: 3306, address: { ip: '127.0.0.1', port: relay.port }, timeoutMs: 10_000 }
  })
  beforeEach(() => say('FLUSH HOSTS'))
  afterAll(async () => {
    await relay.close()
    await server.stop()
  })

  test('shows its chain, which the bundle verifies', async () => {
    const seen = reached(await shake(target, [root.der]))
    expect(seen).toMatchObject({ protocol: 'TLSv1.3', ended: 'clean', openssl: { authorized: true } })
    expect(seen.chain).toEqual([leaf.der, intermediate.der])
    expect(verifyChain(seen.chain, [root.der], 'db.test', new Date('2026-06-01'))).toMatchObject({ trusted: true, viaRootsOnly: true })
  })

  test('lets a client in after 30 probes', async () => {
    for (let n = 0; n < 30; n += 1) expect(reached(await shake(target)).ended).toBe('clean')
    expect(await logIn()).toBe('welcome')
  })

  test('locks everybody out after 5 connections that only hang up: the trap is real', async () => {
    for (let n = 0; n < 5; n += 1) await hangUp()
    expect(await logIn()).toBe('1129')
    expect(await shake(target)).toMatchObject({
      reached: false,
      failure: { code: 'HostBlocked', said: expect.stringContaining('is blocked') },
    })
  })

  test('counts a refused TLS handshake as such an error, which probes do not take back', async () => {
    const old = () => attempt(target, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
    for (let n = 0; n < 5; n += 1) {
      expect(await old()).toMatchObject({ reached: false, failure: { code: 'TlsFailed' } })
      if (n < 4) reached(await shake(target))
    }
    expect(await logIn()).toBe('1129')
  })

  test('is asked for its TLS versions at the cost of one error', async () => {
    for (let n = 0; n < 4; n += 1) {
      expect(await acceptedVersions(target)).toEqual({ accepted: ['TLSv1.3', 'TLSv1.2'], incomplete: null })
    }
    expect(await logIn()).toBe('welcome')
  })

  test('serves the old certificate after its files were replaced, until it is told to reload', async () => {
    const renewed = await make({ subject: 'CN=db.test', issuer: intermediate, from: '2026-01-01T00:00:00Z' })
    server.replace([renewed, intermediate])
    expect(reached(await shake(target)).chain[0]).toEqual(leaf.der)
    await say('FLUSH SSL')
    const after = reached(await shake(target))
    expect(after.chain[0]).toEqual(renewed.der)
    expect(describeLeaf(after.chain).notBefore).toBe('2026-01-01T00:00:00.000Z')
  })

  test('that knows nobody from this address says so instead of a greeting', async () => {
    await say("RENAME USER app@'%' TO app@'127.0.0.1'")
    await say('FLUSH PRIVILEGES')
    const seen = await shake(target)
    expect(seen).toMatchObject({
      reached: false,
      failure: { code: 'HostNotAllowed', said: expect.stringContaining("Host '127.0.0.2' is not allowed") },
    })
  })

  /** As an application behind the same address. */
  async function logIn(): Promise<string> {
    try {
      const connection = await open(relay.port)
      await connection.query('SELECT 1')
      await connection.end()
      return 'welcome'
    } catch (refused) {
      return String(refused instanceof Error && 'errno' in refused ? refused.errno : refused)
    }
  }

  /** As its operator, from an address whose errors are not counted. */
  async function say(sql: string): Promise<void> {
    const connection = await open(server.port)
    await connection.query(sql)
    await connection.end()
  }

  function open(port: number): Promise<Connection> {
    return createConnection({ host: '127.0.0.1', port, user: 'app', password: 'secret', ssl: { ca: root.pem } })
  }

  async function hangUp(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: relay.port })
    await once(socket, 'data')
    socket.end()
    await once(socket.resume(), 'close')
  }
})
