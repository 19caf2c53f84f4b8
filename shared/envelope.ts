import { Fault, faultsOf } from './errors.ts'
import * as z from './schema.ts'

/** What woke a function: messages of its queue, or a timer with its payload. Each message is our event's text. */
export type Waking = { by: 'queue'; messages: string[] } | { by: 'timer'; kind: string; payload: unknown }

const timer = z.object({ triggerTime: z.string(), triggerName: z.string(), payload: z._default(z.string(), '') })
/** An object passes as it is: a schema that copied it would drop a key like `__proto__`, which as text is refused. */
const body = z.custom<string | object>(
  value => typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  'must be text or an object',
)
const cloudEvent = z.object({ id: z.string(), data: z.object({ messageBody: body }) })
const cloudEvents = z.array(cloudEvent).check(z.minLength(1))
const kindOfTimer = z.object({ kind: z.string() })

/**
 * Reads the platform's envelope: a timer's, or event streaming's CloudEvents, which come as an array or as one object, their messageBody
 * as text, as base64 or as JSON already parsed. Samples differ in `source` and `type`, so nothing depends on them.
 *
 * @throws Fault BadEnvelope
 */
export function readEnvelope(bytes: Uint8Array): Waking {
  const text = Buffer.from(bytes).toString('utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Fault('BadEnvelope', `the function was woken with something that is not JSON (${bytes.length} bytes): check its trigger`)
  }
  const ticked = Array.isArray(json) ? undefined : timer.safeParse(json)
  if (ticked?.success) return readTimer(ticked.data.payload)
  const list = cloudEvents.safeParse(Array.isArray(json) ? json : [json])
  if (!list.success) throw new Fault('BadEnvelope', `the envelope is neither a timer's nor a queue's: ${faultsOf(list.error)}`)
  return { by: 'queue', messages: list.data.map(one => readBody(one.data.messageBody)) }
}

function readTimer(payload: string): Waking {
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    json = undefined
  }
  const kind = kindOfTimer.safeParse(json)
  if (!kind.success)
    throw new Fault('BadEnvelope', `the timer's payload must be JSON like {"kind":"check"}, it is ${JSON.stringify(payload.slice(0, 40))}`)
  return { by: 'timer', kind: kind.data.kind, payload: json }
}

/** What is neither an event's text nor its base64 is passed on as it came, so that a dead letter shows what it was. */
function readBody(body: string | object): string {
  if (typeof body !== 'string') return JSON.stringify(body)
  if (isObject(body)) return body
  const decoded = Buffer.from(body, 'base64').toString('utf8')
  return isObject(decoded) ? decoded : body
}

const isObject = (text: string): boolean => text.trimStart().startsWith('{')
