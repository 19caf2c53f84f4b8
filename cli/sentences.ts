import type { PlanFact } from '../shared/domain/plan.ts'
import type { RenewalFact } from '../shared/domain/renewal-log.ts'
import type { RolloutFact } from '../shared/domain/rollout.ts'
import { unreachable } from '../shared/errors.ts'
import type { History } from '../shared/operations/history.ts'
import { plain } from '../shared/page/plain-text.ts'
import { wordsOf } from '../shared/page/words.ts'
import { whoOf } from './plan-lines.ts'
import { span } from './times.ts'

type Told = History['renewals'][number]

/** One thing that happened, and when (ISO UTC). */
export type Sentence = { at: string; text: string }

const { ends } = wordsOf('en')

/** What became of a renewal, in the order in which it happened. Only facts that its own logs hold. */
export function sentencesOf({ renewal, entries, plan, restarts }: Told): Sentence[] {
  const mine = [
    ...plan.flatMap(({ at, fact }) => said(at, ofPlan(fact, renewal))),
    ...restarts.flatMap(({ at, fact }) => said(at, ofRestart(fact))),
    ...entries.flatMap(({ at, fact }) => said(at, ofRenewal(fact, at, callOf(entries, restarts)))),
  ]
  return mine.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

const said = (at: string, text: string | undefined): Sentence[] => (text === undefined ? [] : [{ at, text }])

/** When the last call went out: its acceptance is the closest thing that the log holds. */
function callOf(entries: Told['entries'], restarts: Told['restarts']): string | undefined {
  const started = restarts.findLast(({ fact }) => fact.fact === 'RestartStarted')?.at
  return started ?? entries.find(({ fact }) => fact.fact === 'Accepted' || fact.fact === 'Unknown')?.at
}

function ofPlan(fact: PlanFact, renewal: string): string | undefined {
  switch (fact.fact) {
    case 'Closed':
      return fact.approval === 'automatic' ? undefined : `planned in ${fact.plan}`
    case 'Asked':
      return fact.ask === 1 ? 'asked for an answer' : `asked for an answer again (${fact.ask} times)`
    case 'Answered':
      if (!fact.renewals.includes(renewal)) return undefined
      return `${fact.decision === 'approve' ? 'approved' : 'rejected'} by ${plain(whoOf(fact.by), 100)}`
    case 'Dropped':
      return fact.renewals.includes(renewal) ? 'taken out of the plan: another plan had it first' : undefined
    case 'Lapsed':
      return 'the plan lapsed: nobody answered in time'
    default:
      return unreachable(fact)
  }
}

function ofRestart(fact: RolloutFact): string | undefined {
  switch (fact.fact) {
    case 'RestartStarted':
      return `Update Validity is called${fact.slot.tries > 1 ? ' a second time' : ''}`
    case 'RestartStuck':
      return 'stuck: its restart showed no end in two hours'
    case 'RestartEnded':
      return fact.evidence === 'Abandoned' ? 'its place among the restarts is free again' : undefined
    case 'SecondNotTaken':
      return 'the second call did not happen: the first one is watched again'
    case 'RenewalFailed':
      return `failed: ${plain(fact.why, 200)}`
    case 'RolloutHalted':
    case 'RolloutResumed':
      return undefined
    default:
      return unreachable(fact)
  }
}

function ofRenewal(fact: RenewalFact, at: string, called: string | undefined): string | undefined {
  switch (fact.fact) {
    case 'Planned':
      return undefined
    case 'Accepted':
      return `ApsaraDB took the call (request ${plain(fact.requestId, 60)})`
    case 'Unknown':
      return `the answer to the call was lost (${plain(fact.cause, 100)}): watched`
    case 'NotTaken':
      return `the call did not happen: ${plain(fact.code, 60)}`
    case 'Updated': {
      if (fact.adopted) return `somebody else renewed it; valid until ${day(fact.notAfter)}`
      const away = called === undefined ? '' : ` ${spanOf(Date.parse(at) - Date.parse(called))} after the call`
      const settings = fact.changed?.map(one => one.setting) ?? []
      const other = settings.length === 0 ? '' : `; ${settings.join(', ')} ${settings.length === 1 ? 'is' : 'are'} not what was read before`
      const tasks = fact.tasks?.map(({ id, switchTime, stays }) =>
        stays === undefined ? `; Alibaba’s task ${id} cancelled` : `; Alibaba’s task ${id} stays, set for ${switchTime}`,
      )
      return `renewed, and running again${away}; valid until ${day(fact.notAfter)}${other}${tasks?.join('') ?? ''}`
    }
    case 'Published':
      return `trust bundle ${fact.version.slice(0, 12)} is the published one`
    case 'Proven':
      return `proven by a handshake from ${plain(fact.from, 60)}: new serial ${plain(fact.serial, 60)}, valid until ${day(fact.notAfter)}`
    case 'Unreached':
      return `renewed, but not proven: ${plain(fact.detail, 200)}${fact.mend === '' ? '' : `. ${plain(fact.mend, 200)}`}`
    case 'Refuted':
      return `refuted: ${plain(fact.code, 60)}: ${plain(fact.detail, 200)}`
    case 'Ended':
      return `ended without being done: ${fact.reason}. ${ends[fact.reason].sentence} (${plain(fact.detail, 200)})`
    case 'Reopened':
      return `taken up again by ${plain(fact.by, 100)}`
    default:
      return unreachable(fact)
  }
}

const day = (iso: string): string => iso.slice(0, 10)

/** Seconds up to two minutes, else as elsewhere. */
const spanOf = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : span(ms))

/** The whole of a renewal in one line: `restarted; running again after 71 s; new serial 4F…; approved by user/li.wei`. */
export function headlineOf(told: Told): Sentence | undefined {
  const { entries, plan, restarts, renewal, held } = told
  const fact = <F extends RenewalFact['fact']>(name: F) => {
    const found = entries.findLast(one => one.fact.fact === name)
    return found && { at: found.at, fact: found.fact as Extract<RenewalFact, { fact: F }> }
  }
  const [updated, proven, ended] = [fact('Updated'), fact('Proven'), fact('Ended')]
  const answer = plan.findLast(one => one.fact.fact === 'Answered' && one.fact.renewals.includes(renewal))?.fact
  const by =
    answer?.fact === 'Answered'
      ? `${answer.decision === 'approve' ? 'approved' : 'rejected'} by ${plain(whoOf(answer.by), 100)}`
      : 'not answered yet'
  const called = callOf(entries, restarts)
  if (updated && !updated.fact.adopted) {
    const restarted = fact('Planned')?.fact.item.promise.restarts ? 'restarted' : 'renewed without a restart'
    const away = called === undefined ? [] : [`running again after ${spanOf(Date.parse(updated.at) - Date.parse(called))}`]
    const serial = proven ? [`new serial ${plain(proven.fact.serial, 60)}`] : ['not proven yet']
    return { at: called ?? updated.at, text: [restarted, ...away, ...serial, by].join('; ') }
  }
  if (updated)
    return {
      at: updated.at,
      text: `renewed by somebody else; ${proven ? `new serial ${plain(proven.fact.serial, 60)}` : 'not proven yet'}`,
    }
  if (held) return { at: held.startedAt, text: `${held.stuck ? 'stuck' : 'restarts now'}; ${by}` }
  if (ended) return { at: ended.at, text: `not renewed: ${ended.fact.reason}; ${by}` }
  const planned = fact('Planned')
  const no = answer?.fact === 'Answered' && answer.decision === 'reject'
  return planned && { at: planned.at, text: `${no ? 'not renewed' : 'planned'}; ${by}` }
}
