import { hintsOf } from '../world/ports.ts'
import type { World } from '../world/world.ts'
import { ofOneInstance, renewalOf } from './oracle.ts'
import type { Watch } from './watch.ts'
import { windowAround } from './windows.ts'
import { namedBy } from './words.ts'

const minute = 60_000
const hour = 60 * minute

type Facts = readonly Record<string, unknown>[]

/** Done, or come to a named end: told over from what the log says, without the code that folds it. */
function over(facts: Facts): boolean {
  const names = facts.map(one => one.fact)
  if (names.includes('Proven') || names.includes('Refuted')) return true
  return names.lastIndexOf('Ended') > Math.max(names.lastIndexOf('Updated'), names.lastIndexOf('Planned'))
}

/** What is still open, and why it may be: empty where everything has come to an end. */
export function openRenewals(watch: Watch): string[] {
  const rejected = (renewal: string) =>
    watch.truth.asked
      .get(renewal)
      ?.some(({ plan }) =>
        watch.words.facts.get(`plans/${plan}`)?.some(one => one.decision === 'reject' && (one.renewals as string[]).includes(renewal)),
      ) ?? false
  return [...watch.words.facts].flatMap(([log, facts]) =>
    log.startsWith('renewals/') && !over(facts) && !rejected(log.slice('renewals/'.length)) ? [log.slice('renewals/'.length)] : [],
  )
}

/** Instances whose renewal has been due for `patience` ms, and was never asked for. */
export function unplanned(world: World, watch: Watch, patience = 26 * hour): string[] {
  const { now } = world.time
  const policy = watch.truth.policyNow
  return world.rds.instances().flatMap(one => {
    const { certificate, enabled } = one.ssl
    if (!policy || !enabled || !certificate || certificate.by === 'foreign' || one.engine === 'MariaDB') return []
    if (watch.leftOut.has(one.region)) return []
    if (certificate.notAfter - policy.defaults.renewBefore > now - patience) return []
    const renewal = renewalOf(one.region, one.id, certificate.notAfter)
    return watch.words.facts.has(`renewals/${renewal}`) ? [] : [renewal]
  })
}

/**
 * After the troubles have been over for days and everybody has answered: each open renewal must have said what it waits for, until when, and
 * must be woken then; and it must be a wait that the world explains.
 */
export function judgeOpen(world: World, watch: Watch, complain: (detail: string) => void): void {
  const { now } = world.time
  const woken = new Set(hintsOf(world).map(hint => hint.id))
  for (const renewal of openRenewals(watch)) {
    if (!woken.has(`renewals/${renewal}`)) {
      const plan = watch.truth.asked.get(renewal)?.at(-1)?.plan
      if (!plan || !woken.has(`plans/${plan}`)) complain(`${renewal}: nothing will ever wake it`)
      else if (watch.truth.said(plan, renewal).answered !== undefined) complain(`${renewal}: answered, and not handed over`)
      continue
    }
    const facts = watch.words.facts.get(`renewals/${renewal}`) ?? []
    if (facts.some(one => one.fact === 'Updated')) {
      const proof = facts.findLast(one => one.fact === 'Unreached')
      if (!proof) complain(`${renewal}: updated, and not looked at`)
      else if (reachable(world, watch, renewal)) complain(`${renewal}: unreached is said, and it can be reached`)
      continue
    }
    const decided = watch.decided.get(renewal)
    if (!decided) {
      complain(`${renewal}: nothing was decided`)
      continue
    }
    const { decision, at } = decided
    if (decision.do !== 'wait') complain(`${renewal}: ${decision.do} since ${new Date(at).toISOString()}: ${decision.because ?? ''}`)
    else if (Date.parse(decision.until ?? '') < now - hour)
      complain(`${renewal}: waits for ${decision.for} until ${decision.until}, which is past`)
    else if (!explained(world, watch, renewal, decision.for ?? ''))
      complain(`${renewal}: waits for ${decision.for}, which is there: ${decision.because}`)
  }
  for (const renewal of unplanned(world, watch)) complain(`${renewal}: due, and nobody was asked`)
}

function reachable(world: World, watch: Watch, renewal: string): boolean {
  const one = world.rds.instance(namedBy(renewal).instance)
  const reach = watch.truth.policyNow?.reach.some(probe => probe.region === one?.region && probe.vpc === one?.vpcId) ?? false
  return one !== undefined && reach && one.allowlist.length > 0 && one.ssl.connectionString !== ''
}

/** Is what it waits for really not there? */
function explained(world: World, watch: Watch, renewal: string, what: string): boolean {
  const { now } = world.time
  const one = world.rds.instance(namedBy(renewal).instance)
  if (!one) return false
  switch (what) {
    case 'Running':
      return one.status !== 'Running' || one.lockMode !== 'Unlock' || one.ssl.lastModify === 'setting'
    case 'VendorTask':
      return world.rds.inspect().tasks.some(task => task.instance === one.id && (task.status === 3 || task.status === 4))
    case 'Resume':
      return refusedSince(watch, now - 26 * hour)
    case 'Issuer':
      return !reachable(world, watch, renewal)
    case 'MaintenanceWindow':
      return !usableWithin(one.maintainTime, Math.max(now - 26 * hour, watch.truth.permittedSince(renewal)), now, watch.calls.halts)
    default:
      return false
  }
}

/** Each day people resume, and a service that goes on saying no pulls the brake again. */
const refusedSince = (watch: Watch, from: number): boolean =>
  watch.calls.calls.some(one => one.called.at > from && one.heard === 'refused' && !ofOneInstance.test(one.called.code ?? ''))

/** Was the window open at some time between, with restart and margin to spare for five minutes, and nothing halted? */
function usableWithin(maintainTime: string, from: number, to: number, halts: readonly { from: number; to: number }[]): boolean {
  for (let at = from; at < to; at += 5 * minute) {
    if (halts.some(halt => halt.from <= at && at < halt.to)) continue
    const open = windowAround(maintainTime, at)
    if (open && open.to - at > 45 * minute) return true
  }
  return false
}
