import type { Modification } from '../../../local/model/rds.ts'
import type { Rule } from '../rules.ts'
import type { Process } from '../world/process.ts'
import type { Called } from '../world/watcher.ts'
import type { World } from '../world/world.ts'
import { account } from '../world/world.ts'
import type { Rights, Truth, View } from './truth.ts'
import { windowAround, windowHolds } from './windows.ts'

export type Violation = { rule: Rule; detail: string; at: number }

export type Note = (rule: Rule, detail: string) => void

const minute = 60_000
/** What must remain of a window after a call: the longest restart and the margin, as the design promises them. */
const restartAndMargin = 40 * minute
const margin = 10 * minute
const patience = 15 * minute
/** Two clocks of ours are never further apart. */
export const clocksApart = 2 * minute

/** One call of ours as it really went. `heard` is what its process came to know of it, and lived to write down. */
type Call = {
  called: Called
  sentAt: number
  renewal: string
  /** The answer came: its process may have written it down before it died. */
  answered: boolean
  heard: 'accepted' | 'passing' | 'refused' | undefined
}

const passing = /Throttling|^ServiceUnavailable|^ConcurrentLimit|^IncorrectDBInstanceState|^OperationDenied\.DBInstanceStatus/

/** Refusals that speak of one instance alone: no reason to stop the others. */
export const ofOneInstance =
  /^(OrderStatus\.UnPaid|IncorrectDBInstanceLockMode|IncorrectMinorVersion|IncorrectEngineVersion|InvalidDBInstanceId\.NotFound)$/

/** Judges every call of Update Validity at the moment at which the service takes or refuses it: rules 1, 2, 3, 5 and 8. */
export class CallOracle {
  readonly calls: Call[] = []
  /** Spans in which nothing may be called, and by which rule. */
  readonly halts: { from: number; to: number; rule: Rule; why: string }[] = []
  /** When the published bundle was last seen equal to its source, and the manifest said so. */
  bundleCheckedAt = Number.NEGATIVE_INFINITY
  /** Since when a new bundle is known to wait for a person: until the source is seen to hold the published one, or another is published. */
  bundleWaitsSince = Number.POSITIVE_INFINITY
  readonly #world: World
  readonly #truth: Truth
  readonly #note: Note

  constructor(world: World, truth: Truth, note: Note) {
    this.#world = world
    this.#truth = truth
    this.#note = note
  }

