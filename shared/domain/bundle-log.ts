import * as z from '../schema.ts'

const root = () => z.strictObject({ fingerprint: z.string(), subject: z.string(), notAfter: z.string() })

/** Why a new bundle is not published by itself: a root came or went, or an endpoint that verified before would no longer verify. */
export const objection = () => ({ rootsAdded: z.array(root()), rootsRemoved: z.array(root()), harmed: z.array(z.string()) })

/** Two versions: the source's, and the one that it would replace. */
const replacing = () => ({ version: z.string(), instead: z.string() })
const refused = () => z.strictObject({ fact: z.literal('Refused'), ...replacing(), ...objection() })
/** `harms`: the instances of which the person said that they may stop to verify. */
const accepted = () => z.strictObject({ fact: z.literal('Accepted'), ...replacing(), harms: z.array(z.string()), by: z.string() })

/** What the log `bundle` says of new bundles that waited for a person. */
export const bundleFact = z.lazy(() => z.discriminatedUnion('fact', [refused(), accepted()]))
export type BundleFact = z.infer<typeof bundleFact>
export type Refused = z.infer<ReturnType<typeof refused>>
type Accepted = z.infer<ReturnType<typeof accepted>>
export type Objection = Pick<Refused, 'rootsAdded' | 'rootsRemoved' | 'harmed'>

export type BundleState = {
  refused: (Refused & { at: string }) | undefined
  accepted: Accepted | undefined
}

export const noBundleWaits: BundleState = { refused: undefined, accepted: undefined }

/** A refusal undoes the acceptance before it: a person decides about what was refused last, and about nothing that comes back later. */
export function evolveBundle(state: BundleState, fact: BundleFact, at: string): BundleState {
  return fact.fact === 'Refused' ? { refused: { ...fact, at }, accepted: undefined } : { ...state, accepted: fact }
}

/** Did a person say yes to just this replacement, and to every instance that it harms? */
export function permits({ accepted }: BundleState, { version, instead, harmed }: Omit<Refused, 'fact'>): boolean {
  return accepted?.version === version && accepted.instead === instead && harmed.every(one => accepted.harms.includes(one))
}

/** The refusal that still waits: the published bundle is the same, and its source was not seen to hold it since. */
export function waiting({ refused }: BundleState, published: { version: string; checkedAt: string } | undefined): BundleState['refused'] {
  if (refused === undefined || refused.instead !== published?.version) return undefined
  return Date.parse(refused.at) > Date.parse(published.checkedAt) ? refused : undefined
}
