import { drivePlan, driveRenewal, lookAgain } from './domain/drive.ts'
import { Fault, unreachable } from './errors.ts'
import { event } from './events.ts'
import { effectivePolicy, planLog, readRollout, renewalLog } from './logs.ts'
import type { Ports } from './ports.ts'
import { endRenewal } from './renewal-end.ts'

export type SweepNeeds = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'settings'>

/**
 * Wakes every open log whose hint is due: says its next event again, reminds, lets lapse, forgets. At most `most` in one run. A log that cannot
 * be driven is told, and keeps no other from its turn: it is looked at again later.
 */
export async function sweep(ports: SweepNeeds, most = 500): Promise<{ do: 'swept'; woken: number; failed: readonly string[] }> {
  const now = ports.clock.now()
  const hints = await ports.journal.due(now.toISOString(), most)
  const failed: string[] = []
  // Deliveries that came twice leave two hints: one log is woken once, or each hint would make another for ever.
  const logs = [...new Set(hints.map(hint => hint.id))]
  for (const id of logs) {
    const next = await wake(id, ports).catch(async error => {
      if (!isOfThisLog(error)) throw error
      failed.push(id)
      await tellFault(id, error, ports)
      return lookAgain(now, ports.settings.pace)
    })
    if (next !== undefined) await ports.journal.remind(next, id)
    for (const { look } of hints.filter(hint => hint.id === id)) {
      if (next === undefined || Date.parse(next) !== Date.parse(look)) await ports.journal.forget(look, id)
    }
  }
  return { do: 'swept', woken: logs.length - failed.length, failed }
}

/** A cloud that does not answer is in the way of every log; what cannot be read or is not accepted belongs to one. */
const isOfThisLog = (error: unknown): error is Fault => error instanceof Fault && error.code !== 'Unreachable' && error.code !== 'Busy'

async function tellFault(id: string, { code, message }: Fault, { journal, queue, clock }: SweepNeeds) {
  const { approvers } = (await effectivePolicy(journal)).policy.defaults
  const mend = 'mend what the detail names: it is tried again every few minutes'
  const day = clock.now().toISOString().slice(0, 10)
  await queue.send([event('AttentionNeeded', { reason: 'Failed', subject: id, approvers, detail: `${code}: ${message}`, mend, day })])
}

/** Returns when to look again; undefined where nothing is left to look for. */
async function wake(id: string, ports: SweepNeeds): Promise<string | undefined> {
  const [kind, name] = [id.slice(0, id.indexOf('/')), id.slice(id.indexOf('/') + 1)]
  if (kind === 'plans') return wakePlan(name, ports)
  if (kind === 'renewals') return wakeRenewal(name, ports)
  return undefined
}

async function wakeRenewal(renewal: string, ports: SweepNeeds): Promise<string | undefined> {
  const { state } = await renewalLog.read(ports.journal, renewal)
  const { state: rollout } = await readRollout(ports.journal)
  const held = rollout.slots.some(one => one.renewal === renewal)
  const drive = driveRenewal(renewal, state, ports.clock.now(), ports.settings.pace, held)
  await ports.queue.send(drive.do === 'say' ? drive.events : drive.say)
  return drive.do === 'say' ? drive.look : undefined
}

async function wakePlan(plan: string, ports: SweepNeeds): Promise<string | undefined> {
  const { state } = await planLog.read(ports.journal, plan)
  const now = ports.clock.now()
  const drive = drivePlan(plan, state, now, ports.settings.pace)
  if (drive.do !== 'forget') await handOver(drive.approved, ports)
  switch (drive.do) {
    case 'say':
      await ports.queue.send(drive.events)
      return drive.look
    case 'ask':
      await planLog.record(ports, plan, open =>
        open.is === 'open' && open.asks < drive.ask ? { fact: 'Asked', ask: drive.ask } : undefined,
      )
      await ports.queue.send([event('ApprovalRequested', { plan, ask: drive.ask })])
      return drive.look
    case 'lapse':
      // Each has a hint of its own from now on: its last word may be lost.
      await handOver(drive.renewals, ports)
      for (const renewal of drive.renewals) await lapse(renewal, plan, ports)
      await planLog.record(ports, plan, open => (open.is === 'open' && !open.lapsed ? { fact: 'Lapsed' } : undefined))
      return undefined
    case 'hand over':
      await ports.queue.send(drive.approved.map(renewal => event('RenewalApproved', { plan, renewal })))
      return undefined
    case 'forget':
      return undefined
    default:
      return unreachable(drive)
  }
}

/** Said again after a crash, it must not end what a newer plan has taken up meanwhile. */
async function lapse(renewal: string, plan: string, ports: SweepNeeds) {
  const { state } = await renewalLog.read(ports.journal, renewal)
  if (state.planned?.plan !== plan) return
  await endRenewal(ports, state, { reason: 'ApprovalLapsed', because: 'nobody answered in time' })
}

/** From its answer on, or the lack of one, each renewal has a hint of its own. */
export async function handOver(renewals: readonly string[], { journal, clock, settings }: SweepNeeds) {
  const look = lookAgain(clock.now(), settings.pace)
  await Promise.all(renewals.map(renewal => journal.remind(look, renewalLog.name(renewal))))
}