  called(called: Called): void {
    const { process, params, modification, at } = called
    const id = params.DBInstanceId ?? ''
    const instance = this.#world.rds.instance(id)
    if (params.SSLEnabled === '0') this.#note('3 protection', `${id}: SSLEnabled=0 was sent`)
    if (!instance) return
    const certificate = instance.ssl.certificate
    const renewal = renewalOf(instance.region, id, certificate?.notAfter ?? 0)
    if (process.renewal !== undefined && process.renewal !== renewal && this.#movedBefore(id, process.startedAt))
      this.#note('1 once', `${id}: called for ${process.renewal}, which is replaced already`)
    const call: Call = { called, sentAt: process.sentAt, renewal, answered: false, heard: undefined }
    const seen = this.#truth.since(id, process.startedAt)
    if (seen.every(({ view }) => view.custom)) this.#note('3 custom', `${id}: its certificate is its owner's`)
    if (seen.every(({ view }) => view.host !== params.ConnectionString))
      this.#note('3 protection', `${id}: ${params.ConnectionString} was sent, protected is ${instance.ssl.connectionString}`)
    const decided = this.#decided.get(process)
    if (decided !== undefined && process.sentAt > decided + 30_000)
      this.#note('2 window', `${id}: called ${Math.round((process.sentAt - decided) / 1000)} s after it was decided`)
    this.#permitted(call, seen)
    this.#patient(call)
    if (modification) this.#accepted(call, modification, seen)
    for (const { from, to, rule, why } of this.halts) {
      const began = from < process.startedAt || from + 31_000 < process.sentAt
      if (began && at < to) this.#note(rule, `${id}: called ${Math.round((at - from) / 1000)} s after ${why}`)
    }
    if (process.sentAt - this.bundleCheckedAt > 26 * 60 * minute + clocksApart + 240_000)
      this.#note('5 fresh', `${id}: the bundle was last checked ${this.bundleCheckedAt > 0 ? iso(this.bundleCheckedAt) : 'never'}`)
    if (this.bundleWaitsSince < process.startedAt)
      this.#note('5 waiting', `${id}: a new bundle waits for a person since ${iso(this.bundleWaitsSince)}`)
    this.calls.push(call)
  }

  /** The intent to call was written down. */
  decided(process: Process): void {
    this.#decided.set(process, this.#world.time.now)
  }

  readonly #decided = new Map<Process, number>()

  answered(process: Process): void {
    const call = this.calls.findLast(one => one.called.process === process)
    if (call) call.answered = true
  }

  /** What a process that returned had come to know: from then on the product knows it, too. */
  returned(process: Process): void {
    for (const call of this.calls) {
      if (call.called.process !== process || !call.answered) continue
      const { status, code } = call.called
      if (status === 200) call.heard = 'accepted'
      else if (status < 500) call.heard = passing.test(code ?? '') ? 'passing' : 'refused'
    }
  }

  /** Ours that still go on, the ones that never end included. */
  ongoing(at: number): Modification[] {
    return this.calls.flatMap(({ called: { modification } }) => (modification && this.#goesOn(modification, at) ? [modification] : []))
  }

  /** One that is stuck goes on until somebody has mended the instance; a released instance is away for nobody. */
  #goesOn(one: Modification, at: number): boolean {
    const instance = this.#world.rds.instance(one.instance)
    if (one.kind !== 'update' || one.outcome === 'nothing' || instance === undefined) return false
    return at < one.endsAt || (one.outcome === 'stuck' && instance.status !== 'Running')
  }

  #permitted({ called: { process, params, at }, renewal, sentAt }: Call, seen: readonly { view: View; rights: Rights }[]): void {
    const id = params.DBInstanceId ?? ''
    const clock = sentAt + process.skew
    const plans = (this.#truth.asked.get(renewal) ?? []).filter(({ plan, item, automatic }) => {
      const said = this.#truth.said(plan, renewal)
      if (said.rejected !== undefined && said.rejected < process.startedAt) return false
      if (clock > Date.parse(item.validUntil) + 1000) return false
      return automatic ? seen.some(({ rights }) => rights.automatic) : said.approved !== undefined && said.approved <= at
    })
    if (plans.length === 0) {
      this.#note('2 approval', `${id}: no yes that holds, and no policy that says automatic`)
      return
    }
    const { engine } = this.#world.rds.instance(id) ?? { engine: 'MySQL' }
    const kept = plans.some(({ item: { promise, host } }) =>
      seen.some(({ view, rights }) => {
        const restarts = !(engine === 'MySQL' && view.engineVersion.startsWith('8.'))
        return (
          host === view.host &&
          promise.restarts === restarts &&
          promise.window === (restarts ? view.maintainTime : 'any') &&
          promise.updateValue === rights.updateValue &&
          String(promise.updateValue) === params.SSLEnabled
        )
      }),
    )
    if (!kept) this.#note('8 promise', `${id}: it is not what was asked any more`)
  }

