/** RenewalApproved → ValidityUpdated; a delayed message while the instance restarts */

import { bundles } from '../shared/adapters/connect/bundles.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { probes } from '../shared/adapters/connect/probes.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { rds } from '../shared/adapters/connect/rds.ts'
import { trust } from '../shared/adapters/connect/trust.ts'
import { leastAhead, lookAgain } from '../shared/domain/drive.ts'
import { iso } from '../shared/domain/duration.ts'
import { refusalCounts } from '../shared/domain/engine.ts'
import { type Decision, decideRenewal, type Gathered, noEnd, poll, type Refusal, refusedForGood, stick } from '../shared/domain/renewal.ts'
import type { LeftTask, RenewalState } from '../shared/domain/renewal-log.ts'
import type { Rollout, Slot } from '../shared/domain/rollout.ts'
import { Fault, unreachable } from '../shared/errors.ts'
import { type AnyEvent, type EventOf, event } from '../shared/events.ts'
import { gatherRenewal } from '../shared/gather.ts'
import { host } from '../shared/host.ts'
import { cancelLeft, wordsOfUpdate } from '../shared/left-over.ts'
import { claimLook, effectivePolicy, readRollout, recordRollout, renewalLog } from '../shared/logs.ts'
import type { Ports, UpdateReply } from '../shared/ports.ts'
import { attention, endRenewal, sayEnd } from '../shared/renewal-end.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'rds' | 'bundles' | 'trust' | 'probes' | 'settings'>
type Approved = EventOf<'RenewalApproved'>
type Update = Extract<Decision, { do: 'update' }>
/** `first`: the slot of a call before this one, whose fate nobody knows. */
type Started = Update & { first?: Slot | undefined }
type Finish = Extract<Decision, { do: 'finish' }>

export async function updateValidity(approved: Approved, ports: Needs): Promise<Decision | UpdateReply | { do: 'late' | 'lost' }> {
  const seen = await gather(approved, ports)
  if ('do' in seen) return seen
  const decision = decideRenewal(seen, ports.clock.now())
  switch (decision.do) {
    case 'update':
      return start(approved, seen, decision, ports)
    case 'finish':
      await updated(approved, { ...decision, adopted: false, tasks: await cancelLeft(decision.left, seen, ports) }, seen, ports)
      return decision
    case 'adopt':
      await updated(approved, { ...decision, adopted: true }, seen, ports)
      return decision
    case 'announce':
      await freeSlot(approved, 'Moved', seen, ports)
      await sayUpdated(approved, seen.log, ports)
      return decision
    case 'watch':
      await watch(approved, ports)
      return decision
    case 'wait':
      await lookAt(decision.until, approved.data.renewal, ports)
      await ports.queue.send(wordsOfWait(decision, seen, today(ports)))
      return decision
    case 'free':
      if (decision.evidence === 'NotTaken') {
        await endRefused(approved, decision.refusal, decision.attempt, seen, ports)
        return decision
      }
      await freeSlot(approved, decision.evidence, seen, ports)
      await endRenewal(ports, seen.log, { reason: 'InstanceGone', because: 'it vanished while it was updated' })
      return decision
    case 'stick':
      return sticks(approved, decision, seen, ports)
    case 'refuse':
      return refuse(approved, decision, seen, ports)
    case 'leave':
      await sayEnd(ports, seen.log)
      return decision
    default:
      return unreachable(decision)
  }
}

/** What people must hear, each day anew, of a wait that only they can end. */
function wordsOfWait(wait: Extract<Decision, { do: 'wait' }>, { log, rollout }: Gathered, day: string): AnyEvent[] {
  if (wait.for === 'Issuer') return [attention('IssuerUnseen', log, wait.because, { day })]
  if (wait.for !== 'Resume') return []
  const stuck = rollout.slots.some(one => one.stuck && one.renewal === log.planned?.item.renewal)
  return [stuck ? attention('Stuck', log, wait.because, { day }) : attention('Halted', log, wait.because, { subject: 'all restarts', day })]
}

/** An instance that restarts may refuse to be read for minutes: that is no trouble before the restart has had its time. */
async function gather(approved: Approved, ports: Needs): Promise<Gathered | Extract<Decision, { do: 'watch' | 'stick' }>> {
  try {
    return await gatherRenewal(approved.data, ports)
  } catch (error) {
    const { state } = await readRollout(ports.journal)
    const held = state.slots.find(one => one.renewal === approved.data.renewal)
    if (!held || !(error instanceof Fault) || error.code !== 'Busy') throw error
    const [now, pace] = [ports.clock.now(), ports.settings.pace]
    if (now.getTime() - Date.parse(held.startedAt) < pace.stuckAfter) {
      await watch(approved, ports)
      return { do: 'watch', because: 'it cannot be read while it restarts' }
    }
    const [{ state: log }, { policy }] = await Promise.all([renewalLog.read(ports.journal, held.renewal), effectivePolicy(ports.journal)])
    return sticks(approved, stick(now, noEnd(pace)), { log, treatment: policy.defaults }, ports)
  }
}

