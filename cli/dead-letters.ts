import { type LetterTold, lettersShown, redriven } from '../shared/operations/letters.ts'
import { plain } from '../shared/page/plain-text.ts'
import { type Command, cloudOptions, dryRun, type Given, type Outcome } from './command.ts'
import { confirm } from './confirm.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { moment, some } from './times.ts'

export const list: Command = {
  usage: 'dead-letters list',
  about: 'messages that no step could take, and why',
  words: [0, 0],
  options: cloudOptions,
  more: ['Exit status: 0 none, 1 some.'],
  async run(given, at) {
    const shown = await (await deploymentAt(given, at)).look({ do: 'letters' }, lettersShown)
    const { waiting, hidden, letters } = shown
    if (waiting + hidden === 0) return { exit: exit.fine, lines: [at.paint.good('No dead letters.')], json: shown }
    const more = waiting > letters.length ? [`${waiting - letters.length} more: these are shown once some of the above are gone.`] : []
    const busy = hidden > 0 ? [`${some(hidden, 'letter')} just being looked at by somebody else.`] : []
    const lines = [
      ...letters.flatMap(letter => briefly(letter, at)),
      ...more,
      ...busy,
      '',
      'To send them again once the cause is mended: rds-tls dead-letters redrive',
    ]
    return { exit: exit.warning, lines, json: shown }
  },
}

export const show: Command = {
  usage: 'dead-letters show ID',
  about: 'one dead letter whole',
  words: [1, 1],
  options: cloudOptions,
  async run(given, at) {
    const id = given.word(0)
    const { letters } = await (await deploymentAt(given, at)).look({ do: 'letters' }, lettersShown)
    const letter = letters.find(one => one.id === id)
    if (!letter) throw new Stop('No', `no dead letter has the id ${id}: rds-tls dead-letters list shows them`)
    const events = letter.events.map(event => `  ${event.type}  ${plain(JSON.stringify(event.data), 500)}`)
    return {
      exit: exit.fine,
      lines: [...briefly(letter, at), ...(events.length > 0 ? ['', ...events] : []), '', plain(letter.body, 4000)],
      json: letter,
    }
  },
}

export const redrive: Command = {
  usage: 'dead-letters redrive [ID]',
  about: 'send dead letters once more to the steps that take them; a step never does anything twice',
  words: [0, 1],
  options: { ...cloudOptions, ...dryRun, yes: 'do not ask' },
  run: runRedrive,
}

async function runRedrive(given: Given, at: Terminal): Promise<Outcome> {
  const deployment = await deploymentAt(given, at)
  const { waiting, hidden, letters } = await deployment.look({ do: 'letters' }, lettersShown)
  const only = given.words[0]
  if (given.flag('dry-run')) {
    const chosen = letters.filter(one => only === undefined || one.id === only)
    const lines = chosen.map(
      one =>
        `${one.id}: ${one.unreadable === undefined ? `would be sent again: ${one.events.map(({ type }) => type).join(', ')}` : `would stay: ${one.unreadable}`}`,
    )
    return { exit: exit.fine, lines: lines.length > 0 ? lines : ['No dead letters.'], json: { dryRun: true, letters: chosen } }
  }
  if (waiting === 0) {
    const lines =
      hidden === 0
        ? [at.paint.good('No dead letters.')]
        : [`${some(hidden, 'letter')} just being looked at by somebody else: try again in a minute.`]
    return { exit: hidden === 0 ? exit.fine : exit.tryAgain, lines, json: { sent: [], kept: [], hidden } }
  }
  const count = only === undefined ? waiting : 1
  const said = given.flag('yes') ? 'yes' : undefined
  const shown = letters.filter(one => only === undefined || one.id === only).flatMap(one => briefly(one, at))
  await confirm({ shown, question: `Send ${some(count, 'letter')} again? Type yes: `, expected: 'yes', said, option: '--yes' }, at)
  const { by, result } = await deployment.act({ do: 'redrive', ...(only === undefined ? {} : { letter: only }) }, redriven)
  const lines = [
    ...result.sent.map(one => `${one.letter}: ${at.paint.good('sent again')}: ${one.events.join(', ')}`),
    ...result.kept.map(one => `${one.letter}: ${at.paint.warn('stays')}: ${plain(one.why, 200)}`),
  ]
  return { exit: result.kept.length > 0 ? exit.warning : exit.fine, lines, json: { ...result, by } }
}

function briefly({ id, enqueuedAt, received, step, code, message, events, unreadable }: LetterTold, { zone, paint }: Terminal): string[] {
  const what = events.length > 0 ? events.map(({ type }) => type).join(', ') : paint.warn('holds no event that can be read')
  const why =
    step === undefined
      ? 'the platform gave up delivering it: the function’s log says why'
      : `${step} could not take it: ${code}: ${plain(message ?? '', 200)}`
  return [
    `${paint.strong(id)}  ${what}`,
    `  ${moment(enqueuedAt, zone)}; ${why}`,
    ...(unreadable === undefined ? [] : [`  it cannot be sent again: ${plain(unreadable, 200)}`]),
    ...(received > 1 ? [`  taken ${received} times`] : []),
  ]
}
