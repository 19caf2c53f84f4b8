import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Cloud } from '../../local/cloud.ts'
import { type Connected, connectMysql2, connectPg, connectTedious } from '../drivers.ts'
import { needs } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'

const drivers = { SQLServer: connectTedious, MySQL: connectMysql2, PostgreSQL: connectPg } as const
const only = ['sqlserver-dev-due', 'mysql57-dev-due', 'postgres-due']
const tools = needs('keytool') && needs('openssl')

type Seen = { engine: string; published: Connected; foreign: Connected }
type Pulled = { pem: string; p7b: Buffer; jks: Buffer; p12: Buffer }

test('after the update, real drivers trust the published PEM and refuse a bundle that lacks the CA, each by its own error', {
  timeout: 180_000,
}, async () => {
  const seen: Seen[] = []
  let pulled: Pulled | undefined
  const { findings } = await smallDay({
    only,
    approveAll: true,
    async afterwards(cloud) {
      pulled = await pull(cloud)
      for (const row of endpointsOf(cloud)) {
        const connect = drivers[row.engine]
        const published = await connect(row.host, row.port, pulled.pem)
        const foreign = await connect(row.host, row.port, cloud.authority.foreignPem())
        seen.push({ engine: row.engine, published, foreign })
      }
    },
  })
  expect(findings).toEqual([])
  expect(seen.map(one => one.engine).sort()).toEqual(['MySQL', 'PostgreSQL', 'SQLServer'])
  for (const { published, foreign } of seen) {
    expect(published).toMatchObject({ ok: true })
    expect(foreign).toMatchObject({
      ok: false,
      code: expect.stringMatching(/^(UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/),
    })
  }
  if (tools && pulled) await expectSameFingerprints(pulled)
})

function endpointsOf({ world, endpoints }: Cloud) {
  return world.instances().map(({ engine, ssl }) => {
    const port = endpoints.hosts.get(ssl.connectionString)
    if (port === undefined || engine === 'MariaDB') throw new Error(`${ssl.connectionString} is served nowhere`)
    return { engine, host: ssl.connectionString, port }
  })
}

/** By plain GET, as applications do. */
async function pull({ urls }: Cloud): Promise<Pulled> {
  const get = async (ending: string) => Buffer.from(await (await fetch(`${urls.bundle}ApsaraDB-CA-Chain.${ending}`)).arrayBuffer())
  const [pem, p7b, jks, p12] = await Promise.all([get('pem'), get('p7b'), get('jks'), get('p12')])
  return { pem: pem.toString(), p7b, jks, p12 }
}

/** keytool lists both stores, openssl the P7B and the PEM: the same SHA-256 fingerprints everywhere. */
async function expectSameFingerprints({ pem, p7b, jks, p12 }: Pulled) {
  const folder = await mkdtemp(join(tmpdir(), 'published-'))
  const file = (name: string) => join(folder, name)
  await Promise.all([writeFile(file('c.jks'), jks), writeFile(file('c.p12'), p12), writeFile(file('c.p7b'), p7b)])
  const listed = (store: string) => {
    const text = execFileSync('keytool', ['-list', '-keystore', file(store), '-storepass', 'apsaradb'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return [...text.matchAll(/SHA-256\): ([0-9A-F:]+)/g)].map(([, print = '']) => print.replaceAll(':', '').toLowerCase()).sort()
  }
  const inPem = fingerprints(pem)
  const inP7b = fingerprints(
    execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-in', file('c.p7b'), '-print_certs'], { encoding: 'utf8' }),
  )
  expect(inPem.length).toBeGreaterThan(10)
  expect(inP7b).toEqual(inPem)
  expect(listed('c.jks')).toEqual(inPem)
  expect(listed('c.p12')).toEqual(inPem)
  await rm(folder, { recursive: true })
}

function fingerprints(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  const print = (block: string) =>
    execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], { input: block, encoding: 'utf8' })
  return blocks.map(block => print(block).split('=')[1]?.trim().replaceAll(':', '').toLowerCase() ?? '').sort()
}