/** Slot and intent to call go into one append, judged on the very state it follows. Only the attempt that appended calls, once. */
async function start(approved: Approved, seen: Gathered, decision: Update, ports: Needs) {
  let update: Started = decision
  const { added } = await recordRollout(ports, seen.treatment.halt.failures, (rollout, now) => {
    const again = decideRenewal({ ...seen, rollout }, new Date(now))
    if (again.do !== 'update') return undefined
    update = { ...again, first: rollout.slots.find(one => one.renewal === approved.data.renewal) }
    return { fact: 'RestartStarted', slot: { ...again.slot, attempt: ports.attempt, startedAt: now } }
  })
  if (!added) {
    // As soon as who waits for a slot: windows are short, and another that was quicker may be done in a second. Where it is this very renewal that
    // another delivery began, the hint of that delivery stays.
    await ports.journal.remind(poll(ports.clock.now(), ports.settings.pace.pollRestart), renewalLog.name(approved.data.renewal))
    return { do: 'lost' } as const
  }
  const { state: log } = await renewalLog.read(ports.journal, approved.data.renewal)
  if (log.ended || log.updated || refusedForGood(log)) {
    await freeSlot(approved, 'NotTaken', seen, ports)
    return { do: 'lost' } as const
  }
  if (ports.clock.now().getTime() >= Date.parse(update.callBefore)) {
    await notTaken(approved, seen, { code: 'TooLate', message: `callBefore was ${update.callBefore}` }, update, ports)
    return { do: 'late' } as const
  }
  return call(approved, seen, update, ports)
}

/** A refusal rests on what was gathered: a restart that another delivery began meanwhile explains it away. */
async function refuse(approved: Approved, decision: Extract<Decision, { do: 'refuse' }>, seen: Gathered, ports: Needs) {
  const { state } = await readRollout(ports.journal)
  if (state.slots.some(one => one.renewal === approved.data.renewal)) {
    await watch(approved, ports)
    return { do: 'lost' } as const
  }
  await endRenewal(ports, seen.log, decision)
  return decision
}

async function call(approved: Approved, seen: Gathered, update: Started, ports: Needs): Promise<UpdateReply> {
  const item = seen.log.planned?.item
  if (!item || !seen.protection?.enabled) throw new Error('decideRenewal said update without an item or a protection')
  const { settings } = seen.protection
  const reply = await ports.rds.updateValidity({
    region: item.region,
    instance: item.instance,
    host: item.host,
    value: update.value,
    ...(item.engine === 'SQLServer' ? {} : { caType: 'aliyun' as const }),
    settings,
  })
  const { tries } = update.slot
  switch (reply.reply) {
    case 'accepted':
      await renewalLog.record(ports, item.renewal, () => ({ fact: 'Accepted', tries, requestId: reply.requestId }))
      await watch(approved, ports)
      return reply
    case 'unknown':
      await renewalLog.record(ports, item.renewal, () => ({ fact: 'Unknown', tries, cause: reply.cause }))
      await watch(approved, ports)
      return reply
    case 'refused':
      await notTaken(approved, seen, reply, update, ports)
      return reply
    default:
      return unreachable(reply)
  }
}

/** The call did not happen. A refusal that passes is tried later, and its slot is free again, unless it is the first call's, too. */
async function notTaken(approved: Approved, seen: Gathered, no: Refusal, update: Started, ports: Needs) {
  const { renewal } = approved.data
  const fact = { fact: 'NotTaken', tries: update.slot.tries, code: no.code, message: no.message } as const
  const { state } = await renewalLog.record(ports, renewal, () => fact)
  if (refusedForGood(state)) return endRefused(approved, no, ports.attempt, seen, ports)
  await recordRollout(ports, seen.treatment.halt.failures, rollout => {
    if (!holds(rollout, renewal, ports.attempt)) return undefined
    return update.first ? { fact: 'SecondNotTaken', first: update.first } : { fact: 'RestartEnded', renewal, evidence: 'NotTaken' }
  })
  return lookAt(lookAgain(ports.clock.now(), ports.settings.pace), renewal, ports)
}

