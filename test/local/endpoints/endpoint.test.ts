import { connect, createServer } from 'node:net'
import { connect as connectTls, type SecureVersion } from 'node:tls'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Authority, Issued } from '../../../local/ca/authority.ts'
import type { Engine } from '../../../local/endpoints/endpoint.ts'
import { reach } from '../../../local/endpoints/network.ts'
import { connectMysql2, connectPg, connectTedious, type Driver } from '../../drivers.ts'
import { authorityNow, endpoints, issueFor } from './issuing.ts'
import { visit } from './mysql-visits.ts'
import { call } from './raw-client.ts'

const host = 'rm-2ze8a1b2c3d4e5f6g.rds.aliyuncs.com'
const engines: { engine: Engine; driver: Driver }[] = [
  { engine: 'SQLServer', driver: connectTedious },
  { engine: 'MySQL', driver: connectMysql2 },
  { engine: 'PostgreSQL', driver: connectPg },
]

const running = endpoints()
let authority: Authority
let issued: Issued
beforeAll(async () => {
  authority = await authorityNow()
  issued = await issueFor(authority, host)
})
afterEach(() => running.close())

describe.each(engines)('$engine', ({ engine, driver }) => {
  const certificate = async () => issued

  test('an endpoint in a VPC admits its VPC and the bastion, and closes on everybody else without a word', async () => {
    const placement = { vpc: 'vpc-1', allowlist: ['127.0.1.0/24'] }
    const { port } = await running.start({ engine, certificate, admits: from => reach(placement, from.address) === 'admitted' })
    const results = []
    for (const from of ['127.0.1.5', undefined, '127.0.2.5']) results.push((await driver(host, port, authority.trustPem(), { from })).ok)
    expect(results).toEqual([true, true, false])
    expect(await call(port, '127.0.2.5').untilClosed()).toHaveLength(0)
  })

  test('the callback is told who calls', async () => {
    const callers: string[] = []
    const { port } = await running.start({ engine, certificate, admits: from => callers.push(from.address) > 0 })
    await driver(host, port, authority.trustPem(), { from: '127.0.2.77' })
    expect(callers).toEqual(['127.0.2.77'])
  })

  test('an endpoint that cannot be reached stays silent until the client gives up', async () => {
    const { port } = await running.start({ engine, certificate, admits: () => false, refusal: () => 'hang' })
    expect(await driver(host, port, authority.trustPem(), { timeout: 200 })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/time|terminated|in 200ms/i),
    })
  })

  test('cutting ends a session in the middle', async () => {
    const { port, cut } = await running.start({ engine, certificate })
    const client = call(port)
    await client.connected
    cut()
    await client.untilClosed().catch(error => expect(error).toMatchObject({ code: 'ECONNRESET' }))
  })

  test('a client that says nothing is not waited for longer than the login may take', async () => {
    const { port } = await running.start({ engine, certificate, loginTimeout: 30 })
    await call(port).untilClosed()
  })

  test('whatever a client says, the endpoint itself does not fail', async () => {
    const { port } = await running.start({ engine, certificate, maxConnectErrors: Number.POSITIVE_INFINITY })
    const header = fc.constantFrom('', '12010020', '2000000185ae0300', '0000000804d2162f', '00000020000300000075')
    const rubbish = fc
      .tuple(header, fc.uint8Array({ maxLength: 64 }))
      .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'hex'), rest]))
    await fc.assert(
      fc.asyncProperty(rubbish, async bytes => {
        await call(port)
          .say(bytes)
          .catch(() => {})
      }),
      { numRuns: 60 },
    )
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
  })

  test('nothing is left of connections that both sides ended', async () => {
    const open = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length
    const before = open()
    const { port } = await running.start({ engine, certificate, admits: from => from.address !== '127.0.1.5' })
    await driver(host, port, authority.trustPem())
    await driver(host, port, authority.foreignPem())
    await driver(host, port, authority.trustPem(), { user: 'nobody' })
    await call(port, '127.0.1.5').untilClosed()
    await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(before), { timeout: 800 })
  })

  test('a certificate that cannot be had closes the connection and is told', async () => {
    const faults: string[] = []
    const failed = (error: Error) => void faults.push(error.message)
    const { port } = await running.start({ engine, certificate: () => Promise.reject(new Error('no such instance')), failed })
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: false })
    expect(faults).toEqual(['no such instance'])
  })

  test('closing ends every connection and frees the port', async () => {
    const endpoint = await running.start({ engine, certificate })
    const clients = [call(endpoint.port), call(endpoint.port)]
    await Promise.all(clients.map(client => client.connected))
    await endpoint.close()
    await Promise.allSettled(clients.map(client => client.untilClosed()))
    const other = createServer()
    await new Promise<void>((resolve, reject) => other.once('error', reject).listen(endpoint.port, '127.0.0.1', resolve))
    await new Promise(resolve => other.close(resolve))
  })
})

