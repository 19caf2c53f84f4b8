import { recordAnswer } from '../answer.ts'
import { type OpenPlan, planFact, unanswered } from '../domain/plan.ts'
import { rollout } from '../domain/rollout.ts'
import { planLog, readRollout } from '../logs.ts'
import type { Act, Look } from '../operation.ts'
import { openItems } from '../page/plan-summary.ts'
import type { OperatorPorts } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, entryOf, refused } from './answered.ts'
import { observed, observedBy } from './observed.ts'
import { newestPolicy, policySeen } from './policies.ts'

type Needs = Pick<OperatorPorts, 'clock' | 'attempt' | 'journal' | 'queue' | 'settings' | 'logNames'>

const openPlan = z.strictObject({
  plan: z.string(),
  approvers: z.string(),
  approval: z.enum(['required', 'automatic']),
  items: z.int(),
  open: z.int(),
  restarting: z.int(),
  validUntil: z.string(),
  asks: z.int(),
})

export const overview = z.strictObject({
  now: z.string(),
  policy: z.optional(z.omit(policySeen, { text: true })),
  rollout,
  /** The journal's bucket, and where applications pull the trust bundle from: whoever renews by hand journals there. */
  places: z.strictObject({ journal: z.string(), bundleUrl: z.optional(z.string()) }),
  /** Only while the policy observes. */
  observed: z.optional(observed),
  plans: z.array(openPlan),
  /** Renewals that are not over, and when each is looked at next. */
  renewals: z.array(z.strictObject({ renewal: z.string(), look: z.string() })),
})
export type Overview = z.infer<typeof overview>

/** As many hints as a person can want to see; a fleet has a few hundred at most. */
const mostHints = 1000
const farOff = '9999-12-31T00:00:00Z'

export async function lookOver(_asked: Look & { do: 'overview' }, ports: Needs): Promise<Answered<Overview>> {
  const { journal, clock } = ports
  const [policy, { state }, hints] = await Promise.all([newestPolicy(journal), readRollout(journal), journal.due(farOff, mostHints)])
  const [plans, renewals] = ['plans/', 'renewals/'].map(kind => hints.filter(({ id }) => id.startsWith(kind)))
  const { text: _text, ...seen } = policy ?? { text: '' }
  const ids = [...new Set((plans ?? []).map(({ id }) => id.slice('plans/'.length)))]
  const open = await Promise.all(ids.map(plan => briefly(plan, ports)))
  const seenSoFar = policy?.mode === 'observe' ? await observedBy(ports, policy.timezone) : undefined
  return done({
    now: clock.now().toISOString(),
    ...(seenSoFar === undefined ? {} : { observed: seenSoFar }),
    ...(policy === undefined ? {} : { policy: seen as Overview['policy'] }),
    rollout: state,
    places: { journal: ports.logNames.bucket, ...(ports.settings.bundleUrl === undefined ? {} : { bundleUrl: ports.settings.bundleUrl }) },
    plans: open.filter(one => one !== undefined),
    renewals: (renewals ?? []).map(({ id, look }) => ({ renewal: id.slice('renewals/'.length), look })),
  })
}

async function briefly(plan: string, { journal, clock }: Needs) {
  const { state } = await planLog.read(journal, plan)
  if (state.is !== 'open') return undefined
  const { approvers, approval, items, validUntil } = state.closed
  const open = openItems(items, state.answers, clock.now())
  const restarting = open.filter(item => item.promise.restarts).length
  return { plan, approvers, approval, items: items.length, open: open.length, restarting, validUntil, asks: state.asks }
}

/** A plan as its log has it: the reader folds it by the same rules as everybody. */
export const planShown = z.strictObject({ plan: z.string(), timezone: z.string(), entries: z.array(entryOf(planFact)) })
export type PlanShown = z.infer<typeof planShown>

export async function showPlan({ plan }: Look & { do: 'plan' }, { journal }: Needs): Promise<Answered<PlanShown>> {
  const [entries, policy] = await Promise.all([journal.read(planLog.name(plan)), newestPolicy(journal)])
  if (entries.length === 0) return refused('NoSuchPlan', `there is no plan ${plan}: rds-tls plan lists the open ones`)
  const told = entries.map(({ n, at, fact }) => ({ n, at, fact: planFact.parse(fact) }))
  return done({ plan, timezone: policy?.timezone ?? 'Asia/Shanghai', entries: told })
}

export const answered = z.strictObject({
  plan: z.string(),
  decision: z.enum(['approve', 'reject']),
  renewals: z.array(z.string()),
  stillOpen: z.int(),
})
export type AnswerRecorded = z.infer<typeof answered>

export async function answerPlan(
  { plan, decision, renewals }: Act & { do: 'answer' },
  identity: string,
  ports: Needs,
): Promise<Answered<AnswerRecorded>> {
  const { state: before } = await planLog.read(ports.journal, plan)
  if (before.is === 'unknown') return refused('NoSuchPlan', `there is no plan ${plan}: rds-tls plan lists the open ones`)
  const foreign = renewals.find(renewal => !before.closed.items.some(item => item.renewal === renewal))
  if (foreign !== undefined) return refused('UnknownItem', `${plan} does not ask for ${foreign}: look at the plan again`)
  const { state, added } = await recordAnswer(plan, { decision, renewals, by: { kind: 'ram', identity } }, ports)
  if (state.is === 'unknown') return refused('NoSuchPlan', `there is no plan ${plan}`)
  if (added?.fact !== 'Answered') return notOpen(plan, state, renewals)
  return done({ plan, decision, renewals: added.renewals, stillOpen: unanswered(state).length })
}

function notOpen(plan: string, { answers }: OpenPlan, renewals: readonly string[]): Answered<never> {
  const given = renewals.map(renewal => answers.get(renewal)).find(answer => answer !== undefined)
  if (given === undefined) return refused('Lapsed', `the time to answer ${plan} is over: wait for the next request`)
  const who = given.by.kind === 'ram' ? given.by.identity : given.by.kind === 'policy' ? 'the policy' : 'somebody with the link'
  return refused('Answered', `${plan} was answered at ${given.at} by ${who}, and that answer stands`)
}