/** A refusal for good frees the slot of its attempt, counts for the brake where it may be meant for all, and ends the renewal. */
async function endRefused({ data: { renewal } }: Approved, no: Refusal, attempt: string, seen: Gathered, ports: Needs) {
  await recordRollout(ports, seen.treatment.halt.failures, rollout =>
    holds(rollout, renewal, attempt)
      ? { fact: 'RestartEnded', renewal, evidence: 'NotTaken', ...(refusalCounts(no.code) ? { failure: no.code } : {}) }
      : undefined,
  )
  await endRenewal(ports, seen.log, { reason: 'RefusedByService', because: `${no.code}: ${no.message}` })
}

const holds = ({ slots }: Rollout, renewal: string, attempt: string): boolean =>
  slots.some(one => one.renewal === renewal && one.attempt === attempt)

const today = ({ clock }: Needs): string => clock.now().toISOString().slice(0, 10)

type Updated = { notAfter: string; adopted: boolean; tasks?: LeftTask[] } & Partial<Pick<Finish, 'before' | 'changed'>>

async function updated(approved: Approved, of: Updated, seen: Gathered, ports: Needs) {
  const { notAfter, adopted, before, changed = [], tasks = [] } = of
  const more = {
    ...(before ? { before } : {}),
    ...(changed.length > 0 ? { changed: [...changed] } : {}),
    ...(tasks.length > 0 ? { tasks } : {}),
  }
  const { state } = await renewalLog.record(ports, approved.data.renewal, log =>
    log.updated ? undefined : { fact: 'Updated', notAfter: iso(Date.parse(notAfter)), adopted, ...more },
  )
  await freeSlot(approved, 'Moved', seen, ports)
  await sayUpdated(approved, state, ports)
}

/** What the log says of an update, said again as often as the message comes. What a person must hear of it keeps nothing waiting. */
async function sayUpdated(approved: Approved, log: RenewalState, { queue }: Needs) {
  await queue.send([event('ValidityUpdated', approved.data), ...wordsOfUpdate(log)])
}

async function freeSlot({ data: { renewal } }: Approved, evidence: 'Moved' | 'Gone' | 'NotTaken', seen: Gathered, ports: Needs) {
  await recordRollout(ports, seen.treatment.halt.failures, rollout =>
    rollout.slots.some(one => one.renewal === renewal) ? { fact: 'RestartEnded', renewal, evidence } : undefined,
  )
}

type Judged = Pick<Gathered, 'log'> & { treatment: Pick<Gathered['treatment'], 'halt'> }

async function sticks({ data: { renewal } }: Approved, decision: Extract<Decision, { do: 'stick' }>, seen: Judged, ports: Needs) {
  await recordRollout(ports, seen.treatment.halt.failures, rollout =>
    rollout.slots.some(one => one.renewal === renewal && !one.stuck) ? { fact: 'RestartStuck', renewal } : undefined,
  )
  await lookAt(decision.until, renewal, ports)
  await ports.queue.send([attention('Stuck', seen.log, decision.because, { day: today(ports) })])
  return decision
}

/**
 * The message comes back while the instance restarts: one for each renewal, whichever of its deliveries sends it. The sweep's hint stays ahead of
 * it, and fires only if the message is lost.
 */
async function watch(approved: Approved, ports: Needs) {
  const { pace } = ports.settings
  await lookAt(lookAgain(ports.clock.now(), pace), approved.data.renewal, ports)
  if (!(await claimLook(ports, approved.data.renewal, pace.pollRestart))) return
  await ports.queue.send([approved], Math.ceil(pace.pollRestart / 1000))
}

/**
 * Moves the sweep's hint: the new look comes first, then the ones that may be set on its grid go. They stay where the new look is so near that the sweep
 * may have answered it before this delivery gets round to forgetting: it would forget that answer, and nobody would be woken any more.
 */
async function lookAt(look: string, renewal: string, { journal, clock, settings: { pace } }: Needs) {
  const id = renewalLog.name(renewal)
  await journal.remind(look, id)
  for (const ago of [0, pace.lookAgain / 2]) {
    const now = clock.now().getTime()
    const stale = lookAgain(new Date(now - ago), pace)
    if (stale !== look && Date.parse(look) - now >= leastAhead(pace)) await journal.forget(stale, id)
  }
}

export const step = {
  step: 'update-validity',
  needs: ['journal', 'queue', 'rds', 'bundles', 'trust', 'probes'] as const,
  events: { RenewalApproved: updateValidity },
}

export const handler = host(step, connecting({ bundles, journal, probes, queue, rds, trust }))
