import { policySchema } from '../domain/policy.ts'
import { policyFact } from '../domain/policy-log.ts'
import type { PolicyText } from '../domain/policy-text.ts'
import { Fault, faultsOf } from '../errors.ts'
import type { Act } from '../operation.ts'
import type { Journal, Ports } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, refused } from './answered.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal'>

/** The policy in force, and who put it there. */
export const policySeen = z.strictObject({
  n: z.int().check(z.minimum(1)),
  mode: z.enum(['observe', 'act']),
  timezone: z.string(),
  by: z.string(),
  at: z.string(),
  text: z.string(),
})
export type PolicySeen = z.infer<typeof policySeen>

export async function newestPolicy(journal: Journal): Promise<PolicySeen | undefined> {
  const newest = await journal.newest('policy')
  if (!newest) return undefined
  const fact = policyFact.safeParse(newest.fact)
  const policy = fact.success ? policySchema.safeParse(fact.data.document) : fact
  if (!fact.success || !policy.success)
    throw new Fault('BadJournal', `policy/${newest.n}: ${faultsOf((fact.success ? policy : fact).error as z.core.$ZodError)}`)
  const { mode, timezone } = policy.data
  return { n: newest.n, mode, timezone, by: fact.data.by, at: newest.at, text: fact.data.text }
}

export const policyShown = z.strictObject({ policy: z.optional(policySeen) })

export async function showPolicy({ journal }: Needs): Promise<Answered<z.infer<typeof policyShown>>> {
  const policy = await newestPolicy(journal)
  return done(policy === undefined ? {} : { policy })
}

export const pushed = z.strictObject({ n: z.int(), mode: z.enum(['observe', 'act']), was: z.enum(['observe', 'act', 'none']) })

/** Puts a policy in force. From observing to acting it goes only where the person said so in as many words. */
export async function pushPolicy(
  { text, after, act }: Act & { do: 'push policy' },
  identity: string,
  ports: Needs,
): Promise<Answered<z.infer<typeof pushed>>> {
  // Loaded by who pushes alone: reading YAML is dear, and most commands look.
  const { readPolicy } = await import('../domain/policy-text.ts')
  let read: PolicyText
  try {
    read = readPolicy(text)
  } catch (error) {
    if (error instanceof Fault && error.code === 'BadConfig') return refused('BadPolicy', error.message)
    throw error
  }
  const now = await newestPolicy(ports.journal)
  const { mode } = read.policy
  if ((now?.n ?? 0) !== after) return moved(now)
  if (now?.text === text) return refused('Same', `this policy is in force already: entry ${now.n}, by ${now.by}`)
  if (mode === 'act' && now?.mode !== 'act' && !act)
    return refused('ActUnconfirmed', 'this policy would begin to act, and restart databases: say so when asked, or by --act')
  const taken = await putInForce(after + 1, { text, document: read.document, by: identity }, ports)
  return taken ? done({ n: after + 1, mode, was: now?.mode ?? 'none' }) : moved(await newestPolicy(ports.journal))
}

const moved = (now: PolicySeen | undefined): Answered<never> =>
  refused(
    'PolicyMoved',
    `meanwhile ${now ? `entry ${now.n} is in force, by ${now.by}` : 'another policy'}: compare with it, and push again`,
  )

/** Returns whether entry `n` is this one. */
export async function putInForce(n: number, fact: z.infer<typeof policyFact>, { journal, attempt, clock }: Needs): Promise<boolean> {
  return (await journal.append('policy', { n, attempt, at: clock.now().toISOString(), fact })) === 'appended'
}
