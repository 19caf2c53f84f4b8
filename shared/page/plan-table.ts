import { html, raw } from 'hono/html'
import type { PlanItem } from '../domain/item.ts'
import type { Answer, Answerer } from '../domain/plan.ts'
import { unreachable } from '../errors.ts'
import type { Markup } from './frame.ts'
import { plain } from './plain-text.ts'
import { byUrgency, engineOf, hasExpired, type ItemStatus, statusOf } from './plan-summary.ts'
import { distance, inZone, windowInZone } from './times.ts'
import { type Language, type Words, wordsOf } from './words.ts'

export type Table = {
  items: readonly PlanItem[]
  answers: ReadonlyMap<string, Answer>
  /** The renewals whose boxes are checked; undefined where nothing is asked and no box is shown. */
  checked: ReadonlySet<string> | undefined
  now: Date
  language: Language
  timezone: string
}

/** The items of a plan, the most urgent first. The roles repeat what the elements mean: a narrow screen's `display: block` would lose it. */
export function planTable(table: Table): Markup {
  const { columns, instances } = wordsOf(table.language).page
  const names = [columns.instance, columns.engine, columns.notAfter, columns.deadline, columns.impact]
  return html`<table role="table" aria-label="${instances}">
<thead role="rowgroup"><tr role="row">${names.map(name => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${byUrgency(table.items).map(item => row(item, table))}
</tbody>
</table>`
}

function row(item: PlanItem, table: Table): Markup {
  const { language, answers, checked, now } = table
  const words = wordsOf(language)
  const { columns } = words.page
  const status = statusOf(item, answers, now)
  const cell = (label: string, content: Markup) => html`<td role="cell" data-label="${label}">${content}</td>`
  return html`<tr role="row"${status === 'open' ? '' : raw(' class="done"')}>
<th scope="row" role="rowheader">${checked && status === 'open' ? box(item, checked.has(item.renewal), words) : html`${who(item)}${mark(status, answers.get(item.renewal), table)}`}</th>
${cell(columns.engine, html`<span>${engineOf(item)}</span><small>${item.region}</small>`)}
${cell(columns.notAfter, expiry(item, table))}
${cell(columns.deadline, deadline(item, table))}
${cell(columns.impact, impact(item, table))}
</tr>
`
}

const box = (item: PlanItem, checked: boolean, words: Words): Markup =>
  html`<label><input type="checkbox" name="item" value="${item.renewal}"${checked ? raw(' checked') : ''} autocomplete="off"><span><span class="unseen">${words.page.choose('')}</span>${who(item)}</span></label>`

const who = (item: PlanItem): Markup =>
  html`${item.description && html`<bdi class="name">${plain(item.description, 256)}</bdi>`}<small><code>${item.instance}</code></small>`

function mark(status: ItemStatus, answer: Answer | undefined, { language, timezone }: Table): Markup {
  const words = wordsOf(language).page
  if (status === 'open') return html``
  const tone = status === 'approved' ? 'good' : status === 'rejected' ? 'loud' : 'plain'
  return html`<span class="badge ${tone}">${words.status[status]}</span>${answer && html`<small>${inZone(answer.at, timezone, language)}, ${byWhom(answer.by, words.by)}</small>`}`
}

function byWhom(by: Answerer, words: Words['page']['by']): string {
  switch (by.kind) {
    case 'link':
      return words.link
    case 'policy':
      return words.policy(by.entry)
    default:
      return unreachable(by)
  }
}

function expiry(item: PlanItem, { language, timezone, now }: Table): Markup {
  const words = wordsOf(language)
  const left = distance(item.notAfter, now)
  const away = words.times.away(left)
  const loud = hasExpired(item, now) ? html`<span class="badge loud">${words.page.expiredBadge}</span> ` : ''
  const soon = !left.past && (left.unit !== 'days' || left.count < 10)
  return html`${loud}<span>${inZone(item.notAfter, timezone, language)}</span><small class="${soon || left.past ? 'loud' : ''}">${away}</small>`
}

function deadline(item: PlanItem, { language, timezone, now }: Table): Markup {
  const words = wordsOf(language)
  if (item.deadline === undefined) return html`<span class="badge loud">${words.page.noDeadline}</span>`
  const left = distance(item.deadline, now)
  const missed = left.past ? html`<span class="badge loud">${words.page.deadlinePassed}</span> ` : ''
  return html`${missed}<span>${inZone(item.deadline, timezone, language)}</span><small>${words.times.away(left)}</small>`
}

function impact(item: PlanItem, { language, timezone, now }: Table): Markup {
  const words = wordsOf(language)
  const { restarts, window, updateValue } = item.promise
  const hours = windowInZone(window, timezone, language, now)
  const said = restarts
    ? html`<span class="badge warn">${words.impact.restartBadge}</span><span>${words.impact.restarts(hours.both)}</span>`
    : html`<span class="badge plain">${words.impact.runsOnBadge}</span>`
  return html`${said}<small>${words.page.bound(updateValue)} <code>${item.host}</code></small>`
}
