import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutants.ts'
import { buildWorker, runSeeds } from './pool.ts'
import type { Failure } from './worker.ts'

/** `lived`: how many seeds it took, or were tried in vain. */
export type Hunted = { mutant: Mutant; found: Failure | undefined; lived: number }

/** `most`: seeds from `from` on. */
export type Ground = { from: number; most: number; jobs?: number }

/** Lives through storms with a mutant until its own rule is broken: what else it breaks does not count. */
export async function hunt(mutant: Mutant, { from, most, ...jobs }: Ground): Promise<Hunted> {
  const file = await buildWorker(mutant)
  try {
    const { failures, seeds } = await runSeeds({ file, from, count: most, until: mutant.rule, ...jobs })
    return { mutant, found: failures.find(one => one.rule === mutant.rule), lived: seeds }
  } finally {
    await rm(file)
  }
}

/** What the product itself breaks first on the seeds that were lived through with mutants. */
export async function unmutated({ from, most, ...jobs }: Ground): Promise<Failure[]> {
  const file = await buildWorker()
  try {
    return (await runSeeds({ file, from, count: most, ...jobs })).failures
  } finally {
    await rm(file)
  }
}

export const heading = 'found  at seed     by rule        mutant'

export const lineOf = ({ mutant: { name, rule, late }, found, lived }: Hunted): string =>
  [
    found ? 'yes  ' : 'NO   ',
    (found ? String(found.seed) : `not in ${lived}`).padEnd(11),
    rule.padEnd(13),
    late ? `${name} (after the freeze)` : name,
  ].join('  ')

const note = fileURLToPath(new URL('../../docs/decisions/0023-the-simulation-bites.md', import.meta.url))
const [begin, end] = ['<!-- written by npm run simulate -- --mutants --write -->\n', '<!-- end of what is written -->\n']

/** Puts what was found into the note; its own words stay. */
export async function writeDown(hunted: readonly Hunted[], verdict: string): Promise<void> {
  const text = await readFile(note, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${note} has no place for it`)
  await writeFile(note, `${before}${begin}\n${tableOf(hunted)}\n\n${verdict}\n\n${end}${after}`)
}

function tableOf(hunted: readonly Hunted[]): string {
  const rows = hunted.map(({ mutant: { name, rule, late, also }, found, lived }) => {
    const places = also ? ` (${1 + also.length} places)` : ''
    return `| ${name}${places}${late ? ' — after the freeze' : ''} | ${rule} | ${found ? `seed ${found.seed}` : `**not found** in ${lived} seeds`} |`
  })
  return ['| mutant | rule | found |', '|---|---|---|', ...rows].join('\n')
}
