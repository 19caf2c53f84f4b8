import { day, hour, iso } from './duration.ts'
import { refusalPasses, restarts, updateValue } from './engine.ts'
import type { Engine, Instance, Protection, VendorTask } from './instance.ts'
import { brokenPromises, type PlanItem } from './item.ts'
import type { Pace } from './pace.ts'
import { type PlanState, permissionOf } from './plan.ts'
import type { EndReason, RenewalState } from './renewal-log.ts'
import { admit, type Rollout, type Slot } from './rollout.ts'
import { changedSettings, type SettingChange, toldOf } from './settings.ts'
import type { Treatment } from './treatment.ts'
import { chance, type Span, windowOf } from './window.ts'

/** Everything that a decision about one renewal looks at, gathered before it begins. Instants are ISO UTC. */
export type Gathered = {
  log: RenewalState
  plan: PlanState
  rollout: Rollout
  mode: 'observe' | 'act'
  treatment: Treatment
  freezes: readonly Span[]
  pace: Pace
  /** Undefined: the service no longer knows it. */
  instance: Instance | undefined
  protection: Protection | undefined
  tasks: readonly VendorTask[]
  /** Types of the tasks that the service lists since the restart under way began; empty where none is under way. */
  listedSince: readonly string[]
  /** What a probe saw; `issuerKnown`: its issuer stands in the published bundle. `passing`: what a restart looks like, and may be over soon. */
  served:
    | { reached: true; fingerprint: string; notBefore: string; notAfter: string; issuerKnown: boolean }
    | { reached: false; passing?: true }
  /** When the published bundle was last seen equal to its source. */
  bundleCheckedAt: string | undefined
  /** The version at the source, where it waits for a person's word: what is issued from now on may be signed by what nobody trusts yet. */
  bundleWaiting?: string | undefined
}

export type WaitFor = 'Issuer' | 'MaintenanceWindow' | 'Slot' | 'Restart' | 'Resume' | 'Act' | 'Running' | 'VendorTask' | 'Bundle'

export type Decision =
  | { do: 'update'; callBefore: string; value: 1 | 2; slot: Omit<Slot, 'attempt' | 'startedAt'> }
  /**
   * The restart ended: the expiry moved and the instance runs. `changed`: settings that should be what they were, and are not. `left`: tasks of
   * Alibaba's own that would restart it once more.
   */
  | { do: 'finish'; notAfter: string; before: Slot['before']; changed: readonly SettingChange[]; left: readonly Leftover[] }
  /** We updated it before: the emit was lost. */
  | { do: 'announce' }
  /** Someone else renewed it: prove and publish, restart nothing. */
  | { do: 'adopt'; notAfter: string }
  | { do: 'watch'; because: string }
  | { do: 'wait'; for: WaitFor; until: string; because: string }
  | { do: 'free'; evidence: 'Gone' }
  /** The service refused the call for good, and the delivery that heard it died before it freed the slot of its `attempt`. */
  | { do: 'free'; evidence: 'NotTaken'; attempt: string; refusal: Refusal }
  | { do: 'stick'; until: string; because: string }
  | { do: 'refuse'; reason: EndReason; because: string }
  | { do: 'leave'; because: string }

/** `stays`: why nobody may cancel it. */
export type Leftover = { task: VendorTask; stays?: string }

type Rule = (seen: Gathered, item: PlanItem, now: Date) => Decision | undefined

/** The rules, in order: the first that has an opinion decides. What is over comes first, then what is under way, then what forbids, then what delays. */
const rules: readonly Rule[] = [
  updatedAlready,
  restartUnderWay,
  overAlready,
  refusedAlready,
  unanswered,
  goneInstance,
  movedBySomeoneElse,
  lapsed,
  promiseBroken,
  noLongerAutomatic,
  notAlibabas,
  issuerUnknown,
  observing,
  notRunning,
  servedAnew,
  vendorTaskAhead,
  staleBundle,
  outsideWindow,
  noSlot,
]

/** Decides what becomes of one approved renewal now. Pure; `now` is the caller's clock. */
export function decideRenewal(seen: Gathered, now: Date): Decision {
  const item = seen.log.planned?.item
  if (!item) return { do: 'leave', because: 'no such renewal was planned' }
  for (const rule of rules) {
    const decision = rule(seen, item, now)
    if (decision) return decision
  }
  return start(seen, item, now, 1)
}

/** When a wait without an end of its own is looked at next: at full hours, or what the wait's length is. Decided by two deliveries, it is one hint. */
export const poll = (now: Date, every: number): string => iso((Math.floor(now.getTime() / every) + 1) * every)

/** An expiry counts as moved when it is at least 30 days later: the service words one and the same end differently from call to call. */
export const hasMoved = (from: string, to: string): boolean => Date.parse(to) - Date.parse(from) >= 30 * day

