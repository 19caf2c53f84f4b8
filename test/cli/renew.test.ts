import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../local/serve.ts'
import { li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type Situation, type } from './typed.ts'

const start = '2026-11-24T02:00:00Z'
let cloud: SmallCloud
let folder: string
const names = [
  'mysql57-due',
  'sqlserver-due',
  'mysql80-due',
  'mysql57-window-closed',
  'mysql57-locked',
  'mysql57-ssl-off',
  'postgres-custom',
  'postgres-due',
]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-renew-'))
  cloud = await startSmallCloud({ now: start, only: names, endpoints: true })
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true })
})

const updatesOf = (name: string) => cloud.world.instance(cloud.idOf(name))?.effectiveUpdates
const waiting = async (ms: number) => cloud.pass(ms / 1000)
const typed = (args: readonly string[], of: Situation = {}) =>
  type(args, { now: () => new Date(), env: { ...cloud.as(li), HOME: folder }, sleep: waiting, ...of })
const renewing = (name: string, ...more: string[]) => [
  'renew',
  cloud.idOf(name),
  '--journal',
  join(folder, 'journal'),
  '--policy',
  'local/policy.yaml',
  ...more,
]
const held = async (golden: string, args: readonly string[], of: Situation = {}) => {
  const seen = await typed(args, of)
  await expectGolden(golden, args, seen, [[`${folder}/`, '']])
  return seen
}

describe.sequential('where nothing is deployed', () => {
  test('a dry run says what it would come to, and does nothing', async () => {
    expect((await held('renew-dry-run', renewing('mysql57-due', '--dry-run'))).exit).toBe(0)
    expect(updatesOf('mysql57-due')).toBe(0)
  })

  test('without a yes nothing is done: silence, another id, and nobody to ask', async () => {
    for (const answers of [[''], ['yes'], [cloud.idOf('sqlserver-due')]])
      expect((await typed(renewing('mysql57-due'), { answers })).exit).toBe(5)
    expect((await typed(renewing('mysql57-due'))).exit).toBe(5)
    expect(updatesOf('mysql57-due')).toBe(0)
  })

  test('one instance is renewed and proven by one command, and the bundle lies beside it', async () => {
    const typed = await held('renew', renewing('mysql57-due'), { answers: [cloud.idOf('mysql57-due')] })
    expect(typed.exit).toBe(0)
    expect(updatesOf('mysql57-due')).toBe(1)
    expect(await readdir(join(folder, 'journal/bundle/ca/latest'))).toContain('ApsaraDB-CA-Chain.pem')
  })

  test('run again after its end it tells that end, and renews nothing once more', async () => {
    for (const more of [[], ['--yes', cloud.idOf('mysql57-due')]])
      expect(await typed(renewing('mysql57-due', ...more))).toMatchObject({ exit: 0, out: expect.stringContaining('proven') })
    expect(updatesOf('mysql57-due')).toBe(1)
  })

  test('SQL Server is renewed by its own value, and MySQL 8.0 without a restart', async () => {
    for (const name of ['sqlserver-due', 'mysql80-due'])
      expect(await typed(renewing(name, '--yes', cloud.idOf(name), '--json'))).toMatchObject({ exit: 0 })
    expect([updatesOf('sqlserver-due'), updatesOf('mysql80-due')]).toEqual([1, 1])
  })

  test('outside of its window it is not called, and --wait stays until it opens', async () => {
    const name = 'mysql57-window-closed'
    expect((await held('renew-window-closed', renewing(name, '--yes', cloud.idOf(name)))).exit).toBe(4)
    expect(updatesOf(name)).toBe(0)
    expect((await typed(renewing(name, '--yes', cloud.idOf(name), '--wait'))).exit).toBe(0)
    expect(updatesOf(name)).toBe(1)
  })

  test.each([
    ['mysql57-locked', 'Locked', 4],
    ['mysql57-ssl-off', 'EncryptionOff', 4],
    ['postgres-custom', 'CustomCertificate', 4],
  ])('%s is not renewed, and the reason is named', async (name, reason, exit) => {
    const seen = await typed(renewing(name, '--yes', cloud.idOf(name)), { sleep: async ms => cloud.pass(Math.max(ms / 1000, 600)) })
    expect(seen.exit).toBe(exit)
    expect(seen.out + seen.err).toContain(reason)
    expect(updatesOf(name)).toBe(0)
  })

  test('an instance that is not there is told so', async () => {
    expect(await typed(['renew', 'rm-404', '--journal', folder])).toMatchObject({ exit: 4, err: expect.stringContaining('rds-tls status') })
  })
})

