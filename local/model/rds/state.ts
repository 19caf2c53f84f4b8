import type { Agenda } from './agenda.ts'
import type { Behaviour, Outcome } from './behaviour.ts'
import type { Random } from './draw.ts'
import { type Answer, missing, type Refused, refuse } from './errors.ts'
import type { Certificate, Instance, Ssl } from './instance.ts'
import type { Task, VendorHabit } from './tasks.ts'
import type { Throttle } from './throttle.ts'

export type Params = Readonly<Record<string, string>>
export type Caller = { readonly principal: string; readonly requestId: string }
export type Region = { readonly id: string; readonly localName: string; readonly zones: readonly string[] }

/** One interruption of connections; `until` is when they are accepted again. */
export type Restart = {
  readonly instance: string
  readonly what: 'instance' | 'proxy'
  readonly at: number
  readonly until: number
  readonly cause: 'update' | 'vendor'
  /** The principal that called, or `apsaradb`. */
  readonly by: string
  /** The RequestId of the call, or `task N`. */
  readonly request: string
}

/** An accepted change of SSL settings with its whole fate, decided at acceptance. */
export type Modification = {
  readonly instance: string
  readonly what: 'instance' | 'proxy'
  /** `update` renews the validity in place, `move` protects another endpoint, `settings` and `none` leave the certificate alone. */
  readonly kind: 'update' | 'enable' | 'move' | 'custom' | 'disable' | 'settings' | 'none'
  readonly cause: 'update' | 'vendor'
  readonly by: string
  readonly request: string
  readonly outcome: Outcome
  readonly acceptedAt: number
  readonly beginsAt: number
  readonly endsAt: number
  readonly effectAt: number
  readonly restarts: boolean
  readonly replacedCustom: boolean
  readonly movedFrom: string | undefined
  /** Settings that changed only because the call omitted them. */
  readonly reset: readonly string[]
  readonly becomes: { readonly ssl: Ssl } | { readonly proxyCertificate: Certificate | undefined }
  readonly task: number | undefined
}

export type Happening =
  | { readonly kind: 'begin' | 'end' | 'effect'; readonly modification: Modification }
  | { readonly kind: 'switch'; readonly task: Task; readonly switchAt: number }
  | { readonly kind: 'announce'; readonly instance: string; readonly serial: string }
  | { readonly kind: 'back'; readonly task: Task }

export type HistoryTask = {
  readonly id: string
  readonly type: string
  readonly instance: string
  readonly startAt: number
  readonly callerSource: 'User' | 'System'
  readonly callerUid: string
  status: 'Scheduled' | 'Running' | 'Succeed' | 'Failed'
  endAt: number | undefined
}

/** The world between two calls. Only this folder's operations touch it. */
export type State = {
  now: number
  readonly accountId: string
  readonly random: Random
  readonly behaviour: Partial<Behaviour>
  readonly validityMs: number
  readonly vendor: VendorHabit | undefined
  readonly throttle: Throttle | undefined
  readonly regions: readonly Region[]
  readonly pem: (certificate: Certificate) => string
  /** Ordered by id. */
  readonly instances: Map<string, Instance>
  readonly replicas: ReadonlyMap<string, readonly string[]>
  readonly tasks: Task[]
  readonly history: HistoryTask[]
  readonly restarts: Restart[]
  readonly modifications: Modification[]
  readonly agenda: Agenda<Happening>
  /** By instance id, or id and `/proxy`: a later change waits for the earlier one, for ever behind a stuck one, and never takes effect first. */
  readonly busy: Map<string, { until: number; effectAt: number }>
}

export type Operation = (state: State, params: Params, caller: Caller) => Answer

/** The instance that a parameter names, or the refusal. */
export function named(state: State, params: Params, parameter: 'DBInstanceId' | 'DbInstanceId'): Instance | Refused {
  const id = params[parameter]
  if (!id) return missing(parameter)
  return state.instances.get(id) ?? refuse(parameter === 'DBInstanceId' ? 'InvalidDBInstanceId.NotFound' : 'InvalidDBInstanceName.NotFound')
}

export const isRefused = (found: object): found is Refused => 'do' in found && found.do === 'refuse'

/** The ids of a primary's read-only instances. */
export const replicasOf = (state: State, id: string): string[] => (state.replicas.get(id) ?? []).filter(one => state.instances.has(one))
