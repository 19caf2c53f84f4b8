import { constants } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine, Target } from '../../shared/handshake/handshake.ts'
import { acceptedVersions, type TlsVersion } from '../../shared/handshake/oldtls.ts'
import { type Made, makeHierarchy } from './authority.ts'
import * as servers from './servers.ts'

const running: servers.Serving[] = []
let leaf: Made
beforeAll(async () => {
  ;({ leaf } = await makeHierarchy())
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(serving => serving.close()))
})

async function at(engine: Engine, starting: Promise<servers.Serving>): Promise<Target> {
  const serving = await starting
  running.push(serving)
  return { engine, host: 'db.test', port: serving.port, address: { ip: '127.0.0.1' }, timeoutMs: 10_000 }
}

const all: TlsVersion[] = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1']

describe('the accepted versions', () => {
  test.each<[TlsVersion, TlsVersion, TlsVersion[]]>([
    ['TLSv1', 'TLSv1.3', all],
    ['TLSv1.2', 'TLSv1.3', ['TLSv1.3', 'TLSv1.2']],
    ['TLSv1.2', 'TLSv1.2', ['TLSv1.2']],
    ['TLSv1.3', 'TLSv1.3', ['TLSv1.3']],
    ['TLSv1', 'TLSv1.1', ['TLSv1.1', 'TLSv1']],
  ])('from %s to %s are seen at the cost of at most one refused handshake', async (minVersion, maxVersion, expected) => {
    const observed = servers.nothingSeen()
    const terms = { minVersion, maxVersion, ciphers: 'ALL:@SECLEVEL=0' }
    const target = await at('PostgreSQL', servers.postgres([leaf], observed, terms))
    expect(await acceptedVersions(target)).toEqual({ accepted: expected, incomplete: null })
    expect(observed.broken.length).toBe(expected.includes('TLSv1') ? 0 : 1)
  })

  test('may leave one out in the middle', async () => {
    const terms = { minVersion: 'TLSv1', secureOptions: constants.SSL_OP_NO_TLSv1_1, ciphers: 'ALL:@SECLEVEL=0' } as const
    const target = await at('PostgreSQL', servers.postgres([leaf], servers.nothingSeen(), terms))
    expect(await acceptedVersions(target)).toEqual({ accepted: ['TLSv1.3', 'TLSv1.2', 'TLSv1'], incomplete: null })
  })

  test('of SQL Server end at TLS 1.2, which TDS packets carry', async () => {
    const terms = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
    const target = await at('SQLServer', servers.tds([leaf], servers.nothingSeen(), terms))
    expect(await acceptedVersions(target)).toEqual({ accepted: ['TLSv1.2', 'TLSv1.1', 'TLSv1'], incomplete: null })
  })

  test('of an endpoint that does not answer are unknown, and why is told', async () => {
    const target: Target = { engine: 'MySQL', host: '127.0.0.1', port: await servers.closedPort(), timeoutMs: 10_000 }
    expect(await acceptedVersions(target)).toMatchObject({ accepted: [], incomplete: { code: 'ConnectionRefused' } })
  })
})
