import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { faultGrammar } from '../../local/model/fault-text.ts'
import { type Hunted, heading, hunt, lineOf, unmutated, writeDown } from './hunt.ts'
import { countOf, minimums, rarities } from './minimums.ts'
import { mutants } from './mutants.ts'
import { readFaults } from './named-faults.ts'
import { buildWorker, loadWorker, runSeeds, type Total } from './pool.ts'
import { rules } from './rules.ts'
import { replayOf } from './shrink.ts'

const usage = `npm run simulate -- [--seeds N] [--from S]     storms; a failing seed is shrunk and printed as one command; Ctrl-C tells what was seen
npm run simulate -- --replay SEED [--only ids]  lives one seed again, and tells everything that happened
npm run simulate -- --mutants [--seeds N]       is every mutant found, by its rule? N: seeds for each at most
  [--named TEXT] [--write]                      only those whose name holds it; into docs/decisions/0023-the-simulation-bites.md
--fault FAULT, as often as wanted               beside what each storm brings:
${faultGrammar}`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string' },
    replay: { type: 'string' },
    only: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    named: { type: 'string' },
    fault: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})
const say = (line = '') => process.stdout.write(`${line}\n`)
const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text))
const jobs = values.jobs === undefined ? {} : { jobs: Number(values.jobs) }
const from = Number(values.from)
const faults = values.fault

async function main(): Promise<boolean> {
  if (values.help) {
    say(usage)
    return true
  }
  readFaults(faults)
  if (values.replay !== undefined) return replay(Number(values.replay), values.only)
  return values.mutants ? findMutants(number(values.seeds, 6000)) : storms(number(values.seeds, 2000))
}

/** Lives through many seeds, until it is told to stop. Says how often everything occurred, and what must have occurred more often. */
async function storms(seeds: number): Promise<boolean> {
  const file = await buildWorker()
  const stop = heed()
  const total = await runSeeds({ file, from, count: seeds, faults, onProgress: progress(seeds), stopped: () => stop.said, ...jobs })
  await rm(file)
  tellTotal(total)
  const [failure] = total.failures
  if (failure !== undefined) {
    await tellFailure(failure)
    return false
  }
  const again = faults.map(one => ` --fault ${one}`).join('')
  if (stop.said)
    say(`\nstopped; it goes on with\n  npm run simulate -- --seeds ${seeds - total.seeds} --from ${from + total.seeds}${again}`)
  const rare = total.seeds >= 1000 && faults.length === 0 ? rarities(total.counts, total.seeds) : []
  for (const one of rare) say(`TOO RARE ${one}`)
  return rare.length === 0
}

/** SIGINT and SIGTERM let what is begun come to its end, and the totals be told. */
function heed(): { said: boolean } {
  const stop = { said: false }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stop.said = true
    })
  return stop
}

const tellEvery = 5000

function progress(seeds: number): (done: number) => void {
  const began = performance.now()
  let told = began
  return done => {
    const now = performance.now()
    if (now - told < tellEvery) return
    told = now
    const perSecond = (done * 1000) / (now - began)
    const left = Math.ceil((seeds - done) / perSecond / 60)
    process.stderr.write(`${done} of ${seeds}: ${perSecond.toFixed(1)} a second, ${left} min left\n`)
  }
}

async function tellFailure({ seed, rule, detail }: Total['failures'][number]): Promise<void> {
  say(`\nseed ${seed} breaks ${rule} (${rules[rule]}):\n  ${detail}`)
  const { shrink } = await loadWorker()
  const ids = await shrink(seed, rule, faults)
  say(`${ids.length} troubles and acts are enough:\n  ${replayOf(seed, ids, faults)}`)
}

function tellTotal({ seeds, seconds, events, days, counts, jobs: lanes }: Total): void {
  const perSecond = (seeds / seconds).toFixed(1)
  say(`${seeds} seeds from ${from} in ${seconds.toFixed(1)} s: ${perSecond} a second on ${lanes} cores`)
  say(`${events} things happened, ${(events / seeds).toFixed(0)} a seed; ${(days / seeds).toFixed(1)} days of virtual time a seed\n`)
  for (const { what, counts: names, perThousand } of minimums) {
    say(`${String(countOf(counts, names)).padStart(9)}  ${what} (at least ${Math.floor((perThousand * seeds) / 1000)})`)
  }
  for (const text of faults) say(`${String(counts.get(`fault ${text}`) ?? 0).padStart(9)}  ${text}`)
}

async function replay(seed: number, only: string | undefined): Promise<boolean> {
  const ids = only === undefined ? undefined : new Set(only.split(','))
  const { runSeed } = await loadWorker()
  const report = await runSeed(seed, { trace: true, faults, ...(ids ? { only: ids } : {}) })
  for (const line of report.lines) say(line)
  say(`\n${report.struck.length} troubles struck:`)
  for (const { id, kind, where } of report.struck) say(`  ${id}  ${kind}  ${where}`)
  for (const act of report.acts) say(`  ${act.id}  ${new Date(act.at).toISOString()}  ${JSON.stringify(act)}`)
  for (const { rule, detail, at } of report.violations)
    say(`BROKEN ${rule} at ${new Date(at).toISOString()}: ${detail}\n  (${rules[rule]})`)
  return report.violations.length === 0
}

/** Every mutant must be found by its own rule; seeds that find one must leave the product itself unbroken. */
async function findMutants(most: number): Promise<boolean> {
  const wanted = mutants.filter(({ name }) => values.named === undefined || name.includes(values.named))
  const hunted: Hunted[] = []
  say(heading)
  for (const mutant of wanted) {
    const one = await hunt(mutant, { from, most, ...jobs })
    hunted.push(one)
    say(lineOf(one))
  }
  const found = hunted.flatMap(one => one.found ?? [])
  const last = Math.max(from, ...found.map(one => one.seed))
  const broken = await unmutated({ from, most: last - from + 1, ...jobs })
  const verdict = `${found.length} of ${wanted.length} found. The product itself on seeds ${from} to ${last}: ${broken.length} violations.`
  say(`\n${verdict}`)
  if (values.write) await writeDown(hunted, verdict)
  return found.length === wanted.length && broken.length === 0
}

main().then(
  good => {
    process.exitCode = good ? 0 : 1 // not exit(): a pipe would lose the end of what was said
  },
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 2
  },
)
