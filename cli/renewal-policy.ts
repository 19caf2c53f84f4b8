import type { Instance } from '../shared/domain/instance.ts'
import { type Policy, policySchema } from '../shared/domain/policy.ts'
import { policyFact } from '../shared/domain/policy-log.ts'
import type { Journal, Rds } from '../shared/ports.ts'
import * as z from '../shared/schema.ts'
import { here } from './renewal-ports.ts'

/** The policy that one renewal by hand is decided by, and the number of the entry that it comes from; 0 where none is in force. */
export type PolicyForOne = { n: number; policy: Policy; document: Record<string, unknown> }

const anyDocument = z.record(z.string(), z.unknown())

/**
 * The policy in force, or `otherwise`, with what the person's command adds for this one instance: it acts, and a VPC without a probe is looked at
 * from here. Groups and concurrency stay those of everybody.
 */
export async function policyForOne(journal: Journal, otherwise: unknown, { region, vpc = 'none' }: Instance): Promise<PolicyForOne> {
  const newest = await journal.newest('policy')
  const known = anyDocument.parse(newest ? policyFact.parse(newest.fact).document : otherwise)
  const { reach } = policySchema.parse(known)
  const reached = reach.some(one => one.region === region && one.vpc === vpc)
  const document = { ...known, mode: 'act', reach: reached ? reach : [...reach, { region, vpc, function: here }] }
  return { n: newest?.n ?? 0, policy: policySchema.parse(document), document }
}

/** The journal, in which this policy is read as the one in force. Nothing of it is written. */
export function decidedBy(journal: Journal, { n, document }: PolicyForOne): Journal {
  const entry = { n: Math.max(n, 1), attempt: '', at: new Date(0).toISOString(), fact: { text: '', document, by: 'rds-tls renew' } }
  return { ...journal, newest: async log => (log === 'policy' ? entry : journal.newest(log)) }
}

/** A person states that Alibaba issued the certificate, where the service does not say. What a handshake sees still overrules it. */
export function statedAlibabas(rds: Rds): Rds {
  return {
    ...rds,
    async protection(region, id) {
      const read = await rds.protection(region, id)
      return read?.enabled && read.issuedBy === 'unknown' ? { ...read, issuedBy: 'aliyun' } : read
    },
  }
}
