import { lookAgain } from '../shared/domain/drive.ts'
import { day } from '../shared/domain/duration.ts'
import { judgeExpiry } from '../shared/domain/expiry.ts'
import type { Instance, Protection } from '../shared/domain/instance.ts'
import type { PlanItem } from '../shared/domain/item.ts'
import { permissionOf } from '../shared/domain/plan.ts'
import { freezesOf } from '../shared/domain/policy.ts'
import { hasMoved } from '../shared/domain/renewal.ts'
import { mayPlan, type RenewalState } from '../shared/domain/renewal-log.ts'
import { treatmentOf } from '../shared/domain/treatment.ts'
import { planLog, renewalLog } from '../shared/logs.ts'
import { renewalsOf } from '../shared/operations/history.ts'
import type { PolicyForOne } from './renewal-policy.ts'
import type { RenewalPorts } from './renewal-ports.ts'
import { Stop } from './stop.ts'
import { whyNot } from './words.ts'

/** What is to be renewed, and whether its log already asked for it: then a person's yes goes to that plan. */
export type Wanted = { item: PlanItem; plan: string; approvers: string; state: RenewalState; fresh: boolean }

/**
 * The renewal that is under way for an instance, else the one that its certificate needs now.
 *
 * @throws Stop No, with the reason
 */
export async function wantedFor(
  instance: Instance,
  protection: Protection | undefined,
  policy: PolicyForOne,
  ports: RenewalPorts,
): Promise<Wanted> {
  const known = await journalled(instance.id, protection, ports)
  if (known) return known
  const treatment = treatmentOf(policy.policy, instance)
  const context = {
    account: ports.settings.account,
    // A person asks for it now, however far its end is.
    treatment: { ...treatment, renewBefore: 4000 * day, ask: 'daily' as const },
    freezes: freezesOf(policy.policy),
    pace: ports.settings.pace,
    timezone: policy.policy.timezone,
  }
  const now = ports.clock.now()
  const verdict = judgeExpiry(instance, protection, context, now)
  if (!verdict.due) {
    const words = verdict.reason in whyNot ? whyNot[verdict.reason as keyof typeof whyNot] : undefined
    throw new Stop('No', `${instance.id} is not renewed: ${verdict.reason}. ${words ? `${words.sentence} ${words.mend}` : verdict.detail}`)
  }
  if (instance.locked) throw new Stop('No', `${instance.id} is not renewed: Locked. ${whyNot.Locked.sentence} ${whyNot.Locked.mend}`)
  const { item } = verdict
  const { state } = await renewalLog.read(ports.journal, item.renewal)
  if (state.proof?.fact === 'Proven')
    throw new Stop('No', `this certificate of ${instance.id} was renewed and proven already: rds-tls history ${instance.id}`)
  const day_ = now.toISOString().slice(0, 10)
  return { item, plan: `${treatment.approvers}.by-hand.${instance.id}.${day_}`, approvers: treatment.approvers, state, fresh: true }
}

/**
 * One that is planned and not over: a rerun, or one that the deployment has begun. And one that made the very certificate that is there now: a rerun
 * after its end is told that end, and renews nothing again.
 */
async function journalled(id: string, protection: Protection | undefined, ports: RenewalPorts): Promise<Wanted | undefined> {
  for (const renewal of (await renewalsOf(id, ports)).sort().reverse()) {
    const { state } = await renewalLog.read(ports.journal, renewal)
    if (!state.planned) continue
    const made = state.updated && protection?.enabled && !hasMoved(state.updated.notAfter, protection.notAfter)
    if (isOver(state) && !made) continue
    const { item, plan } = state.planned
    return { item, plan, approvers: plan.split('.')[0] ?? '', state, fresh: false }
  }
  return undefined
}

/** Nothing is left to do for it. */
export const isOver = ({ ended, proof }: RenewalState): boolean =>
  ended !== undefined || proof?.fact === 'Proven' || proof?.fact === 'Refuted'

/** Is there a yes for it already? Then nothing need be asked again. @throws Stop No where the answer was no */
export async function isApproved({ item, plan, state }: Wanted, ports: RenewalPorts): Promise<boolean> {
  if (state.updated) return true
  const { state: asked } = await planLog.read(ports.journal, plan)
  const permission = permissionOf(asked, item.renewal, ports.clock.now().toISOString())
  if (!permission.given && permission.reason === 'Rejected')
    throw new Stop('No', `${plan} was answered with no for ${item.instance}, and a rejection stays one`)
  return permission.given
}

/** Journals the person's yes: a plan of its own where no other has the renewal. @throws Stop No */
export async function approveByHand(
  { item, plan, approvers, fresh }: Wanted,
  identity: string,
  n: number,
  ports: RenewalPorts,
): Promise<void> {
  const { journal, clock, settings } = ports
  const { renewal } = item
  await journal.remind(lookAgain(clock.now(), settings.pace), planLog.name(plan))
  if (fresh) {
    await planLog.record(ports, plan, now =>
      now.is === 'unknown'
        ? { fact: 'Closed', plan, approvers, approval: 'required', items: [item], validUntil: item.validUntil, policy: Math.max(n, 1) }
        : undefined,
    )
    const { state } = await renewalLog.record(ports, renewal, log => (mayPlan(log, item) ? { fact: 'Planned', plan, item } : undefined))
    if (state.planned?.plan !== plan)
      throw new Stop('No', `${state.planned?.plan ?? 'another plan'} has this renewal: run rds-tls renew ${item.instance} again`)
  }
  await journal.remind(lookAgain(clock.now(), settings.pace), renewalLog.name(renewal))
  const { state } = await planLog.record(ports, plan, now =>
    now.is === 'open' && !now.answers.has(renewal)
      ? { fact: 'Answered', decision: 'approve', renewals: [renewal], by: { kind: 'ram', identity } }
      : undefined,
  )
  const permission = permissionOf(state, renewal, clock.now().toISOString())
  if (!permission.given) throw new Stop('No', `the answer does not count: ${permission.reason}`)
}
