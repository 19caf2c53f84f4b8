/** npm run bench [-- cold|chain] [--runs N] [--write]: what a start and what a renewal costs. --write puts the tables into docs/performance.md. */
import { parseArgs } from 'node:util'
import { measureChain } from './chain.ts'
import { measureCold } from './cold.ts'
import { chainText, coldText, writeSection } from './report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '21' }, write: { type: 'boolean', default: false } },
})
const [which] = positionals
const runs = Number(values.runs)
if (positionals.length > 1 || (which !== undefined && which !== 'cold' && which !== 'chain') || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run bench [-- cold|chain] [--runs N] [--write]\n')
  process.exit(2)
}
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

if (which !== 'chain') await tell('cold', coldText(await measureCold(runs, say)))
if (which !== 'cold') await tell('chain', chainText(await measureChain(say)))

async function tell(section: 'cold' | 'chain', text: string) {
  process.stdout.write(`${text}\n`)
  if (values.write) await writeSection(section, text)
}
