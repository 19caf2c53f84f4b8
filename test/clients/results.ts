import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import * as z from '../../shared/schema.ts'
import { render } from './compatibility.ts'

/** When and at which commit a row was seen that not every run repeats. */
const ran = z.optional(z.strictObject({ date: z.string(), commit: z.string() }))

/** One client of one service. `lacks` tells of cases that the client has no call for. */
const oracleRow = z.strictObject({
  service: z.string(),
  client: z.string(),
  language: z.string(),
  version: z.string(),
  signs: z.optional(z.string()),
  passed: z.array(z.string()),
  lacks: z.record(z.string(), z.string()),
  ran,
})

/**
 * One client of one engine with one file. `foreign` and `otherName` are its own errors for an authority that it does not know and for a
 * certificate of another name; `otherName` is absent where it connects all the same. `from` tells whether the version is pinned here or
 * the system's.
 */
const clientRow = z.strictObject({
  engine: z.string(),
  client: z.string(),
  language: z.string(),
  version: z.string(),
  file: z.string(),
  setting: z.string(),
  foreign: z.string(),
  otherName: z.optional(z.string()),
  from: z.enum(['lock', 'system']),
  ran,
})

const results = z.strictObject({ oracles: z.array(oracleRow), clients: z.array(clientRow) })

export type OracleRow = z.infer<typeof oracleRow>
export type ClientRow = z.infer<typeof clientRow>
export type Results = z.infer<typeof results>

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** A row a line: `{"oracles": {…}}` or `{"clients": {…}}`. */
const file = path('results.jsonl')
const page = path('../../docs/compatibility.md')

export function readResults(): Results {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Record<string, unknown>)
  const of = (kind: string) => lines.flatMap(line => (line[kind] === undefined ? [] : [line[kind]]))
  return results.parse({ oracles: of('oracles'), clients: of('clients') })
}

/** Puts a run's rows in the place of their kind; slow ones that did not run stay as they were. */
export function writeResults(kind: 'oracles' | 'clients', rows: readonly (OracleRow | ClientRow)[]): void {
  const before = readResults()
  const keys = new Set(rows.map(keyOf))
  const kept = before[kind].filter(row => row.ran !== undefined && !keys.has(keyOf(row)))
  const now = results.parse({ ...before, [kind]: [...rows, ...kept] })
  const lines = [...now.oracles.map(oracles => ({ oracles })), ...now.clients.map(clients => ({ clients }))]
  writeFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  writeFileSync(page, render(now))
}

/** In what the rows of a run differ from those written down, a sentence each. A whole run must also have every row that is there. */
export function differences(kind: 'oracles' | 'clients', rows: readonly (OracleRow | ClientRow)[], whole: boolean): string[] {
  const before = readResults()
  const known = new Map(before[kind].map(row => [keyOf(row), row]))
  const found = rows.flatMap(row => {
    const old = known.get(keyOf(row))
    if (old === undefined) return [`${keyOf(row)} is not in the page`]
    return isDeepStrictEqual(steady(old), steady(row)) ? [] : [`${keyOf(row)} is not as the page says`]
  })
  const keys = new Set(rows.map(keyOf))
  const gone = [...known].flatMap(([key, row]) =>
    !whole || keys.has(key) || row.ran !== undefined ? [] : [`${key} is in the page and did not run`],
  )
  const stale = readFileSync(page, 'utf8') === render(before) ? [] : ['docs/compatibility.md is not what its results render']
  return [...found, ...gone, ...stale]
}

const keyOf = (row: OracleRow | ClientRow): string =>
  'service' in row ? `${row.service}, ${row.client}` : `${row.engine}, ${row.client}, ${row.file}, ${row.setting}`

/** What must be the same on every machine: not when it ran, nor the versions that a distribution gives. */
function steady(row: OracleRow | ClientRow): unknown {
  const { ran: _, version, ...rest } = row
  return 'from' in row && row.from === 'system' ? rest : { ...rest, version }
}
