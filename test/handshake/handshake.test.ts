import { X509Certificate } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeLeaf, type Engine, shake, type Target, TargetFault } from '../../shared/handshake/handshake.ts'
import { type Made, make, makeHierarchy } from './authority.ts'
import * as servers from './servers.ts'

const { reached } = servers

let root: Made
let intermediate: Made
let leaf: Made
const running: servers.Serving[] = []

beforeAll(async () => {
  ;({ root, intermediate, leaf } = await makeHierarchy())
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(serving => serving.close()))
})

async function at(engine: Engine, starting: Promise<servers.Serving>, more: Partial<Target> = {}): Promise<Target> {
  const serving = await starting
  running.push(serving)
  return { engine, host: 'db.test', port: serving.port, address: { ip: '127.0.0.1' }, timeoutMs: 10_000, ...more }
}

const engines: { engine: Engine; serve: (chain: Made[], seen?: servers.Seen) => Promise<servers.Serving>; newest: string }[] = [
  { engine: 'SQLServer', serve: servers.tds, newest: 'TLSv1.2' },
  { engine: 'MySQL', serve: servers.mysql, newest: 'TLSv1.3' },
  { engine: 'PostgreSQL', serve: servers.postgres, newest: 'TLSv1.3' },
]

describe.each(engines)('a handshake with $engine', ({ engine, serve, newest }) => {
  test('shows the chain as it was sent, leaf first, and nothing of the bundle', async () => {
    const stranger = await make({ subject: 'CN=Stranger', ca: true })
    for (const sent of [[leaf], [leaf, intermediate], [leaf, stranger, intermediate]]) {
      const seen = reached(await shake(await at(engine, serve(sent)), [root.der, intermediate.der]))
      expect(seen.chain).toEqual(sent.map(one => one.der))
    }
  })

  test('tells protocol, cipher and peer, and takes leave in good order', async () => {
    const observed = servers.nothingSeen()
    const target = await at(engine, serve([leaf, intermediate], observed))
    const seen = reached(await shake(target))
    expect(seen).toMatchObject({ protocol: newest, cipher: expect.stringMatching(/^TLS_/), ended: 'clean' })
    expect(seen.peer).toEqual({ ip: '127.0.0.1', port: target.port })
    expect(observed).toMatchObject({ names: ['db.test'], broken: [] })
  })

  test('reports what OpenSSL thinks of it under the bundle', async () => {
    const target = await at(engine, serve([leaf, intermediate]))
    expect(reached(await shake(target, [root.der])).openssl).toEqual({ authorized: true })
    expect(reached(await shake(target)).openssl).toEqual({ authorized: false, code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })
    const stray = { ...target, host: 'other.test' }
    expect(reached(await shake(stray, [root.der])).openssl).toEqual({ authorized: false, code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('sees an expired certificate like any other', async () => {
    const old = await make({ subject: 'CN=db.test', issuer: root, until: '2021-01-01T00:00:00Z' })
    const seen = reached(await shake(await at(engine, serve([old])), [root.der]))
    expect(seen.chain).toEqual([old.der])
    expect(seen.openssl).toEqual({ authorized: false, code: 'CERT_HAS_EXPIRED' })
  })

  test('verifies an address where the host is one, without sending it as a name', async () => {
    const observed = servers.nothingSeen()
    const byAddress = await make({ subject: 'CN=db', issuer: root, names: ['127.0.0.1'] })
    const target = await at(engine, serve([byAddress], observed), { host: '127.0.0.1' })
    expect(reached(await shake({ ...target, address: undefined } as Target, [root.der])).openssl).toEqual({ authorized: true })
    expect(observed.names).toEqual([])
  })
})

describe('MySQL', () => {
  test('is left by a login that it refuses: as nobody, with an empty password, and nothing else', async () => {
    const observed = servers.nothingSeen()
    await shake(await at('MySQL', servers.mysql([leaf], observed)))
    expect(observed.logins).toHaveLength(1)
    const [login = ''] = observed.logins
    expect(Buffer.from(login, 'latin1').readUIntLE(0, 3)).toBe(login.length - 4)
    expect(login.charCodeAt(3)).toBe(2)
    expect(login.slice(36)).toBe('rds-tls-probe\0\0mysql_native_password\0')
  })

  test.each([
    ['asks for another method first', [Buffer.concat([Buffer.from([0xfe]), Buffer.from('caching_sha2_password\0salt\0')])], ['']],
    ['asks for the whole password', [Buffer.from([1, 4])], ['\0']],
    ['lets an anonymous account in', [Buffer.from([0, 0, 0, 2, 0, 0, 0])], ['\x01']],
  ])('is left in good order where it %s', async (_, rounds, answers) => {
    const observed = servers.nothingSeen()
    const replies = [...rounds.map((body, n) => servers.mysqlPacket(3 + 2 * n, body)), servers.mysqlError(5, 1045, servers.accessDenied)]
    const seen = reached(await shake(await at('MySQL', servers.mysql([leaf], observed, {}, replies))))
    expect(seen.ended).toBe('clean')
    expect(observed.logins.slice(1).map(packet => packet.slice(4))).toEqual(answers)
  })

  test('that never answers the login is cut, and the certificate is told all the same', async () => {
    const target = await at('MySQL', servers.mysql([leaf], servers.nothingSeen(), {}, [Buffer.alloc(0), Buffer.alloc(0)]), {
      timeoutMs: 400,
    })
    expect(reached(await shake(target))).toMatchObject({ chain: [leaf.der], ended: 'cut' })
  })
})

describe('SQL Server', () => {
  test.each([0, 1, 3])('may answer PRELOGIN with encryption %i', async encryption => {
    const seen = await shake(await at('SQLServer', servers.tds([leaf], servers.nothingSeen(), {}, encryption)))
    expect(reached(seen).chain).toEqual([leaf.der])
  })

  test('is never offered TLS 1.3, even if it would take it', async () => {
    const seen = await shake(await at('SQLServer', servers.tds([leaf], servers.nothingSeen(), { maxVersion: 'TLSv1.3' })))
    expect(reached(seen).protocol).toBe('TLSv1.2')
  })

  test('may send a chain of several packets, in pieces of seven bytes', async () => {
    const long = [leaf, ...Array.from({ length: 15 }, () => intermediate)]
    expect(long.reduce((sum, one) => sum + one.der.length, 0)).toBeGreaterThan(4096)
    const seen = await shake(await at('SQLServer', servers.tds(long, servers.nothingSeen(), {}, 3, 7)))
    expect(reached(seen).chain).toEqual(long.map(one => one.der))
  })

  test('is left by a TLS alert outside TDS packets, without a login', async () => {
    const observed = servers.nothingSeen()
    await shake(await at('SQLServer', servers.tds([leaf], observed)))
    expect(observed.afterwards).toEqual([0x15])
  })
})

test('a chain of seventeen is cut at sixteen', async () => {
  const long = [leaf, ...Array.from({ length: 16 }, () => intermediate)]
  const seen = reached(await shake(await at('PostgreSQL', servers.postgres(long))))
  expect(seen.chain).toHaveLength(16)
})

test('the leaf is described in full', async () => {
  const one = await make({
    subject: 'C=CN, O=Alibaba, CN=db.test',
    issuer: root,
    serial: '0abc',
    names: ['db.test', '*.rds.test', '10.0.0.1', '2001:db8::1'],
    from: '2026-02-01T00:00:00Z',
    until: '2051-02-01T00:00:00Z',
  })
  const seen = reached(await shake(await at('PostgreSQL', servers.postgres([one]))))
  expect(describeLeaf(seen.chain)).toEqual({
    fingerprint: new X509Certificate(one.der).fingerprint256.replaceAll(':', '').toLowerCase(),
    serial: '0ABC',
    subject: 'C=CN, O=Alibaba, CN=db.test',
    issuer: 'CN=Root',
    names: ['db.test', '*.rds.test', '10.0.0.1', '2001:db8:0:0:0:0:0:1'],
    notBefore: '2026-02-01T00:00:00.000Z',
    notAfter: '2051-02-01T00:00:00.000Z',
  })
})

describe('a target that cannot be', () => {
  const good: Target = { engine: 'MySQL', host: 'db.test', port: 3306, timeoutMs: 1000 }
  test.each<[string, Partial<Target>]>([
    ['target.host', { host: '' }],
    ['target.host', { host: 'db.test\r\nX: y' }],
    ['target.port', { port: 0 }],
    ['target.port', { port: 3306.5 }],
    ['target.address.ip', { address: { ip: 'db.test' } }],
    ['target.address.port', { address: { ip: '127.0.0.1', port: 65_536 } }],
    ['target.timeoutMs', { timeoutMs: Number.NaN }],
    ['target.timeoutMs', { timeoutMs: 600_001 }],
  ])('is refused before anything is opened, by its %s', async (field, bad) => {
    const refused = shake({ ...good, ...bad })
    await expect(refused).rejects.toThrow(TargetFault)
    await expect(refused).rejects.toThrow(field)
  })
})
