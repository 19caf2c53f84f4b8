import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readSpec, readSteps } from '../local/fc/spec.ts'
import { type Need, readConfig } from '../shared/config.ts'
import { consumerOf, deadLetters, prefix, type QueuedStep, queueOf } from '../shared/flow.ts'

// The deployment is checked by functions that list its faults, and those functions are checked against deployments with one fault each.

const root = fileURLToPath(new URL('..', import.meta.url))
const path = join(root, 's.yaml')
const accountId = '1234567890123456'

type Trigger = { triggerName: string; triggerType: string; triggerConfig: Record<string, unknown> }
type Props = Record<string, unknown> & {
  functionName: string
  code: string
  role?: string
  timeout?: number
  memorySize?: number
  cpu?: number
  triggers?: Trigger[]
  environmentVariables?: Record<string, string>
}
type Resource = { name: string; component: string; props: Props }

/** A step's own file: what its name says, and the parts of its text that s.yaml must agree with. */
type Source = { needs: Need[]; timers: string[]; buries: boolean }

let text: string
let deployed: Resource[]
let sources: Map<string, Source>
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 's-yaml-'))
  text = await readFile(path, 'utf8')
  deployed = await resources(path)
  const files = (await readdir(join(root, 'functions'))).filter(file => file.endsWith('.ts'))
  sources = new Map(files.map(file => [basename(file, '.ts'), sourceOf(readFileSync(join(root, 'functions', file), 'utf8'))]))
})
afterAll(() => rm(scratch, { recursive: true }))

async function resources(file: string): Promise<Resource[]> {
  const steps = await readSteps(file, { accountId })
  return steps.map(({ projectName, component, props }) => ({ name: projectName, component, props: props as Props }))
}

/** The deployment with one edit, which must hit. */
async function edited(from: string | RegExp, to: string): Promise<Resource[]> {
  const other = text.replace(from, to)
  expect(other, `${from} is not in s.yaml`).not.toBe(text)
  const file = join(scratch, 's.yaml')
  await writeFile(file, other)
  return resources(file)
}

