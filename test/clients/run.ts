import { execFileSync } from 'node:child_process'
import type { Arguments } from './arguments.ts'
import { type ClientRow, differences, type OracleRow, writeResults } from './results.ts'

/** What became of one client: its row where all is well, else what is wrong or why it did not run. */
export type Outcome<Row> = { name: string } & ({ row: Row } | { failed: string[] } | { skipped: string })

/** Lets at most so many pieces of work run at once, first come, first served: two processors, and programs that mostly wait. */
export function slots(most = 4): <R>(work: () => Promise<R>) => Promise<R> {
  const waiting: (() => void)[] = []
  let taken = 0
  return async work => {
    if (taken < most) taken += 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else taken -= 1
    }
  }
}

/** Ends a run: a table of what ran, the page written or compared, and a count as the last line. */
export function conclude<Row extends OracleRow | ClientRow>(
  kind: 'oracles' | 'clients',
  outcomes: readonly Outcome<Row>[],
  args: Arguments,
  describe: (row: Row) => string[],
): never {
  const rows = outcomes.flatMap(one => ('row' in one ? [one.row] : []))
  const failed = outcomes.filter(one => 'failed' in one)
  const skipped = outcomes.flatMap(one => ('skipped' in one ? [one] : []))
  const out = (text: string) => process.stdout.write(`${text}\n`)
  out(`\n${aligned(rows.map(describe))}\n`)
  for (const one of skipped) out(`skipped: ${one.name}: ${one.skipped}`)
  for (const one of failed) out(`FAILED: ${one.name}\n${'failed' in one ? one.failed.map(text => `  ${text}`).join('\n') : ''}`)
  const whole = args.only === undefined && skipped.length === 0
  let differing: string[] = []
  if (failed.length === 0) {
    if (args.write && whole) writeResults(kind, rows)
    else if (args.write) differing = ['only a whole run can be written down: something was skipped']
    else differing = differences(kind, rows, whole)
  }
  for (const text of differing) out(`FAILED: ${text}${args.write ? '' : `: npm run ${kind} -- --write`}`)
  const failures = failed.length + differing.length + (process.env.CI ? skipped.length : 0)
  out(`${rows.length} passed, ${failures} failed, ${skipped.length} skipped`)
  process.exit(failures === 0 ? 0 : 1)
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [at, word] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, word.length)
  return rows
    .map(row =>
      row
        .map((word, at) => word.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Today, and the commit that the working tree stands on. */
export function now(): { date: string; commit: string } {
  const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim()
  return { date: new Date().toISOString().slice(0, 10), commit }
}
