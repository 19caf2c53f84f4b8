import type { Policy } from '../shared/domain/policy.ts'
import { plain } from '../shared/page/plain-text.ts'
import { windowInZone } from '../shared/page/times.ts'
import type { Explained } from '../shared/page/words.ts'
import type { FleetView } from './fleet.ts'
import type { Paint } from './paint.ts'
import type { Row } from './status.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { moment, some, span } from './times.ts'
import { consoleLink, faultWords, whyNot, withoutProbe } from './words.ts'

export type StatusView = { rows: readonly Row[]; fleet: FleetView; policy: Policy; file: string; from: string; brief: boolean }

/** The whole answer for a person: one block for each instance, then why some are not renewed, then what comes next. */
export function linesOf(view: StatusView, at: Terminal): string[] {
  const { rows, fleet, policy, file, from, brief } = view
  const { paint } = at
  const observes = policy.mode === 'observe' ? ', which only observes: nothing is called before a person says act' : ''
  const heads = columns(rows.map(row => [...headOf(row, at), ...(brief ? [briefly(row, at)] : [])]))
  const blocks = rows.flatMap((row, n) => {
    const head = heads[n] ?? ''
    return brief ? [head] : [head, ...bodyOf(row, at).map(line => `          ${line}`)]
  })
  return [
    `Account ${fleet.account} by ${from}: ${some(fleet.instances.length, 'instance')} in ${some(fleet.regions.length - fleet.refused.length, 'region')}`,
    paint.soft(`Judged by ${file}${observes}.`),
    '',
    ...blocks,
    ...refusals(fleet, paint),
    ...reasons(rows, paint),
    '',
    ...lastWords(rows, at),
  ]
}

function headOf({ seen: { listed }, notAfter, urgency }: Row, { paint, now }: Terminal): string[] {
  const name = plain(listed.description, 40)
  const end = notAfter === undefined ? undefined : Date.parse(notAfter) - now().getTime()
  const left = urgency === 'unseen' ? '?' : end === undefined ? '–' : end <= 0 ? 'expired' : span(end)
  const colour = { now: paint.bad, soon: paint.warn, unseen: paint.warn, fine: paint.good, none: paint.soft }[urgency]
  const engine = `${listed.engine === 'SQLServer' ? 'SQL Server' : listed.engine} ${listed.version}`
  return [colour(left.padStart(8)), paint.strong(listed.id), name === listed.id ? '' : name, engine, listed.region]
}

/** In a word or two what becomes of it. */
function briefly({ outlook }: Row, { now, paint, zone }: Terminal): string {
  if (outlook.will === 'not') return paint.warn(outlook.why)
  if (outlook.will === 'wait') return 'renewed by Alibaba Cloud'
  const due = Date.parse(outlook.from) <= now().getTime() ? 'due now' : `due ${moment(outlook.from, zone)}`
  return outlook.unseen === 'Issuer' ? `${due}, ${paint.warn('NoProbe')}` : due
}

function bodyOf({ seen: { listed }, outlook, notAfter }: Row, at: Terminal): string[] {
  return [
    ...endOf(outlook, notAfter, at),
    ...whatOf(outlook, listed.vpc ?? 'the public network', at),
    at.paint.soft(consoleLink(listed.region, listed.id)),
  ]
}

function endOf(outlook: Row['outlook'], notAfter: string | undefined, { zone, paint, now }: Terminal): string[] {
  if (notAfter === undefined) return []
  const gone = Date.parse(notAfter) <= now().getTime()
  const end = `${gone ? 'ended' : 'ends'} ${moment(notAfter, zone)}`
  if (outlook.will !== 'renew' || gone) return [end]
  return [
    `${end}; ${outlook.deadline === undefined ? paint.bad('no window is left before') : `last chance ${moment(outlook.deadline, zone)}`}`,
  ]
}

