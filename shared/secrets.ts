import { loopback } from './config-values.ts'
import { Fault } from './errors.ts'
import * as z from './schema.ts'

/** One chat channel: its kind says how a card is written and signed. `url` is itself a secret. */
export type Channel = { kind: 'dingtalk'; url: string; secret?: string | undefined } | { kind: 'webhook'; url: string; secret: Uint8Array }

/** Signs the links of approval pages; at least 32 bytes. */
export type Secrets = { approvalKey: Uint8Array; channels: Readonly<Record<string, Channel>> }

const notBuilt = ['feishu', 'wecom', 'slack', 'teams']

/**
 * Reads the secrets object: `{"approvalKey": base64, "channels": {name: {"kind", "url", "secret"}}}`.
 *
 * @throws Fault BadConfig: all faults at once, by field; neither a value nor an unknown key is repeated, since either may be a secret in the wrong place
 */
export function readSecrets(json: string): Secrets {
  const read = secretsSchema.safeParse(parse(json))
  if (read.success) return read.data
  throw new Fault('BadConfig', `SECRETS: ${read.error.issues.map(issue => `${placeOf(issue.path)} ${problemOf(issue)}`).join('; ')}`)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // A SyntaxError quotes the text around the mistake, which here is a secret.
    throw new Fault('BadConfig', 'SECRETS: the object is not JSON')
  }
}

const name = /^[a-z][a-z0-9-]{0,31}$/

const base64 = z.pipe(
  z.string(),
  z.transform((value, context) => {
    const bytes = Buffer.from(value, 'base64')
    if (bytes.toString('base64').replace(/=+$/, '') !== value.replace(/=+$/, ''))
      context.issues.push({ code: 'custom', input: value, message: 'must be base64' })
    return bytes
  }),
)

const channelUrl = z.string().check(
  z.refine(value => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    return url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback(url.host)))
  }, 'must be a URL that begins with https://'),
)

/** As the Standard Webhooks specification writes a symmetric key: `whsec_` and the base64 of 24 to 64 bytes. */
const webhookSecret = z
  .pipe(
    z.pipe(
      z.string().check(z.startsWith('whsec_', 'must begin with whsec_')),
      z.transform(value => value.slice('whsec_'.length)),
    ),
    base64,
  )
  .check(z.refine(key => key.length >= 24 && key.length <= 64, 'must hold 24 to 64 bytes after whsec_'))

const channelSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('dingtalk'),
      url: channelUrl,
      secret: z.optional(z.string().check(z.minLength(1, 'must not be empty'))),
    }),
    z.strictObject({ kind: z.literal('webhook'), url: channelUrl, secret: webhookSecret }),
  ],
  { error: issue => kindProblem(issue.input) },
)

const secretsSchema = z.strictObject({
  approvalKey: base64.check(z.refine(key => key.length >= 32, 'must hold at least 32 bytes')),
  channels: z.record(z.string().check(z.regex(name, 'must be a short lower-case name like dingtalk-dba')), channelSchema),
})

function kindProblem(input: unknown): string {
  const kind = input !== null && typeof input === 'object' && 'kind' in input ? input.kind : undefined
  const planned = notBuilt.find(one => one === kind)
  return planned ? `names ${planned}, which is not built yet: use dingtalk or webhook` : 'must be dingtalk or webhook'
}

function placeOf(path: readonly PropertyKey[]): string {
  const safe = path.map(step => (name.test(String(step)) || step === 'approvalKey' ? String(step) : '(a key that is not shown)'))
  return safe.length > 0 ? safe.join('.') : 'the object'
}

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'has an unknown key: known are approvalKey and channels, and in a channel kind, url and secret'
    case 'invalid_key':
      return 'must be a short lower-case name like dingtalk-dba'
    case 'invalid_type':
      return `is missing or is no ${issue.expected}`
    default:
      return issue.message
  }
}
