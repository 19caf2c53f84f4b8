import { braked } from '../shared/operations/brakes.ts'
import { type Command, cloudOptions, dryRun, type Outcome } from './command.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { some } from './times.ts'

const options = { ...cloudOptions, ...dryRun }
const would = (sentence: string): Outcome => ({ exit: exit.fine, lines: [sentence], json: { dryRun: true } })

export const pause: Command = {
  usage: 'pause [REASON]',
  about: 'let no further restart begin, until resume; what restarts already is watched to its end',
  words: [0, 50],
  options,
  more: ['It asks nothing: stopping is always safe. What was approved stays approved, and cards go on.'],
  async run(given, at) {
    if (given.flag('dry-run')) return would('would let no further restart begin')
    const { by, result } = await (await deploymentAt(given, at)).act({ do: 'pause', why: given.words.join(' ') }, braked)
    return told([at.paint.warn(`paused by ${by}: no restart begins`), ...underWay(result.rollout.slots.length)], result, by)
  },
}

export const resume: Command = {
  usage: 'resume',
  about: 'let restarts begin again, after a pause or after failures halted them',
  words: [0, 0],
  options,
  async run(given, at) {
    if (given.flag('dry-run')) return would('would let restarts begin again')
    const { by, result } = await (await deploymentAt(given, at)).act({ do: 'resume' }, braked)
    const woken = result.woken ?? 0
    return told(
      [
        at.paint.good(`resumed by ${by}`),
        woken === 0
          ? 'No renewal was waiting for it.'
          : `${some(woken, 'waiting renewal')} ${woken === 1 ? 'looks' : 'look'} again now; each still keeps to its window.`,
      ],
      result,
      by,
    )
  },
}

export const stopAll: Command = {
  usage: 'stop-all [REASON]',
  about: 'pause, and take the policy back to observing: resume alone does not undo it',
  words: [0, 50],
  options,
  more: ['To go on: rds-tls resume, and rds-tls policy push with a policy that acts.'],
  async run(given, at) {
    if (given.flag('dry-run')) return would('would let no further restart begin, and take the policy back to observing')
    const { by, result } = await (await deploymentAt(given, at)).act({ do: 'stop all', why: given.words.join(' ') }, braked)
    const policy = result.observes
      ? 'the policy only observes'
      : at.paint.bad('the policy could not be changed: it changed meanwhile; run it again')
    return told([at.paint.warn(`stopped by ${by}: no restart begins, and ${policy}`), ...underWay(result.rollout.slots.length)], result, by)
  },
}

const underWay = (count: number): string[] =>
  count === 0 ? [] : [`${some(count, 'restart')} under way ${count === 1 ? 'is' : 'are'} watched to the end.`]

const told = (lines: string[], result: object, by: string): Outcome => ({ exit: exit.fine, lines, json: { ...result, by } })
