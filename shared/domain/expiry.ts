import * as z from '../schema.ts'
import { day, iso } from './duration.ts'
import type { Instance, Protection } from './instance.ts'
import { type PlanItem, planItem } from './item.ts'
import type { Pace } from './pace.ts'
import { renewableOf } from './renewable.ts'
import { renewalId } from './renewal-id.ts'
import type { Treatment } from './treatment.ts'
import type { Span } from './window.ts'

/** Why an instance of the fleet needs no renewal now, or cannot have one. */
export const notDueReason = z.enum([
  'NotDue',
  'EncryptionOff',
  'CustomCertificate',
  'NotSupported',
  'Gone',
  'BadWindow',
  'AskLater',
  'Unread',
])
export type NotDueReason = z.infer<typeof notDueReason>

/** The daily verdict on one instance, as the scan journals it. */
export const expiryVerdict = z.lazy(() =>
  z.discriminatedUnion('due', [
    z.strictObject({ due: z.literal(true), approvers: z.string(), approval: z.enum(['required', 'automatic']), item: planItem }),
    z.strictObject({
      due: z.literal(false),
      region: z.string(),
      instance: z.string(),
      description: z.string(),
      engine: z.string(),
      reason: notDueReason,
      detail: z.string(),
      notAfter: z.optional(z.iso.datetime()),
      /** When it becomes due. */
      from: z.optional(z.iso.datetime()),
    }),
  ]),
)
export type ExpiryVerdict = z.infer<typeof expiryVerdict>

export type Context = { account: string; treatment: Treatment; freezes: readonly Span[]; pace: Pace; timezone: string }

/** Judges one instance of the fleet: is its renewal to be asked for today? */
export function judgeExpiry(instance: Instance, protection: Protection | undefined, context: Context, now: Date): ExpiryVerdict {
  const no = (reason: NotDueReason, detail: string, more: { notAfter?: string; from?: string } = {}): ExpiryVerdict => {
    const { region, id, description, engine } = instance
    return { due: false, region, instance: id, description, engine, reason, detail, ...more }
  }
  const renewable = renewableOf(instance, protection, context, now)
  if (!renewable.can) {
    const { why, detail, notAfter } = renewable
    return no(why, detail, notAfter === undefined ? {} : { notAfter })
  }
  const { deadline, promise, engine } = renewable
  const { host, notAfter } = renewable.protection
  const from = iso(renewable.from)
  if (Date.parse(from) > now.getTime()) return no('NotDue', `due from ${from}`, { notAfter, from })
  const near = deadline === undefined || Date.parse(deadline) - now.getTime() <= 10 * day
  if (context.treatment.ask === 'weekly' && !near && !isAskDay(now, context.timezone))
    return no('AskLater', 'asked on Monday', { notAfter, from })

  const item: PlanItem = {
    renewal: renewalId({ account: context.account, region: instance.region, instance: instance.id, kind: 'instance', notAfter }),
    region: instance.region,
    instance: instance.id,
    description: instance.description,
    engine,
    version: instance.version,
    ...(instance.vpc === undefined ? {} : { vpc: instance.vpc }),
    family: instance.primary ?? instance.id,
    host,
    notAfter,
    ...(deadline === undefined ? {} : { deadline }),
    validUntil: deadline ?? iso(now.getTime() + 7 * day),
    ...(context.treatment.stated ? { stated: true } : {}),
    promise,
  }
  return { due: true, approvers: context.treatment.approvers, approval: context.treatment.approval, item }
}

/** The owner's ask-day is Monday, in the policy's own time zone. */
function isAskDay(now: Date, timeZone: string): boolean {
  return new Intl.DateTimeFormat('en', { weekday: 'short', timeZone }).format(now) === 'Mon'
}

/** Plans of a day: one for each owner and way of approval, its items in order of deadline. Ids derive from owner, approval and day. */
export function plansOf(verdicts: readonly ExpiryVerdict[], today: string): DayPlan[] {
  const plans = new Map<string, DayPlan>()
  for (const one of verdicts) {
    if (!one.due) continue
    const plan = `${one.approvers}.${one.approval}.${today}`
    const known = plans.get(plan) ?? { plan, approvers: one.approvers, approval: one.approval, items: [] }
    known.items.push(one.item)
    plans.set(plan, known)
  }
  for (const { items } of plans.values()) items.sort((a, b) => order(a) - order(b) || (a.renewal < b.renewal ? -1 : 1))
  return [...plans.values()].sort((a, b) => (a.plan < b.plan ? -1 : 1))
}

export type DayPlan = { plan: string; approvers: string; approval: 'required' | 'automatic'; items: PlanItem[] }

const order = (item: PlanItem): number => Date.parse(item.deadline ?? item.notAfter)
