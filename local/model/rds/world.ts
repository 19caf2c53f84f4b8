import { Agenda } from './agenda.ts'
import { type RdsReply, refuse, replyTo } from './errors.ts'
import type { Instance } from './instance.ts'
import { year } from './instance.ts'
import { isAction, operations } from './operations.ts'
import { type Amendment, fits, type Inspection, type RdsOptions, type Refusal, somewhere } from './options.ts'
import type { Caller, Happening, Params, State } from './state.ts'
import { addTask, planVendorTask, type Task, type TaskSeed } from './tasks.ts'
import { Throttle } from './throttle.ts'
import { begin, end, takeEffect } from './timeline.ts'
import { announceVendorTask, runTask } from './vendor.ts'

/** ApsaraDB RDS as one state machine: time, chance and callers come in, nothing else. */
export class RdsWorld {
  readonly #state: State
  readonly #refusals: readonly Refusal[]

  constructor(options: RdsOptions) {
    const { now, random, refusals = [], throttle } = options
    const sorted = [...options.instances].sort((a, b) => (a.id < b.id ? -1 : 1))
    this.#refusals = refusals
    this.#state = {
      now,
      random,
      accountId: options.accountId ?? '1000000000000001',
      behaviour: options.behaviour ?? {},
      validityMs: options.validityMs ?? year,
      vendor: options.vendor,
      throttle: throttle ? new Throttle(throttle, random) : undefined,
      regions: options.regions ?? somewhere,
      pem: options.pem ?? (one => `-----BEGIN CERTIFICATE-----\n${btoa(JSON.stringify(one))}\n-----END CERTIFICATE-----\n`),
      instances: new Map(sorted.map(one => [one.id, { ...one }])),
      replicas: replicasByMaster(sorted),
      tasks: [],
      history: [],
      restarts: [],
      modifications: [],
      agenda: new Agenda(),
      busy: new Map(),
    }
    for (const seed of options.tasks ?? []) addTask(this.#state, seed)
    for (const one of this.#state.instances.values()) planVendorTask(this.#state, one)
  }

  /** Lets everything due until `now` happen, each at its own instant, so that the steps in which time comes make no difference. */
  advance(now: number): void {
    const state = this.#state
    for (let next = state.agenda.take(now); next !== undefined; next = state.agenda.take(now)) {
      state.now = Math.max(state.now, next.at)
      happen(state, next.what)
    }
    state.now = Math.max(state.now, now)
  }

  /** When something will next change by itself, in epoch milliseconds. */
  nextEventAt(): number | undefined {
    return this.#state.agenda.nextAt()
  }

  /** One API call at `now`. Never throws: what the service refuses is a reply. */
  handle(action: string, params: Params, caller: Caller, now: number): RdsReply {
    this.advance(now)
    const state = this.#state
    if (!isAction(action)) return replyTo(refuse('InvalidAction.NotFound'), caller.requestId)
    const id = params.DBInstanceId ?? params.DbInstanceId ?? params.InsName
    const instance = id === undefined ? undefined : state.instances.get(id)
    const region = params.RegionId ?? params.Region ?? instance?.region ?? ''
    if (state.throttle?.refuses(action, region, state.now)) return replyTo(refuse('Throttling.User'), caller.requestId)
    const refusal = this.#refusals.find(rule => fits(rule, action, params, caller, region, instance, state.now))
    return replyTo(refusal ? refuse(refusal.code) : operations[action](state, params, caller), caller.requestId)
  }

  instances(): Readonly<Instance>[] {
    return [...this.#state.instances.values()]
  }

  instance(id: string): Readonly<Instance> | undefined {
    return this.#state.instances.get(id)
  }

  inspect(): Inspection {
    const { now, restarts, modifications, tasks, history } = this.#state
    return { now, restarts, modifications, tasks, history }
  }

  /** A person changes something in the console. @returns false where there is no such instance. */
  amend(id: string, change: Amendment): boolean {
    const one = this.#state.instances.get(id)
    return one !== undefined && Object.assign(one, change) === one
  }

  /** The instance is released: nothing pending happens to it any more. */
  release(id: string): boolean {
    return this.#state.instances.delete(id)
  }

  addTask(seed: TaskSeed): Readonly<Task> {
    return addTask(this.#state, seed)
  }
}

function replicasByMaster(instances: readonly Instance[]): Map<string, string[]> {
  const byMaster = new Map<string, string[]>()
  for (const { id, masterId } of instances) if (masterId) byMaster.set(masterId, [...(byMaster.get(masterId) ?? []), id])
  return byMaster
}

function happen(state: State, what: Happening): void {
  const instance = state.instances.get(instanceIn(what))
  if (instance === undefined) return
  switch (what.kind) {
    case 'begin':
      begin(state, instance, what.modification)
      break
    case 'end':
      end(state, instance, what.modification)
      break
    case 'effect':
      takeEffect(state, instance, what.modification)
      break
    case 'announce':
      announceVendorTask(state, instance, what.serial)
      break
    case 'switch':
      runTask(state, instance, what.task, what.switchAt)
      break
    case 'back':
      instance.down = false
      what.task.status = 5
      break
    default:
      what satisfies never
  }
}

const instanceIn = (what: Happening): string =>
  'modification' in what ? what.modification.instance : 'task' in what ? what.task.instance : what.instance