  #movedBefore(id: string, at: number): boolean {
    return this.#world.rds.inspect().modifications.some(one => one.instance === id && one.outcome === 'renewed' && one.effectAt <= at)
  }

  #patient({ renewal, sentAt, called: { params, process } }: Call): void {
    const id = params.DBInstanceId ?? ''
    const before = this.calls.filter(call => call.renewal === renewal && call.called.process.plan === process.plan)
    if (before.some(call => call.heard === 'refused')) this.#note('1 refused', `${id}: called again after ${before.at(-1)?.called.code}`)
    const unknown = before.filter(call => !(call.answered && call.called.status >= 400 && call.called.status < 500))
    const last = unknown.at(-1)
    if (last && sentAt - last.sentAt < patience - clocksApart)
      this.#note('1 patience', `${id}: called again after ${Math.round((sentAt - last.sentAt) / 1000)} s`)
    if (unknown.length >= 2) this.#note('1 patience', `${id}: called a third time`)
  }

  #accepted(call: Call, modification: Modification, seen: readonly { view: View; rights: Rights }[]): void {
    const { process, at } = call.called
    const { instance: id, restarts, beginsAt, endsAt } = modification
    const clock = call.sentAt + process.skew
    if (modification.reset.length > 0) this.#note('3 echo', `${id}: ${modification.reset.join(', ')} changed, having been left out`)
    if (modification.movedFrom !== undefined) this.#note('3 protection', `${id}: moved from ${modification.movedFrom}`)
    if (modification.replacedCustom && seen.every(({ view }) => view.custom))
      this.#note('3 custom', `${id}: a custom certificate was replaced`)
    this.#once(call, modification)
    if (restarts) {
      const inTime = seen.some(({ view }) => {
        const window = windowAround(view.maintainTime, clock)
        return window !== undefined && clock + restartAndMargin <= window.to && windowHolds(view.maintainTime, beginsAt, endsAt)
      })
      if (!inTime)
        this.#note(
          '2 window',
          `${id}: called at ${iso(clock)}, away ${iso(beginsAt)} to ${iso(endsAt)}, window ${seen.at(-1)?.view.maintainTime}`,
        )
    }
    const need = restarts ? restartAndMargin : margin
    const frozen = seen.every(({ rights }) =>
      rights.freezes.some(({ from, to }) => (from < clock + need && clock < to) || (restarts && beginsAt < to && from < endsAt)),
    )
    if (frozen) this.#note('2 freeze', `${id}: called at ${iso(clock)}`)
    if (!seen.some(({ rights }) => rights.act)) this.#note('2 observe', `${id}: the policy only observes`)
    const others = this.ongoing(at).filter(one => one.instance !== id)
    const relative = others.find(one => this.#family(one.instance) === this.#family(id))
    if (relative) this.#note('2 family', `${id}: its relative ${relative.instance} is away until ${iso(relative.endsAt)}`)
    const fits = seen.some(({ rights: { groups, concurrency } }) =>
      groups.every(group => others.filter(one => this.#groupsOf(one).has(group)).length < concurrency),
    )
    if (!fits) this.#note('2 concurrency', `${id}: beside ${others.map(one => one.instance).join(', ')}`)
    const named = seen.map(({ rights }) => new Set(rights.groups))
    this.#groups.set(modification, new Set([...(named[0] ?? [])].filter(group => named.every(set => set.has(group)))))
  }

  readonly #groups = new Map<Modification, ReadonlySet<string>>()

  #groupsOf(modification: Modification): ReadonlySet<string> {
    return this.#groups.get(modification) ?? new Set()
  }

  #family(id: string): string {
    return this.#world.rds.instance(id)?.masterId ?? id
  }

  /** No second effect for one certificate, and none for one that is replaced already and is seen to be. */
  #once(call: Call, modification: Modification): void {
    const { process } = call.called
    const { instance: id } = modification
    const effective = (one: Modification) =>
      one.kind === 'update' && (one.outcome === 'renewed' || one.outcome === 'restartOnly' || one.outcome === 'stuck')
    if (!effective(modification)) return
    const mine = this.calls.filter(one => one.renewal === call.renewal && one.called.modification && effective(one.called.modification))
    const first = mine[0]?.called.modification
    if (first) this.#note('1 once', `${id}: the call of ${iso(first.acceptedAt)} took effect, too`)
    const others = this.#world.rds.inspect().modifications.filter(one => one !== modification && one.instance === id && effective(one))
    // An instance that goes on serving its old certificate shows nobody that it was renewed until its expiry moves.
    const serves = this.#world.rds.instance(id)?.served?.serial
    const replaced = others.find(
      one =>
        one.outcome === 'renewed' &&
        one.acceptedAt < process.startedAt &&
        one.endsAt < process.startedAt &&
        one.effectAt > call.called.at &&
        'ssl' in one.becomes &&
        one.becomes.ssl.certificate?.serial === serves,
    )
    if (replaced && !first) this.#note('1 once', `${id}: ${replaced.by} replaced it at ${iso(replaced.endsAt)}, and a handshake shows it`)
  }
}

const iso = (at: number): string => new Date(at).toISOString()

/** The identity of a renewal, built here by hand. */
export function renewalOf(region: string, instance: string, notAfter: number): string {
  const minuteOf = new Date(Math.floor(notAfter / minute) * minute).toISOString().slice(0, 16).replace(/[-:]/g, '')
  return `${account}.${region}.${instance}.instance.${minuteOf}Z`
}