function overAlready({ log }: Gathered): Decision | undefined {
  if (log.ended) return { do: 'leave', because: `it ended: ${log.ended.reason}` }
  return undefined
}

/** So many refusals that pass by themselves end a renewal as well: every try has a named end. */
const mostRefusals = 5

export type Refusal = { code: string; message: string }

/** The refusal after which nothing is called any more, whoever heard it, and whether or not the end is journalled yet. */
export function refusedForGood({ notTaken }: Gathered['log']): Refusal | undefined {
  return notTaken.find(one => !refusalPasses(one.code)) ?? (notTaken.length >= mostRefusals ? notTaken.at(-1) : undefined)
}

function refusedAlready({ log }: Gathered): Decision | undefined {
  const no = refusedForGood(log)
  return no && { do: 'refuse', reason: 'RefusedByService', because: `${no.code}: ${no.message}` }
}

function updatedAlready({ log }: Gathered): Decision | undefined {
  return log.updated ? { do: 'announce' } : undefined
}

function restartUnderWay(seen: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const held = seen.rollout.slots.find(one => one.renewal === item.renewal)
  if (!held) return undefined
  const { instance, protection, pace } = seen
  if (!instance || !protection) return { do: 'free', evidence: 'Gone' }
  if (protection.enabled && hasMoved(item.notAfter, protection.notAfter)) {
    if (!hasEnded(item, instance, protection)) return { do: 'watch', because: `the expiry moved, the instance is ${instance.status}` }
    const changed = changedSettings(held.settings ?? {}, toldOf(protection))
    return { do: 'finish', notAfter: protection.notAfter, before: held.before, changed, left: leftovers(seen, item) }
  }
  const refusal = refusedForGood(seen.log)
  if (refusal && !seen.log.accepted && seen.log.notTaken.at(-1)?.tries === held.tries)
    return { do: 'free', evidence: 'NotTaken', attempt: held.attempt, refusal }
  const overdue = now.getTime() - Date.parse(held.startedAt) >= pace.stuckAfter
  if (held.stuck) return { do: 'wait', for: 'Resume', until: poll(now, pace.recheck), because: overdue ? noEnd(pace) : noTrace }
  if (overdue) return stick(now, noEnd(pace))
  if (seen.log.accepted || now.getTime() < Date.parse(held.callBefore) + pace.settleAfter) {
    return { do: 'watch', because: `restarting since ${held.startedAt}, status ${instance.status}` }
  }
  return secondAttempt(seen, item, held, now)
}

/** An update has come to its end: the expiry moved, and the instance runs. */
export const hasEnded = (item: PlanItem, instance: Instance | undefined, protection: Protection | undefined): boolean =>
  instance?.status === 'Running' && protection?.enabled === true && !protection.changing && hasMoved(item.notAfter, protection.notAfter)

/**
 * What Alibaba planned for the certificate that was replaced: it need not be restarted for it again. A task is cancelled only behind a call that
 * the service took: after one of unknown fate, it may be somebody else who replaced the certificate.
 */
const leftovers = ({ log, tasks, mode }: Gathered, item: PlanItem): Leftover[] =>
  tasks
    .filter(one => one.instance === item.instance && one.tls)
    .map(task => {
      if (mode === 'observe') return { task, stays: 'the policy only observes' }
      if (!log.accepted) return { task, stays: "the answer to the update was lost, so the certificate may be someone else's" }
      return task.cancellable ? { task } : { task, stays: 'it cannot be cancelled' }
    })

export const stick = (now: Date, because: string): Extract<Decision, { do: 'stick' }> => ({ do: 'stick', until: poll(now, hour), because })

/** Why a restart is stuck: said in the same words as long as it is. */
export const noEnd = (pace: Pace): string => `no end of the restart after ${pace.stuckAfter / hour} h`
const noTrace = 'two calls, and no trace of either'

/** The call's fate is unknown and it had its time: one more, if everything says that nothing happened and everything still permits it. */
function secondAttempt(seen: Gathered, item: PlanItem, held: Slot, now: Date): Decision {
  const { served, protection, instance } = seen
  const quiet = instance?.status === 'Running' && protection?.enabled === true && !protection.changing
  if (!quiet) return { do: 'watch', because: `the call's fate is unknown, and the instance is ${instance?.status}` }
  if (held.tries >= 2) return stick(now, noTrace)
  const [listed] = seen.listedSince
  if (listed !== undefined) return { do: 'watch', because: `the call's fate is unknown, and the service lists ${listed} since` }
  if (!held.before || !served.reached || served.fingerprint !== held.before.fingerprint) {
    return { do: 'watch', because: 'the call left no trace in the service, but the old leaf was not seen again' }
  }
  for (const rule of rules.slice(rules.indexOf(overAlready))) {
    const objection = rule(seen, item, now)
    if (objection)
      return { do: 'watch', because: `a second call is not possible now: ${'because' in objection ? objection.because : objection.do}` }
  }
  return start(seen, item, now, 2)
}