function whatOf(outlook: Row['outlook'], vpc: string, { zone, paint, now }: Terminal): string[] {
  if (outlook.will === 'not') return [`not renewed: ${paint.warn(outlook.why)}${outlook.why === 'Unread' ? ` (${outlook.detail})` : ''}`]
  if (outlook.will === 'wait') return [`Alibaba Cloud renews it by a task of its own: ${moment(outlook.task.switchTime, zone)}`]
  const { from, first, restarts, window, treatment, unseen } = outlook
  const due = Date.parse(from) <= now().getTime() ? 'due now' : `due ${moment(from, zone)}`
  const asked = treatment.approval === 'automatic' ? 'nobody is asked' : `${treatment.approvers} is asked`
  const { local, utc } = windowInZone(window, zone, 'en', now())
  const how = restarts ? `restarts for 1–5 minutes inside ${local}${utc === undefined ? '' : ` (${utc})`}` : 'is renewed without a restart'
  const when = first === undefined ? '' : `; first chance ${Date.parse(first) <= now().getTime() ? 'now' : moment(first, zone)}`
  return [
    `${due}: ${asked}, then it ${how}${when}`,
    ...(unseen === undefined
      ? []
      : [paint.warn(unseen === 'Proof' ? `cannot be proven: no probe in ${vpc}` : `waits for a probe in ${vpc}`)]),
  ]
}

function refusals({ refused, blind }: FleetView, paint: Paint): string[] {
  return [
    ...refused.map(({ region, fault }) => `${paint.bad(region)}  not read: ${faultWords(fault, 'rds:DescribeDBInstances')}`),
    ...blind.map(
      ({ region, fault }) =>
        `${paint.warn(region)}  its scheduled tasks not read: ${faultWords(fault, 'rds:DescribeActiveOperationTasks')}`,
    ),
  ].flatMap((line, n) => (n === 0 ? ['', line] : [line]))
}

/** Each reason once, with its one mend, and the lines to paste. */
function reasons(rows: readonly Row[], paint: Paint): string[] {
  const told = new Map<Explained, { name: string; count: number }>()
  const reach = new Set<string>()
  for (const { outlook, seen } of rows) {
    const reason = reasonOf(outlook)
    if (reason === undefined) continue
    const { name, words } = reason
    told.set(words, { name, count: (told.get(words)?.count ?? 0) + 1 })
    if (name === 'NoProbe') reach.add(reachLine(seen.listed))
  }
  if (told.size === 0) return []
  const lines = [...told].flatMap(([{ sentence, mend }, { name, count }]) => [
    `  ${paint.warn(name)} (${count})  ${sentence}`,
    `      ${mend}`,
  ])
  const paste = reach.size === 0 ? [] : ['', 'Lines for reach in policy.yaml', ...[...reach].sort()]
  return ['', 'Why not', ...lines, ...paste]
}

function reasonOf(outlook: Row['outlook']): { name: string; words: Explained } | undefined {
  if (outlook.will === 'not') return { name: outlook.why, words: whyNot[outlook.why] }
  if (outlook.will === 'renew' && outlook.unseen) return { name: 'NoProbe', words: withoutProbe[outlook.unseen] }
  return undefined
}

const reachLine = ({ region, vpc }: { region: string; vpc: string | undefined }): string =>
  `  - { region: ${region}, vpc: ${vpc ?? 'none'}, function: rds-tls-probe-${vpc ?? 'public'} }`

/** The first outage, and the one command against it. */
function lastWords(rows: readonly Row[], { paint, now }: Terminal): string[] {
  const ending = rows.filter(row => row.notAfter !== undefined)
  const [first] = ending
  if (!first?.notAfter) return [paint.good('No certificate was seen that could end.')]
  const expired = ending.filter(row => Date.parse(row.notAfter ?? '') <= now().getTime())
  const next = nextOf(first)
  const { id } = first.seen.listed
  if (expired.length > 0)
    return [
      `${paint.bad(
        `Encrypted clients of ${expired
          .map(row => row.seen.listed.id)
          .slice(0, 5)
          .join(', ')}${expired.length > 5 ? ' and others' : ''} fail now.`,
      )} Next: ${next}`,
    ]
  return [`First outage if nobody acts: ${paint.strong(id)}, ${span(Date.parse(first.notAfter) - now().getTime())}. Next: ${next}`]
}

const nextOf = ({ outlook, seen: { listed } }: Row): string => {
  if (outlook.will === 'not') return whyNot[outlook.why].mend
  if (outlook.will === 'wait') return 'nothing, if that task ends well: rds-tls status shows it'
  return `\`rds-tls renew ${listed.id}\``
}
