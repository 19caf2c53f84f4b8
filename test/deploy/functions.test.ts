import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FunctionResource, readFunctions } from '../../deploy/deployment.ts'
import { environmentFaults, fileFaults, flowFaults, type Source, sourceOf, stepOf, trapFaults } from '../../deploy/function-faults.ts'
import { schemaFaults as faultsBy } from '../../deploy/schema-faults.ts'
import { readSpec } from '../../local/fc/spec.ts'

// The deployment is checked by functions that list its faults, and those functions are checked against deployments with one fault each.

const root = fileURLToPath(new URL('../..', import.meta.url))
const path = join(root, 's.yaml')
const accountId = '1234567890123456'

let text: string
let deployed: FunctionResource[]
let sources: Map<string, Source>
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 's-yaml-'))
  text = await readFile(path, 'utf8')
  deployed = await readFunctions(path, accountId)
  const files = (await readdir(join(root, 'functions'))).filter(file => file.endsWith('.ts'))
  sources = new Map(files.map(file => [basename(file, '.ts'), sourceOf(readFileSync(join(root, 'functions', file), 'utf8'))]))
})
afterAll(() => rm(scratch, { recursive: true }))

/** The deployment with one edit, which must hit. */
async function edited(from: string | RegExp, to: string): Promise<FunctionResource[]> {
  const other = text.replace(from, to)
  expect(other, `${from} is not in s.yaml`).not.toBe(text)
  const file = join(scratch, 's.yaml')
  await writeFile(file, other)
  return readFunctions(file, accountId)
}

const schemaFile = join(root, '../shared/data/fc3-schema.json')
const withSchema = existsSync(schemaFile)
if (!withSchema) console.warn(`skipped: the component's schema is not at ../shared/data/fc3-schema.json`)
const schemaFaults = (all: readonly FunctionResource[]) => faultsBy(all, readFileSync(schemaFile, 'utf8'))

test('s.yaml passes the official parser, and the embedded Function Compute runs it', async () => {
  const spec = await readSpec(path, { accountId })
  expect(spec.functions.map(({ name }) => name)).toEqual(deployed.map(({ props }) => props.functionName))
  expect(new Set(spec.functions.map(({ name }) => name)).size).toBe(spec.functions.length)
})

test('every queued step of the flow has its function and its queue', () => expect(flowFaults(deployed)).toEqual([]))
test('every file of functions/ is deployed, and nothing else is', () => expect(fileFaults(deployed, sources.keys())).toEqual([]))
test('no function steps into a known trap of the component or the platform', () => expect(trapFaults(deployed)).toEqual([]))
test('every function has the variables that it needs and no others', () => expect(environmentFaults(deployed, sources)).toEqual([]))

test('a probe stands in each VPC and one outside, without rights and without a trigger', () => {
  const probes = deployed.filter(one => stepOf(one) === 'probe-endpoint')
  expect(probes.map(({ props }) => [props.functionName, (props.vpcConfig as { vpcId: string } | undefined)?.vpcId])).toEqual([
    ['rds-tls-probe-public', undefined],
    ['rds-tls-probe-vpc-1', 'vpc-1'],
    ['rds-tls-probe-vpc-2', 'vpc-2'],
  ])
  for (const { props } of probes)
    expect([props.role, props.triggers, props.environmentVariables]).toEqual([undefined, undefined, undefined])
})

describe.skipIf(!withSchema)("the component's own schema", () => {
  test('accepts every function whole and every trigger by its own definition', () => expect(schemaFaults(deployed)).toEqual([]))

  test.each([
    [
      'a timer without a schedule',
      /cronExpression: ("[^"]*0 0 8[^"]*"), /,
      '',
      "check-expiry daily must have required property 'cronExpression'",
    ],
    ['a misspelt switch of a timer', /enable: true, payload/, 'enabled: true, payload', 'check-expiry daily: enabled is unknown'],
    [
      'a method that HTTP does not have',
      'methods: [GET, POST]',
      'methods: [GET, SHOUT]',
      'answer-approval page/methods/1 must be equal to one of the allowed values',
    ],
    [
      'a stream without its switch',
      'triggerEnable: true',
      'enable: true',
      "request-approval from-queue must have required property 'triggerEnable'",
    ],
    [
      'the name of the old component for the code',
      'code: ./dist/notify',
      'codeUri: ./dist/notify',
      "notify must have required property 'code'",
    ],
    [
      'a runtime that does not exist',
      /runtime: nodejs20/g,
      'runtime: nodejs22',
      'notify/runtime must be equal to one of the allowed values',
    ],
  ])('refuses %s', async (_, from, to, fault) => expect(schemaFaults(await edited(from, to))).toContain(fault))
})

