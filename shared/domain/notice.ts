import * as z from '../schema.ts'

/** What the log `notices/<card>` says of one card on one channel. A claim that is not followed by `Posted` in time may be taken over. */
export const noticeFact = z.lazy(() =>
  z.discriminatedUnion('fact', [
    z.strictObject({ fact: z.literal('Claimed'), by: z.string() }),
    z.strictObject({ fact: z.literal('Posted') }),
  ]),
)
export type NoticeFact = z.infer<typeof noticeFact>
export type NoticeState = { claimedBy: string | undefined; claimedAt: string | undefined; posted: boolean }

export const noNotice: NoticeState = { claimedBy: undefined, claimedAt: undefined, posted: false }

export function evolveNotice(state: NoticeState, fact: NoticeFact, at: string): NoticeState {
  return fact.fact === 'Posted' ? { ...state, posted: true } : { ...state, claimedBy: fact.by, claimedAt: at }
}

/** Longer than notify may run: whoever claimed longer ago and did not post is dead. */
export const claimHolds = 30_000

/** What the log `progress/<plan>` says: the renewals proven so far, in the order in which they were told. */
export const progressFact = z.lazy(() => z.strictObject({ fact: z.literal('Proven'), renewal: z.string() }))
export type ProgressFact = z.infer<typeof progressFact>
export type ProgressState = readonly string[]

export const evolveProgress = (state: ProgressState, { renewal }: ProgressFact): ProgressState =>
  state.includes(renewal) ? state : [...state, renewal]

/** Told are the first, each quarter and the last, since a chat takes 20 messages a minute: of up to five, that is each. */
export function isMilestone(k: number, of: number): boolean {
  return k === 1 || k === of || [1, 2, 3].some(quarter => k === Math.ceil((of * quarter) / 4))
}
