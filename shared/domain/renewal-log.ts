import * as z from '../schema.ts'
import { brokenPromises, type PlanItem, planItem } from './item.ts'
import { settingChange } from './settings.ts'

/** Why a renewal ended without being done. Each has a sentence and a mend in page/words.ts. */
export const endReason = z.enum([
  'Rejected',
  'ApprovalLapsed',
  'PromiseChanged',
  'ApprovalNeeded',
  'EndpointMoved',
  'EncryptionOff',
  'CustomCertificate',
  'PossiblyCustom',
  'NotSupported',
  'InstanceGone',
  'RefusedByService',
  'Abandoned',
])
export type EndReason = z.infer<typeof endReason>

/** A task of Alibaba's own for the certificate that was replaced. `stays` says why it was not cancelled; without it, it was. */
export const leftTask = z.lazy(() =>
  z.strictObject({ id: z.string(), type: z.string(), switchTime: z.iso.datetime(), stays: z.optional(z.string()) }),
)
export type LeftTask = z.infer<typeof leftTask>

const leaf = z.lazy(() => z.strictObject({ fingerprint: z.string(), notBefore: z.iso.datetime() }))

/** What the log `renewals/<id>` says. The intent to call stands in the `restarts` log, not here. */
export const renewalFact = z.lazy(() =>
  z.discriminatedUnion('fact', [
    z.strictObject({ fact: z.literal('Planned'), plan: z.string(), item: planItem }),
    /** The service took the call: its request id is the only receipt. */
    z.strictObject({ fact: z.literal('Accepted'), tries: z.int(), requestId: z.string() }),
    /** The call may have happened: nobody knows yet. */
    z.strictObject({ fact: z.literal('Unknown'), tries: z.int(), cause: z.string() }),
    /** The call did not happen, by a parsed answer or by the clock. */
    z.strictObject({ fact: z.literal('NotTaken'), tries: z.int(), code: z.string(), message: z.string() }),
    z.strictObject({
      fact: z.literal('Updated'),
      notAfter: z.iso.datetime(),
      /** Somebody else renewed it; nothing was restarted by this product. */
      adopted: z.boolean(),
      before: z.optional(leaf),
      /** Settings that the update was to leave alone, and that are others after it. */
      changed: z.optional(z.array(settingChange).check(z.minLength(1))),
      tasks: z.optional(z.array(leftTask).check(z.minLength(1))),
    }),
    z.strictObject({ fact: z.literal('Published'), version: z.string() }),
    z.strictObject({
      fact: z.literal('Proven'),
      fingerprint: z.string(),
      serial: z.string(),
      notAfter: z.iso.datetime(),
      from: z.string(),
    }),
    z.strictObject({ fact: z.literal('Unreached'), detail: z.string(), mend: z.string() }),
    z.strictObject({ fact: z.literal('Refuted'), code: z.string(), detail: z.string() }),
    z.strictObject({ fact: z.literal('Ended'), reason: endReason, detail: z.string() }),
    /** A person wants it tried again, by the answer that it has. */
    z.strictObject({ fact: z.literal('Reopened'), by: z.string() }),
  ]),
)
export type RenewalFact = z.infer<typeof renewalFact>
type Fact<F extends RenewalFact['fact']> = Extract<RenewalFact, { fact: F }>

export type RenewalState = {
  planned: Fact<'Planned'> | undefined
  accepted: boolean
  /** Calls that the service refused, or that were never made. */
  notTaken: Fact<'NotTaken'>[]
  updated: Fact<'Updated'> | undefined
  published: Fact<'Published'> | undefined
  /** The last verdict. */
  proof: Fact<'Proven'> | Fact<'Unreached'> | Fact<'Refuted'> | undefined
  ended: Fact<'Ended'> | undefined
}

export const noRenewal: RenewalState = {
  planned: undefined,
  accepted: false,
  notTaken: [],
  updated: undefined,
  published: undefined,
  proof: undefined,
  ended: undefined,
}

/** Folds one fact in. Where two attempts said the same, the first word stands. */
export function evolveRenewal(state: RenewalState, fact: RenewalFact): RenewalState {
  switch (fact.fact) {
    case 'Planned':
      return state.planned && !state.ended ? state : { ...noRenewal, planned: fact }
    case 'Accepted':
      return { ...state, accepted: true }
    case 'Unknown':
      return state
    case 'NotTaken':
      return { ...state, notTaken: [...state.notTaken, fact] }
    case 'Updated':
      // The world overrules: a renewal that ended by a look from before its restart is updated all the same.
      return { ...state, updated: state.updated ?? fact, ended: undefined }
    case 'Published':
      return { ...state, published: state.published ?? fact }
    case 'Proven':
    case 'Unreached':
    case 'Refuted':
      return state.proof?.fact === 'Proven' ? state : { ...state, proof: fact }
    case 'Ended':
      // What is updated goes on to its proof, unless there is nothing left to prove.
      return state.updated && fact.reason !== 'InstanceGone' ? state : { ...state, ended: state.ended ?? fact }
    case 'Reopened':
      return state.updated || !state.ended ? state : { ...state, ended: undefined, accepted: false, notTaken: [] }
  }
}

/** Ends that a changed world can undo: asked again, the item promises something else than before. */
const voided: readonly EndReason[] = ['PromiseChanged', 'EndpointMoved', 'EncryptionOff', 'PossiblyCustom', 'NotSupported']
/** Ends that leave the certificate to expire though nobody said no: the same item is asked for again. */
const unsettled: readonly EndReason[] = ['ApprovalLapsed', 'ApprovalNeeded', 'RefusedByService']

/** May this item enter a plan? Once for each renewal; again only where its end does not stand for it any more. */
export function mayPlan(state: RenewalState, item: PlanItem): boolean {
  const { planned, ended } = state
  if (!planned) return true
  if (!ended) return false
  if (unsettled.includes(ended.reason)) return true
  if (!voided.includes(ended.reason)) return false
  const stated = item.stated === true && planned.item.stated !== true
  return stated || planned.item.host !== item.host || brokenPromises(planned.item.promise, item.promise).length > 0
}
