import type { Behaviour } from './behaviour.ts'
import type { Random } from './draw.ts'
import type { RdsErrorCode } from './errors.ts'
import type { Certificate, Engine, Instance, InstanceType } from './instance.ts'
import type { RdsAction } from './operations.ts'
import type { Caller, HistoryTask, Modification, Params, Region, Restart } from './state.ts'
import type { Task, TaskSeed, VendorHabit } from './tasks.ts'
import type { ThrottleRule } from './throttle.ts'

/** A call that fits every field given is answered with `code`: RAM denials, regions without SSL, faults of one instance. First match. */
export type Refusal = {
  code: RdsErrorCode
  action?: RdsAction
  principal?: string
  region?: string
  instance?: string
  engine?: Engine
  type?: InstanceType
  sslEnabled?: string
  /** When it stops, in epoch milliseconds. */
  until?: number
}

export type RdsOptions = {
  now: number
  random: Random
  instances: readonly Instance[]
  tasks?: readonly TaskSeed[]
  accountId?: string
  behaviour?: Partial<Behaviour>
  refusals?: readonly Refusal[]
  throttle?: ThrottleRule
  vendor?: VendorHabit
  regions?: readonly Region[]
  /** How long a new certificate is valid; one year. */
  validityMs?: number
  /** PostgreSQL's ServerCert; whoever makes the real certificates can give their text. */
  pem?: (certificate: Certificate) => string
}

/** What only an oracle may see. */
export type Inspection = {
  readonly now: number
  readonly restarts: readonly Restart[]
  readonly modifications: readonly Modification[]
  readonly tasks: readonly Readonly<Task>[]
  readonly history: readonly Readonly<HistoryTask>[]
}

/** What a person may change from outside the API under test. */
export type Amendment = Partial<
  Omit<Instance, 'id' | 'region' | 'engine' | 'type' | 'masterId' | 'effectiveUpdates' | 'vendorRenewals' | 'down' | 'createdAt'>
>

/** The two regions of the fleet. */
export const somewhere: readonly Region[] = [
  { id: 'cn-hangzhou', localName: 'China (Hangzhou)', zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-MAZ6(h,i)'] },
  { id: 'ap-southeast-1', localName: 'Singapore', zones: ['ap-southeast-1a', 'ap-southeast-1b'] },
]

export function fits(
  rule: Refusal,
  action: string,
  params: Params,
  caller: Caller,
  region: string,
  instance: Instance | undefined,
  now: number,
): boolean {
  return (
    (rule.until === undefined || now < rule.until) &&
    (rule.action === undefined || rule.action === action) &&
    (rule.principal === undefined || rule.principal === caller.principal) &&
    (rule.region === undefined || rule.region === region) &&
    (rule.instance === undefined || rule.instance === instance?.id) &&
    (rule.engine === undefined || rule.engine === instance?.engine) &&
    (rule.type === undefined || rule.type === instance?.type) &&
    (rule.sslEnabled === undefined || rule.sslEnabled === params.SSLEnabled)
  )
}
