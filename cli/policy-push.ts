import type { Policy } from '../shared/domain/policy.ts'
import { readPolicy } from '../shared/domain/policy-text.ts'
import { overview } from '../shared/operations/plans.ts'
import { type PolicySeen, policyShown, pushed } from '../shared/operations/policies.ts'
import { type Command, cloudOptions, dryRun, type Given, type Outcome } from './command.ts'
import { confirm } from './confirm.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { observedWords } from './plan.ts'
import { readPolicyFile } from './policy-file.ts'
import { impactLines, impactOf } from './policy-impact.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { moment } from './times.ts'

export const push: Command = {
  usage: 'policy push [FILE]',
  about: 'put a policy in force, journalled by your name, after showing what it changes',
  words: [0, 1],
  options: {
    ...cloudOptions,
    ...dryRun,
    'no-fleet': 'do not look at the fleet: whose treatment changes stays unsaid',
    yes: 'do not ask; a policy that begins to act still asks',
    act: 'it may begin to act: say so beforehand instead of typing it',
  },
  more: ['FILE is policy.yaml unless told. A policy that goes from observing to acting is put in force only by a person who types act.'],
  run: runPush,
}

async function runPush(given: Given, at: Terminal): Promise<Outcome> {
  const file = given.word(0) || 'policy.yaml'
  const { text, policy } = await readPolicyFile(file)
  const deployment = await deploymentAt(given, at)
  const { policy: now } = await deployment.look({ do: 'policy' }, policyShown)
  if (now?.text === text) throw new Stop('No', `${file} is in force already: entry ${now.n}, by ${now.by}`)
  const before = now && readPolicy(now.text).policy
  const impact = given.flag('no-fleet') ? undefined : await impactOf(before, policy, deployment.access, at)
  const shown = [...headLines(file, policy, now, at), ...(impact ? impactLines(impact, before !== undefined, at) : [])]
  const begins = policy.mode === 'act' && now?.mode !== 'act'
  const seen = begins && now ? (await deployment.look({ do: 'overview' }, overview)).observed : undefined
  if (seen) shown.push(observedWords(seen))
  if (given.flag('dry-run'))
    return { exit: exit.fine, lines: [...shown, '', 'would put it in force'], json: { file, after: now?.n ?? 0, impact, dryRun: true } }
  const question = begins
    ? 'This policy lets the deployment restart databases. Type act to put it in force: '
    : 'Put it in force? Type yes: '
  const said = begins ? (given.flag('act') ? 'act' : undefined) : given.flag('yes') ? 'yes' : undefined
  await confirm({ shown: [...shown, ''], question, expected: begins ? 'act' : 'yes', said, option: begins ? '--act' : '--yes' }, at)
  const { by, result } = await deployment.act({ do: 'push policy', text, after: now?.n ?? 0, act: begins }, pushed)
  const word = result.mode === 'act' ? at.paint.good('acts') : at.paint.warn('only observes')
  return { exit: exit.fine, lines: [`Policy entry ${result.n} is in force and ${word}: by ${by}`], json: { ...result, by, impact } }
}

function headLines(file: string, policy: Policy, now: PolicySeen | undefined, { paint, zone }: Terminal): string[] {
  if (!now) return [`${file} would be the first policy in force; it ${policy.mode === 'act' ? paint.warn('acts') : 'only observes'}.`]
  const mode = now.mode === policy.mode ? `mode: ${policy.mode}` : paint.warn(`mode: ${now.mode} → ${policy.mode}`)
  return [`${file} would replace entry ${now.n}, by ${now.by}, ${moment(now.at, zone)}; ${mode}.`]
}
