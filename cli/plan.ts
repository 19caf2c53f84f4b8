import { type Overview, overview, planShown } from '../shared/operations/plans.ts'
import { commands } from '../shared/page/commands.ts'
import { openItems } from '../shared/page/plan-summary.ts'
import { type Command, cloudOptions, type Given, type Outcome } from './command.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { planLines, stateOf } from './plan-lines.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { moment, some, withoutIds } from './times.ts'

export const plan: Command = {
  usage: 'plan [PLAN]',
  about: 'what the deployment is about to do: the open plans, or one of them with every renewal and its answer',
  words: [0, 1],
  options: cloudOptions,
  run: (given, at) => (given.words.length === 0 ? listAll(given, at) : showOne(given, at)),
}

async function showOne(given: Given, at: Terminal): Promise<Outcome> {
  const deployment = await deploymentAt(given, at)
  const shown = await deployment.look({ do: 'plan', plan: given.word(0) }, planShown)
  const state = stateOf(shown)
  const open = openItems(state.closed.items, state.answers, at.now())
  const next =
    open.length > 0 && !state.lapsed ? ['', `${some(open.length, 'renewal')} open. To answer: ${commands.approve(shown.plan)}`] : []
  const items = state.closed.items.map(item => ({ ...item, answer: state.answers.get(item.renewal) }))
  const { closed, asks, lapsed } = state
  const json = {
    plan: shown.plan,
    approvers: closed.approvers,
    approval: closed.approval,
    validUntil: closed.validUntil,
    asks,
    lapsed,
    open: open.length,
    items,
  }
  return { exit: exit.fine, lines: [...planLines(shown, state, at), ...next], json }
}

async function listAll(given: Given, at: Terminal): Promise<Outcome> {
  const deployment = await deploymentAt(given, at)
  const seen = await deployment.look({ do: 'overview' }, overview)
  return { exit: exit.fine, lines: [...stateLines(seen, at), '', ...planTable(seen, at), ...waiting(seen, at)], json: seen }
}

/** Whether anything may restart at all, and by whose word. */
function stateLines({ policy, rollout, observed: seen }: Overview, { paint, zone }: Terminal): string[] {
  const mode = policy
    ? `Policy entry ${policy.n} ${policy.mode === 'act' ? paint.good('acts') : paint.warn('only observes')}: by ${policy.by}, ${moment(policy.at, zone)}`
    : paint.warn('No policy is in force yet: the first daily scan adopts the packaged one, or rds-tls policy push puts yours there')
  const halted = rollout.halted
    ? [`${paint.bad('Halted')} since ${moment(rollout.halted.at, zone)}: ${withoutIds(rollout.halted.why)}. To go on: ${commands.resume}`]
    : []
  const slots = rollout.slots.map(slot =>
    slot.stuck
      ? `${paint.bad('Stuck')}: ${slot.instance} since ${moment(slot.startedAt, zone)}. Look at it, then: ${commands.abandon} ${slot.instance}`
      : `Restarts now: ${slot.instance}, since ${moment(slot.startedAt, zone)}`,
  )
  return [mode, ...(seen ? [observedWords(seen)] : []), ...halted, ...slots]
}

/** `Observed 7 nights: would have renewed 45 …`. */
export function observedWords({ nights, renewals, restarts, late }: NonNullable<Overview['observed']>): string {
  const would = `would have renewed ${renewals}, ${restarts} of them with a restart, none outside its window`
  return `Observed ${some(nights, 'night')}: ${would}; ${late} cannot meet ${late === 1 ? 'its' : 'their'} date.`
}

function planTable({ plans }: Overview, { zone, paint }: Terminal): string[] {
  if (plans.length === 0) return ['No plan is open.']
  const rows = plans.map(one => [
    paint.strong(one.plan),
    one.open === 0 ? 'answered' : paint.warn(`${one.open} of ${one.items} open`),
    one.restarting > 0 ? `${some(one.restarting, 'restart')}` : '',
    one.open === 0 ? '' : `until ${moment(one.validUntil, zone)}`,
  ])
  const open = plans.some(one => one.open > 0)
  return [...columns(rows), '', `To see one${open ? ' and answer it' : ''}: rds-tls plan PLAN`]
}

function waiting({ renewals }: Overview, { zone }: Terminal): string[] {
  if (renewals.length === 0) return []
  // One that was woken early may have two hints: the later is a net below the message that is on its way.
  const next = new Map([...renewals].reverse().map(({ renewal, look }) => [renewal, look]))
  const rows = [...next].reverse().map(([renewal, look]) => [renewal.split('.')[2] ?? renewal, `looked at next ${moment(look, zone)}`])
  return ['', `${some(next.size, 'renewal')} under way`, ...columns(rows, '  ')]
}
