import { mkdir, readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build, type Plugin } from 'esbuild'
import type { Mutant } from './mutants.ts'
import type { Rule } from './rules.ts'
import type { Failure, Result, Task } from './worker.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What is built and lived in. */
type Entry = 'worker' | 'exhaustive/lab'

/** Builds the worker into one file beside the modules that it imports; with a mutant, one file of the product reads as the mutant wants it. */
export async function buildWorker(mutant?: Mutant, entry: Entry = 'worker'): Promise<string> {
  const folder = join(root, 'node_modules/.cache/rds-tls-simulation')
  await mkdir(folder, { recursive: true })
  const name = `${entry} ${mutant?.name ?? ''}`
    .trim()
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 60)
  const outfile = join(folder, `${name}-${process.pid}.mjs`)
  await build({
    entryPoints: [join(root, `test/simulation/${entry}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    plugins: mutant === undefined ? [] : [mutating(mutant)],
  })
  return outfile
}

/**
 * The same code in this thread. Only as built it lives the same life as in a worker: a module that is loaded in the middle of a life takes real
 * time, which no virtual clock waits for.
 */
export async function loadWorker(): Promise<typeof import('./worker.ts')> {
  const file = await buildWorker()
  try {
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(file)
  }
}

function mutating({ name, also = [], ...first }: Mutant): Plugin {
  const patches = [first, ...also]
  return {
    name: 'mutant',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const mine = patches.filter(one => one.file === relative(root, path).replaceAll('\\', '/'))
        if (mine.length === 0) return undefined
        let contents = await readFile(path, 'utf8')
        for (const { file, search, replace } of mine) {
          if (contents.split(search).length !== 2) throw new Error(`${name}: its place stands not once in ${file}`)
          contents = contents.replace(search, () => replace)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
}

export type Total = Omit<Result, 'counts' | 'ms'> & { counts: Map<string, number>; seconds: number; jobs: number }

export type RunOptions = {
  file: string
  from: number
  count: number
  until?: Rule | undefined
  jobs?: number
  faults?: readonly string[]
  onProgress?: (seeds: number) => void
  /** Asked before each slice: what is begun is lived to its end. */
  stopped?: () => boolean
}

/** Seeds that a worker takes at once. */
const slice = 25

/** Lives through seeds on all cores, in slices; the first failure that is looked for ends it. */
export async function runSeeds({
  file,
  from,
  count,
  until,
  jobs = availableParallelism(),
  faults = [],
  onProgress,
  stopped = () => false,
}: RunOptions): Promise<Total> {
  const began = performance.now()
  const total: Total = { seeds: 0, events: 0, days: 0, counts: new Map(), failures: [], seconds: 0, jobs }
  const isOver = () => stopped() || total.failures.some(one => until === undefined || one.rule === until)
  let next = from
  const lane = async () => {
    const worker = new Worker(file)
    try {
      while (next < from + count && !isOver()) {
        const task: Task = { from: next, count: Math.min(slice, from + count - next), until, faults }
        next += task.count
        add(total, await ask(worker, task))
        onProgress?.(total.seeds)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  total.failures.sort((a: Failure, b: Failure) => a.seed - b.seed)
  total.seconds = (performance.now() - began) / 1000
  return total
}

function ask(worker: Worker, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners()
    worker.once('message', (said: Result | { error: string }) => ('error' in said ? reject(new Error(said.error)) : resolve(said)))
    worker.once('error', reject)
    worker.postMessage(task)
  })
}

function add(total: Total, { seeds, events, days, counts, failures }: Result): void {
  total.seeds += seeds
  total.events += events
  total.days += days
  total.failures.push(...failures)
  for (const [what, n] of counts) total.counts.set(what, (total.counts.get(what) ?? 0) + n)
}
