import { history as historySchema } from '../shared/operations/history.ts'
import { type Command, cloudOptions, type Given, type Outcome } from './command.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { headlineOf, sentencesOf } from './sentences.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { moment } from './times.ts'
import { consoleLink } from './words.ts'

export const history: Command = {
  usage: 'history ID',
  about: 'what became of an instance’s renewals, in sentences, from the journal; ID is an instance’s, or a renewal’s',
  words: [1, 1],
  options: cloudOptions,
  run: runHistory,
}

async function runHistory(given: Given, at: Terminal): Promise<Outcome> {
  const deployment = await deploymentAt(given, at)
  const { renewals } = await deployment.look({ do: 'history', of: given.word(0) }, historySchema)
  const { zone, paint } = at
  const lines = renewals.flatMap(told => {
    const [, region = '', instance = ''] = told.renewal.split('.')
    const headline = headlineOf(told)
    const rows = sentencesOf(told).map(({ at: when, text }) => [paint.soft(moment(when, zone)), text])
    return [
      `${paint.strong(instance)}  ${told.renewal}`,
      ...(headline ? [`${moment(headline.at, zone)} ${headline.text}`] : []),
      paint.soft(consoleLink(region, instance)),
      '',
      ...columns(rows, '  '),
      '',
    ]
  })
  const json = renewals.map(told => ({ renewal: told.renewal, headline: headlineOf(told), sentences: sentencesOf(told), held: told.held }))
  return { exit: exit.fine, lines: lines.slice(0, -1), json: { renewals: json } }
}
