import * as z from '../schema.ts'
import { later } from './duration.ts'
import { planItem } from './item.ts'

/** Who answered. A link in a group proves only that somebody held it, and is recorded so. */
const answerer = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('link'), from: z.string() }),
    z.strictObject({ kind: z.literal('policy'), entry: z.int().check(z.minimum(1)) }),
    /** By the command line, and proven by STS: `user/li.wei`. */
    z.strictObject({ kind: z.literal('ram'), identity: z.string().check(z.minLength(1)) }),
  ]),
)

/** What the log `plans/<id>` says. */
export const planFact = z.lazy(() =>
  z.discriminatedUnion('fact', [
    z.strictObject({
      fact: z.literal('Closed'),
      plan: z.string(),
      approvers: z.string(),
      approval: z.enum(['required', 'automatic']),
      items: z.array(planItem).check(z.minLength(1)),
      validUntil: z.iso.datetime(),
      /** The policy entry it was drawn under. */
      policy: z.int().check(z.minimum(1)),
    }),
    z.strictObject({ fact: z.literal('Asked'), ask: z.int().check(z.minimum(1)) }),
    z.strictObject({ fact: z.literal('Answered'), decision: z.enum(['approve', 'reject']), renewals: z.array(z.string()), by: answerer }),
    /** These stand in another plan that was there first: nobody is asked twice. */
    z.strictObject({ fact: z.literal('Dropped'), renewals: z.array(z.string()) }),
    z.strictObject({ fact: z.literal('Lapsed') }),
  ]),
)

export type PlanFact = z.infer<typeof planFact>
export type Closed = Extract<PlanFact, { fact: 'Closed' }>
export type Answerer = z.infer<typeof answerer>
export type Answer = { decision: 'approve' | 'reject'; by: Answerer; at: string }
export type OpenPlan = Extract<PlanState, { is: 'open' }>

export type PlanState =
  | { is: 'unknown' }
  | {
      is: 'open'
      /** As closed, less the items that were dropped. */
      closed: Closed
      asks: number
      askedAt: string | undefined
      answers: ReadonlyMap<string, Answer>
      lapsed: boolean
    }

export const noPlan: PlanState = { is: 'unknown' }

/** Folds one fact in. A rejection is never turned into an approval by a later answer. */
export function evolvePlan(state: PlanState, fact: PlanFact, at: string): PlanState {
  if (fact.fact === 'Closed') return { is: 'open', closed: fact, asks: 0, askedAt: undefined, answers: new Map(), lapsed: false }
  if (state.is === 'unknown') return state
  switch (fact.fact) {
    case 'Asked':
      return { ...state, asks: fact.ask, askedAt: at }
    case 'Answered': {
      const answers = new Map(state.answers)
      for (const renewal of fact.renewals) {
        if (answers.get(renewal)?.decision === 'reject') continue
        if (answers.has(renewal) && fact.decision === 'approve') continue
        answers.set(renewal, { decision: fact.decision, by: fact.by, at })
      }
      return { ...state, answers }
    }
    case 'Dropped': {
      const items = state.closed.items.filter(item => !fact.renewals.includes(item.renewal))
      return { ...state, closed: { ...state.closed, items } }
    }
    case 'Lapsed':
      return { ...state, lapsed: true }
  }
}

/** Items that still wait for an answer. */
export const unanswered = (state: OpenPlan) => state.closed.items.filter(item => !state.answers.has(item.renewal))

/** May this renewal go on? Read from the journalled answer alone. */
export type Permission = { given: true } | { given: false; reason: 'NoSuchPlan' | 'NotAnswered' | 'Rejected' | 'Lapsed' }

export function permissionOf(state: PlanState, renewal: string, now: string): Permission {
  if (state.is === 'unknown') return { given: false, reason: 'NoSuchPlan' }
  const item = state.closed.items.find(one => one.renewal === renewal)
  if (!item) return { given: false, reason: 'NoSuchPlan' }
  const answer = state.answers.get(renewal)
  if (answer?.decision === 'reject') return { given: false, reason: 'Rejected' }
  if (later(now, item.validUntil)) return { given: false, reason: 'Lapsed' }
  if (!answer) return { given: false, reason: 'NotAnswered' }
  return { given: true }
}
