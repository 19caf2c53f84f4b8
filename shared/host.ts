import type { Need } from './config.ts'
import { counted } from './counted.ts'
import { readEnvelope } from './envelope.ts'
import { Fault } from './errors.ts'
import { type AnyEvent, type EventOf, type EventType, parseEvent } from './events.ts'
import { line } from './line.ts'
import type { Ports } from './ports.ts'
import { unexpected } from './unexpected.ts'

/** The ports of a step with these needs: every step also has a clock, its attempt and its settings. */
export type PortsOf<N extends Need> = Pick<Ports, ('clock' | 'attempt' | 'settings') | Extract<N, keyof Ports>>

/** A step: which events and timers wake it, and what it needs to act. */
export type Step<N extends Need> = {
  step: string
  needs: readonly N[]
  events?: { [T in EventType]?: (event: EventOf<T>, ports: PortsOf<N>) => Promise<unknown> }
  timers?: Readonly<Record<string, (payload: unknown, ports: PortsOf<N>) => Promise<unknown>>>
}

/** As Function Compute calls it. */
export type Context = { requestId: string }
export type Handler = (event: Uint8Array, context: Context) => Promise<string>

/** Makes the ports of these needs: `connecting(…)` with the function's connectors, or what a test puts in its place. */
export type Connect<C extends Need = Need> = <N extends C>(needs: readonly N[], attempt: string) => Promise<PortsOf<N>>
/** Where a delivery's one line goes. */
type Say = typeof line

/**
 * Runs a step in Function Compute: envelope → event → step → one log line for each delivery. What can succeed later is thrown, and the
 * platform delivers it again; what never can goes to the dead-letter queue at once, with its code, and is acknowledged: for that every step's
 * connectors have the queue.
 */
export function host<N extends Need>(step: Step<N>, connect: Connect<NoInfer<N> | 'queue'>, say: Say = line): Handler {
  return async (bytes, { requestId }) => {
    const delivery: Delivery<N> = { step, connect, attempt: requestId, say }
    try {
      const waking = readEnvelope(bytes)
      const ports = await connect(step.needs, requestId)
      if (waking.by === 'timer') return await onTimer(step, waking, ports, say)
      return await onMessages(delivery, waking.messages, ports)
    } catch (error) {
      if (error instanceof Refused) throw error
      return await refuse(delivery, Buffer.from(bytes).toString('utf8'), error)
    }
  }
}

type Delivery<N extends Need> = { step: Step<N>; connect: Connect<N | 'queue'>; attempt: string; say: Say }

/** What the platform is told of a delivery that must come again: `CODE: message`. */
class Refused extends Error {}

/** Each message of a delivery stands for itself: one that never can succeed is buried alone, one that must come again keeps no other from its turn. */
async function onMessages<N extends Need>(delivery: Delivery<N>, messages: readonly string[], ports: PortsOf<N>): Promise<string> {
  const decisions: string[] = []
  const failures: unknown[] = []
  for (const message of messages) {
    try {
      decisions.push(await onMessage(delivery.step, message, ports, delivery.say))
    } catch (error) {
      await refuse(delivery, message, error).then(
        buried => decisions.push(buried),
        again => failures.push(again),
      )
    }
  }
  if (failures.length > 0) throw failures[0]
  return decisions.join('\n')
}

async function onTimer<N extends Need>(
  step: Step<N>,
  { kind, payload }: { kind: string; payload: unknown },
  ports: PortsOf<N>,
  say: Say,
): Promise<string> {
  const run = step.timers?.[kind]
  if (!run)
    throw new Fault(
      'BadEnvelope',
      `no timer of ${step.step} is called ${JSON.stringify(kind)}: known are ${Object.keys(step.timers ?? {}).join(', ') || 'none'}`,
    )
  return told(step.step, { event: kind }, ports, say, counting => run(payload, counting))
}

async function onMessage<N extends Need>(step: Step<N>, message: string, ports: PortsOf<N>, say: Say): Promise<string> {
  const event: AnyEvent = parseEvent(message)
  const run = step.events?.[event.type] as ((event: AnyEvent, ports: PortsOf<N>) => Promise<unknown>) | undefined
  if (!run)
    throw new Fault(
      'BadEvent',
      `${step.step} takes ${Object.keys(step.events ?? {}).join(', ') || 'no events'}, not ${event.type}: look at flow.ts and s.yaml`,
    )
  const names = 'renewal' in event.data ? { renewal: event.data.renewal } : {}
  return told(step.step, { event: event.type, id: event.id, ...names }, ports, say, counting => run(event, counting))
}

async function told<P extends PortsOf<never>>(
  step: string,
  of: Record<string, unknown>,
  ports: P,
  say: Say,
  run: (counting: P) => Promise<unknown>,
): Promise<string> {
  const { clock, attempt } = ports
  const { counting, calls } = counted(ports)
  const began = clock.now().getTime()
  const decision = await run(counting)
  say({ level: 'info', step, attempt, ...of, decision, ms: clock.now().getTime() - began, calls })
  return JSON.stringify(decision ?? null)
}

/** No later delivery of the same bytes can succeed. Faults of the deployment are none of these: once mended, they let the message through. */
const isForGood = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'BadEnvelope' || error.code === 'BadEvent' || error.code === 'BadJournal')

/** What cannot be buried is thrown, and so comes again: nothing is acknowledged that lies nowhere. */
async function refuse<N extends Need>({ step, connect, attempt, say }: Delivery<N>, envelope: string, error: unknown): Promise<string> {
  const buried = isForGood(error) && step.events !== undefined
  const { code, message, ...more } = unexpected(error)
  say({ level: 'error', step: step.step, attempt, code, message, ...more, outcome: buried ? 'dead letter' : 'retry' })
  if (!buried) throw new Refused(`${code}: ${message}`)
  try {
    const { queue } = await connect(['queue'], attempt)
    await queue.bury({ step: step.step, code, message, envelope: envelope.slice(0, 40_000) })
  } catch (failure) {
    const why = unexpected(failure)
    say({ level: 'error', step: step.step, attempt, ...why, outcome: 'retry' })
    throw new Refused(`${why.code}: no dead letter could be written for ${code}: ${why.message}`)
  }
  return JSON.stringify({ do: 'bury', code })
}
