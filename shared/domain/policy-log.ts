import * as z from '../schema.ts'

/** What the log `policy` says: the newest entry is the policy in force. `text` is the file as pushed; `document` its YAML as JSON. */
export const policyFact = z.lazy(() => z.strictObject({ text: z.string(), document: z.unknown(), by: z.string() }))
export type PolicyFact = z.infer<typeof policyFact>
