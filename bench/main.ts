/** npm run bench [-- cold|page|chain] [--runs N] [--write]: what a start, the first page and a renewal cost. --write puts the tables into docs/performance.md. */
import { parseArgs } from 'node:util'
import { measureChain } from './chain.ts'
import { measureCold } from './cold.ts'
import { measurePage } from './page.ts'
import { chainText, coldText, pageText, type Section, sections, writeSection } from './report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '21' }, write: { type: 'boolean', default: false } },
})
const [which] = positionals
const runs = Number(values.runs)
if (positionals.length > 1 || (which !== undefined && !sections.some(one => one === which)) || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run bench [-- cold|page|chain] [--runs N] [--write]\n')
  process.exit(2)
}
const asked = (section: Section) => which === undefined || which === section
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

if (asked('cold')) await tell('cold', coldText(await measureCold(runs, say)))
if (asked('page')) await tell('page', pageText(await measurePage(runs, say)))
if (asked('chain')) await tell('chain', chainText(await measureChain(say)))

async function tell(section: Section, text: string) {
  process.stdout.write(`${text}\n`)
  if (values.write) await writeSection(section, text)
}
