import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDeployment } from '../../deploy/deployment.ts'
import { probeBlock, reachFaults } from '../../deploy/reach-faults.ts'
import { stackFaults } from '../../deploy/stack-faults.ts'
import { makeQueues } from '../../local/deployment.ts'
import { mnsModel } from '../../local/model/mns.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const account = '1234567890123456'
let scratch: string
const text = { 's.yaml': '', 's.resources.yaml': '' }

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'stack-'))
  for (const file of ['s.yaml', 's.resources.yaml'] as const) text[file] = await readFile(join(root, file), 'utf8')
})
afterAll(() => rm(scratch, { recursive: true }))

/** Both files with one edit in one of them, which must hit. */
async function edited(file: keyof typeof text, from: string | RegExp, to: string) {
  const other = text[file].replace(from, to)
  expect(other, `${from} is not in ${file}`).not.toBe(text[file])
  for (const name of ['s.yaml', 's.resources.yaml'] as const) await writeFile(join(scratch, name), name === file ? other : text[name])
  return readDeployment(scratch, account)
}

test('the stack and the functions fit each other', async () => expect(stackFaults(await readDeployment(root, account))).toEqual([]))

test.each([
  [
    'a queue that is missing',
    's.resources.yaml',
    'QueueName: rds-tls-notify',
    'QueueName: rds-tls-notices',
    'the queue rds-tls-notify is not in the stack',
  ],
  [
    'a queue that nobody reads',
    's.resources.yaml',
    'QueueName: rds-tls-notify',
    'QueueName: rds-tls-notices',
    'the queue rds-tls-notices is used by no function',
  ],
  [
    'a message that comes back too early',
    's.resources.yaml',
    /(QueueName: rds-tls-notify, VisibilityTimeout:) 600/,
    '$1 30',
    'rds-tls-notify hides a message for 30 s: at least 600 s, and twice the longest time-out',
  ],
  [
    'a message that is lost over a long week-end',
    's.resources.yaml',
    /(QueueName: rds-tls-notify, .*MessageRetentionPeriod:) 604800/,
    '$1 345600',
    'rds-tls-notify keeps a message for 345600 s: a week is 604800 s',
  ],
  [
    'a journal with versioning',
    's.resources.yaml',
    'AccessControl: private',
    'AccessControl: private\n              VersioningConfiguration: { Status: Suspended }',
    `rds-tls-journal-${account} has versioning: OSS then overwrites what must be written only once`,
  ],
  [
    'a journal that everybody reads',
    's.resources.yaml',
    'AccessControl: private',
    'AccessControl: public-read',
    `rds-tls-journal-${account} holds the journal, and is not private`,
  ],
  [
    'a journal that goes with the stack',
    's.resources.yaml',
    'DeletionPolicy: Retain',
    'DeletionPolicy: Delete',
    `rds-tls-journal-${account} would go with the stack: DeletionPolicy must be Retain`,
  ],
  [
    'a bucket of another name',
    's.yaml',
    'journalBucket: rds-tls-journal',
    'journalBucket: my-journal',
    `the bucket my-journal-${account} is not in the stack`,
  ],
  ['a role of another name', 's.yaml', 'role/rds-tls-notify', 'role/rds-tls-tell', 'the role rds-tls-tell is not in the stack'],
  ['a role that nobody has', 's.yaml', 'role/rds-tls-notify', 'role/rds-tls-tell', 'the role rds-tls-notify is used by no function'],
  [
    'a role that may switch encryption off',
    's.resources.yaml',
    /&neverSwitchOff \{ Effect: Deny/,
    '&neverSwitchOff { Effect: Allow',
    'rds-tls-update-validity calls RDS and lacks the Deny on rds:SSLEnabled=0',
  ],
  [
    'a log store that is not made',
    's.yaml',
    'logStore: functions',
    'logStore: lines',
    `notify logs to rds-tls-${account}/lines, which the stack does not make`,
  ],
  [
    'a region of its own',
    's.yaml',
    'region: cn-hangzhou',
    'region: cn-shanghai',
    'the stack is in cn-hangzhou, the functions are in cn-shanghai: a queue and its function share a region',
  ],
] as const)('the checks find %s', async (_, file, from, to, fault) => expect(stackFaults(await edited(file, from, to))).toContain(fault))

test.each([
  ['a pattern of actions', 'Action: [oss:GetBucketVersioning]', 'Action: ["oss:*"]', /must be one action/],
  ['a property that ROS does not know', 'AccessControl: private', 'Acl: private', /Unrecognized key: "Acl"/],
  ['a type that is not checked', 'ALIYUN::SLS::Index', 'ALIYUN::FC::Function', /Type/],
  ['a role that others than functions may take', 'fc.aliyuncs.com', 'ecs.aliyuncs.com', /fc\.aliyuncs\.com/],
] as const)('the template is refused for %s', async (_, from, to, problem) => {
  await expect(edited('s.resources.yaml', from, to)).rejects.toThrow(problem)
})

test('the embedded cloud has the queues of the stack, with their attributes', async () => {
  const model = mnsModel()
  makeQueues(model, 0)
  const { stack } = await readDeployment(root, account)
  for (const { Properties } of stack.queues) {
    const { QueueName, VisibilityTimeout, MessageRetentionPeriod } = Properties
    const again = { visibilityTimeout: VisibilityTimeout, messageRetentionPeriod: MessageRetentionPeriod }
    // Making a queue once more succeeds only where it is there with the same attributes.
    expect([QueueName, model.createQueue(QueueName, again, 0)]).toEqual([QueueName, { ok: true, value: 'unchanged' }])
  }
})

test('a VPC that the policy reaches without a probe is told with the block that is to be added, and that block makes the fault go', async () => {
  const { functions } = await readDeployment(root, account)
  const policy = (await readFile(join(root, 'policy.yaml'), 'utf8')).replace(
    /^reach: .*$/m,
    'reach:\n  - { region: cn-hangzhou, vpc: vpc-1, function: rds-tls-probe-vpc-1 }\n  - { region: cn-hangzhou, vpc: vpc-9, function: rds-tls-probe-vpc-9 }',
  )
  const [fault, ...others] = reachFaults(functions, policy)
  expect(others).toEqual([])
  const block = probeBlock('vpc-9', 'rds-tls-probe-vpc-9')
  expect(fault).toBe(`policy.yaml reaches vpc-9 by rds-tls-probe-vpc-9, which s.yaml does not deploy. Add to it:\n${block}`)
  const more = await edited('s.yaml', /$/, block)
  expect(reachFaults(more.functions, policy)).toEqual([])
  expect(stackFaults(more)).toEqual([])
})

test('a probe that stands in another VPC than the policy says is a fault', async () => {
  const { functions } = await readDeployment(root, account)
  const policy = (await readFile(join(root, 'policy.yaml'), 'utf8')).replace(
    /^reach: .*$/m,
    'reach: [{ region: cn-hangzhou, vpc: vpc-9, function: rds-tls-probe-vpc-1 }]',
  )
  expect(reachFaults(functions, policy)).toEqual(['policy.yaml reaches vpc-9 by rds-tls-probe-vpc-1, which stands in vpc-1'])
})
