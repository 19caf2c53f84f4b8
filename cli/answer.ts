import { answered, planShown } from '../shared/operations/plans.ts'
import { openItems } from '../shared/page/plan-summary.ts'
import { type Command, cloudOptions, dryRun, type Given, type Outcome } from './command.ts'
import { confirm } from './confirm.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { planLines, stateOf } from './plan-lines.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { some } from './times.ts'

type Decision = 'approve' | 'reject'

const command = (decision: Decision, about: string): Command => ({
  usage: `${decision} PLAN [INSTANCE…]`,
  about,
  words: [1, 200],
  options: {
    ...cloudOptions,
    ...dryRun,
    'count=N': `how many renewals you ${decision}, instead of typing it when asked`,
  },
  more: [
    'Your identity is proven to the deployment by a request that only asks STS who signed it; your keys stay here. It is journalled with the answer.',
    'Without INSTANCE it answers for every renewal of the plan that is still open.',
  ],
  run: (given, at) => run(decision, given, at),
})

export const approve = command('approve', 'say yes to a plan’s renewals, or to those of some instances')
export const reject = command('reject', 'say no; a rejection cannot be turned into an approval later')

async function run(decision: Decision, given: Given, at: Terminal): Promise<Outcome> {
  const [plan = '', ...only] = given.words
  const deployment = await deploymentAt(given, at)
  const shown = await deployment.look({ do: 'plan', plan }, planShown)
  const state = stateOf(shown)
  const open = openItems(state.closed.items, state.answers, at.now())
  const strange = only.find(id => !state.closed.items.some(item => item.instance === id))
  if (strange !== undefined) throw new Stop('No', `${plan} asks for no ${strange}: rds-tls plan ${plan} shows what it asks for`)
  const chosen = open.filter(item => only.length === 0 || only.includes(item.instance))
  if (chosen.length === 0) throw new Stop('No', `nothing of it is open any more: rds-tls plan ${plan} shows the answers`)
  const renewals = chosen.map(item => item.renewal)
  const restarting = chosen.filter(item => item.promise.restarts).length
  const what = `${some(chosen.length, 'renewal')}, ${restartsOf(restarting, chosen.length)}`
  if (given.flag('dry-run')) {
    const lines = [...planLines(shown, state, at, chosen), '', `would ${decision} ${what}`]
    return { exit: exit.fine, lines, json: { plan, decision, renewals, dryRun: true } }
  }
  await confirm(
    {
      shown: [...planLines(shown, state, at, chosen), ''],
      question: `To ${decision} ${what}, type the number of renewals: `,
      expected: String(chosen.length),
      said: given.text('count'),
      option: '--count N',
    },
    at,
  )
  const { by, result } = await deployment.act({ do: 'answer', plan, decision, renewals }, answered)
  const word = decision === 'approve' ? at.paint.good('approved') : at.paint.bad('rejected')
  const next =
    decision === 'approve'
      ? 'Each is renewed once, in its window; rds-tls history INSTANCE tells how far it is.'
      : 'Nothing is restarted; the certificates still end.'
  const left = result.stillOpen > 0 ? [`${some(result.stillOpen, 'renewal')} of ${plan} still open.`] : []
  return {
    exit: exit.fine,
    lines: [`${word} ${some(result.renewals.length, 'renewal')}, by ${by}`, next, ...left],
    json: { ...result, by },
  }
}

function restartsOf(restarting: number, of: number): string {
  if (restarting === 0) return 'without a restart'
  if (restarting < of) return `${restarting} of them with a restart`
  return of === 1 ? 'with a restart' : 'each with a restart'
}
