import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Finding } from '../../cli/doctor/finding.ts'
import { judgeProbes } from '../../cli/doctor/reach.ts'
import { serve } from '../../local/serve.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { anInstance } from '../domain/items.ts'
import { policyText } from '../functions/scene.ts'
import { forbidden, li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type Situation, type } from './typed.ts'

const start = '2026-11-24T02:00:00Z'
let cloud: SmallCloud
beforeAll(async () => {
  cloud = await startSmallCloud({ now: start, only: ['mysql57-due', 'sqlserver-due', 'postgres-due', 'mariadb'], deployed: true })
  await type(['policy', 'push', 'local/policy.yaml', '--act', '--no-fleet'], situation())
  await cloud.chain.night()
  await cloud.chain.morning()
})
afterAll(() => cloud.close())
beforeEach(() => cloud.meddle(() => undefined))

const situation = (of: Situation = {}): Situation => ({ now: () => new Date(), env: cloud.as(li), ...of })
const examined = async (args: readonly string[] = [], of: Situation = {}) => {
  const typed = await type(['doctor', '--json', ...args], situation(of))
  const { findings } = typed.json() as { findings: Finding[] }
  const faults = findings.filter(one => one.code !== undefined)
  return { exit: typed.exit, codes: faults.map(one => one.code), paste: faults.flatMap(one => one.paste ?? []).join('\n'), findings }
}

test('where all is well every check says so, and the status is 0', async () => {
  const args = ['doctor']
  const typed = await type(args, situation())
  await expectGolden('doctor-fine', args, typed)
  expect(typed.exit).toBe(0)
})

