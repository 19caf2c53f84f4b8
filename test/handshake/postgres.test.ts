import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as secure } from 'node:tls'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shake, type Target } from '../../shared/handshake/handshake.ts'
import { acceptedVersions } from '../../shared/handshake/oldtls.ts'
import { type Made, make, makeHierarchy } from './authority.ts'
import { type Program, postgresFolder, startPostgres } from './programs.ts'
import { reached } from './servers.ts'

const bin = postgresFolder()
const complaint = /could not accept SSL connection|could not receive data from client/

describe.skipIf(bin === undefined)('a real PostgreSQL', () => {
  let root: Made
  let intermediate: Made
  let leaf: Made
  let server: Program
  let target: Target
  beforeAll(async () => {
    ;({ root, intermediate, leaf } = await makeHierarchy())
    server = await startPostgres(bin ?? '', [leaf, intermediate], ['log_connections=on'])
    target = { engine: 'PostgreSQL', host: 'db.test', port: 5432, address: { ip: '127.0.0.1', port: server.port }, timeoutMs: 10_000 }
  })
  afterAll(() => server.stop())

  test('shows its chain, and logs no complaint about probes', async () => {
    for (let n = 0; n < 10; n += 1) {
      const seen = reached(await shake(target, [root.der]))
      expect(seen).toMatchObject({ protocol: 'TLSv1.3', ended: 'clean', openssl: { authorized: true } })
      expect(seen.chain).toEqual([leaf.der, intermediate.der])
    }
    await logIn()
    expect(server.log()).toContain('connection received')
    expect(server.log()).not.toMatch(complaint)
    expect(server.log()).not.toContain('incomplete startup packet')
  })

  test('accepts TLS 1.2 and 1.3, and is not harmed by being asked', async () => {
    expect(await acceptedVersions(target)).toEqual({ accepted: ['TLSv1.3', 'TLSv1.2'], incomplete: null })
    await logIn()
  })

  test('serves the old certificate after its files were replaced, until it is told to reload', async () => {
    const renewed = await make({ subject: 'CN=db.test', issuer: intermediate, from: '2026-01-01T00:00:00Z' })
    server.replace([renewed, intermediate])
    expect(reached(await shake(target)).chain[0]).toEqual(leaf.der)
    server.signal('SIGHUP')
    await server.logged(/reloading configuration files/)
    let served = leaf.der
    while (served.equals(leaf.der)) served = reached(await shake(target)).chain[0] ?? served
    expect(served).toEqual(renewed.der)
  })

  test('complains of a connection that is destroyed: the trap is real', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port })
    socket.write(Buffer.from('0000000804d2162f', 'hex'))
    await once(socket, 'data')
    const tls = secure({ socket, rejectUnauthorized: false })
    await once(tls, 'secureConnect')
    tls.destroy()
    await server.logged(complaint)
  })

  async function logIn(): Promise<void> {
    const ssl = { ca: root.pem, servername: 'db.test', checkServerIdentity: () => undefined }
    const client = new Client({ host: '127.0.0.1', port: server.port, user: 'app', database: 'postgres', ssl })
    await client.connect()
    await client.end()
  }
})
