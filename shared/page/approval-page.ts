import { html, raw } from 'hono/html'
import type { PlanItem } from '../domain/item.ts'
import type { Answer, Closed } from '../domain/plan.ts'
import { framed, type Markup } from './frame.ts'
import { planLink } from './link.ts'
import { openItems, summaryOf } from './plan-summary.ts'
import { planTable } from './plan-table.ts'
import type { PageProblem } from './problem.ts'
import { dayInZone, distance, zoned } from './times.ts'
import { type Language, wordsOf } from './words.ts'

export { pageHeaders } from './frame.ts'

/** What every page of a plan is made from. `action` is the page's own path, where its form is posted to. */
export type PlanContext = {
  closed: Closed
  answers: ReadonlyMap<string, Answer>
  now: Date
  language: Language
  timezone: string
  token: string
  action: string
}

export type PlanPage = PlanContext & {
  /** How often it has been asked, from 1. */
  asks: number
  /** What was wrong with the answer just posted; shown with the form. */
  problem?: PageProblem | undefined
  /** The renewals whose boxes are checked; all that are open where absent. */
  chosen?: readonly string[] | undefined
}

/** The page that asks. It only shows: the answer is a POST of its form. */
export function renderPlan(page: PlanPage): string {
  const { closed, answers, now, language, token, action } = page
  const { page: words, gap } = wordsOf(language)
  const open = openItems(closed.items, answers, now)
  const title = open.length === 0 ? words.nothingOpen : words.ask(open.length)
  const checked = new Set(page.chosen ?? open.map(item => item.renewal))
  const main = html`
<h1>${title}</h1>
${page.problem && trouble(page.problem, language)}
${open.length > 0 && html`<p>${words.lead}${gap}<strong>${words.silence}</strong>${page.asks > 1 ? gap + words.reminder(page.asks) : ''}</p>`}
${warnings(open, page)}
${facts(open, page)}
<form method="post" action="${action}" accept-charset="utf-8">
<input type="hidden" name="token" value="${token}"><input type="hidden" name="lang" value="${language}">
<h2>${words.instances}</h2>
${open.length > 1 && html`<p><a href="${planLink(action, { token, language, choose: 'all' })}">${words.checkAll}</a> · <a href="${planLink(action, { token, language, choose: 'none' })}">${words.uncheckAll}</a> · <a href="#answer">${words.skipToAnswer}</a></p>`}
${planTable({ ...page, items: closed.items, checked: open.length > 0 ? checked : undefined })}
${open.length > 0 && answerBox(page)}
</form>`
  return framed({
    language,
    title,
    skipTo: open.length > 0 ? { id: 'answer', label: words.skipToAnswer } : undefined,
    hrefIn: one => planLink(action, { token, language: one }),
    main,
  })
}

const trouble = (problem: PageProblem, language: Language): Markup => {
  const { problems, gap } = wordsOf(language)
  const { title, sentence, mend } = problems[problem]
  return html`<div class="note loud" role="alert"><p><strong>${title}</strong></p><p>${sentence}${gap}${mend}</p></div>`
}

function warnings(open: readonly PlanItem[], { now, language }: PlanPage): Markup {
  const words = wordsOf(language).page
  const { expired, windowless } = summaryOf(open, now)
  return html`${expired > 0 && html`<p class="note loud"><strong>${words.expired(expired)}</strong></p>`}
${windowless > 0 && html`<p class="note loud">${words.windowless(windowless)}</p>`}`
}

