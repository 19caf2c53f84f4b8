import { basename } from 'node:path'
import { type Need, readConfig } from '../shared/config.ts'
import { consumerOf, deadLetters, prefix, type QueuedStep, queueOf } from '../shared/flow.ts'
import * as z from '../shared/schema.ts'
import type { FunctionResource } from './deployment.ts'

/** A step's own file, functions/<name>.ts: the parts of its text that s.yaml must agree with. */
export type Source = { needs: Need[]; timers: string[]; buries: boolean }

/** Reads what a step's file says of itself. */
export function sourceOf(code: string): Source {
  const words = (list: string | undefined) => [...(list ?? '').matchAll(/(\w+)(?=['",:\s}\]]|$)/g)].map(([name]) => name)
  const needs = words(/\bneeds\s*[:=]\s*\[([^\]]*)\]/.exec(code)?.[1]) as Need[]
  const timers = [...(/\btimers:\s*\{([^}]*)\}/.exec(code)?.[1] ?? '').matchAll(/(\w+):/g)].map(([, kind]) => kind ?? '')
  return { needs, timers, buries: /\bevents:\s*\{/.test(code) }
}

export const stepOf = ({ props }: FunctionResource): string => basename(props.code)
const streamsOf = ({ props }: FunctionResource) => (props.triggers ?? []).filter(({ triggerType }) => triggerType === 'eventbridge')

const stream = z.object({
  eventSourceConfig: z.object({ eventSourceParameters: z.object({ sourceMNSParameters: z.object({ QueueName: z.string() }) }) }),
  runOptions: z.object({
    errorsTolerance: z.string(),
    retryStrategy: z.object({ PushRetryStrategy: z.string() }),
    deadLetterQueue: z.object({ Arn: z.string() }),
    batchWindow: z.object({ CountBasedWindow: z.number() }),
  }),
})

/** The queue that a function reads, where it reads one. */
export const queueReadBy = (one: FunctionResource): string[] =>
  streamsOf(one).map(
    ({ triggerConfig }) => stream.parse(triggerConfig).eventSourceConfig.eventSourceParameters.sourceMNSParameters.QueueName,
  )

/** Every queued step has one function, which reads its queue and nothing else does. */
export function flowFaults(all: readonly FunctionResource[]): string[] {
  const faults: string[] = []
  for (const step of new Set<QueuedStep>(Object.values(consumerOf))) {
    const functions = all.filter(one => stepOf(one) === step)
    if (functions.length !== 1) faults.push(`${step} is deployed ${functions.length} times`)
    const readers = all.filter(one => queueReadBy(one).includes(queueOf(step)))
    if (readers.length !== 1 || (readers[0] && stepOf(readers[0]) !== step)) {
      faults.push(`${queueOf(step)} is read by ${readers.map(({ name }) => name).join(', ') || 'nobody'}`)
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
export function fileFaults(all: readonly FunctionResource[], files: Iterable<string>): string[] {
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
export function trapFaults(all: readonly FunctionResource[]): string[] {
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
export function environmentFaults(all: readonly FunctionResource[], known: ReadonlyMap<string, Source>): string[] {
  const platform = {
    FC_REGION: 'cn-hangzhou',
    FC_ACCOUNT_ID: '1234567890123456',
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
