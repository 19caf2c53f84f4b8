import * as z from '../schema.ts'
import { durationOf } from './duration.ts'
import { isEngine } from './instance.ts'

const duration = z.lazy(() =>
  z.pipe(
    z.string().check(z.refine(text => durationOf(text) !== undefined, { message: 'must be a duration like 30d, 12h or 15m' })),
    z.transform(text => durationOf(text) ?? 0),
  ),
)

const refusedYet = (what: string) => `${what} does not work yet, so it is refused rather than ignored: leave it out`

const approval = z.lazy(() =>
  z.pipe(
    z
      .union([z.enum(['required', 'automatic']), z.looseObject({})], { message: 'must be required or automatic' })
      .check(z.refine(value => typeof value === 'string', { message: refusedYet('an approval with a quorum or an identity') })),
    z.transform(value => value as 'required' | 'automatic'),
  ),
)

const approversName = z.lazy(() =>
  z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/, { message: 'must be a short lower-case name like dba' })),
)

const atLeastOne = { message: 'must be 1 or more' }
const notEmpty = { message: 'must not be empty' }

const settings = () => ({
  renewBefore: duration,
  approval,
  approvers: approversName,
  window: z.enum(['maintenance'], { message: 'must be "maintenance": restarts stay inside the instance\'s own window' }),
  concurrency: z.int().check(z.minimum(1, atLeastOne), z.maximum(1000, { message: 'must be 1000 or less' })),
  halt: z.strictObject({ failures: z.int().check(z.minimum(1, atLeastOne)) }),
  proof: z.enum(['required'], { message: 'must be "required": done means proven' }),
  ask: z.enum(['weekly', 'daily']),
})

const exceptions = () => ({
  groups: z.array(
    z.string().check(z.regex(/^tag:[\w.-]+$/, { message: 'must be tag:NAME: instances with the same value of that tag form a group' })),
  ),
  updateValue: z.union([z.literal(1), z.literal(2)], { message: 'must be 1 or 2' }),
  certificate: z.literal('aliyun', { message: 'can only state "aliyun": a custom certificate is never renewed' }),
})

const match = z.lazy(() =>
  z.strictObject({
    tags: z.optional(z.record(z.string(), z.string())),
    engine: z.optional(z.string().check(z.refine(isEngine, { message: 'must be SQLServer, MySQL or PostgreSQL' }))),
    version: z.optional(z.string()),
    region: z.optional(z.string()),
    instance: z.optional(z.string()),
    resourceGroup: z.optional(z.string()),
  }),
)

const moment = z.lazy(() => z.iso.datetime({ offset: true, message: 'must be an instant with its offset, like 2026-11-09T00:00:00+08:00' }))

/** policy.yaml, whole. Unknown keys are refused; keys that later work deepens are refused by name. */
export const policySchema = z.lazy(() =>
  z
    .strictObject({
      mode: z.enum(['observe', 'act']),
      timezone: z.string().check(z.refine(isTimezone, { message: 'must be an IANA time zone like Asia/Shanghai' })),
      language: z.enum(['zh', 'en']),
      defaults: z.strictObject(settings()),
      rules: z._default(z.array(z.strictObject({ match, set: z.partial(z.strictObject({ ...settings(), ...exceptions() })) })), []),
      freezes: z._default(
        z.array(
          z
            .strictObject({ from: moment, to: moment, reason: z.string().check(z.minLength(1, notEmpty)) })
            .check(z.refine(one => Date.parse(one.from) < Date.parse(one.to), { message: 'must end after it begins', path: ['to'] })),
        ),
        [],
      ),
      approvers: z.record(
        approversName,
        z.strictObject({
          channels: z.array(z.string().check(z.minLength(1, notEmpty))).check(z.minLength(1, notEmpty)),
          ram: z.optional(z.array(z.string()).check(z.maxLength(0, { message: refusedYet('a list of RAM identities') }))),
        }),
      ),
      reach: z._default(
        z.array(z.strictObject({ region: z.string(), vpc: z.string(), function: z.string().check(z.minLength(1, notEmpty)) })),
        [],
      ),
      regions: z.optional(z.array(z.string()).check(z.minLength(1, notEmpty))),
    })
    .check(
      z.superRefine((policy, context) => {
        const known = Object.keys(policy.approvers)
        const check = (name: string | undefined, path: (string | number)[]) => {
          if (name === undefined || known.includes(name)) return
          context.addIssue({ code: 'custom', path, message: `names ${name}, but approvers knows only ${known.join(', ') || 'nobody'}` })
        }
        check(policy.defaults.approvers, ['defaults', 'approvers'])
        for (const [at, rule] of policy.rules.entries()) check(rule.set.approvers, ['rules', at, 'set', 'approvers'])
      }),
    ),
)

export type Policy = z.infer<typeof policySchema>
export type Rule = Policy['rules'][number]

/** Asking for a zone costs more than all the rest of reading a policy, which every delivery does. */
const zones = new Map<string, boolean>()

function isTimezone(name: string): boolean {
  const known = zones.get(name) ?? (isListed(name) || hasZone(name))
  zones.set(name, known)
  return known
}

/** The list has no older names, like PRC or UTC; but the first formatter of a process takes some 25 ms, and the list 3. */
const isListed = (name: string): boolean => Intl.supportedValuesOf('timeZone').includes(name)

function hasZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Freezes as spans in milliseconds. */
export const freezesOf = (policy: Policy) => policy.freezes.map(one => ({ from: Date.parse(one.from), to: Date.parse(one.to) }))
