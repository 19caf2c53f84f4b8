import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler } from '../../functions/probe-endpoint.ts'
import { type Made, makeHierarchy } from '../handshake/authority.ts'
import { closedPort, postgres, type Serving } from '../handshake/servers.ts'

const name = 'db.test'
let folder: string
let chain: Made[]
let server: Serving

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'))
  const { leaf, intermediate } = await makeHierarchy()
  chain = [leaf, intermediate]
  server = await postgres(chain)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
afterEach(() => void vi.unstubAllEnvs())

const ask = (target: unknown) => handler(Buffer.from(typeof target === 'string' ? target : JSON.stringify(target)))
const target = (change: Record<string, unknown> = {}) => ({ engine: 'PostgreSQL', host: name, port: 5432, timeoutMs: 5_000, ...change })
async function reachAt(port: number) {
  const file = join(folder, 'hosts')
  await writeFile(file, `${name} 127.0.0.1:${port}\n`)
  vi.stubEnv('ENDPOINT_HOSTS', file)
}

test('what an endpoint serves is answered as JSON: the chain in base64, leaf first, and how it was spoken', async () => {
  await reachAt(server.port)
  expect(JSON.parse(await ask(target()))).toEqual({
    reached: true,
    chain: chain.map(({ der }) => der.toString('base64')),
    protocol: expect.stringMatching(/^TLSv1/),
    cipher: expect.stringMatching(/^TLS_|^ECDHE/),
  })
})

test('an endpoint at which nobody listens is an answer with code, sentence and mend, not a failure', async () => {
  await reachAt(await closedPort())
  expect(JSON.parse(await ask(target()))).toEqual({
    reached: false,
    code: 'ConnectionRefused',
    detail: expect.stringContaining(name),
    mend: expect.stringMatching(/.{20}/),
  })
})

describe('the probe is told what it cannot probe', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', '', /^BadEvent: the probe was asked for something else: the whole: /],
    ['half a target', '{"engine":"MySQL"', /^BadEvent: .*the whole: /],
    ['an engine that is none', target({ engine: 'MariaDB' }), /^BadEvent: .*engine: /],
    ['no host', target({ host: '' }), /^BadEvent: .*host: /],
    ['a host that is no name', target({ host: 'db.test; drop' }), /^InvalidTarget: target\.host is no host name/],
    ['port 0', target({ port: 0 }), /^BadEvent: .*port: /],
    ['port 65536', target({ port: 65_536 }), /^BadEvent: .*port: /],
    ['a time-out below 100 ms', target({ timeoutMs: 99 }), /^BadEvent: .*timeoutMs: /],
    ['a time-out longer than its function lives', target({ timeoutMs: 20_001 }), /^BadEvent: .*timeoutMs: /],
    ['an address of the caller’s choice', target({ address: { ip: '10.0.0.1', port: 22 } }), /^BadEvent: .*address/],
  ])('by %s', async (_, asked, said) => {
    await expect(ask(asked)).rejects.toThrow(said)
  })
  test('by a hosts file that is not there', async () => {
    vi.stubEnv('ENDPOINT_HOSTS', join(folder, 'nowhere'))
    await expect(ask(target())).rejects.toThrow(/^BadConfig: ENDPOINT_HOSTS .*nowhere: cannot be read/)
  })
})
