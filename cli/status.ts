import { type Outlook, outlookOf, type Urgency, urgencyOf } from '../shared/domain/outlook.ts'
import { unreachable } from '../shared/errors.ts'
import { accessOf } from './access.ts'
import { type Command, cloudOptions, type Given, type Outcome } from './command.ts'
import { type Exit, exit, worse } from './exit.ts'
import { readFleet, type Seen } from './fleet.ts'
import { policyToJudgeBy } from './policy-file.ts'
import { linesOf } from './status-lines.ts'
import type { Terminal } from './terminal.ts'
import { consoleLink } from './words.ts'

export const status: Command = {
  usage: 'status',
  about: 'every instance of the account, how long its certificate lasts, and what becomes of it; only reads, and needs no deployment',
  words: [0, 0],
  options: {
    ...cloudOptions,
    'regions=A,B': 'look at these regions only',
    'policy=FILE': 'judge by this policy; unless told ./policy.yaml, else the one that a new deployment starts with',
    'warn-days=N': 'a deadline is near so many days ahead; 10 unless told',
    brief: 'one line for each instance',
  },
  more: [
    'Exit status, for monitors: 0 nothing presses, 1 a deadline is near, 2 a certificate has expired or no window is left, 3 something could',
    'not be read. What it needs: rds:Describe* and rds:ListTagResources.',
  ],
  run: runStatus,
}

/** One instance and what becomes of it. */
export type Row = { seen: Seen; outlook: Outlook; notAfter: string | undefined; urgency: Urgency }

async function runStatus(given: Given, at: Terminal): Promise<Outcome> {
  const access = await accessOf(given, at)
  const { policy, file } = await policyToJudgeBy(given.text('policy'), access.local ? access.env.POLICY_FILE : undefined)
  const warn = given.number('warn-days', [0, 3650], 10)
  const fleet = await readFleet(access, given.text('regions')?.split(',') ?? policy.regions, at)
  const situation = { policy, pace: fleet.settings.pace }
  const rows = fleet.instances.map((seen): Row => {
    const notAfter = seen.protection?.enabled ? seen.protection.notAfter : undefined
    const outlook = judge(seen, situation, fleet.tasks, at.now())
    return { seen, outlook, notAfter, urgency: urgencyOf(outlook, notAfter, at.now(), warn) }
  })
  rows.sort((a, b) => order(a) - order(b) || (a.seen.listed.id < b.seen.listed.id ? -1 : 1))
  const lines = linesOf({ rows, fleet, policy, file, from: access.from, brief: given.flag('brief') }, at)
  return { exit: exitOf(rows, fleet.refused.length), lines, json: jsonOf(rows, fleet, file, policy.mode) }
}

function judge(
  { listed, instance, protection, unread }: Seen,
  situation: Parameters<typeof outlookOf>[3],
  tasks: Parameters<typeof outlookOf>[2],
  now: Date,
): Outlook {
  if (unread) return { will: 'not', why: 'Unread', detail: unread.cloudCode ?? unread.code }
  const known = instance ?? { ...listed, maintainTime: '', replicas: [], tags: {} }
  return outlookOf(known, instance && protection, tasks, situation, now)
}

/** What ends first comes first; what has no certificate comes last. */
const order = ({ notAfter, urgency }: Row): number =>
  urgency === 'unseen' ? 0 : notAfter === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(notAfter)

function exitOf(rows: readonly Row[], refused: number): Exit {
  return rows.map(({ urgency }) => exits(urgency)).reduce(worse, refused > 0 ? exit.unknown : exit.fine)
}

function exits(urgency: Urgency): Exit {
  switch (urgency) {
    case 'now':
      return exit.critical
    case 'soon':
      return exit.warning
    case 'unseen':
      return exit.unknown
    case 'fine':
    case 'none':
      return exit.fine
    default:
      return unreachable(urgency)
  }
}

function jsonOf(
  rows: readonly Row[],
  { account, regions, refused, blind }: Awaited<ReturnType<typeof readFleet>>,
  policy: string,
  mode: string,
) {
  const faults = (list: typeof refused) =>
    list.map(({ region, fault }) => ({ region, code: fault.cloudCode ?? fault.code, message: fault.message }))
  const instances = rows.map(({ seen: { listed }, outlook, notAfter, urgency }) => {
    const { region, id, description, engine, version, status: state, vpc } = listed
    const shown =
      outlook.will === 'renew'
        ? {
            ...outlook,
            treatment: undefined,
            rule: outlook.treatment.from,
            approval: outlook.treatment.approval,
            approvers: outlook.treatment.approvers,
          }
        : outlook
    return {
      region,
      id,
      name: description,
      engine,
      version,
      status: state,
      vpc,
      notAfter,
      urgency,
      ...shown,
      console: consoleLink(region, id),
    }
  })
  return { account, policy, mode, regions, refused: faults(refused), tasksUnread: faults(blind), instances }
}
