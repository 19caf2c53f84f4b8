import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Authority, makeAuthority } from '../../local/ca/authority.ts'
import { startEndpoint } from '../../local/endpoints/endpoint.ts'
import { type Serving, serve } from '../../local/serve.ts'
import { expectGolden, type } from './typed.ts'

const now = '2026-11-24T00:00:00Z'
const day = 86_400_000
const host = 'rm-bp1orders.mysql.rds.aliyuncs.com'

let folder: string
let authority: Authority
let ca: string
let archive: Serving
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-handshake-'))
  authority = await makeAuthority(new Date(now), ['cn-hangzhou', 'cn-beijing'])
  ca = join(folder, 'ca.pem')
  await writeFile(ca, authority.trustPem())
  archive = await serve(async () => ({ status: 200, body: authority.trustZip() }))
  closing.push(archive.close)
})
afterAll(async () => {
  await Promise.all(closing.map(close => close()))
  await rm(folder, { recursive: true })
})

type Served = { days: number; by?: 'apsaradb' | 'foreign'; name?: string; admits?: boolean; engine?: 'MySQL' | 'PostgreSQL' | 'SQLServer' }

let serial = 0
async function serving({ days, by = 'apsaradb', name = host, admits = true, engine = 'MySQL' }: Served): Promise<string> {
  const [notBefore, notAfter] = [new Date(Date.parse(now) - 100 * day), new Date(Date.parse(now) + days * day)]
  const order = { region: 'cn-hangzhou', host: name, notBefore, notAfter, serial: `0A0${++serial}`.padEnd(8, '0'), by }
  const certificate = await authority.issue(order)
  const endpoint = await startEndpoint({ engine, certificate: async () => certificate, admits: () => admits, state: () => 'running' })
  closing.push(endpoint.close)
  return `127.0.0.1:${endpoint.port}`
}

const argsFor = (address: string, ...more: string[]) => ['handshake', `${host}:3306`, '--address', address, '--ca', ca, ...more]
const held = async (name: string, args: readonly string[]) => {
  const typed = await type(args, { now })
  await expectGolden(name, args, typed, [[`${folder}/`, '']])
  return typed
}

test('a good certificate far from its end is fine: exit 0', async () => {
  expect((await held('handshake-fine', argsFor(await serving({ days: 200 })))).exit).toBe(0)
})

test('a certificate within the warning is expiring: exit 1, and one second outside it is not', async () => {
  const address = await serving({ days: 20 })
  expect((await held('handshake-expiring', argsFor(address))).exit).toBe(1)
  expect((await type(argsFor(address, '--warn-days', '20'), { now })).exit).toBe(1)
  expect((await type(argsFor(address, '--warn-days', '20'), { now: '2026-11-23T23:59:59Z' })).exit).toBe(0)
  expect((await type(argsFor(address, '--warn-days', '19'), { now })).exit).toBe(0)
})

test('an expired certificate is untrusted: exit 2, and so is one in its very last second once it is over', async () => {
  const address = await serving({ days: -2 })
  expect((await held('handshake-expired', argsFor(address))).exit).toBe(2)
  const last = await serving({ days: 0 })
  expect((await type(argsFor(last, '--warn-days', '0'), { now: '2026-11-24T00:00:01Z' })).exit).toBe(2)
})

test('a certificate of a stranger, and one for another host, are untrusted: exit 2', async () => {
  expect((await held('handshake-stranger', argsFor(await serving({ days: 200, by: 'foreign' })))).exit).toBe(2)
  const other = await type(argsFor(await serving({ days: 200, name: 'rm-other.mysql.rds.aliyuncs.com' }), '--json'), { now })
  expect(other.exit).toBe(2)
  expect(other.json()).toMatchObject({ exit: 2, verdict: 'untrusted', code: 'NameMismatch' })
})

test('an endpoint that refuses this address is not reached: exit 3, with the mend', async () => {
  const typed = await held('handshake-unreached', argsFor(await serving({ days: 200, admits: false })))
  expect(typed.exit).toBe(3)
  expect(typed.out).toContain('allowlist')
})

test('each engine is spoken to in its own way, by the name of the host or by what is told', async () => {
  for (const [engine, label] of [
    ['PostgreSQL', 'pg'],
    ['SQLServer', 'sqlserver'],
  ] as const) {
    const name = `rm-bp1orders.${label}.rds.aliyuncs.com`
    const address = await serving({ days: 200, engine, name })
    const byName = await type(['handshake', `${name}:9999`, '--address', address, '--ca', ca, '--json'], { now })
    expect(byName.json()).toMatchObject({ exit: 0, engine, verdict: 'fine' })
    const wrong = await type(['handshake', `${name}:9999`, '--engine', 'mysql', '--address', address, '--ca', ca, '--timeout', '1'], {
      now,
    })
    expect(wrong.exit).toBe(3)
  }
  const unknown = await type(['handshake', 'db.example.com:9999', '--ca', ca], { now })
  expect(unknown).toMatchObject({ exit: 64, err: expect.stringContaining('say --engine') })
})

test('without --ca the vendor’s archive judges; where it cannot be had, nothing is called trusted: exit 3', async () => {
  const address = await serving({ days: 200 })
  const args = ['handshake', `${host}:3306`, '--address', address]
  const there = await type(args, { now, env: { CA_BUNDLE_URL: `${archive.url}/ApsaraDB-CA-Chain.zip` } })
  expect(there).toMatchObject({ exit: 0, out: expect.stringContaining('downloaded now') })
  const gone = await serve(async () => ({ status: 403 }))
  closing.push(gone.close)
  const typed = await type(args, { now, env: { CA_BUNDLE_URL: `${gone.url}/x.zip` } })
  expect(typed).toMatchObject({ exit: 3, out: expect.stringContaining('name a bundle with --ca FILE') })
})

test('--versions tells the accepted TLS versions, newest first', async () => {
  const typed = await type(argsFor(await serving({ days: 200 }), '--versions', '--json'), { now })
  expect(typed.json()).toMatchObject({ accepts: ['TLSv1.3', 'TLSv1.2'], acceptsKnown: true })
})

test('a bad word is told before anything is opened', async () => {
  for (const [args, told] of [
    [['handshake'], 'something is missing'],
    [['handshake', 'rm-x'], 'give HOST:PORT'],
    [['handshake', 'rm-x:3306', '--engine', 'oracle'], 'known are mysql'],
    [['handshake', 'rm-x:3306', '--warn-days', 'many'], 'whole number'],
    [['handshake', 'rm-x:3306', '--colour'], '--colour'],
    [['handshake', 'rm-x:3306', '--address', 'nowhere', '--ca', ca], 'no IP address'],
  ] as const)
    expect(await type(args, { now })).toMatchObject({ exit: 64, err: expect.stringContaining(told) })
  const file = await type(['handshake', 'rm-x:3306', '--ca', join(folder, 'gone.pem')], { now })
  expect(file).toMatchObject({ exit: 65, err: expect.stringContaining('there is no such file') })
})
