import { readEnvelope } from '../envelope.ts'
import { Fault } from '../errors.ts'
import { type AnyEvent, parseEvent } from '../events.ts'
import { consumerOf } from '../flow.ts'
import type { Act } from '../operation.ts'
import type { Letter, OperatorPorts } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, refused } from './answered.ts'

type Needs = Pick<OperatorPorts, 'queue' | 'letters'>

/** What is known of a dead letter: which step could not take it and why, and the events that it holds. */
const letterTold = z.strictObject({
  id: z.string(),
  enqueuedAt: z.string(),
  received: z.int(),
  /** Absent where the platform gave up delivering it: then the function's own log says why. */
  step: z.optional(z.string()),
  code: z.optional(z.string()),
  message: z.optional(z.string()),
  events: z.array(z.strictObject({ id: z.string(), type: z.string(), data: z.unknown() })),
  /** Why it cannot be sent again, where it cannot. */
  unreadable: z.optional(z.string()),
  body: z.string(),
})
export type LetterTold = z.infer<typeof letterTold>

export const lettersShown = z.strictObject({ waiting: z.int(), hidden: z.int(), letters: z.array(letterTold) })
export type LettersShown = z.infer<typeof lettersShown>

/** What the host buries; anything else is the platform's own form. */
const buried = z.object({ step: z.string(), code: z.string(), message: z.string(), envelope: z.string() })

export async function showLetters({ letters }: Needs): Promise<Answered<LettersShown>> {
  const [{ waiting, hidden }, seen] = await Promise.all([letters.count(), letters.peek()])
  return done({ waiting, hidden, letters: seen.map(tell) })
}

export const redriven = z.strictObject({
  sent: z.array(z.strictObject({ letter: z.string(), events: z.array(z.string()) })),
  /** They stay where they are. */
  kept: z.array(z.strictObject({ letter: z.string(), why: z.string() })),
})

/** Sends what the letters hold once more to the steps that take it, and removes them; what cannot be read stays. */
export async function redrive(
  { letter: wanted }: Act & { do: 'redrive' },
  { letters, queue }: Needs,
): Promise<Answered<z.infer<typeof redriven>>> {
  const result: z.infer<typeof redriven> = { sent: [], kept: [] }
  const held = new Map<string, string>()
  for (let rounds = 0; rounds < 100; rounds++) {
    const fresh = (await letters.take()).filter(one => !held.has(one.id))
    for (const one of fresh) {
      held.set(one.id, one.handle)
      if (wanted !== undefined && one.id !== wanted) continue
      const { events, unreadable } = tell(one)
      if (unreadable !== undefined) {
        result.kept.push({ letter: one.id, why: unreadable })
        continue
      }
      await queue.send(events as AnyEvent[])
      await letters.remove(one.handle)
      held.delete(one.id)
      result.sent.push({ letter: one.id, events: events.map(({ type }) => `${type} → ${consumerOf[type as AnyEvent['type']]}`) })
    }
    if (fresh.length === 0 || (wanted !== undefined && result.sent.length + result.kept.length > 0)) break
  }
  await Promise.all([...held.values()].map(handle => letters.putBack(handle)))
  if (wanted !== undefined && result.sent.length + result.kept.length === 0)
    return refused('NoSuchLetter', `no dead letter has the id ${wanted}: rds-tls dead-letters list shows them`)
  return done(result)
}

function tell({ id, enqueuedAt, received, body }: Letter): LetterTold {
  const host = buried.safeParse(parse(body))
  const why = host.success ? { step: host.data.step, code: host.data.code, message: host.data.message } : {}
  const base = { id, enqueuedAt, received, ...why, body: body.slice(0, 8000) }
  try {
    return { ...base, events: eventsIn(host.success ? host.data.envelope : body) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ...base, events: [], unreadable: error.message }
  }
}

/** An event by itself, or in the platform's envelope. */
function eventsIn(text: string): AnyEvent[] {
  const direct = z.object({ id: z.string(), type: z.string(), data: z.unknown() }).safeParse(parse(text))
  if (direct.success && !('specversion' in (parse(text) as object))) return [parseEvent(text)]
  const waking = readEnvelope(Buffer.from(text))
  if (waking.by === 'timer') throw new Fault('BadEnvelope', 'it is a timer’s: its next tick does the same')
  return waking.messages.map(parseEvent)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