function facts(open: readonly PlanItem[], { closed, now, language, timezone }: PlanPage): Markup {
  const words = wordsOf(language)
  const names = words.page.facts
  const { restarting, count, deadline } = summaryOf(open, now)
  const fact = (name: string, value: Markup | string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  const when = (iso: string) => {
    const { local, utc } = zoned(iso, timezone, language)
    return html`${local}${utc && html`<small>${utc}</small>`}<small>${words.times.away(distance(iso, now))}</small>`
  }
  return html`<dl class="facts">
${fact(names.count, String(count))}
${count > 0 && fact(names.restarting, names.restartingOf(restarting, count))}
${deadline && fact(names.deadline, when(deadline))}
${count > 0 && fact(names.answerUntil, when(closed.validUntil))}
${fact(names.approvers, closed.approvers)}
${fact(names.plan, html`<code>${closed.plan}</code>`)}
</dl>`
}

/**
 * The typed number and the two buttons. The first submit button is the one that the Enter key presses: it is disabled, so that Enter in the
 * number field neither approves nor rejects.
 */
function answerBox({ language, problem }: PlanPage): Markup {
  const { page, gap, problems } = wordsOf(language)
  const words = page.answer
  const wrong = problem === 'NoCount' || problem === 'WrongCount' ? problems[problem].title : undefined
  return html`<section class="answer" aria-labelledby="answer">
<button type="submit" disabled class="unseen" aria-hidden="true" tabindex="-1"></button>
<h2 id="answer" tabindex="-1">${words.heading}</h2>
<p>${words.part}${gap}${words.once}</p>
${wrong && html`<p class="wrong" id="wrong">${wrong}</p>`}
<label for="count">${words.count}</label> <span class="soft checked">${words.checkedNow}</span>
<input class="count" id="count" name="count" type="text" inputmode="numeric" maxlength="6" autocomplete="off" required aria-describedby="hint${wrong ? ' wrong' : ''}"${wrong ? raw(' aria-invalid="true" autofocus') : ''}>
<p class="soft" id="hint">${words.countHint}</p>
<p class="buttons"><button type="submit" name="decision" value="approve" class="approve">${words.approve}</button><button type="submit" name="decision" value="reject" class="reject">${words.reject}</button></p>
</section>`
}

export type AnsweredPage = PlanContext & { decision: 'approve' | 'reject'; renewals: readonly string[] }

/** The page after an answer was recorded. `answers` are those of the plan with this one in it. */
export function renderAnswered(page: AnsweredPage): string {
  const { closed, answers, now, language, timezone, token, action, decision, renewals } = page
  const words = wordsOf(language).page
  const answered = closed.items.filter(item => renewals.includes(item.renewal))
  const left = openItems(closed.items, answers, now).length
  const title = decision === 'approve' ? words.answered.approved(answered.length) : words.answered.rejected(answered.length)
  const { notAfter } = summaryOf(answered, now)
  const next =
    decision === 'approve' ? words.answered.approvedNext : words.answered.rejectedNext(notAfter ? dayInZone(notAfter, timezone) : '–')
  const main = html`
<h1>${title}</h1>
<p class="note ${decision === 'approve' ? 'good' : 'loud'}">${next}</p>
<p>${left > 0 && words.answered.stillOpen(left)} <a href="${planLink(action, { token, language })}">${words.answered.backToPlan}</a></p>
<h2>${words.answered.theseWere}</h2>
${planTable({ ...page, items: answered, checked: undefined })}`
  return framed({ language, title, skipTo: undefined, hrefIn: one => planLink(action, { token, language: one }), main })
}

/** The page where there is no plan to show. With `token` it links back to the plan; without, it stands alone. */
export function renderProblem(
  problem: PageProblem,
  { language, action, token }: { language: Language; action?: string; token?: string },
): string {
  const words = wordsOf(language)
  const { title, sentence, mend } = words.problems[problem]
  const back = action !== undefined && token !== undefined ? (one: Language) => planLink(action, { token, language: one }) : undefined
  const main = html`
<h1>${title}</h1>
<p>${sentence}</p>
<p><strong>${mend}</strong></p>
${back && (problem === 'AlreadyAnswered' || problem === 'TryAgain') && html`<p><a href="${back(language)}">${words.page.answered.backToPlan}</a></p>`}`
  return framed({ language, title, skipTo: undefined, hrefIn: back, main })
}
