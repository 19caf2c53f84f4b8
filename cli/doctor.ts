import { readPolicy } from '../shared/domain/policy-text.ts'
import { Fault } from '../shared/errors.ts'
import { checkup } from '../shared/operations/checkup.ts'
import { accessOf } from './access.ts'
import { type Command, cloudOptions, type Given, type Outcome } from './command.ts'
import { deploymentAt } from './deployment.ts'
import { checkAccount } from './doctor/account.ts'
import { checkChat } from './doctor/chat.ts'
import { bad, type Finding, note, statement, unseen } from './doctor/finding.ts'
import { judgeInside } from './doctor/inside.ts'
import { checkPage } from './doctor/page.ts'
import { judgeProbes, judgeReach } from './doctor/reach.ts'
import { type Exit, exit, worse } from './exit.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

export const doctor: Command = {
  usage: 'doctor',
  about: 'what keeps this from working, each fault by its name, with the RAM statements, lines and commands to paste',
  words: [0, 0],
  options: {
    ...cloudOptions,
    card: 'also send a test card to every channel of the policy, and wait until it is posted',
    'page=URL': 'also ask the approval page at this address',
  },
  more: [
    'It only reads, but for --card. Exit status: 0 nothing is wrong, 1 something needs a person, 2 something does not work, 3 something could not be seen.',
  ],
  run: runDoctor,
}

async function runDoctor(given: Given, at: Terminal): Promise<Outcome> {
  const access = await accessOf(given, at)
  const { findings, account, instances } = await checkAccount(access, at)
  const inside = account === undefined ? [] : await checkDeployment(given, account, instances, at)
  const url = given.text('page')
  const all = [...findings, ...inside, ...(url === undefined ? [] : [await checkPage(url)])]
  return {
    exit: all.map(({ level }) => exits[level]).reduce(worse, exit.fine),
    lines: trimmed(all.flatMap(one => linesOf(one, at))),
    json: { findings: all },
  }
}

type Instances = Parameters<typeof judgeProbes>[1]

async function checkDeployment(given: Given, account: string, instances: Instances, at: Terminal): Promise<Finding[]> {
  try {
    const deployment = await deploymentAt(given, at)
    const seen = await deployment.look({ do: 'checkup' }, checkup)
    const text = seen.policy.ok ? seen.policy.is?.text : undefined
    const policy = text === undefined ? undefined : readPolicy(text).policy
    return [
      ...judgeInside(seen, at),
      ...(policy ? [judgeProbes(policy, instances), judgeReach(seen, policy)] : []),
      ...(given.flag('card') ? await checkChat(deployment, at) : []),
    ]
  } catch (error) {
    if (error instanceof Stop && error.code === 'NotDeployed')
      return [note('deployment', 'NotDeployed', error.message, ['npm run deploy -- --plan', 'npm run deploy'])]
    if (error instanceof Stop) return [bad('deployment', 'DeploymentFails', error.message)]
    if (error instanceof Fault) return [invokeFinding(error, account)]
    throw error
  }
}

function invokeFinding({ code, cloudCode, message }: Fault, account: string): Finding {
  if (code !== 'Refused') return unseen('deployment', 'DeploymentSilent', message)
  const paste = statement(['fc:InvokeFunction'], [`acs:fc:*:${account}:functions/rds-tls-operate`])
  return bad(
    'deployment',
    'NoInvoke',
    `fc:InvokeFunction on rds-tls-operate refused (${cloudCode ?? code}): whoever operates it needs this one right`,
    paste,
  )
}

const exits: Readonly<Record<Finding['level'], Exit>> = {
  fine: exit.fine,
  note: exit.fine,
  warning: exit.warning,
  bad: exit.critical,
  unseen: exit.unknown,
}

function linesOf({ check, level, code, sentence, paste = [] }: Finding, { paint }: Terminal): string[] {
  const [sign, colour] = (
    {
      fine: ['✓', paint.good],
      note: ['·', paint.soft],
      warning: ['!', paint.warn],
      bad: ['✗', paint.bad],
      unseen: ['?', paint.warn],
    } as const
  )[level]
  const name = code === undefined ? '' : `${paint.strong(code)}: `
  return [
    `${colour(sign)} ${check.padEnd(12)}  ${name}${sentence}`,
    ...(paste.length > 0 ? ['', ...paste.map(line => `    ${line}`), ''] : []),
  ]
}

const trimmed = (lines: readonly string[]): readonly string[] => (lines.at(-1) === '' ? lines.slice(0, -1) : lines)
