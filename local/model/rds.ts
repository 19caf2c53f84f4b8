/** The world of ApsaraDB RDS, pure: its states, tasks, certificates and answers. */
export type { Behaviour, Outcome } from './rds/behaviour.ts'
export { behaviourGrammar, readBehaviour } from './rds/behaviour-text.ts'
export { type Random, type Span, seededRandom, serial } from './rds/draw.ts'
export { errorBody, type RdsErrorCode, type RdsReply } from './rds/errors.ts'
export {
  type Certificate,
  day,
  type Endpoint,
  type Engine,
  type Instance,
  type InstanceType,
  instant,
  type LockMode,
  type Proxy,
  type Ssl,
  year,
} from './rds/instance.ts'
export { type RdsAction, rdsActions } from './rds/operations.ts'
export { type Amendment, type Inspection, type RdsOptions, type Refusal, somewhere } from './rds/options.ts'
export { type InstanceSeed, instanceOf } from './rds/seed.ts'
export type { Caller, HistoryTask, Modification, Params, Region, Restart } from './rds/state.ts'
export type { Task, TaskSeed, VendorHabit } from './rds/tasks.ts'
export type { ThrottleRule } from './rds/throttle.ts'
export { RdsWorld } from './rds/world.ts'
