import { day } from './duration.ts'
import type { NotDueReason } from './expiry.ts'
import type { Instance, Protection, VendorTask } from './instance.ts'
import type { Pace } from './pace.ts'
import { freezesOf, type Policy } from './policy.ts'
import { renewableOf } from './renewable.ts'
import { type Treatment, treatmentOf } from './treatment.ts'
import { chance } from './window.ts'

/** Why an instance is not renewed, whoever approves. Each has its sentence and its mend among the words of the command line. */
export type WhyNot = Exclude<NotDueReason, 'NotDue' | 'AskLater'> | 'Locked' | 'NotRunning'

/** What becomes of an instance under a policy, seen from outside. Instants are ISO UTC. */
export type Outlook =
  | {
      will: 'renew'
      /** From when it is asked for, or renewed by itself. */
      from: string
      /** The first and the last moment at which its update may be called; no last one where no window is left before the end. */
      first: string | undefined
      deadline: string | undefined
      restarts: boolean
      /** As the service writes it, or `any`. */
      window: string
      treatment: Treatment
      /** The policy names no probe for its VPC: it cannot be proven, and where the service does not say who issued its certificate, not renewed. */
      unseen: 'Proof' | 'Issuer' | undefined
    }
  /** Alibaba's own task renews it first, and cannot be moved. */
  | { will: 'wait'; task: VendorTask }
  | { will: 'not'; why: WhyNot; detail: string }

/** `now`: clients fail, or nothing can be done before they do. `soon`: within the warning. `unseen`: nobody knows. */
export type Urgency = 'now' | 'soon' | 'fine' | 'unseen' | 'none'

export type Situation = { policy: Policy; pace: Pace }

/** What would become of one instance from `now` on, by the same rules as the daily scan's. */
export function outlookOf(
  instance: Instance,
  protection: Protection | undefined,
  tasks: readonly VendorTask[],
  { policy, pace }: Situation,
  now: Date,
): Outlook {
  const treatment = treatmentOf(policy, instance)
  const freezes = freezesOf(policy)
  const renewable = renewableOf(instance, protection, { treatment, freezes, pace }, now)
  if (!renewable.can) return { will: 'not', why: renewable.why, detail: renewable.detail }
  if (instance.locked) return { will: 'not', why: 'Locked', detail: 'the instance is locked' }
  const task = tasks.find(one => one.instance === instance.id && one.tls && !one.movable)
  if (task) return { will: 'wait', task }
  if (instance.status !== 'Running') return { will: 'not', why: 'NotRunning', detail: `the instance is ${instance.status}` }

  const { window, need, deadline, from, promise } = renewable
  const start = Math.max(from, now.getTime())
  const next = chance(window, freezes, need, start)
  const first = next.open ? start : next.opensAt
  const probed = policy.reach.some(one => one.region === instance.region && one.vpc === instance.vpc)
  const known = renewable.protection.issuedBy === 'aliyun' || treatment.stated
  return {
    will: 'renew',
    from: new Date(from).toISOString(),
    first: first === undefined ? undefined : new Date(first).toISOString(),
    deadline,
    restarts: promise.restarts,
    window: promise.window,
    treatment,
    unseen: probed ? undefined : known ? 'Proof' : 'Issuer',
  }
}

/** How much an instance presses. A certificate that nobody renews presses by its end, one that is renewed by its deadline. */
export function urgencyOf(outlook: Outlook, notAfter: string | undefined, now: Date, warnDays: number): Urgency {
  if (outlook.will === 'not' && outlook.why === 'Unread') return 'unseen'
  if (notAfter === undefined) return 'none'
  if (Date.parse(notAfter) <= now.getTime()) return 'now'
  const by = outlook.will === 'renew' ? outlook.deadline : notAfter
  if (by === undefined) return 'now'
  return Date.parse(by) - now.getTime() <= warnDays * day ? 'soon' : 'fine'
}
