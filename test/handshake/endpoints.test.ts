import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, makeAuthority } from '../../local/ca/authority.ts'
import { type Endpoint, type EndpointOptions, startEndpoint } from '../../local/endpoints/endpoint.ts'
import { readPem } from '../../shared/formats/pem.ts'
import { type Engine, shake, type Target } from '../../shared/handshake/handshake.ts'
import { acceptedVersions } from '../../shared/handshake/oldtls.ts'
import { knownIssuer, verifyChain } from '../../shared/handshake/verify.ts'
import { reached } from './servers.ts'

const now = new Date('2026-06-01T00:00:00Z')
const host = 'rm-1.mysql.rds.test'
let authority: Authority
let bundle: Buffer[]
const running: Endpoint[] = []
beforeAll(async () => {
  authority = await makeAuthority(now, ['cn-hangzhou', 'cn-beijing'])
  bundle = readPem(authority.trustPem()).map(one => one.der)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(endpoint => endpoint.close()))
})

/** The embedded cloud's endpoint, written by other hands than the probe: where one misread a protocol, the two do not meet. */
async function start(engine: Engine, more: Partial<EndpointOptions> = {}, by: 'apsaradb' | 'foreign' = 'apsaradb'): Promise<Target> {
  const year = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') }
  const issued = await authority.issue({ region: 'cn-beijing', host, serial: '0a', by, ...year })
  const endpoint = await startEndpoint({ engine, certificate: async () => issued, admits: () => true, state: () => 'running', ...more })
  running.push(endpoint)
  return { engine, host, port: 1, address: { ip: '127.0.0.1', port: endpoint.port }, timeoutMs: 10_000 }
}

describe.each(['SQLServer', 'MySQL', 'PostgreSQL'] as const)('an embedded %s', engine => {
  test('serves a chain that the published bundle verifies', async () => {
    const { chain, ended } = reached(await shake(await start(engine), bundle))
    expect(ended).toBe('clean')
    expect(verifyChain(chain, bundle, host, now)).toMatchObject({ trusted: true, viaRootsOnly: true })
    expect(knownIssuer(chain, bundle)).toMatchObject({ known: true })
  })

  test('with a custom certificate is recognised by an issuer that the bundle does not know', async () => {
    const { chain } = reached(await shake(await start(engine, {}, 'foreign'), bundle))
    expect(verifyChain(chain, bundle, host, now)).toMatchObject({ trusted: false, code: 'UnknownIssuer' })
    expect(knownIssuer(chain, bundle)).toMatchObject({ known: false })
  })

  test('without SSL offers none', async () => {
    expect(await shake(await start(engine, { certificate: async () => undefined }))).toMatchObject({ failure: { code: 'NoTlsOffered' } })
  })

  test('behind an allowlist is told apart from one that is slow', async () => {
    const closed = await start(engine, { admits: () => false })
    const silent = { ...(await start(engine, { admits: () => false, refusal: () => 'hang' })), timeoutMs: 150 }
    expect(await shake(closed)).toMatchObject({ failure: { code: 'HostNotAllowed', said: null } })
    expect(await shake(silent)).toMatchObject({ failure: { code: 'TimedOut', phase: 'greeting' } })
  })

  test('tells its TLS versions', async () => {
    const target = await start(engine, { tls: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' } })
    expect(await acceptedVersions(target)).toEqual({ accepted: ['TLSv1.2', 'TLSv1.1'], incomplete: null })
  })
})

test('an embedded MySQL that blocks a host at 2 connect errors is probed 10 times', async () => {
  const target = await start('MySQL', { maxConnectErrors: 2 })
  for (let n = 0; n < 10; n += 1) expect(reached(await shake(target)).ended).toBe('clean')
})

test('an embedded MySQL says who is not allowed', async () => {
  const target = await start('MySQL', { admits: () => false, refusal: () => 'host-not-allowed' })
  expect(await shake(target)).toMatchObject({ failure: { code: 'HostNotAllowed', said: expect.stringContaining('is not allowed') } })
})