function goneInstance({ instance, protection }: Gathered, item: PlanItem): Decision | undefined {
  if (instance && protection) return undefined
  return { do: 'refuse', reason: 'InstanceGone', because: `${item.instance} no longer exists` }
}

function movedBySomeoneElse({ protection }: Gathered, item: PlanItem): Decision | undefined {
  if (!protection?.enabled || !hasMoved(item.notAfter, protection.notAfter)) return undefined
  return protection.changing
    ? { do: 'watch', because: 'the expiry moved, the change is still under way' }
    : { do: 'adopt', notAfter: protection.notAfter }
}

function unanswered({ plan }: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const permission = permissionOf(plan, item.renewal, now.toISOString())
  if (permission.given || permission.reason === 'Lapsed') return undefined
  if (permission.reason === 'Rejected') return { do: 'refuse', reason: 'Rejected', because: 'the answer was no' }
  return { do: 'leave', because: `no answer permits it: ${permission.reason}` }
}

function lapsed({ plan }: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const permission = permissionOf(plan, item.renewal, now.toISOString())
  return permission.given ? undefined : { do: 'refuse', reason: 'ApprovalLapsed', because: `the answer was valid until ${item.validUntil}` }
}

/** The approval is bound to what was promised: where the world differs now, this item alone is void. */
function promiseBroken({ instance, protection, treatment }: Gathered, item: PlanItem): Decision | undefined {
  if (!protection?.enabled) return { do: 'refuse', reason: 'EncryptionOff', because: 'TLS is off' }
  if (protection.host !== item.host)
    return { do: 'refuse', reason: 'EndpointMoved', because: `asked for ${item.host}, protected is ${protection.host}` }
  if (!instance) return undefined
  const promise = promised(instance, item.engine, treatment)
  const differs = brokenPromises(item.promise, promise)
  if (differs.length === 0) return undefined
  const words = differs.map(name => `${name} was ${item.promise[name]}, is ${promise[name]}`)
  return { do: 'refuse', reason: 'PromiseChanged', because: words.join('; ') }
}

/** A policy's yes holds only while the policy says so: an instance that needs a person's answer by now is asked for. */
function noLongerAutomatic({ plan, treatment, instance }: Gathered, item: PlanItem): Decision | undefined {
  const answer = plan.is === 'open' ? plan.answers.get(item.renewal) : undefined
  if (!instance || answer?.by.kind !== 'policy' || treatment.approval === 'automatic') return undefined
  return { do: 'refuse', reason: 'ApprovalNeeded', because: `the policy said yes by itself, and asks ${treatment.approvers} by now` }
}

/** What can be promised of an instance today. */
export function promised(instance: Instance, engine: Engine, treatment: Treatment): PlanItem['promise'] {
  const away = restarts(engine, instance.version)
  return { restarts: away, window: away ? instance.maintainTime : 'any', updateValue: treatment.updateValue ?? updateValue(engine) }
}

function notAlibabas({ protection, served, treatment }: Gathered): Decision | undefined {
  if (!protection?.enabled) return undefined
  if (protection.issuedBy === 'custom')
    return { do: 'refuse', reason: 'CustomCertificate', because: 'the service reports a custom certificate' }
  if (served.reached && !served.issuerKnown && !treatment.stated)
    return { do: 'refuse', reason: 'PossiblyCustom', because: 'the served issuer is not in the bundle' }
  return undefined
}

/** A probe that cannot see the endpoint now may see it later, or a person states in the policy who issued its certificate. */
function issuerUnknown({ instance, protection, served, treatment, pace }: Gathered, _item: PlanItem, now: Date): Decision | undefined {
  if (!protection?.enabled || protection.issuedBy !== 'unknown' || served.reached || treatment.stated) return undefined
  // What restarts cannot be seen, and that is all there is to say of it: see notRunning.
  if (instance?.status !== 'Running' || protection.changing) return undefined
  const because = 'the service does not say who issued the certificate, and no probe reached the endpoint'
  return { do: 'wait', for: 'Issuer', until: poll(now, served.passing ? pace.lookAgain : pace.recheck), because }
}

function observing({ mode, pace }: Gathered, _item: PlanItem, now: Date): Decision | undefined {
  if (mode === 'act') return undefined
  return { do: 'wait', for: 'Act', until: poll(now, pace.recheck), because: 'the policy only observes' }
}

