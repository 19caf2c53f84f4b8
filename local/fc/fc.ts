import { untouched } from '../meddler.ts'
import { Nonces } from '../rds/nonces.ts'
import { serve } from '../serve.ts'
import { Deliveries } from './deliveries.ts'
import { answerHttp } from './http.ts'
import { Instances, limits } from './instances.ts'
import { newRequestId } from './invocation.ts'
import { answerInvoke, type InvokeOptions } from './invoke.ts'
import { checkOptions, egressOf, envOf, type FcOptions } from './options.ts'
import { asynchronous } from './retries.ts'
import { writeRuntime } from './runtime-file.ts'
import { Slots } from './slots.ts'
import type { FunctionSpec } from './spec.ts'
import { type State, stateOf } from './state.ts'
import { Stream } from './stream.ts'
import { Timers } from './timers.ts'

export type Fc = {
  /** The invoke API. */
  url: string
  /** The origin of each function with an HTTP trigger, by its name. */
  http: Readonly<Record<string, string>>
  state(): State
  /** Resolves once the deployment has come to rest. */
  idle(): Promise<State>
  /** Fires a timer by hand; resolves when its event is done or given up. Throws FcError BadOptions where there is none of these names. */
  fire(functionName: string, triggerName: string): Promise<'done' | 'given-up' | 'closed'>
  /** Kills the process of this function that has been at work longest: to its trigger a failed delivery. False where none is at work. */
  kill(functionName: string): boolean
  close(): Promise<void>
}

/** How often queues and schedules are looked at, real ms: messages come in from elsewhere, and the clock may jump. */
const lookEvery = 10

/**
 * The embedded Function Compute on 127.0.0.1: functions as processes, wired by s.yaml and nothing else.
 *
 * @throws FcError BadSpec, BadOptions, Unbuilt
 */
export async function startFc(options: FcOptions): Promise<Fc> {
  checkOptions(options)
  const opened: Opened[] = []
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    return { ...(await open(options, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** How to end one thing that was begun. What was begun last ends first. */
type Opened = () => void | Promise<void>

async function open(options: FcOptions, opened: Opened[]): Promise<Omit<Fc, 'close'>> {
  const { spec, queues, clock, session, meddler = untouched, random = Math.random, scale = {} } = options
  const { region, accountId, functions } = spec
  const slots = new Slots(options.atOnce ?? limits.deliveries)
  const runtime = await writeRuntime()
  opened.push(runtime.remove)
  const instances = new Instances({
    region,
    accountId,
    clock,
    runtime: runtime.file,
    session: fn => (fn.role === undefined ? undefined : session(fn)),
    env: fn => envOf(fn, options),
    egress: fn => egressOf(fn, options),
    skew: fn => options.skew?.(fn) ?? 0,
    onLine: line => options.onLine?.(line),
    timeoutScale: scale.timeout ?? 1,
  })
  opened.push(() => instances.close())
  const onDelivery: FcOptions['onDelivery'] = delivery => options.onDelivery?.(delivery)
  const deliveries = new Deliveries({ instances, clock, slots, retryScale: scale.retry ?? 1, random, onDelivery })
  opened.push(() => deliveries.close())
  const timers = new Timers(functions, { clock, slots, deliveries, every: options.timers ?? {} })
  opened.push(() => timers.close())
  const streams = functions.flatMap(fn =>
    fn.triggers.flatMap(trigger => {
      const streaming = { region, accountId, queues, clock, slots, deliveries }
      return trigger.type === 'stream' && trigger.enabled ? [new Stream(fn, trigger, streaming)] : []
    }),
  )

  async function later(fn: FunctionSpec, event: Buffer): Promise<void> {
    await slots.take()
    await deliveries.deliver({ fn, trigger: 'invoke', event, waits: asynchronous(fn.asyncRetries), givingUp: 'drop' })
  }

  const invoking: InvokeOptions = {
    functions,
    principals: options.principals,
    nonces: new Nonces(),
    meddler,
    now: () => clock.now(),
    run: (fn, requestId, event) => instances.run(fn, requestId, event),
    later: (fn, event) => void later(fn, event),
  }
  const invoke = await serve(request => answerInvoke(request, invoking), options.ports?.invoke)
  opened.push(invoke.close)
  const http: Record<string, string> = {}
  for (const fn of functions) {
    const trigger = fn.triggers.find(one => one.type === 'http')
    if (trigger === undefined) continue
    const serving = await serve(request => {
      const at = clock.now()
      const requestId = newRequestId(at)
      const run = async (event: Buffer) => (await instances.run(fn, requestId, event)).outcome
      return answerHttp(request, trigger, { region, accountId, at, requestId }, run)
    }, options.ports?.http?.[fn.name])
    opened.push(serving.close)
    http[fn.name] = serving.url
  }

  const state = () => stateOf({ instances, deliveries, streams, queues }, clock.now())
  let resting: ((state: State) => void)[] = []
  const looking = setInterval(() => {
    timers.look()
    for (const stream of streams) stream.look()
    const first = streams.shift()
    if (first !== undefined) streams.push(first) // the next look begins with another queue, so that none starves
    if (resting.length === 0) return
    const now = state()
    if (!now.rest) return
    for (const tell of resting) tell(now)
    resting = []
  }, lookEvery)
  opened.push(() => clearInterval(looking))

  return {
    url: invoke.url,
    http,
    state,
    idle: () => new Promise(resolve => resting.push(resolve)),
    fire: (functionName, triggerName) => timers.fire(functionName, triggerName),
    kill: functionName => instances.kill(functionName),
  }
}
