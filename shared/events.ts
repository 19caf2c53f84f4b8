import { createRequire } from 'node:module'
import { Fault, faultsOf } from './errors.ts'
import * as z from './schema.ts'

/** What the first event needs and showing a page does not. `process.getBuiltinModule` would do the same from Node 20.16 on alone. */
const load = createRequire(import.meta.url)

/** An instant, ISO 8601 in UTC with `Z`: `2026-05-10T18:00:00Z`, milliseconds allowed. */
export const instant = z.iso.datetime({ message: 'must be an ISO 8601 instant in UTC, like 2026-05-10T18:00:00Z' })

const name = () => z.string().check(z.minLength(1))
const planOf = () => ({ plan: name() })
const renewalOf = () => ({ plan: name(), renewal: name() })

/** Why a person is needed. One closed union: every reason has a sentence and a mend in `page/words.ts`. */
export const attentionReason = z.enum([
  'Refused',
  'Lapsed',
  'Failed',
  'Halted',
  'Drift',
  'ExpiryNear',
  'ScanIncomplete',
  'ScanMissing',
  'QueuesFail',
  'IssuerUnseen',
  'Unreached',
  'Refuted',
  'Stuck',
  'BundleRefused',
  'NotRenewedHere',
  'SettingsChanged',
  'VendorTaskLeft',
  'Test',
])
export type AttentionReason = z.infer<typeof attentionReason>

/** Schemas, built when the first of their kind is made or read: a function knows one or two of them, and a start waits for none. */
const data = {
  /** A plan was closed: one owner's renewals, in the journal under `plans/<plan>`. */
  RenewalsDue: () => z.strictObject(planOf()),
  /** The plan waits for an answer. `ask` counts from 1: a reminder is a new ask. */
  ApprovalRequested: () => z.strictObject({ ...planOf(), ask: z.int().check(z.minimum(1)) }),
  /** Only names a renewal; permission is read from the journalled answer, never from here. */
  RenewalApproved: () => z.strictObject(renewalOf()),
  /** The expiry moved and the instance is Running again. */
  ValidityUpdated: () => z.strictObject(renewalOf()),
  /** The bundle as published after that update. */
  BundlePublished: () => z.strictObject({ ...renewalOf(), version: name() }),
  /** An instance is due for its weekly look at what it serves. */
  ProofDue: () => z.strictObject({ region: name(), instance: name(), week: z.string().check(z.regex(/^\d{4}-W\d{2}$/)) }),
  RenewalProven: () => z.strictObject(renewalOf()),
  /** `subject` is an instance, a plan or a region; `mend` the next thing for a person to do. `at` is a day where the same trouble is told daily. */
  AttentionNeeded: () =>
    z.strictObject({
      reason: attentionReason,
      subject: name(),
      approvers: name(),
      detail: z.string(),
      mend: z.string(),
      plan: z.optional(name()),
      day: z.optional(z.iso.date()),
    }),
}

export type EventType = keyof typeof data
export type DataOf<T extends EventType> = z.infer<ReturnType<(typeof data)[T]>>
export type EventOf<T extends EventType> = { id: string; type: T; data: DataOf<T> }
export type AnyEvent = { [T in EventType]: EventOf<T> }[EventType]
export const eventTypes = Object.keys(data) as EventType[]

/** Makes an event whose id is a digest of what it says: said again, it has the same id. Throws BadEvent where `of` breaks the schema. */
export function event<T extends EventType>(type: T, of: DataOf<T>): EventOf<T> {
  const checked = schemaOf(type).safeParse(of)
  if (!checked.success) throw new Fault('BadEvent', `${type}: ${faultsOf(checked.error)}`)
  return { id: idOf(type, of), type, data: of }
}

function idOf(type: EventType, of: unknown): string {
  const { createHash }: typeof import('node:crypto') = load('node:crypto')
  const digest = createHash('sha256')
    .update(`${type}\n${canonical(of)}`)
    .digest('hex')
  return `${type}-${digest.slice(0, 24)}`
}

const shapeOfEvent = z.object({ id: z.string(), type: z.string(), data: z.unknown() })

/** Reads an event off a queue. Throws BadEvent: not JSON, an unknown type, a field that is missing, wrong or unknown, or an id that is not its digest. */
export function parseEvent(text: string): AnyEvent {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Fault(
      'BadEvent',
      `the message is not JSON (it begins with ${JSON.stringify(text.slice(0, 40))}): only this product's functions may write to its queues`,
    )
  }
  const shape = shapeOfEvent.safeParse(json)
  if (!shape.success) throw new Fault('BadEvent', `the message is no event: ${faultsOf(shape.error)}`)
  const { id, type } = shape.data
  if (!isEventType(type)) throw new Fault('BadEvent', `unknown event type ${JSON.stringify(type)}: known are ${eventTypes.join(', ')}`)
  const checked = schemaOf(type).safeParse(shape.data.data)
  if (!checked.success) throw new Fault('BadEvent', `${type}: ${faultsOf(checked.error)}`)
  const again = idOf(type, checked.data)
  if (again !== id) throw new Fault('BadEvent', `${type}: id ${id} is not the digest of its data (${again}): the message was altered`)
  return { id, type, data: checked.data } as AnyEvent
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(data, type)
}

const built = new Map<EventType, z.ZodMiniType>()

function schemaOf<T extends EventType>(type: T): z.ZodMiniType<DataOf<T>> {
  const schema = built.get(type) ?? data[type]()
  built.set(type, schema)
  return schema as z.ZodMiniType<DataOf<T>>
}

/** JSON with sorted keys, so that equal data have equal bytes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, of]) => of !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`).join(',')}}`
}
