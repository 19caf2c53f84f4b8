import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { forbidden, li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type } from './typed.ts'

const now = '2026-11-24T02:00:00Z'
let cloud: SmallCloud
beforeAll(async () => {
  cloud = await startSmallCloud({ now })
})
afterAll(() => cloud.close())
afterEach(() => cloud.meddle(() => undefined))

const asked = async (...more: string[]) => {
  const args = ['status', ...more]
  return { args, typed: await type(args, { now, env: cloud.as(li) }) }
}

test('every instance of the account is told, and what becomes of it', async () => {
  const { args, typed } = await asked('--policy', 'local/policy.yaml')
  await expectGolden('status', args, typed)
})

test('with the policy of a new deployment, what lacks a probe is told, with the lines to paste', async () => {
  const { args, typed } = await asked('--regions', 'ap-southeast-1')
  await expectGolden('status-no-probe', args, typed)
})

test('a region that refuses is one line, an instance that cannot be read is another, and the rest goes on: exit 3 where nothing is worse', async () => {
  cloud.meddle(call => {
    if (call.action === 'DescribeDBInstances' && call.resource === 'ap-southeast-1') return forbidden()
    if (call.action === 'DescribeDBInstanceSSL' && call.resource === cloud.idOf('mysql57-proxied')) return forbidden()
    if (call.action === 'DescribeActiveOperationTasks') return forbidden()
    return undefined
  })
  const { args, typed } = await asked('--policy', 'local/policy.yaml', '--brief')
  await expectGolden('status-refused', args, typed)
  expect(typed.json).toBeDefined()
})

test('with --json it is data: every instance with its page in the console', async () => {
  const { typed } = await asked('--policy', 'local/policy.yaml', '--json')
  const told = typed.json() as { instances: { id: string; console: string; urgency: string; will: string; why?: string }[]; exit: number }
  expect(told).toMatchObject({ exit: 2, account: '1000000000000001', mode: 'act', refused: [] })
  expect(told.instances).toHaveLength(22)
  for (const one of told.instances) expect(one.console).toContain(one.id)
  expect(told.instances.filter(one => one.will === 'not').map(one => one.why)).toEqual(
    expect.arrayContaining(['Locked', 'CustomCertificate', 'NotSupported', 'EncryptionOff']),
  )
})

describe('the exit status for monitors', () => {
  const statusOf = async (name: string, ...more: string[]) => {
    const small = (await asked('--policy', 'local/policy.yaml', '--json', ...more)).typed
    const { instances } = small.json() as { instances: { name: string; urgency: string }[] }
    return instances.find(one => one.name === name)?.urgency
  }
  test('a deadline inside the warning is soon, one outside is fine', async () => {
    expect(await statusOf('sqlserver-due-tomorrow')).toBe('fine')
    expect(await statusOf('sqlserver-due-tomorrow', '--warn-days', '31')).toBe('soon')
  })
  test('an expired certificate is now, and what has none presses nobody', async () => {
    expect(await statusOf('mysql57-expired')).toBe('now')
    expect(await statusOf('mariadb')).toBe('none')
  })
  test('a custom certificate presses by its end, though rds-tls does not renew it', async () => {
    expect(await statusOf('postgres-custom')).toBe('soon')
  })
})

describe('keys', () => {
  test('that nobody has are told by STS’s own code, with the mend', async () => {
    const typed = await type(['status'], { now, env: { ...cloud.as(li), ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI5tGoneGoneGone' } })
    expect(typed).toMatchObject({ exit: 77, err: expect.stringContaining('InvalidAccessKeyId.NotFound') })
    expect(typed.err).not.toContain('LTAI5tGone')
  })
  test('that are not there end the command before anything is asked', async () => {
    const nowhere = { HOME: '/nonexistent', ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' }
    const before = { ...process.env }
    Object.assign(process.env, nowhere)
    const typed = await type(['status'], { now, env: { ...cloud.env } })
    Object.assign(process.env, before)
    delete process.env.ALIBABA_CLOUD_ECS_METADATA_DISABLED
    expect(typed).toMatchObject({ exit: 78, err: expect.stringContaining('ALIBABA_CLOUD_ACCESS_KEY_ID') })
  })
  test('come from one place: two are wrong usage', async () => {
    expect((await type(['status', '--local', '--profile', 'x'], { now })).exit).toBe(64)
  })
  test('--local says so where no embedded cloud runs', async () => {
    const typed = await type(['status', '--local'], { now, env: { RDS_TLS_LOCAL: '/nonexistent/cloud.json' } })
    expect(typed).toMatchObject({ exit: 69, err: expect.stringContaining('npm start') })
  })
})

test('a clock that is a quarter of an hour off is named', async () => {
  const typed = await type(['status'], { now: '2026-11-24T02:16:00Z', env: cloud.as(li) })
  expect(typed).toMatchObject({ exit: 77, err: expect.stringContaining('clock') })
})
