import { signedIdentity } from './identity.ts'
import * as z from './schema.ts'

const id = z.string().check(z.regex(/^[\w.-]{1,200}$/, 'must be an id: letters, digits and . _ -'))
const why = z._default(z.string().check(z.maxLength(500)), '')

/** What a person can ask the deployment to show. Whoever may invoke the function may look. */
const looks = [
  z.strictObject({ do: z.literal('overview') }),
  z.strictObject({ do: z.literal('plan'), plan: id }),
  /** An instance's id, or a renewal's. */
  z.strictObject({ do: z.literal('history'), of: id }),
  z.strictObject({ do: z.literal('policy') }),
  z.strictObject({ do: z.literal('letters') }),
  z.strictObject({ do: z.literal('bundle') }),
  z.strictObject({ do: z.literal('checkup') }),
  /** Whether a test card has been posted. */
  z.strictObject({ do: z.literal('test card'), card: id, channels: z.array(id).check(z.maxLength(100)) }),
] as const

/** What a person can ask it to do: each is journalled with who asked. */
const acts = [
  z.strictObject({
    do: z.literal('answer'),
    plan: id,
    decision: z.enum(['approve', 'reject']),
    renewals: z.array(id).check(z.minLength(1), z.maxLength(5000)),
  }),
  /** `after`: the number of the policy entry that the person saw, 0 for none. `act` must say so where the new policy begins to act. */
  z.strictObject({
    do: z.literal('push policy'),
    text: z.string().check(z.minLength(1), z.maxLength(60_000)),
    after: z.int().check(z.minimum(0)),
    act: z.boolean(),
  }),
  z.strictObject({ do: z.literal('pause'), why }),
  z.strictObject({ do: z.literal('resume') }),
  /** Pauses, and lets the policy observe: it takes both `resume` and a pushed policy to go on. */
  z.strictObject({ do: z.literal('stop all'), why }),
  z.strictObject({ do: z.literal('retry'), of: id }),
  z.strictObject({ do: z.literal('abandon'), of: id, why }),
  /** The bundle that was refused last may be published, though it harms these instances. */
  z.strictObject({
    do: z.literal('accept bundle'),
    version: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')),
    harms: z.array(id).check(z.maxLength(5000)),
  }),
  /** A card to every channel of the policy in force, by the way of every card. */
  z.strictObject({ do: z.literal('try chat') }),
  /** All that can be sent again, or the one that is named. */
  z.strictObject({ do: z.literal('redrive'), letter: z.optional(z.string().check(z.maxLength(200))) }),
] as const

export const operation = z.discriminatedUnion('do', [...looks, ...acts])
export type Operation = z.infer<typeof operation>
export type Act = z.infer<(typeof acts)[number]>
export type Look = z.infer<(typeof looks)[number]>

const lookNames: readonly string[] = [
  'overview',
  'plan',
  'history',
  'policy',
  'letters',
  'bundle',
  'checkup',
  'test card',
] satisfies Look['do'][]
export const isLook = (one: Operation): one is Look => lookNames.includes(one.do)

/** Who asks: a signed request for STS, whose nonce is bound to the operation by `salt`. */
export const proofOfIdentity = z.strictObject({
  signed: signedIdentity,
  salt: z.string().check(z.regex(/^[0-9a-f]{32,64}$/, 'must be 32 to 64 hex digits')),
})
export type ProofOfIdentity = z.infer<typeof proofOfIdentity>

/** What `operate` is invoked with. Acts need a proof; looks need none. */
export const operatorRequest = z.strictObject({ operation, proof: z.optional(proofOfIdentity) })
export type OperatorRequest = z.infer<typeof operatorRequest>

/** Why an operation was not done, as a closed union; each comes with a sentence that has the mend. */
export const noReason = z.enum([
  'BadRequest',
  'NoProof',
  'ProofTooOld',
  'ProofOfSomethingElse',
  'ProofUsed',
  'NotRecognised',
  'OtherAccount',
  'NoSuchPlan',
  'NoSuchRenewal',
  'Answered',
  'Lapsed',
  'UnknownItem',
  'BadPolicy',
  'PolicyMoved',
  'ActUnconfirmed',
  'Same',
  'Halted',
  'NotHalted',
  'UnderWay',
  'Done',
  'NotStuck',
  'Rejected',
  'NoSuchLetter',
  'NoSuchBundle',
  'HarmUnnamed',
  /** The deployment itself is in trouble: its own sentence says what with. */
  'Failed',
])
export type NoReason = z.infer<typeof noReason>

export const operatorReply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), by: z.optional(z.string()), result: z.unknown() }),
  z.strictObject({ ok: z.literal(false), reason: noReason, sentence: z.string() }),
])
export type OperatorReply = z.infer<typeof operatorReply>

/** The deployment that an operation is meant for: one function in one region of one account. */
export const deploymentOf = ({ account, region }: { account: string; region: string }): string => `${account}/${region}/rds-tls-operate`
