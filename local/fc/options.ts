import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import type { Principal, Principals } from '../principals.ts'
import type { Delivery } from './deliveries.ts'
import { FcError } from './error.ts'
import type { Line } from './invocation.ts'
import type { QueueSource } from './queues.ts'
import type { FunctionSpec, Spec } from './spec.ts'

export type FcOptions = {
  spec: Spec
  queues: QueueSource
  clock: Clock
  /** Everybody who may call the invoke API. */
  principals: Principals
  /** The session of a function's role; asked only for functions that have one. */
  session: (fn: FunctionSpec) => Principal
  /** Values for variables that s.yaml declares for a function. Others are ignored: what s.yaml does not give, a function lacks here as there. */
  env?: (fn: FunctionSpec) => Readonly<Record<string, string>>
  /** Variables that only this place has, for all functions: the endpoints of the embedded cloud. */
  endpoints?: Readonly<Record<string, string>>
  /** The loopback address that a VPC's functions connect from; `vpc-N` is 127.0.N.10 where nothing is said. */
  egress?: (vpc: string) => string | undefined
  meddler?: Meddler
  /** How far the clock of a function is ahead, ms; negative where it is behind. */
  skew?: (fn: FunctionSpec) => number
  /** How many deliveries run at once; 4 unless said. */
  atOnce?: number
  /** Real ms between two firings of timer triggers, by trigger name, instead of their schedules. */
  timers?: Readonly<Record<string, number>>
  /** What waits before retries, and time-outs, are multiplied by. */
  scale?: { retry?: number; timeout?: number }
  random?: () => number
  onLine?: (line: Line) => void
  onDelivery?: (delivery: Delivery) => void
  ports?: { invoke?: number; http?: Readonly<Record<string, number>> }
}

/** What all variables of a function may weigh together, in bytes. */
export const mostEnv = 4096

/** Throws FcError: `Unbuilt` for a function without a bundle, `BadOptions` for a queue that is missing, `BadSpec` for variables that the platform refuses. */
export function checkOptions({ spec, queues }: FcOptions): void {
  const there = new Set(queues.names())
  for (const { name, codeDir, handler, env, triggers } of spec.functions) {
    const [file = ''] = handler.split('.')
    if (!['.js', '.mjs', '.cjs'].some(ending => existsSync(join(codeDir, file + ending)))) {
      throw new FcError('Unbuilt', `${name}: ${codeDir} holds no ${file}.js: build it first (npm run build)`)
    }
    const reserved = Object.keys(env).find(variable => /^(FC_|ALIBABA_CLOUD_|ACCESS_KEY)/i.test(variable))
    if (reserved !== undefined)
      throw new FcError('BadSpec', `${name}: environmentVariables.${reserved}: only the platform sets variables of this name`)
    const weight = Object.entries(env).reduce((sum, [variable, value]) => sum + Buffer.byteLength(variable + value), 0)
    if (weight > mostEnv) throw new FcError('BadSpec', `${name}: environmentVariables have ${weight} bytes; at most ${mostEnv} are taken`)
    for (const trigger of triggers) {
      if (trigger.type !== 'stream') continue
      const missing = [trigger.queue, trigger.deadLetters].find(queue => queue !== undefined && !there.has(queue))
      if (missing !== undefined)
        throw new FcError('BadOptions', `${name}: trigger ${trigger.name} names the queue ${missing}, which does not exist`)
    }
  }
}

/** A function's variables but those that the platform sets. */
export function envOf(fn: FunctionSpec, { env, endpoints = {} }: FcOptions): Record<string, string> {
  const values = Object.entries(env?.(fn) ?? {}).filter(([name]) => Object.hasOwn(fn.env, name))
  return { ...fn.env, ...Object.fromEntries(values), ...endpoints }
}

export function egressOf({ vpc }: FunctionSpec, { egress }: FcOptions): string | undefined {
  if (vpc === undefined) return undefined
  if (egress !== undefined) return egress(vpc)
  const number = /^vpc-(\d{1,2})$/.exec(vpc)?.[1]
  return number === undefined ? undefined : `127.0.${Number(number)}.10`
}
