import type { Engine } from './instance.ts'

/** Does Update Validity restart it? MySQL 8.0 reloads; for PostgreSQL no source settles it, so yes. */
export const restarts = (engine: Engine, version: string): boolean => !(engine === 'MySQL' && version.startsWith('8.'))

/** What `SSLEnabled` must carry to update: Alibaba's own Terraform provider sends 2 for SQL Server and 1 elsewhere. A policy can say otherwise. */
export const updateValue = (engine: Engine): 1 | 2 => (engine === 'SQLServer' ? 2 : 1)

/** Refusals of Modify that pass by themselves. Every other refusal would be said again. */
const passing = [
  /throttling/i,
  /^ServiceUnavailable/,
  /^ConcurrentLimit/,
  /^IncorrectDBInstanceState/,
  /^OperationDenied\.DBInstanceStatus/,
  /^NotConnected$/,
  /^RateExhausted$/,
  /^TooLate$/,
]

/** Refusals that speak of this one instance's state, and say nothing of the next one's update. */
const ofOneInstance = new Set([
  'OrderStatus.UnPaid',
  'IncorrectDBInstanceLockMode',
  'IncorrectMinorVersion',
  'IncorrectEngineVersion',
  'InvalidDBInstanceId.NotFound',
])

/** Whether a refusal is a reason to look before anything else is restarted: one that may be meant for all. */
export const refusalCounts = (code: string): boolean => !ofOneInstance.has(code)

/** `code`: the service's own, or ours: `NotConnected` (no connection ever opened), `RateExhausted` and `TooLate` (never called). */
export const refusalPasses = (code: string): boolean => passing.some(one => one.test(code))
