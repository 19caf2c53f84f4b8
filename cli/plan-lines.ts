import type { PlanItem } from '../shared/domain/item.ts'
import { evolvePlan, noPlan, type OpenPlan, type PlanState } from '../shared/domain/plan.ts'
import type { PlanShown } from '../shared/operations/plans.ts'
import { plain } from '../shared/page/plain-text.ts'
import { byUrgency, engineOf, statusOf } from '../shared/page/plan-summary.ts'
import { windowInZone } from '../shared/page/times.ts'
import { Stop } from './stop.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { moment, some } from './times.ts'
import { consoleLink } from './words.ts'

/** The plan as its log folds. @throws Stop No */
export function stateOf({ plan, entries }: PlanShown): OpenPlan {
  let state: PlanState = noPlan
  for (const { fact, at } of entries) state = evolvePlan(state, fact, at)
  if (state.is === 'unknown') throw new Stop('No', `there is no plan ${plan}`)
  return state
}

/** A plan for a person who is to answer it. */
export function planLines({ plan }: PlanShown, state: OpenPlan, at: Terminal, only = state.closed.items): string[] {
  const { closed, asks, lapsed } = state
  const { zone, paint } = at
  const items = byUrgency(only)
  const heads = columns(items.map(item => headOf(item, state, at)))
  return [
    `Plan ${paint.strong(plan)}: ${some(closed.items.length, 'renewal')}, asks ${closed.approvers}${asks > 1 ? ` (${asks} times so far)` : ''}`,
    lapsed ? paint.bad('It has lapsed.') : `An answer counts until ${moment(closed.validUntil, zone)}.`,
    '',
    ...items.flatMap((item, n) => [heads[n] ?? '', ...bodyOf(item, state, at).map(line => `  ${line}`)]),
  ]
}

function headOf(item: PlanItem, { answers }: OpenPlan, { paint, now }: Terminal): string[] {
  const status = statusOf(item, answers, now())
  const colour = { open: paint.warn, approved: paint.good, rejected: paint.bad, lapsed: paint.soft }[status]
  return [paint.strong(item.instance), plain(item.description, 40), engineOf(item), item.region, colour(status)]
}

function bodyOf(item: PlanItem, { answers }: OpenPlan, { zone, now, paint }: Terminal): string[] {
  const { local, utc } = windowInZone(item.promise.window, zone, 'en', now())
  const how = item.promise.restarts ? `restarts for 1–5 minutes inside ${local}${utc === undefined ? '' : ` (${utc})`}` : 'does not restart'
  const last = item.deadline === undefined ? paint.bad('no window is left before') : `last chance ${moment(item.deadline, zone)}`
  const answer = answers.get(item.renewal)
  return [
    `certificate ends ${moment(item.notAfter, zone)}; ${last}`,
    how,
    ...(answer ? [`${answer.decision === 'approve' ? 'approved' : 'rejected'} ${moment(answer.at, zone)}, by ${whoOf(answer.by)}`] : []),
    paint.soft(consoleLink(item.region, item.instance)),
  ]
}

/** Who answered, in words. */
export function whoOf(by: NonNullable<ReturnType<OpenPlan['answers']['get']>>['by']): string {
  switch (by.kind) {
    case 'ram':
      return by.identity
    case 'policy':
      return `policy entry ${by.entry}`
    case 'link':
      return `somebody with the link (${by.from})`
  }
}
