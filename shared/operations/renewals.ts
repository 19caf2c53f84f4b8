import { lookAgain } from '../domain/drive.ts'
import { permissionOf } from '../domain/plan.ts'
import type { EndReason, RenewalState } from '../domain/renewal-log.ts'
import { type AnyEvent, event } from '../events.ts'
import { planLog, readRollout, recordRollout, renewalLog } from '../logs.ts'
import type { Act } from '../operation.ts'
import type { OperatorPorts } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, refused } from './answered.ts'
import { renewalsOf } from './history.ts'

type Needs = Pick<OperatorPorts, 'clock' | 'attempt' | 'journal' | 'queue' | 'logNames' | 'settings'>

/** `woke`: the event that takes it further. */
export const driven = z.strictObject({
  renewal: z.string(),
  did: z.enum(['reopened', 'woken', 'abandoned', 'freed']),
  woke: z.optional(z.string()),
})
type Driven = z.infer<typeof driven>

/** Ends that a person can undo while the answer still permits it. */
const reopenable: readonly EndReason[] = ['RefusedByService', 'Abandoned', 'InstanceGone']

/** Takes a renewal up again: what ended is reopened, what waits looks again at once, what was not reached is looked at again. */
export async function retry({ of }: Act & { do: 'retry' }, identity: string, ports: Needs): Promise<Answered<Driven>> {
  const found = await newestOf(of, ports)
  if (!found) return noSuch(of)
  const { renewal, state } = found
  const plan = state.planned?.plan ?? ''
  const { state: rollout } = await readRollout(ports.journal)
  const held = rollout.slots.find(one => one.renewal === renewal)
  if (held?.stuck)
    return refused(
      'UnderWay',
      `its restart of ${held.startedAt} is stuck and holds its place: look at the instance, then rds-tls abandon ${of}`,
    )
  if (state.proof?.fact === 'Proven') return refused('Done', `it is proven since its restart: nothing is left to do`)
  if (!state.ended) return wake(renewal, nextOf(plan, renewal, state), 'woken', ports)
  const { reason, detail } = state.ended
  if (!reopenable.includes(reason))
    return refused('Rejected', `it ended: ${reason} (${detail}): only a new plan can ask for it again, once what it names has changed`)
  const { state: asked } = await planLog.read(ports.journal, plan)
  const permission = permissionOf(asked, renewal, ports.clock.now().toISOString())
  if (!permission.given)
    return refused('Lapsed', `no answer permits it any more (${permission.reason}): answer the next plan that asks for it`)
  await hint(renewal, ports)
  await renewalLog.record(ports, renewal, log => (log.ended && !log.updated ? { fact: 'Reopened', by: identity } : undefined))
  return wake(renewal, event('RenewalApproved', { plan, renewal }), 'reopened', ports)
}

/** Gives a renewal up: a stuck restart leaves its place, and what has not begun never begins. */
export async function abandon({ of, why }: Act & { do: 'abandon' }, identity: string, ports: Needs): Promise<Answered<Driven>> {
  const found = await newestOf(of, ports)
  if (!found) return noSuch(of)
  const { renewal, state } = found
  const { state: rollout } = await readRollout(ports.journal)
  const held = rollout.slots.find(one => one.renewal === renewal)
  if (held && !held.stuck)
    return refused('NotStuck', `it restarts since ${held.startedAt}, and is watched: it can be given up once it is called stuck`)
  if (!held && (state.ended || state.updated)) return refused('Done', `it is over: rds-tls history ${of} tells how`)
  const detail = `${identity} gave it up${why === '' ? '' : `: ${why}`}`
  // Its end first: once the place is free, nothing may begin it again.
  if (!state.updated)
    await renewalLog.record(ports, renewal, log => (log.ended || log.updated ? undefined : { fact: 'Ended', reason: 'Abandoned', detail }))
  if (held) {
    await recordRollout(ports, Number.MAX_SAFE_INTEGER, now =>
      now.slots.some(one => one.renewal === renewal && one.stuck) ? { fact: 'RestartEnded', renewal, evidence: 'Abandoned' } : undefined,
    )
  }
  return done({ renewal, did: held ? 'freed' : 'abandoned' })
}

const noSuch = (of: string): Answered<never> => refused('NoSuchRenewal', `nothing is journalled of ${of}: rds-tls plan lists what is open`)

/** Of an instance's renewals the one of the latest certificate: their ids end with its end. */
async function newestOf(of: string, ports: Needs): Promise<{ renewal: string; state: RenewalState } | undefined> {
  const renewal = (await renewalsOf(of, ports)).sort().at(-1)
  if (renewal === undefined) return undefined
  const { state } = await renewalLog.read(ports.journal, renewal)
  return state.planned ? { renewal, state } : undefined
}

function nextOf(plan: string, renewal: string, { published, updated }: RenewalState): AnyEvent {
  if (published) return event('BundlePublished', { plan, renewal, version: published.version })
  return updated ? event('ValidityUpdated', { plan, renewal }) : event('RenewalApproved', { plan, renewal })
}

/** The sweep must find it, should the message be lost. */
const hint = (renewal: string, { journal, clock, settings }: Needs) =>
  journal.remind(lookAgain(clock.now(), settings.pace), renewalLog.name(renewal))

async function wake(renewal: string, next: AnyEvent, did: Driven['did'], ports: Needs): Promise<Answered<Driven>> {
  await hint(renewal, ports)
  await ports.queue.send([next])
  return done({ renewal, did, woke: next.type })
}
