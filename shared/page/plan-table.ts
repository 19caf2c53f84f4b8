import { html, raw } from 'hono/html'
import type { PlanItem } from '../domain/item.ts'
import type { Answer, Answerer } from '../domain/plan.ts'
import { unreachable } from '../errors.ts'
import type { Markup } from './frame.ts'
import { plain } from './plain-text.ts'
import { byUrgency, engineOf, type ItemStatus, statusOf } from './plan-summary.ts'
import { distance, inZone, windowInZone, zoned } from './times.ts'
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

/**
 * The items of a plan: those that can be answered first, the most urgent of them on top. The roles repeat what the elements mean, since the
 * `display: block` of a narrow screen would lose it.
 */
export function planTable(table: Table): Markup {
  const { columns, instances } = wordsOf(table.language).page
  const names = [columns.instance, columns.engine, columns.notAfter, columns.deadline, columns.impact]
  const rows = byUrgency(table.items).map(item => ({ item, status: statusOf(item, table.answers, table.now) }))
  const sorted = [...rows.filter(one => one.status === 'open'), ...rows.filter(one => one.status !== 'open')]
  return html`<table role="table" aria-label="${instances}">
<thead role="rowgroup"><tr role="row">${names.map(name => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${sorted.map(one => row(one.item, one.status, table))}</tbody>
</table>`
}

function row(item: PlanItem, status: ItemStatus, table: Table): Markup {
  const words = wordsOf(table.language)
  const { columns } = words.page
  const cell = (label: string, content: Markup) => html`<td role="cell" data-label="${label}"><div>${content}</div></td>
`
  const head =
    table.checked && status === 'open'
      ? box(item, table.checked.has(item.renewal), words)
      : html`${nameOf(item)}${mark(status, table.answers.get(item.renewal), table)}`
  return html`<tr role="row"${status === 'open' ? '' : raw(' class="done"')}>
<th scope="row" role="rowheader">${head}</th>
${cell(columns.engine, html`${plain(engineOf(item), 64)}<small>${plain(item.region, 64)}</small>`)}${cell(columns.notAfter, expiry(item, table))}${cell(columns.deadline, deadline(item, table))}${cell(columns.impact, impact(item, table))}</tr>
`
}

const box = (item: PlanItem, checked: boolean, words: Words): Markup =>
  html`<label><input type="checkbox" name="item" value="${item.renewal}"${checked ? raw(' checked') : ''} autocomplete="off"><span><span class="unseen">${words.page.choose}</span> ${nameOf(item)}</span></label>`

function nameOf(item: PlanItem): Markup {
  const description = plain(item.description, 256)
  const name = description === '' || description === item.instance ? undefined : html`<bdi class="name">${description}</bdi>`
  return html`${name ?? ''}<code class="${name ? 'id' : 'name'}">${plain(item.instance, 128)}</code><code class="id">${plain(item.host, 253)}</code>`
}

function mark(status: ItemStatus, answer: Answer | undefined, { language, timezone }: Table): Markup {
  const words = wordsOf(language).page
  if (status === 'open') return html``
  const tone = status === 'approved' ? 'good' : status === 'rejected' ? 'loud' : 'plain'
  const how = answer && html`<small>${words.answeredBy(inZone(answer.at, timezone, language), byWhom(answer.by, words.by))}</small>`
  return html`<span class="badge ${tone}">${words.status[status]}</span>${how}`
}

function byWhom(by: Answerer, words: Words['page']['by']): string {
  switch (by.kind) {
    case 'link':
      return words.link
    case 'policy':
      return words.policy(by.entry)
    case 'ram':
      return words.ram(plain(by.identity, 128))
    default:
      return unreachable(by)
  }
}

function expiry(item: PlanItem, table: Table): Markup {
  const left = distance(item.notAfter, table.now)
  const soon = left.past || left.unit !== 'days' || left.count < 10
  const badge = left.past ? html`<span class="badge loud">${wordsOf(table.language).page.expiredBadge}</span><br>` : ''
  return html`${badge}${moment(item.notAfter, soon, table)}`
}

function deadline(item: PlanItem, table: Table): Markup {
  const words = wordsOf(table.language).page
  if (item.deadline === undefined) return html`<span class="badge loud">${words.noDeadline}</span>`
  const missed = distance(item.deadline, table.now).past
  return html`${missed ? html`<span class="badge loud">${words.deadlinePassed}</span><br>` : ''}${moment(item.deadline, missed, table)}`
}

function moment(iso: string, loud: boolean, { language, timezone, now }: Table): Markup {
  const { local, utc } = zoned(iso, timezone, language)
  const away = wordsOf(language).times.away(distance(iso, now))
  return html`<span class="when">${local}</span>${utc && html`<small>${utc}</small>`}<small${loud ? raw(' class="loud"') : ''}>${away}</small>`
}

function impact(item: PlanItem, { language, timezone, now }: Table): Markup {
  const words = wordsOf(language)
  const { restarts, window, updateValue } = item.promise
  const update = html`<small>${words.page.update(updateValue)}</small>`
  if (!restarts) return html`<span class="badge plain">${words.impact.runsOnBadge}</span>${update}`
  const { local, utc } = windowInZone(window, timezone, language, now)
  return html`<span class="badge warn">${words.impact.restartBadge}</span> ${words.impact.restartSpan(local)}${utc && html`<small>${utc}</small>`}${update}`
}
