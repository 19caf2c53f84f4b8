import { type Command, everywhere, type Outcome } from './command.ts'
import { commands } from './commands.ts'
import { exit, meanings } from './exit.ts'
import { columns } from './table.ts'

/** `rds-tls help`: every command in one line, and the exit statuses. */
export async function helpOfAll(): Promise<Outcome> {
  const all = await Promise.all(Object.values(commands).map(load => load()))
  const lines = [
    'rds-tls keeps the TLS certificates of ApsaraDB RDS instances valid.',
    '',
    ...columns(
      all.map(one => [one.usage, one.about]),
      '  ',
    ),
    '',
    'rds-tls help COMMAND tells a command’s options. --json gives every result as data; times are in your zone (TZ) and in UTC.',
    '',
    'Exit status',
    ...columns(
      meanings.map(([status, meaning]) => [String(status).padStart(3), meaning]),
      '  ',
    ),
  ]
  const json = {
    commands: all.map(({ usage, about }) => ({ usage, about })),
    exits: meanings.map(([status, meaning]) => ({ status, meaning })),
  }
  return { exit: exit.fine, lines, json }
}

/** `rds-tls help COMMAND`. */
export async function helpOf(name: string): Promise<Outcome> {
  const command = await commands[name]?.()
  if (!command) return helpOfAll()
  return { exit: exit.fine, lines: linesOf(command), json: { usage: command.usage, about: command.about, options: command.options } }
}

function linesOf({ usage, about, options, more = [] }: Command): string[] {
  const rows = Object.entries({ ...options, ...everywhere }).map(([name, words]) => [`--${name.replace('=', ' ')}`, words])
  return [`rds-tls ${usage}`, '', about, '', ...columns(rows, '  '), ...(more.length > 0 ? ['', ...more] : [])]
}
