/** A value of a row; `integer` says which column type it goes under. */
export type Cell = { name: string | undefined; value: string; integer: boolean }

/** `done` for statements without a result, `unsupported` for questions that this endpoint has no answer to. */
export type Reply = { kind: 'row'; cells: readonly Cell[] } | { kind: 'done'; verb: string } | { kind: 'unsupported' }

/** What drivers ask for while they log in. */
const variables: Record<string, string> = {
  max_allowed_packet: '16777216',
  system_time_zone: 'UTC',
  time_zone: 'SYSTEM',
  auto_increment_increment: '1',
  version_comment: 'embedded endpoint',
  max_precision: '38',
}

const item =
  /^(?:(?<integer>-?\d{1,9})|'(?<text>[^']*)'|version\(\)|@@(?:session\.|global\.)?(?<variable>\w+))(?:\s+(?:as\s+)?(?<name>\w+))?$/i

/**
 * Answers the little that proves a session works: SELECT of integers, quoted text, `version()` and `@@variables`, in one row. The
 * endpoints have no tables. `version` is what `version()` and `@@version` give.
 */
export function replyTo(sql: string, version: string): Reply {
  const statement = sql
    .replace(/\/\*.*?\*\//gs, ' ')
    .trim()
    .replace(/;\s*$/, '')
  const verb = /^\w+/.exec(statement)?.[0].toUpperCase() ?? ''
  if (verb !== 'SELECT')
    return ['SHOW', 'WITH', 'EXEC', 'DESCRIBE', 'TABLE'].includes(verb) ? { kind: 'unsupported' } : { kind: 'done', verb }
  // jTDS puts the settings of its session behind its first question, a line each.
  const alone = statement.replace(/(?:\r?\n\s*SET\s[^\n]*)+$/i, '')
  const list = alone.slice('select'.length).replace(/\s+limit\s+1$/i, '')
  const cells = list.split(',').map(text => cell(text.trim(), version))
  return cells.some(one => one === undefined) ? { kind: 'unsupported' } : { kind: 'row', cells: cells.flatMap(one => one ?? []) }
}

export const unsupported = 'this endpoint answers SELECT of constants, version() and @@variables only'

function cell(text: string, version: string): Cell | undefined {
  const groups = item.exec(text)?.groups
  if (groups === undefined) return undefined
  const { integer, text: quoted, variable, name } = groups
  if (integer !== undefined) return { name, value: integer, integer: true }
  if (quoted !== undefined) return { name, value: quoted, integer: false }
  const wanted = variable?.toLowerCase() ?? 'version'
  return {
    name: name ?? (variable ? `@@${variable}` : undefined),
    value: wanted === 'version' ? version : (variables[wanted] ?? ''),
    integer: false,
  }
}