describe('a planted fault is named, with what to paste', () => {
  test('a key that does not exist', async () => {
    const seen = await examined([], { env: { ...cloud.as(li), ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI5tGoneGoneGone' } })
    expect(seen).toMatchObject({ exit: 2, codes: ['BadKeys'] })
  })

  test('a clock that is a quarter of an hour off, and one that is two minutes off', async () => {
    const ahead = (minutes: number) => () => new Date(Date.now() + minutes * 60_000)
    expect(await examined([], { now: ahead(16) })).toMatchObject({ exit: 2, codes: ['ClockOff'], paste: 'timedatectl set-ntp true' })
    expect((await examined([], { now: ahead(2) })).findings.find(one => one.code === 'ClockOff')?.sentence).toContain('2 minutes ahead of')
  })

  test('reads that are not permitted: the RAM statement names them, and nothing else', async () => {
    cloud.meddle(call =>
      ['DescribeDBInstanceSSL', 'ListTagResources', 'DescribeHistoryTasks'].includes(call.action) ? forbidden() : undefined,
    )
    const args = ['doctor']
    await expectGolden('doctor-no-permission', args, await type(args, situation()))
    const seen = await examined()
    expect(seen).toMatchObject({ exit: 2, codes: ['NoPermission'] })
    const policy = JSON.parse(seen.paste.slice(seen.paste.indexOf('{'))) as { Statement: { Action: string[]; Resource: string[] }[] }
    expect(policy.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['rds:DescribeDBInstanceSSL', 'rds:DescribeHistoryTasks', 'rds:ListTagResources'],
        Resource: ['*'],
      },
    ])
  })

  test('a function that may not be invoked', async () => {
    const denied = {
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: '{"Code":"AccessDenied","Message":"no","RequestId":"1"}',
    }
    const fc = await serve(async () => denied)
    const seen = await examined([], { env: { ...cloud.as(li), INVOKE_ENDPOINT: fc.url.slice('http://'.length) } })
    await fc.close()
    expect(seen).toMatchObject({ exit: 2, codes: ['NoInvoke'], paste: expect.stringContaining('fc:InvokeFunction') })
  })

  test('a queue that is not there', async () => {
    cloud.mns.deleteQueue('rds-tls-notify')
    expect(await examined()).toMatchObject({ exit: 2, codes: ['QueueMissing'], paste: 'npm run deploy' })
    cloud.mns.createQueue('rds-tls-notify', {}, Date.now())
  })

  test('dead letters', async () => {
    cloud.bury('{"x":1}')
    expect(await examined()).toMatchObject({
      exit: 1,
      codes: ['DeadLetters'],
      paste: expect.stringContaining('rds-tls dead-letters redrive'),
    })
    cloud.mns.deleteQueue('rds-tls-dead-letters')
    cloud.mns.createQueue('rds-tls-dead-letters', {}, Date.now())
  })

  test('restarts that somebody halted', async () => {
    await type(['pause', 'release night'], situation())
    expect(await examined()).toMatchObject({ exit: 2, codes: ['Halted'], paste: expect.stringContaining('rds-tls resume') })
    await type(['resume'], situation())
  })

  test('an endpoint whose allowlist refuses its probe', async () => {
    const { bundles } = await portsFor(['bundles'], 'a', cloud.insides())
    const instance = cloud.idOf('postgres-due')
    const proof = {
      region: 'ap-southeast-1',
      instance,
      host: 'x',
      chain: [],
      fingerprint: undefined,
      serial: undefined,
      notAfter: undefined,
      protocol: undefined,
      bundle: undefined,
    }
    await bundles.writeProof({
      ...proof,
      verdict: 'unreached',
      reason: 'HostNotAllowed: it closed the connection',
      from: 'vpc-2',
      at: start,
    })
    const seen = await examined()
    expect(seen).toMatchObject({ exit: 1, codes: ['Unreached'] })
    expect(seen.paste).toContain(`ModifySecurityIps --RegionId ap-southeast-1 --DBInstanceId ${instance}`)
    await bundles.writeProof({ ...proof, verdict: 'proven', reason: undefined, from: 'vpc-2', at: start })
  })

  test('a webhook that refuses the card, and one that takes it', async () => {
    const delivering = async () => {
      cloud.pass(2)
      await cloud.chain.flow()
    }
    expect(await examined(['--card'], { sleep: delivering })).toMatchObject({ exit: 0, codes: [] })
    for (let n = 0; n < 9; n++) cloud.chat.fail('dingtalk-dba', 'Refused')
    const seen = await examined(['--card'], { sleep: delivering })
    expect(seen).toMatchObject({ exit: 2, codes: ['WebhookFails'], paste: expect.stringContaining('secrets object') })
    expect(seen.findings.find(one => one.check === 'chat')?.sentence).toContain('dingtalk-dba')
    expect((await examined(['--card'], { sleep: async () => cloud.pass(5) })).codes).toEqual(['NotifySilent'])
    await cloud.chain.flow()
  })

  test('a page that is not there, and one that somebody else serves', async () => {
    const other = await serve(async () => ({ status: 404 }))
    const page = await serve(async ({ rawPath }) => ({ status: rawPath === '/health' ? 503 : 404 }))
    expect((await examined(['--page', other.url])).codes).toEqual(['PageWrong'])
    expect((await examined(['--page', page.url])).codes).toEqual([])
    await Promise.all([other.close(), page.close()])
    expect((await examined(['--page', page.url])).codes).toEqual(['PageUnreachable'])
  })

  test('a VPC without a probe, and a policy that only observes', async () => {
    await type(['policy', 'push', 'policy.yaml', '--yes', '--no-fleet'], situation())
    const args = ['doctor']
    await expectGolden('doctor-no-probe', args, await type(args, situation()))
    await expectGolden('plan-observes', ['plan'], await type(['plan'], situation()))
    const seen = await examined()
    expect(seen).toMatchObject({ exit: 2, codes: ['Observes', 'NoProbe'] })
    expect(seen.paste).toContain('- { region: cn-hangzhou, vpc: vpc-1, function: rds-tls-probe-vpc-1 }')
    await type(['policy', 'push', 'local/policy.yaml', '--act', '--no-fleet'], situation())
  })

  test('a bundle that nobody compared for days, and a fleet that nobody saw whole', async () => {
    cloud.pass(40 * 3600)
    expect((await examined()).codes).toEqual(['ScanMissing', 'BundleStale'])
    await cloud.chain.night()
    await cloud.chain.morning()
    expect((await examined()).codes).toEqual([])
  })

  test('a journal that keeps versions', async () => {
    cloud.oss.putVersioning('rds-tls-journal', 'enabled')
    expect(await examined()).toMatchObject({ exit: 2, codes: ['JournalVersioned'] })
  })
})

test('each VPC of a region wants a probe of its own', () => {
  const policy = readPolicy(policyText).policy
  const { maintainTime: _window, replicas: _replicas, tags: _tags, ...listed } = anInstance()
  expect(judgeProbes(policy, [listed])).toMatchObject({ level: 'fine' })
  expect(judgeProbes(policy, [listed, { ...listed, vpc: 'vpc-9' }])).toMatchObject({
    code: 'NoProbe',
    sentence: expect.stringContaining('1 instance '),
  })
  expect(judgeProbes(policy, [{ ...listed, vpc: 'vpc-9', engine: 'MariaDB' }])).toMatchObject({ level: 'fine' })
})

test('where nothing is deployed, that is no fault: the command that deploys is there', async () => {
  await cloud.close()
  cloud = await startSmallCloud({ now: start, only: ['mysql57-due'] })
  const args = ['doctor']
  const typed = await type(args, situation())
  await expectGolden('doctor-not-deployed', args, typed)
  expect(typed).toMatchObject({ exit: 0, out: expect.stringContaining('npm run deploy') })
})
