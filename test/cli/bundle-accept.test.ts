import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chen, li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type Situation, type } from './typed.ts'

const start = '2026-11-24T02:00:00Z'
let cloud: SmallCloud
let folder: string
let version: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-accept-'))
  cloud = await startSmallCloud({ now: start, only: ['mysql57-due', 'mysql80-due'], deployed: true })
  await typed(['policy', 'push', 'local/policy.yaml', '--act', '--no-fleet'])
  await cloud.chain.night()
  await cloud.chain.morning()
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true })
})

const typed = (args: readonly string[], of: Situation & { who?: typeof li } = {}) =>
  type(args, { now: () => new Date(), env: { ...cloud.as(of.who ?? li), HOME: folder }, ...of })
const held = async (name: string, args: readonly string[], of: Situation = {}) => {
  const seen = await typed(args, of)
  const versions = [[new RegExp(version, 'g'), 'NEW'] as const, [/\b[0-9a-f]{12}\b/g, '(version)'] as const]
  await expectGolden(name, args, seen, versions)
  return seen
}
const publishedVersion = async () => {
  const manifest = await fetch(`${cloud.insides().BUNDLE_BASE_URL}/ca/latest/manifest.json`)
  return ((await manifest.json()) as { version: string }).version
}

describe.sequential('a bundle whose root changed, by the command line', () => {
  test('nothing waits while the source holds what is published', async () => {
    expect(await typed(['bundle', 'accept', '0'.repeat(12)])).toMatchObject({ exit: 4, err: expect.stringContaining('no bundle waits') })
  })

  test('is not published, and the notice names the command that accepts it', async () => {
    const before = await publishedVersion()
    cloud.pass(86_400)
    await cloud.authority?.rotate({ do: 'add-root', regions: ['cn-hangzhou'] }, new Date())
    await cloud.chain.night()
    await cloud.chain.flow()
    expect(await publishedVersion()).toBe(before)
    const card = cloud.chat.posted.find(one => one.card.title.startsWith('A new trust bundle'))?.card
    const command = /rds-tls bundle accept ([0-9a-f]{12}) /.exec(card?.text ?? '')
    version = command?.[1] ?? ''
    expect(version).toMatch(/^[0-9a-f]{12}$/)
  })

  test('is named by doctor, with the same command', async () => {
    const seen = await typed(['doctor'])
    expect(seen).toMatchObject({ exit: 1, out: expect.stringContaining(`rds-tls bundle accept ${version}`) })
    expect(seen.out).toContain('BundleRefused')
  })

  test('is shown root by root, and accepted only by a person who types accept', async () => {
    const args = ['bundle', 'accept', version]
    await held('bundle-accept-dry-run', [...args, '--dry-run'])
    expect(await typed(args)).toMatchObject({ exit: 5, err: expect.stringContaining('--yes') })
    expect((await typed(args, { answers: ['yes'] })).exit).toBe(5)
    expect(await typed(['bundle', 'accept', '0'.repeat(12), '--yes'])).toMatchObject({ exit: 4, err: expect.stringContaining(version) })
    expect(await typed([...args, 'rm-1', '--yes'])).toMatchObject({ exit: 4, err: expect.stringContaining('need not be named') })
    await cloud.chain.night()
    expect((await publishedVersion()).startsWith(version)).toBe(false)
    expect(await held('bundle-accept', args, { answers: ['accept'] })).toMatchObject({
      exit: 0,
      out: expect.stringContaining('user/li.wei'),
    })
    expect(await typed([...args, '--yes'], { who: chen })).toMatchObject({
      exit: 4,
      err: expect.stringContaining('already, by user/li.wei'),
    })
  })

  test('is published by the next night', async () => {
    await cloud.chain.night()
    expect((await publishedVersion()).startsWith(version)).toBe(true)
    expect(await typed(['bundle', 'accept', version, '--yes'])).toMatchObject({ exit: 4, err: expect.stringContaining('no bundle waits') })
  })
})

test('renewed by hand with a journal of its own, nothing is called until the folder’s bundle is accepted', async () => {
  const [first, second] = [cloud.idOf('mysql57-due'), cloud.idOf('mysql80-due')]
  const renewing = (id: string) => ['renew', id, '--yes', id, '--journal', folder, '--policy', 'local/policy.yaml']
  const waiting = async (ms: number) => cloud.pass(ms / 1000)
  expect(await typed(renewing(first), { sleep: waiting })).toMatchObject({ exit: 0 })
  await cloud.authority?.rotate({ do: 'add-root', regions: ['cn-hangzhou'] }, new Date())
  cloud.pass(60)
  const refused = await typed(renewing(second), { sleep: waiting })
  expect(refused).toMatchObject({ exit: 4, err: expect.stringContaining('nothing was called') })
  const command = /rds-tls (bundle accept [0-9a-f]{12})/.exec(refused.err)?.[1]?.split(' ') ?? []
  const accepted = await typed([...command, '--yes', '--journal', folder])
  expect(accepted).toMatchObject({ exit: 0, out: expect.stringContaining('by user/li.wei') })
  expect(await typed(renewing(second), { sleep: waiting })).toMatchObject({ exit: 0, out: expect.stringContaining('proven') })
  expect(cloud.world.instance(second)?.effectiveUpdates).toBe(1)
})

test.each(['', '123', 'XYZXYZXYZXYZ', 'g'.repeat(64)])('%s is no version', async word => {
  expect(await typed(['bundle', 'accept', word])).toMatchObject({ exit: 64, err: expect.stringContaining('12 to 64 digits') })
})