function sourceOf(code: string): Source {
  const names = (list: string | undefined) => [...(list ?? '').matchAll(/(\w+)(?=['",:\s}\]]|$)/g)].map(([name]) => name)
  const needs = names(/\bneeds\s*[:=]\s*\[([^\]]*)\]/.exec(code)?.[1]) as Need[]
  const timers = [...(/\btimers:\s*\{([^}]*)\}/.exec(code)?.[1] ?? '').matchAll(/(\w+):/g)].map(([, kind]) => kind ?? '')
  return { needs, timers, buries: /\bevents:\s*\{/.test(code) }
}

const stepOf = ({ props }: Resource) => basename(props.code)
const streamsOf = ({ props }: Resource) => (props.triggers ?? []).filter(({ triggerType }) => triggerType === 'eventbridge')

const stream = z.object({
  eventSourceConfig: z.object({ eventSourceParameters: z.object({ sourceMNSParameters: z.object({ QueueName: z.string() }) }) }),
  runOptions: z.object({
    errorsTolerance: z.string(),
    retryStrategy: z.object({ PushRetryStrategy: z.string() }),
    deadLetterQueue: z.object({ Arn: z.string() }),
    batchWindow: z.object({ CountBasedWindow: z.number() }),
  }),
})

/** Every queued step has one function, which reads its queue and nothing else does. */
function flowFaults(all: readonly Resource[]): string[] {
  const faults: string[] = []
  for (const step of new Set<QueuedStep>(Object.values(consumerOf))) {
    const functions = all.filter(one => stepOf(one) === step)
    if (functions.length !== 1) faults.push(`${step} is deployed ${functions.length} times`)
    const readers = all
      .flatMap(one => streamsOf(one).map(({ triggerConfig }) => ({ one, of: stream.parse(triggerConfig) })))
      .filter(({ of }) => of.eventSourceConfig.eventSourceParameters.sourceMNSParameters.QueueName === queueOf(step))
    if (readers.length !== 1 || (readers[0] && stepOf(readers[0].one) !== step)) {
      faults.push(`${queueOf(step)} is read by ${readers.map(({ one }) => one.name).join(', ') || 'nobody'}`)
    }
  }
  const known = new Set(Object.values(consumerOf).map(queueOf))
  for (const one of all) {
    for (const { triggerConfig } of streamsOf(one)) {
      const { eventSourceConfig, runOptions } = stream.parse(triggerConfig)
      const queue = eventSourceConfig.eventSourceParameters.sourceMNSParameters.QueueName
      if (!known.has(queue)) faults.push(`${one.name} reads ${queue}, which is no step's queue`)
      if (!runOptions.deadLetterQueue.Arn.endsWith(`:/queues/${deadLetters}`))
        faults.push(`${one.name} buries elsewhere than in ${deadLetters}`)
      if (runOptions.errorsTolerance !== 'ALL') faults.push(`${one.name} stops at the first message that keeps failing`)
      if (runOptions.batchWindow.CountBasedWindow !== 1) faults.push(`${one.name} takes more than one message a delivery`)
      const strategy = stepOf(one) === 'notify' ? 'EXPONENTIAL_DECAY_RETRY' : 'BACKOFF_RETRY'
      if (runOptions.retryStrategy.PushRetryStrategy !== strategy) faults.push(`${one.name} must retry by ${strategy}`)
    }
  }
  return faults
}

/** What is in functions/ is deployed, and nothing else. */
function fileFaults(all: readonly Resource[], files: Iterable<string>): string[] {
  const there = new Set(files)
  const codes = new Set(all.map(({ props }) => props.code))
  return [
    ...[...there].filter(file => !codes.has(`./dist/${file}`)).map(file => `functions/${file}.ts is not deployed`),
    ...all
      .filter(one => !there.has(stepOf(one)) || one.props.code !== `./dist/${stepOf(one)}`)
      .map(({ name, props }) => `${name} deploys ${props.code}`),
  ]
}

/** What the component or the platform accepts, and then does not do. */
function trapFaults(all: readonly Resource[]): string[] {
  const faults: string[] = []
  const roles = new Set<string>()
  for (const { name, component, props } of all) {
    const { timeout = 3, memorySize = 512, cpu = 0.35, role, triggers = [], environmentVariables: env = {} } = props
    const note = (fault: string) => faults.push(`${name}: ${fault}`)
    if (component !== 'fc3@0.1.22') note(`the component is ${component}: pin the version whose schema is checked`)
    if (!props.functionName.startsWith(prefix)) note(`functionName must begin with ${prefix}`)
    if ('instanceConcurrency' in props) note('built-in runtimes have no instanceConcurrency')
    if (memorySize % 64 !== 0 || memorySize < 128) note(`memorySize ${memorySize} is no multiple of 64 from 128`)
    if (memorySize / 1024 / cpu < 1 || memorySize / 1024 / cpu > 4) note(`cpu ${cpu} to ${memorySize} MB is not between 1:1 and 1:4`)
    if (timeout > 240) note(`timeout ${timeout} is over 240 s: a message comes back before its function has ended`)
    const last = triggers.findIndex(({ triggerType }) => triggerType === 'eventbridge')
    if (last >= 0 && last !== triggers.length - 1) note('an EventBridge trigger must be the last: the deploy skips what follows it')
    if (role === 'auto') note('role auto creates nothing')
    if (role === undefined && stepOf({ name, component, props }) !== 'probe-endpoint') note('it has no role')
    if (role !== undefined && roles.has(role)) note('its role is another function’s')
    if (role !== undefined) roles.add(role)
    const size = Object.entries(env).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0)
    if (size > 4096) note(`its variables have ${size} bytes`)
    for (const [key, value] of Object.entries(env)) {
      if (/^(FC_|ALIBABA_CLOUD_)/.test(key)) note(`${key} is reserved`)
      if (/SECRET|TOKEN|PASSWORD|KEY|WEBHOOK/i.test(key) && !(key === 'SECRETS' && value.startsWith('oss:')))
        note(`${key} holds a secret in plain sight`)
    }
  }
  return faults
}

/** Each function finds what its needs demand, is given nothing that it never reads, and is woken by timers that its code knows. */
function environmentFaults(all: readonly Resource[], known: ReadonlyMap<string, Source>): string[] {
  const platform = {
    FC_REGION: 'cn-hangzhou',
    FC_ACCOUNT_ID: accountId,
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'k',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's',
  }
  return all.flatMap(({ name, props }) => {
    const { needs, timers, buries } = known.get(basename(props.code)) ?? { needs: [], timers: [], buries: false }
    const env = props.environmentVariables ?? {}
    const read = new Set<string>()
    const watched = new Proxy({ ...env, ...platform } as Record<string, string>, {
      get(target, key) {
        read.add(String(key))
        return target[String(key)]
      },
    })
    const faults: string[] = []
    try {
      // A step of the queue may bury a message, for which the host asks for the queue.
      if (needs.length > 0) readConfig(watched, buries ? [...needs, 'queue'] : needs)
    } catch (error) {
      faults.push(`${name}: ${String(error)}`)
    }
    faults.push(
      ...Object.keys(env)
        .filter(key => !read.has(key))
        .map(key => `${name}: nothing in it reads ${key}`),
    )
    const payloads = (props.triggers ?? [])
      .filter(({ triggerType }) => triggerType === 'timer')
      .map(({ triggerConfig }) => String(triggerConfig.payload))
    const kinds = payloads.map(payload => z.object({ kind: z.string() }).parse(JSON.parse(payload)).kind)
    if (kinds.toSorted().join() !== timers.toSorted().join())
      faults.push(`${name}: its timers are ${kinds.join()}, its code knows ${timers.join()}`)
    return faults
  })
}

const schemaFile = join(root, '../shared/data/fc3-schema.json')
const withSchema = existsSync(schemaFile)
if (!withSchema) console.warn(`skipped: the component's schema is not at ../shared/data/fc3-schema.json`)

type Schema = { properties: Record<string, unknown>; definitions: Record<string, { properties?: Record<string, unknown> }> }

/** The component takes any object for a trigger and only logs what its schema says: each trigger is held to its own definition, typing errors included. */
function schemaFaults(all: readonly Resource[]): string[] {
  const schema: Schema = JSON.parse(readFileSync(schemaFile, 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true })
  ajv.addSchema(schema, 'fc3')
  const definitions = { timer: 'ITimerTriggerConfig', http: 'IHttpTriggerConfig', eventbridge: 'IEventBridge' } as Record<string, string>
  const check = (of: string, definition: string | undefined, value: object): string[] => {
    const validate: ValidateFunction | undefined = ajv.getSchema(definition === undefined ? 'fc3' : `fc3#/definitions/${definition}`)
    if (validate === undefined) return [`${of}: there is no definition ${definition}`]
    const properties = definition === undefined ? schema.properties : (schema.definitions[definition]?.properties ?? {})
    const unknown = Object.keys(value).filter(key => !Object.hasOwn(properties, key))
    const wrong = validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${of}${instancePath} ${message}`)
    return [...wrong, ...unknown.map(key => `${of}: ${key} is unknown`)]
  }
  return all.flatMap(({ name, props }) => [
    ...check(name, undefined, props),
    ...(props.triggers ?? []).flatMap(one =>
      check(`${name} ${one.triggerName}`, definitions[one.triggerType] ?? one.triggerType, one.triggerConfig),
    ),
  ])
}

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

type Check = (all: readonly Resource[]) => string[]
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