type Check = (all: readonly FunctionResource[]) => string[]
const files: Check = all => fileFaults(all, sources.keys())
const environment: Check = all => environmentFaults(all, sources)

test.each<[string, Check, string | RegExp, string, string]>([
  [
    'a queue that nobody reads',
    flowFaults,
    'QueueName: rds-tls-publish-bundle',
    'QueueName: rds-tls-publish',
    'rds-tls-publish-bundle is read by nobody',
  ],
  [
    'a queue that another step reads',
    flowFaults,
    'QueueName: rds-tls-notify',
    'QueueName: rds-tls-prove-renewal',
    'rds-tls-prove-renewal is read by prove-renewal, notify',
  ],
  ['a step with the code of another', flowFaults, 'code: ./dist/notify', 'code: ./dist/prove-renewal', 'notify is deployed 0 times'],
  [
    'a stream that stops at an error',
    flowFaults,
    'errorsTolerance: ALL',
    'errorsTolerance: NONE',
    'request-approval stops at the first message that keeps failing',
  ],
  [
    'dead letters in another queue',
    flowFaults,
    'rds-tls-dead-letters',
    'rds-tls-notify',
    'request-approval buries elsewhere than in rds-tls-dead-letters',
  ],
  [
    'a card that is tried for a minute only',
    flowFaults,
    'EXPONENTIAL_DECAY_RETRY',
    'BACKOFF_RETRY',
    'notify must retry by EXPONENTIAL_DECAY_RETRY',
  ],
  [
    'two messages a delivery',
    flowFaults,
    'CountBasedWindow: 1',
    'CountBasedWindow: 2',
    'request-approval takes more than one message a delivery',
  ],
  ['code that nobody wrote', files, 'code: ./dist/notify', 'code: ./dist/notify-all', 'notify deploys ./dist/notify-all'],
  ['a file that is not deployed', files, 'code: ./dist/notify', 'code: ./dist/prove-renewal', 'functions/notify.ts is not deployed'],
  [
    'an instance concurrency',
    trapFaults,
    'timeout: 240',
    'timeout: 240\n    instanceConcurrency: 10',
    'notify: built-in runtimes have no instanceConcurrency',
  ],
  ['memory of 200 MB', trapFaults, 'memorySize: 512', 'memorySize: 200', 'check-expiry: memorySize 200 is no multiple of 64 from 128'],
  ['half a core for 256 MB', trapFaults, 'cpu: 0.25', 'cpu: 0.5', 'notify: cpu 0.5 to 256 MB is not between 1:1 and 1:4'],
  [
    'a time-out over the queue’s patience',
    trapFaults,
    'timeout: 240',
    'timeout: 600',
    'update-validity: timeout 600 is over 240 s: a message comes back before its function has ended',
  ],
  [
    'a component that is not pinned',
    trapFaults,
    'component: fc3@0.1.22',
    'component: fc3',
    'check-expiry: the component is fc3: pin the version whose schema is checked',
  ],
  [
    'a role that two functions share',
    trapFaults,
    'role/rds-tls-notify',
    'role/rds-tls-prove-renewal',
    'notify: its role is another function’s',
  ],
  ['a reserved variable', trapFaults, 'POLICY_FILE: policy.yaml', 'FC_REGION: x', 'check-expiry: FC_REGION is reserved'],
  [
    'a secret in plain sight',
    trapFaults,
    'oss:secrets.json',
    'https://hooks.example.com/x',
    'notify: SECRETS holds a secret in plain sight',
  ],
  [
    'a timer behind the stream',
    trapFaults,
    /(\n {8}- triggerName: nightly\n(?: {10}.*\n)+)((?: {8}.*\n)+)/,
    '\n$2$1',
    'publish-bundle: an EventBridge trigger must be the last: the deploy skips what follows it',
  ],
  ['a variable that is missing', environment, /BUNDLE_BUCKET: .*/, '', 'check-expiry: Fault: BUNDLE_BUCKET is missing'],
  [
    'a variable that nothing reads',
    environment,
    'POLICY_FILE: policy.yaml',
    'POLICY_FILES: policy.yaml',
    'check-expiry: nothing in it reads POLICY_FILES',
  ],
  [
    'a timer that the code does not know',
    environment,
    '{"kind":"sweep"}',
    '{"kind":"clean"}',
    'check-expiry: its timers are check,clean, its code knows check,sweep',
  ],
])('the checks find %s', async (_, check, from, to, fault) => {
  expect(check(await edited(from, to))).toContain(fault)
})
