import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority, Issued } from '../../../local/ca/authority.ts'
import type { Engine } from '../../../local/endpoints/endpoint.ts'
import { writePem } from '../../../shared/formats/pem.ts'
import { connectMysql2, connectPg, connectTedious, type Driver } from '../../drivers.ts'
import { authorityNow, endpoints, issueFor } from './issuing.ts'

const host = 'rm-2ze8a1b2c3d4e5f6g.rds.aliyuncs.com'
const engines: { engine: Engine; driver: Driver; name: string }[] = [
  { engine: 'SQLServer', driver: connectTedious, name: 'tedious' },
  { engine: 'MySQL', driver: connectMysql2, name: 'mysql2' },
  { engine: 'PostgreSQL', driver: connectPg, name: 'pg' },
]

const running = endpoints()
let authority: Authority
let issued: Issued
beforeAll(async () => {
  authority = await authorityNow()
  issued = await issueFor(authority, host)
})
afterAll(() => running.close())

describe.each(engines)('$name', ({ engine, driver }) => {
  test('logs in and queries over verified TLS, and on the same endpoint refuses another authority and another name', async () => {
    const { port } = await running.start({ engine, certificate: async () => issued })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true, serverSubject: expect.stringContaining(`CN=${host}`) })
    expect(await driver(host, port, authority.foreignPem())).toMatchObject({ ok: false, code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })
    expect(await driver('rm-other.rds.aliyuncs.com', port, authority.trustPem())).toMatchObject({
      ok: false,
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
  })

  test('sees the certificate that the callback gives at that moment, and its end', async () => {
    let served = issued
    const { port } = await running.start({ engine, certificate: async () => served })
    const before = await driver(host, port, authority.trustPem())
    served = await issueFor(authority, host, 365)
    const after = await driver(host, port, authority.trustPem())
    served = await issueFor(authority, host, -1)
    const expired = await driver(host, port, authority.trustPem())
    expect([before.ok, after.ok]).toEqual([true, true])
    expect(before).not.toEqual(after)
    expect(expired).toMatchObject({ ok: false, code: 'CERT_HAS_EXPIRED' })
  })

  test('accepts a custom certificate by its own authority and not by the bundle', async () => {
    const custom = await issueFor(authority, host, 100, 'foreign')
    const { port } = await running.start({ engine, certificate: async () => custom })
    expect(await driver(host, port, authority.foreignPem())).toMatchObject({ ok: true })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: false, code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })
  })

  test('refuses a server that sends its leaf without the intermediate, unless the bundle has it', async () => {
    const { port } = await running.start({ engine, certificate: async () => ({ keyPem: issued.keyPem, chainPem: issued.leafPem }) })
    const roots = writePem(authority.members().filter(member => member.role === 'root'))
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
    expect(await driver(host, port, roots)).toMatchObject({ ok: false, code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  test('completes the handshake with a chain that fills several packets', async () => {
    const chainPem = issued.chainPem + issued.chainPem.slice(issued.leafPem.length).repeat(12)
    expect(Buffer.byteLength(chainPem)).toBeGreaterThan(8192)
    const { port } = await running.start({ engine, certificate: async () => ({ keyPem: issued.keyPem, chainPem }) })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
  })

  test('is refused the login of an account that does not exist, after TLS', async () => {
    const { port } = await running.start({ engine, certificate: async () => issued })
    const codes = { SQLServer: 'ELOGIN', MySQL: 'ER_ACCESS_DENIED_ERROR', PostgreSQL: '28P01' }
    expect(await driver(host, port, authority.trustPem(), { user: 'nobody' })).toMatchObject({ ok: false, code: codes[engine] })
  })

  test('finds no TLS where SSL is not enabled', async () => {
    const { port } = await running.start({ engine, certificate: async () => undefined })
    const refused = await driver(host, port, authority.trustPem())
    expect(refused).toMatchObject({ ok: false, message: expect.stringMatching(/not support|not use TLS/) })
  })

  test('is cut off while the instance restarts, and logs in right after', async () => {
    let state: 'running' | 'restarting' = 'restarting'
    const { port } = await running.start({ engine, certificate: async () => issued, state: () => state })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({
      ok: false,
      message: expect.stringMatching(/ECONNRESET|hang up|closed|lost|terminated/i),
    })
    state = 'running'
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
  })
})
