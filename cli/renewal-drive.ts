import { proveRenewal } from '../functions/prove-renewal.ts'
import { publishAfterUpdate } from '../functions/publish-bundle.ts'
import { updateValidity } from '../functions/update-validity.ts'
import { driveRenewal } from '../shared/domain/drive.ts'
import { hour } from '../shared/domain/duration.ts'
import type { WaitFor } from '../shared/domain/renewal.ts'
import type { RenewalState } from '../shared/domain/renewal-log.ts'
import { Fault } from '../shared/errors.ts'
import { type AnyEvent, event } from '../shared/events.ts'
import { renewalLog } from '../shared/logs.ts'
import { plain } from '../shared/page/plain-text.ts'
import { wordsOf } from '../shared/page/words.ts'
import type { Ports } from '../shared/ports.ts'
import type { MemoryQueue } from './memory-queue.ts'

export type DrivePorts = Omit<Ports, 'queue' | 'chat' | 'approvals' | 'policyFile'> & { queue: MemoryQueue }

export type Driving = {
  plan: string
  renewal: string
  ports: DrivePorts
  sleep: (ms: number) => Promise<void>
  say: (sentence: string) => void
  /** Stay until the window opens. */
  waits: boolean
}

/** How driving a renewal in one process came to its end. `wait`: it cannot go on now, and nothing was called. */
export type Driven =
  | { end: 'proven' | 'refuted' | 'unreached'; state: RenewalState }
  | { end: 'ended'; state: RenewalState }
  | { end: 'wait'; for: WaitFor; until: string; because: string }
  | { end: 'stuck'; because: string }
  | { end: 'no permission'; because: string }

/** Waits that end by themselves while somebody stands by. */
const passing: readonly WaitFor[] = ['Slot', 'Restart', 'Bundle', 'Running']
/** So long the process stands by for an end, and for a state that passes; a window that it was told to wait for is not counted. */
const patience = 3 * hour
const passes = hour / 2

/**
 * The same steps as the deployed ones, one after the other in this process. Whatever is journalled is journalled as they do it, so that a killed
 * process, another beside it or the deployment finds where it stood.
 */
export async function drive({ plan, renewal, ports, sleep, say, waits }: Driving): Promise<Driven> {
  const { queue, clock, settings } = ports
  await queue.send(await firstOf(plan, renewal, ports))
  let until = clock.now().getTime() + patience
  for (let due = queue.next(); due && clock.now().getTime() < until; due = queue.next()) {
    const early = due.at - clock.now().getTime()
    if (early > 0) await sleep(early)
    const end = await step(due.event, { plan, renewal, ports, sleep, say, waits })
    if (end === undefined) continue
    if (end.end !== 'wait' || !staysFor(end, waits)) return end
    const now = clock.now().getTime()
    const ms = Date.parse(end.until) - now
    if (end.for === 'MaintenanceWindow') until = now + ms + patience
    else if (now + passes > until) return end
    say(end.because)
    await queue.send(
      [event('RenewalApproved', { plan, renewal })],
      seconds(end.for === 'MaintenanceWindow' ? ms : Math.min(ms, settings.pace.pollRestart)),
    )
  }
  const { state } = await renewalLog.read(ports.journal, renewal)
  return endOf(state) ?? { end: 'stuck', because: 'nothing came to its end in time: rds-tls status shows the instance' }
}

/** Does it stand by for this? A state that passes may take a while; a window is waited for only where the person said so. */
const staysFor = (wait: Extract<Driven, { end: 'wait' }>, waits: boolean): boolean =>
  passing.includes(wait.for) || (waits && wait.for === 'MaintenanceWindow')

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

/** What the log says should follow: a rerun goes on where the last one was. */
async function firstOf(plan: string, renewal: string, { journal, clock, settings }: DrivePorts): Promise<AnyEvent[]> {
  const { state } = await renewalLog.read(journal, renewal)
  const next = driveRenewal(renewal, state, clock.now(), settings.pace)
  const events = next.do === 'say' ? next.events : next.say
  return events.length > 0 ? events : [event('RenewalApproved', { plan, renewal })]
}

async function step(due: AnyEvent, driving: Driving): Promise<Driven | undefined> {
  const { ports, renewal, say } = driving
  switch (due.type) {
    case 'RenewalApproved':
      return onApproved(due, driving)
    case 'ValidityUpdated': {
      say('renewed, and running again: the trust bundle is looked at')
      await patiently(() => publishAfterUpdate(due, ports), driving)
      return undefined
    }
    case 'BundlePublished': {
      say('a handshake with what it serves now …')
      await patiently(() => proveRenewal(due, ports), driving)
      return endOf((await renewalLog.read(ports.journal, renewal)).state)
    }
    case 'AttentionNeeded':
      say(wordsOf('en').attention[due.data.reason].sentence)
      say(plain(due.data.detail, 300))
      return endOf((await renewalLog.read(ports.journal, renewal)).state)
    case 'RenewalProven':
      return endOf((await renewalLog.read(ports.journal, renewal)).state)
    default:
      return undefined
  }
}

async function onApproved(due: Extract<AnyEvent, { type: 'RenewalApproved' }>, driving: Driving): Promise<Driven | undefined> {
  const { ports, renewal, say } = driving
  const { queue, settings } = ports
  const decision = await patiently(() => updateValidity(due, ports), driving)
  const again = (ms: number) => queue.send([due], seconds(ms))
  if ('reply' in decision) {
    if (decision.reply === 'accepted') say('ApsaraDB took the call: it restarts')
    if (decision.reply === 'unknown') say(`the answer was lost (${decision.cause}): watched, not called again`)
    if (decision.reply === 'refused') {
      say(`ApsaraDB refused: ${decision.code}`)
      const ended = endOf((await renewalLog.read(ports.journal, renewal)).state)
      if (ended) return ended
    }
    await again(settings.pace.pollRestart)
    return undefined
  }
  switch (decision.do) {
    // Whoever else watches it may have the next look's message, which does not come here.
    case 'watch':
      say(decision.because)
      await again(settings.pace.pollRestart)
      return undefined
    case 'late':
    case 'lost':
      await again(settings.pace.pollRestart)
      return undefined
    case 'wait':
      return { end: 'wait', for: decision.for, until: decision.until, because: decision.because }
    case 'stick':
      return { end: 'stuck', because: decision.because }
    case 'leave': {
      const ended = endOf((await renewalLog.read(ports.journal, renewal)).state)
      return ended ?? { end: 'no permission', because: decision.because }
    }
    case 'refuse':
    case 'free':
      return endOf((await renewalLog.read(ports.journal, renewal)).state)
    case 'finish':
    case 'adopt':
    case 'announce':
    case 'update':
      return undefined
  }
}

/** How a log says that it ended; undefined where it has not. */
export function endOf(state: RenewalState): Driven | undefined {
  if (state.ended) return { end: 'ended', state }
  switch (state.proof?.fact) {
    case 'Proven':
      return { end: 'proven', state }
    case 'Refuted':
      return { end: 'refuted', state }
    case 'Unreached':
      return { end: 'unreached', state }
    default:
      return undefined
  }
}

const tries = 5

/** The platform delivers a failed message again; here the process does. */
async function patiently<T>(act: () => Promise<T>, { sleep, say, ports }: Driving): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Fault) || !error.retry || left <= 1) throw error
      say(`${error.code}: ${error.message}: tried again`)
      await sleep(ports.settings.pace.pollRestart / 4)
    }
  }
}