describe('PostgreSQL', () => {
  test('TLS 1.1 is spoken where the instance allows it, and refused where not', async () => {
    const certificate = async () => issued
    const old = await running.start({ engine: 'PostgreSQL', certificate, tls: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.3' } })
    const today = await running.start({ engine: 'PostgreSQL', certificate })
    expect(await negotiated(old.port, 'TLSv1.1')).toBe('TLSv1.1')
    expect(await negotiated(old.port, 'TLSv1.3')).toBe('TLSv1.3')
    expect(await negotiated(today.port, 'TLSv1.3')).toBe('TLSv1.3')
    expect(await negotiated(today.port, 'TLSv1.2')).toBe('TLSv1.2')
    await expect(negotiated(today.port, 'TLSv1.1')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  })
})

describe('MySQL', () => {
  test('an address from which nobody may log in is told so by error 1130 in place of a greeting', async () => {
    const { port } = await running.start({
      engine: 'MySQL',
      certificate: async () => issued,
      admits: () => false,
      refusal: () => 'host-not-allowed',
    })
    const said = await call(port, '127.0.1.5').untilClosed()
    expect(said.readUInt16LE(5)).toBe(1130)
    expect(said.toString('latin1', 7)).toBe("Host '127.0.1.5' is not allowed to connect to this MySQL server")
    expect(await visit(port, '127.0.1.5', 'login')).toBe('not-allowed')
  })

  test('fast authentication confirms a password before the login is accepted; none needs no confirmation', async () => {
    const { port } = await running.start({ engine: 'MySQL', version: '8.0.36', certificate: async () => issued })
    const [confirmed, accepted] = ['020000020103', '0700000']
    expect(await answerToSha2(port, 'secret')).toMatch(new RegExp(`^${confirmed}(${accepted}3|$)`))
    expect(await answerToSha2(port, '')).toMatch(new RegExp(`^${accepted}2`))
  })

  test.each([
    ['5.7.44', 'mysql_native_password'],
    ['8.0.36', 'caching_sha2_password'],
  ])('%s greets with its version and %s', async (version, plugin) => {
    const { port } = await running.start({ engine: 'MySQL', version, certificate: async () => issued })
    const client = call(port)
    const greeting = await client.first()
    client.leave()
    expect(greeting.toString('latin1', 5, 5 + version.length)).toBe(version)
    expect(greeting.toString('latin1')).toContain(`${plugin}\0`)
  })
})

/** The first bytes that the server answers to a login by caching_sha2_password, over plain TCP. */
async function answerToSha2(port: number, password: string): Promise<string> {
  const client = call(port)
  await client.first()
  const scramble = password === '' ? '00' : `20${'ab'.repeat(32)}`
  const body = Buffer.from(`0182080000000001${'21'}${'00'.repeat(23)}${Buffer.from('app\0').toString('hex')}${scramble}`, 'hex')
  const payload = Buffer.concat([body, Buffer.from('caching_sha2_password\0')])
  client.write(Buffer.concat([Buffer.from([payload.length, 0, 0, 1]), payload]))
  const answer = await client.first()
  client.leave()
  return answer.toString('hex')
}

/** Asks a PostgreSQL endpoint for TLS of this one version. */
async function negotiated(port: number, version: SecureVersion): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.from('0000000804d2162f', 'hex'))
  expect(String(await new Promise(resolve => socket.once('data', resolve)))).toBe('S')
  const options = { socket, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0', rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const secured = connectTls(options, () => {
      resolve(secured.getProtocol())
      secured.end()
    })
    secured.once('error', reject)
  })
}
