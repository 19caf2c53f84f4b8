import type { NoReason } from '../operation.ts'
import * as z from '../schema.ts'

/** What an operation came to: its result, or the reason why it was not done. */
export type Answered<R> = { ok: true; result: R } | { ok: false; reason: NoReason; sentence: string }

export const done = <R>(result: R): Answered<R> => ({ ok: true, result })
export const refused = (reason: NoReason, sentence: string): Answered<never> => ({ ok: false, reason, sentence })

/** One entry of a log: when, and what it says by the log's own schema. */
export const entryOf = <F extends z.ZodMiniType>(fact: F) => z.strictObject({ n: z.int(), at: z.string(), fact })
