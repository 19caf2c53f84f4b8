import type { PlanItem } from '../domain/item.ts'
import type { Answer, Closed } from '../domain/plan.ts'
import { type AttentionReason, type DataOf, event } from '../events.ts'
import type { Card } from '../ports.ts'
import { about, commands } from './commands.ts'
import { inline, redacted } from './plain-text.ts'
import { byUrgency, engineOf, openItems, type Summary, summaryOf } from './plan-summary.ts'
import { dayInZone, distance, inZone, windowInZone } from './times.ts'
import { type Language, wordsOf } from './words.ts'

/**
 * Cards for the chat. Their text is short enough for the narrowest of the channels (a Slack section holds 3000 characters); its first
 * paragraph alone says the most important. A card's id is its event's, so that a repeated event makes the same card.
 */
export const longestText = 2900
const longestList = 8
const urgentDays = 10

type Reader = { language: Language; timezone: string; now: Date }

export type ApprovalAsk = Reader & {
  closed: Closed
  /** Counts from 1, as in ApprovalRequested. */
  ask: number
  /** Those that are in already: an item is not asked about twice. */
  answers?: ReadonlyMap<string, Answer> | undefined
  /** The whole link with its token; undefined where no page is served: the card then carries a command. */
  url?: string | undefined
}

/** One card per owner and plan: how many, which restart, until when, and the way to answer. */
export function approvalCard({ closed, ask, answers = new Map(), url, language, timezone, now }: ApprovalAsk): Card {
  const words = wordsOf(language)
  const items = byUrgency(openItems(closed.items, answers, now))
  const summary = summaryOf(items, now)
  const head = [
    words.cards.restarts(summary.restarting, summary.count),
    ...(summary.expired > 0 ? [words.cards.expired(summary.expired)] : []),
    ...(summary.windowless > 0 ? [words.cards.noDeadline(summary.windowless)] : []),
    ...(summary.deadline
      ? [words.cards.deadline(inZone(summary.deadline, timezone, language), words.times.away(distance(summary.deadline, now)))]
      : []),
  ].join('\n\n')
  const reminder = ask > 1 ? words.gap + words.page.reminder(ask) : ''
  const tail = [
    `${words.cards.silence}${reminder}`,
    ...(url === undefined ? [words.cards.command(commands.approve(inline(closed.plan, 128)))] : []),
  ].join('\n\n')
  const lines = items.slice(0, longestList).map(item => itemLine(item, { language, timezone, now }))
  const list = listed(lines, items.length, longestText - head.length - tail.length - 8, words.cards.more)
  return {
    id: event('ApprovalRequested', { plan: closed.plan, ask }).id,
    title: words.cards.approvalTitle(summary.count),
    text: [head, list, tail].filter(part => part !== '').join('\n\n'),
    button: url === undefined ? undefined : { label: words.cards.review, url },
    urgent: isUrgent(summary, now),
  }
}

function isUrgent({ expired, windowless, deadline }: Summary, now: Date): boolean {
  if (expired > 0 || windowless > 0 || deadline === undefined) return true
  const left = distance(deadline, now)
  return left.past || left.unit !== 'days' || left.count < urgentDays
}

function itemLine(item: PlanItem, { language, timezone, now }: Reader): string {
  const words = wordsOf(language)
  const impact = item.promise.restarts
    ? words.impact.restarts(windowInZone(item.promise.window, timezone, language, now).local)
    : words.impact.runsOn
  const line = words.cards.line({
    engine: inline(engineOf(item), 40),
    region: inline(item.region, 40),
    notAfter: dayInZone(item.notAfter, timezone),
    impact: inline(impact, 120),
  })
  return `- ${nameOf(item)}: ${line}`
}

const nameOf = (item: PlanItem): string => {
  const [name, id] = [inline(item.description, 48), inline(item.instance, 64)]
  return name === '' || name === id ? `**${id}**` : `**${name}** (${id})`
}

/** As many lines as fit into `room` characters, and how many of `count` are not among them. */
function listed(lines: readonly string[], count: number, room: number, more: (count: number) => string): string {
  const lastLine = 40
  const shown: string[] = []
  let used = lastLine
  for (const line of lines) {
    used += line.length + 1
    if (used > room) break
    shown.push(line)
  }
  const left = count - shown.length
  return [...shown, ...(left > 0 ? [`- ${more(left)}`] : [])].join('\n')
}

export type Proof = Reader & {
  closed: Closed
  /** How many of the plan's renewals are proven by now, this one among them. */
  proven: number
  /** The renewal that was proven last: the event's. */
  renewal: string
  notAfter: string
  serial: string
  /** The probe that saw it. */
  from: string
  /** Where applications download the bundle. */
  bundleUrl: string
}

/** The progress of a plan, and its last proof. */
export function provenCard({ closed, proven, renewal, notAfter, serial, from, bundleUrl, language, timezone }: Proof): Card {
  const words = wordsOf(language).cards
  const item = closed.items.find(one => one.renewal === renewal)
  const { provenDetail: names } = words
  const detail = [
    [names.notAfter, inZone(notAfter, timezone, language)],
    [names.serial, inline(serial, 64)],
    [names.from, inline(from, 64)],
    [names.bundle, `[${words.download}](${linkTarget(bundleUrl)})`],
  ]
  return {
    id: event('RenewalProven', { plan: closed.plan, renewal }).id,
    title: words.provenTitle(proven, closed.items.length),
    text: [
      words.last(item ? nameOf(item) : inline(renewal, 128)),
      words.proven,
      detail.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    ].join('\n\n'),
    button: undefined,
    urgent: false,
  }
}

/** A target that cannot end the link it stands in. */
const linkTarget = (url: string) =>
  url.replace(/[()<>[\]\\\s"'`]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

const urgentReasons: Readonly<Record<AttentionReason, boolean>> = {
  Refused: false,
  Lapsed: true,
  Failed: true,
  Halted: true,
  Drift: true,
  ExpiryNear: true,
  ScanIncomplete: true,
  ScanMissing: true,
  QueuesFail: true,
  IssuerUnseen: true,
  Unreached: false,
  Refuted: true,
  Stuck: true,
  BundleRefused: false,
  NotRenewedHere: true,
  SettingsChanged: true,
  VendorTaskLeft: true,
  Test: false,
}

export type Attention = DataOf<'AttentionNeeded'> & { language: Language; url?: string | undefined }

/** What is wrong, with what, and the one next thing to do. An empty `mend` takes the words' own. */
export function attentionCard({ language, url, ...data }: Attention): Card {
  const words = wordsOf(language)
  const names = words.cards.attention
  const { title, sentence, mend } = words.attention[data.reason]
  const subject = inline(redacted(data.subject), 128)
  const [detail, next] = [inline(redacted(data.detail), 900), inline(redacted(data.mend), 600) || mend.replaceAll(about, subject)]
  const lines = [
    `- ${names.about}: **${subject}**`,
    ...(detail === '' ? [] : [`- ${names.detail}: ${detail}`]),
    ...(data.plan === undefined || data.plan === data.subject ? [] : [`- ${names.plan}: ${inline(data.plan, 128)}`]),
  ]
  return {
    id: event('AttentionNeeded', data).id,
    title: `${title}: ${subject}`,
    text: [sentence, lines.join('\n'), `**${names.mend}**: ${next}`].join('\n\n'),
    button: url === undefined ? undefined : { label: words.cards.open, url },
    urgent: urgentReasons[data.reason],
  }
}