/** A lock lasts; a restart or a change is over in minutes, and windows are short. */
function notRunning({ instance, protection, pace }: Gathered, _item: PlanItem, now: Date): Decision | undefined {
  if (instance?.locked) return { do: 'wait', for: 'Running', until: poll(now, pace.recheck / 4), because: 'the instance is locked' }
  const until = poll(now, pace.lookAgain)
  if (instance?.status !== 'Running') return { do: 'wait', for: 'Running', until, because: `the instance is ${instance?.status}` }
  if (protection?.enabled && protection.changing)
    return { do: 'wait', for: 'Running', until, because: 'a change of its TLS settings is under way' }
  return undefined
}

/** Somebody renewed it just now: the endpoint shows it, and the expiry that the service tells moves last, minutes later. */
function servedAnew({ served, pace }: Gathered, item: PlanItem, now: Date): Decision | undefined {
  if (!served.reached || !hasMoved(item.notAfter, served.notAfter)) return undefined
  const because = `the endpoint serves a certificate until ${served.notAfter}, and the service has yet to say so`
  return { do: 'wait', for: 'Running', until: poll(now, pace.lookAgain), because }
}

/** A task of Alibaba's own that will renew it anyway, and cannot be moved: two restarts are one too many. Its restart takes as long as ours. */
function vendorTaskAhead({ tasks, pace }: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const task = tasks.find(one => one.instance === item.instance && one.tls && !one.movable)
  if (!task) return undefined
  return {
    do: 'wait',
    for: 'VendorTask',
    until: iso(Math.max(Date.parse(task.switchTime), now.getTime()) + needOf(true, pace)),
    because: `Alibaba renews it at ${task.switchTime}`,
  }
}

function staleBundle({ bundleCheckedAt, bundleWaiting, pace }: Gathered, _item: PlanItem, now: Date): Decision | undefined {
  const until = poll(now, pace.lookAgain)
  if (bundleWaiting !== undefined)
    return {
      do: 'wait',
      for: 'Bundle',
      until,
      because: `a new trust bundle waits for a person: rds-tls bundle accept ${bundleWaiting.slice(0, 12)}`,
    }
  if (bundleCheckedAt && now.getTime() - Date.parse(bundleCheckedAt) <= pace.bundleFresh) return undefined
  const because = bundleCheckedAt ? `the bundle was last checked at ${bundleCheckedAt}` : 'no bundle is published yet'
  return { do: 'wait', for: 'Bundle', until, because }
}

function outsideWindow(seen: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const next = chanceOf(seen, item, now)
  if (next.open) return undefined
  const until = next.opensAt === undefined ? iso(now.getTime() + day) : iso(next.opensAt + 999)
  return {
    do: 'wait',
    for: 'MaintenanceWindow',
    until,
    because: next.opensAt ? `opens ${until}` : 'no window is left that no freeze covers',
  }
}

function chanceOf({ freezes, pace }: Gathered, item: PlanItem, now: Date) {
  const window = item.promise.window === 'any' ? 'any' : windowOf(item.promise.window)
  if (!window) return { open: false, opensAt: undefined } as const
  return chance(window, freezes, needOf(item.promise.restarts, pace), now.getTime())
}

/** What a window must still hold after the call, in milliseconds. */
export const needOf = (away: boolean, pace: Pace): number => (away ? pace.restart : 0) + pace.margin

function noSlot({ rollout, pace, treatment }: Gathered, item: PlanItem, now: Date): Decision | undefined {
  const admission = admit(rollout, { renewal: item.renewal, family: item.family, groups: limits(treatment) })
  if (admission.free) return undefined
  const until = poll(now, admission.for === 'Slot' ? pace.pollRestart : pace.recheck)
  return { do: 'wait', for: admission.for, until, because: admission.because }
}

const limits = (treatment: Treatment) => Object.fromEntries(treatment.groups.map(group => [group, treatment.concurrency]))

function start(seen: Gathered, item: PlanItem, now: Date, tries: 1 | 2): Decision {
  const { pace, served, treatment, protection } = seen
  const next = chanceOf(seen, item, now)
  const windowEnds = next.open ? next.callBefore : now.getTime()
  const callBefore = iso(Math.min(now.getTime() + pace.callWithin, windowEnds, Date.parse(item.validUntil)))
  const held = seen.rollout.slots.find(one => one.renewal === item.renewal)
  const before = held?.before ?? (served.reached ? { fingerprint: served.fingerprint, notBefore: served.notBefore } : undefined)
  const slot = {
    renewal: item.renewal,
    instance: item.instance,
    family: item.family,
    groups: limits(treatment),
    callBefore,
    tries,
    before,
    settings: held?.settings ?? (protection?.enabled ? toldOf(protection) : undefined),
    stuck: false,
  }
  return { do: 'update', callBefore, value: item.promise.updateValue, slot }
}
