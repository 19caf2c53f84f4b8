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

/** `code`: the service's own, or ours: `NotConnected` (no connection ever opened), `RateExhausted` and `TooLate` (never called). */
export const refusalPasses = (code: string): boolean => passing.some(one => one.test(code))
