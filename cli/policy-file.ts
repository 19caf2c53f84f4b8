import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Policy, policySchema } from '../shared/domain/policy.ts'
import { readPolicy } from '../shared/domain/policy-text.ts'
import { bytesOf } from './certificates.ts'

export type PolicyFile = { file: string; text: string; policy: Policy; document: unknown }

/** Reads a policy file. @throws Stop BadFile, Fault BadConfig with every fault and its line */
export async function readPolicyFile(file: string): Promise<PolicyFile> {
  const text = (await bytesOf(file)).toString('utf8')
  return { file, text, ...readPolicy(text, file) }
}

/** The policy to judge by: the one that is named, ./policy.yaml, or the one that a new deployment starts with. */
export async function policyToJudgeBy(named: string | undefined, told: string | undefined): Promise<PolicyFile> {
  const packaged = fileURLToPath(new URL('../policy.yaml', import.meta.url))
  return readPolicyFile(named ?? (told || (existsSync('policy.yaml') ? 'policy.yaml' : packaged)))
}

/** A policy’s document as the journal keeps it, read again. */
export const policyOf = (document: unknown): Policy => policySchema.parse(document)