describe('where it is journalled', () => {
  test('where a deployment cannot be asked, nothing is begun: two journals would know nothing of each other', async () => {
    const denied = {
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: '{"Code":"AccessDenied","Message":"no","RequestId":"1"}',
    }
    const fc = await serve(async () => denied)
    const env = { ...cloud.as(li), HOME: folder, INVOKE_ENDPOINT: fc.url.slice('http://'.length) }
    const seen = await typed(['renew', cloud.idOf('postgres-due'), '--yes', cloud.idOf('postgres-due')], { env })
    await fc.close()
    expect(seen).toMatchObject({ exit: 4, err: expect.stringContaining('AccessDenied') })
    expect(updatesOf('postgres-due')).toBe(0)
  })

  test('where a deployment is in trouble, nothing is begun either', async () => {
    const trouble = { status: 200, headers: {}, body: '{"ok":false,"reason":"Failed","sentence":"Unreachable: GetObject: 503"}' }
    const fc = await serve(async () => trouble)
    const env = { ...cloud.as(li), HOME: folder, INVOKE_ENDPOINT: fc.url.slice('http://'.length) }
    const seen = await typed(['renew', cloud.idOf('postgres-due'), '--yes', cloud.idOf('postgres-due')], { env })
    await fc.close()
    expect(seen).toMatchObject({ exit: 69, err: expect.stringContaining('503') })
    expect(updatesOf('postgres-due')).toBe(0)
  })

  test('where nothing is deployed, it is a folder of the person’s home, which nobody else may read', async () => {
    cloud.pass(86_400)
    const seen = await typed([
      'renew',
      cloud.idOf('postgres-due'),
      '--yes',
      cloud.idOf('postgres-due'),
      '--policy',
      'local/policy.yaml',
      '--wait',
    ])
    expect(seen).toMatchObject({ exit: 0, out: expect.stringContaining('.rds-tls/1000000000000001/bundle') })
    expect((await stat(join(folder, '.rds-tls'))).mode & 0o077).toBe(0)
  })
})

describe('beside a deployment, over HTTP', () => {
  test('by hand and by the chain at once, each instance restarts once, and both call it proven', { timeout: 60_000 }, async () => {
    const due = ['mysql57-due', 'sqlserver-due', 'mysql57-expired']
    await cloud.close()
    cloud = await startSmallCloud({ now: start, only: due, deployed: true, endpoints: true })
    expect((await typed(['policy', 'push', 'local/policy.yaml', '--act'])).exit).toBe(0)
    await cloud.chain.night()
    await cloud.chain.morning()
    await cloud.chain.flow()
    for (const [n, name] of due.entries()) {
      const id = cloud.idOf(name)
      // The deployment has its yes before, in the middle of, or by the person's own command.
      if (n === 0) expect((await typed(['approve', 'dba.required.2026-11-24', id, '--count', '1'])).exit).toBe(0)
      let over = false
      const chain = async () => {
        while (!over) {
          await cloud.chain.flow()
          await cloud.chain.sweep()
          await new Promise(resolve => setImmediate(resolve))
        }
      }
      const byHand = typed(['renew', id, '--yes', id, '--json']).finally(() => {
        over = true
      })
      const [seen] = await Promise.all([byHand, chain()])
      expect(seen.json(), name).toMatchObject({ exit: 0, end: 'proven' })
      expect(updatesOf(name)).toBe(1)
      const { renewals } = (await typed(['history', id, '--json'])).json() as { renewals: { headline: { text: string } }[] }
      expect(renewals[0]?.headline.text).toMatch(/^restarted; .*approved by user\/li\.wei$/)
    }
  })
})
