import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMns } from '../../local/mns/server.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { serve } from '../../local/serve.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import type { Need } from '../../shared/config.ts'
import { event } from '../../shared/events.ts'
import { queueOf } from '../../shared/flow.ts'
import { startBucket } from '../contract/buckets.ts'
import { clock, principals, session, toldMeddler } from '../contract/cloud.ts'
import { startRdsWorld } from '../contract/rds-world.ts'

const schemas = ['zod/mini', 'zod/v4/locales/en.js']

describe('what a cold start loads', () => {
  let metafile: Metafile
  beforeAll(async () => {
    const entryPoints = ['shared/adapters/ports.ts']
    ;({ metafile } = await build({
      entryPoints,
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
    }))
  })

  /** The packages that come with a file at once, following no dynamic import. */
  function packagesOf(file: string, seen = new Set<string>()): Set<string> {
    const found = new Set<string>()
    if (seen.has(file)) return found
    seen.add(file)
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue
      if (external) found.add(path)
      else for (const one of packagesOf(path, seen)) found.add(one)
    }
    return found
  }

  test('knowing how to reach the cloud loads no SDK of it', () => {
    expect([...packagesOf('shared/adapters/ports.ts')].filter(name => !name.startsWith('node:')).sort()).toEqual([])
  })

  test.each([
    ['shared/adapters/rds/rds.ts', schemas],
    ['shared/adapters/rds/client.ts', []],
    ['shared/adapters/journal.ts', schemas],
    ['shared/adapters/oss/oss.ts', []],
    ['shared/adapters/queue.ts', []],
    ['shared/adapters/mns/client.ts', []],
    ['shared/adapters/functions.ts', []],
    ['shared/adapters/chat/chat.ts', schemas],
  ])('%s waits with its SDK until it makes a client', (file, packages) => {
    expect(metafile.inputs[file]).toBeDefined()
    expect([...packagesOf(file)].filter(name => !name.startsWith('node:'))).toEqual(packages)
  })
})

describe('the ports of a step', () => {
  let cloud: Awaited<ReturnType<typeof startCloud>>
  beforeAll(async () => {
    cloud = await startCloud()
  })
  afterAll(() => cloud.close())

  async function startCloud() {
    const [bucket, rds, chat] = await Promise.all([
      startBucket('journal', 'public-read'),
      startRdsWorld([{ id: 'rm-1', engine: 'MySQL' }]),
      serve(async () => ({ status: 200, body: '{"errcode":0,"errmsg":"ok"}' })),
    ])
    const model = mnsModel()
    const mns = await startMns({ model, principals, meddler: toldMeddler().meddler, clock })
    model.createQueue(queueOf('request-approval'), {}, Date.now())
    const approvalKey = Buffer.alloc(32, 1).toString('base64')
    bucket.put('secrets.json', JSON.stringify({ approvalKey, channels: { dba: { kind: 'dingtalk', url: `${chat.url}/robot` } } }))
    const env = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: session.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: session.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: session.securityToken,
      FC_REGION: 'cn-hangzhou',
      FC_ACCOUNT_ID: session.accountId,
      RDS_ENDPOINT: rds.endpoint,
      RDS_PROTOCOL: 'http',
      MNS_ENDPOINT: mns.url,
      OSS_ENDPOINT: bucket.at.endpoint,
      JOURNAL_BUCKET: 'journal',
      BUNDLE_BUCKET: 'journal',
      BUNDLE_BASE_URL: `${bucket.at.endpoint}/journal`,
      SECRETS: 'oss:secrets.json',
      APPROVAL_URL: 'https://approve.example.com',
      POLICY_FILE: 'policy.yaml.that.is.not.there',
    }
    const close = async () => void (await Promise.all([bucket.close(), rds.close(), chat.close(), mns.close()]))
    return { env, bucket, model, close }
  }

  test('are those that were asked for, and the three that each step has', async () => {
    const ports = await portsFor(['queue'], 'attempt-7', cloud.env)
    expect(Object.keys(ports).sort()).toEqual(['attempt', 'clock', 'queue', 'settings'])
    expect(ports.attempt).toBe('attempt-7')
    expect(ports.settings).toMatchObject({
      account: session.accountId,
      region: 'cn-hangzhou',
      bundleUrl: `${cloud.bucket.at.endpoint}/journal`,
    })
  })

  test('reach the cloud that the environment names', async () => {
    const ports = await portsFor(['rds', 'journal', 'queue', 'bundles', 'chat', 'approvals'], 'a1', cloud.env)
    expect((await ports.rds.list('cn-hangzhou')).instances).toMatchObject([{ id: 'rm-1' }])
    expect(await ports.journal.append('plans/p', { n: 1, attempt: 'a1', at: '2026-11-24T00:00:00Z', fact: 1 })).toBe('appended')
    expect(await ports.bundles.manifest()).toBeUndefined()
    await ports.queue.send([event('RenewalsDue', { plan: 'p' })])
    expect(cloud.model.messages(queueOf('request-approval'), Date.now())).toHaveLength(1)
    await ports.chat.post('dba', { id: 'i', title: 't', text: 'x', button: undefined, urgent: false })
    const token = await ports.approvals.mint({ plan: 'p', validUntil: '2036-01-01T00:00:00Z' })
    expect(await ports.approvals.read(token)).toEqual({ ok: true, plan: 'p' })
    expect(ports.approvals.url).toBe('https://approve.example.com')
  })

  test('of the next invocation are another attempt over the same clients: nothing is checked twice', async () => {
    const first = await portsFor(['journal'], 'a1', cloud.env)
    const second = await portsFor(['journal'], 'a2', cloud.env)
    expect(second.journal).toBe(first.journal)
    expect(second.attempt).toBe('a2')
  })

  test('with other credentials are other clients', async () => {
    const first = await portsFor(['journal'], 'a1', cloud.env)
    const second = await portsFor(['journal'], 'a2', { ...cloud.env, ALIBABA_CLOUD_SECURITY_TOKEN: 'another' })
    expect(second.journal).not.toBe(first.journal)
  })

  test('secrets that are not there are a fault of the configuration', async () => {
    const env = { ...cloud.env, SECRETS: 'oss:elsewhere.json' }
    const { chat } = await portsFor(['chat'], 'a1', env)
    await expect(chat.post('dba', { id: 'i', title: 't', text: 'x', button: undefined, urgent: false })).rejects.toMatchObject({
      code: 'BadConfig',
      message: expect.stringContaining('elsewhere.json'),
    })
  })

  test('a policy file that is not there is told when it is read, with the mend', async () => {
    const { policyFile } = await portsFor(['policyFile'], 'a1', cloud.env)
    await expect(policyFile.read()).rejects.toMatchObject({ code: 'BadConfig', message: expect.stringContaining('POLICY_FILE') })
  })

  test('faults of several needs are told together', async () => {
    const needs: Need[] = ['journal', 'bundles']
    await expect(portsFor(needs, 'a1', { ...cloud.env, JOURNAL_BUCKET: '', BUNDLE_BUCKET: 'X' })).rejects.toThrow(
      /JOURNAL_BUCKET.*BUNDLE_BUCKET/,
    )
  })
})
