import { parentPort } from 'node:worker_threads'
import type { Rule } from './rules.ts'
import { runSeed } from './simulation.ts'

export { shrink } from './shrink.ts'
export { runSeed }

/** Seeds to live through: `count` from `from` on; `until`: stop at the first seed that breaks this rule, or any where none is named. */
export type Task = { from: number; count: number; until?: Rule | undefined; faults?: readonly string[] }

export type Failure = { seed: number; rule: Rule; detail: string }

/** What came of a task. `failures`: every rule that a seed broke, each once. */
export type Result = { seeds: number; events: number; days: number; ms: number; counts: [string, number][]; failures: Failure[] }

/** Errors are made by the thousand, and nobody reads where: a stack costs more than the rest of a failed call. */
Error.stackTraceLimit = 0

export async function work({ from, count, until, faults = [] }: Task): Promise<Result> {
  const began = performance.now()
  const counts = new Map<string, number>()
  const failures: Failure[] = []
  let [seeds, events, days] = [0, 0, 0]
  for (let seed = from; seed < from + count; seed++) {
    const report = await runSeed(seed, { faults, ...(until === undefined ? {} : { until }) })
    seeds++
    events += report.events
    days += report.days
    for (const [what, n] of report.counts) counts.set(what, (counts.get(what) ?? 0) + n)
    for (const [rule, { detail }] of new Map(report.violations.map(one => [one.rule, one]))) failures.push({ seed, rule, detail })
    if (failures.some(one => until === undefined || one.rule === until)) break
    await new Promise(resolve => setImmediate(resolve))
  }
  return { seeds, events, days, ms: performance.now() - began, counts: [...counts], failures }
}

parentPort?.on('message', (task: Task) => {
  work(task).then(
    result => parentPort?.postMessage(result),
    error => parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
