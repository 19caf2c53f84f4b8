import { driven } from '../shared/operations/renewals.ts'
import { type Command, cloudOptions, dryRun } from './command.ts'
import { confirm } from './confirm.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'

const next: Readonly<Record<string, string>> = {
  RenewalApproved: 'update-validity looks at it now, and keeps to its window.',
  ValidityUpdated: 'publish-bundle goes on with it now.',
  BundlePublished: 'prove-renewal looks at the endpoint again now.',
}

export const retry: Command = {
  usage: 'retry ID',
  about: 'take a renewal up again that ended by a refusal or was given up, or let one that waits look again now',
  words: [1, 1],
  options: { ...cloudOptions, ...dryRun },
  more: ['ID is an instance’s, or a renewal’s. It needs the answer that the renewal has: a rejection stays one.'],
  async run(given, at) {
    const of = given.word(0)
    if (given.flag('dry-run')) return { exit: exit.fine, lines: [`would take ${of} up again`], json: { of, dryRun: true } }
    const { by, result } = await (await deploymentAt(given, at)).act({ do: 'retry', of }, driven)
    const word = result.did === 'reopened' ? `taken up again by ${by}` : `looks again now, by ${by}`
    return { exit: exit.fine, lines: [`${result.renewal}: ${at.paint.good(word)}`, next[result.woke ?? ''] ?? ''], json: { ...result, by } }
  },
}

export const abandon: Command = {
  usage: 'abandon ID [REASON]',
  about: 'give a renewal up: a stuck restart leaves its place, and what has not begun never begins',
  words: [1, 50],
  options: { ...cloudOptions, ...dryRun, yes: 'do not ask' },
  more: ['Look at the instance in the console first. The certificate still ends; rds-tls retry takes the renewal up again.'],
  async run(given, at) {
    const [of = '', ...reason] = given.words
    if (given.flag('dry-run')) return { exit: exit.fine, lines: [`would give ${of} up`], json: { of, dryRun: true } }
    const said = given.flag('yes') ? 'yes' : undefined
    const question = `Give the renewal of ${of} up? Its certificate still ends. Type yes: `
    await confirm({ shown: [], question, expected: 'yes', said, option: '--yes' }, at)
    const { by, result } = await (await deploymentAt(given, at)).act({ do: 'abandon', of, why: reason.join(' ') }, driven)
    const place = result.did === 'freed' ? '; its place among the restarts is free' : ''
    return {
      exit: exit.fine,
      lines: [`${result.renewal}: ${at.paint.warn(`given up by ${by}`)}${place}`, `To take it up again: rds-tls retry ${of}`],
      json: { ...result, by },
    }
  },
}
