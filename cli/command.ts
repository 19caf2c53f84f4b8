import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Exit } from './exit.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

/** What a command found or did: its words for a person, the same as data, and the exit status. */
export type Outcome = { exit: Exit; lines: readonly string[]; json: unknown }

export type Command = {
  /** Without `rds-tls`: `handshake HOST:PORT`. */
  usage: string
  /** One line for the list of commands. */
  about: string
  /** Option → its line of help; `=X` in the key makes it one with a value: `'ca=FILE'`. */
  options: Readonly<Record<string, string>>
  /** More words for the command's own help. */
  more?: readonly string[]
  /** How many words must follow, and may. */
  words: readonly [least: number, most: number]
  run(given: Given, at: Terminal): Promise<Outcome>
}

/** The words and options of one call. Asking for an option that the command did not declare is a defect. */
export class Given {
  readonly words: readonly string[]
  readonly #values: Readonly<Record<string, unknown>>

  constructor(words: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.words = words
    this.#values = values
  }

  word(at: number): string {
    return this.words[at] ?? ''
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  /** Whole numbers in a range. @throws Stop Usage */
  number(name: string, [least, most]: readonly [number, number], otherwise: number): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) throw new Stop('Usage', `--${name} ${text}: give a whole number from ${least} to ${most}`)
    return value
  }
}

/** Options that every command has, and those of commands that reach the cloud. */
export const everywhere = {
  json: 'the result as one JSON object on stdout',
  'no-color': 'no colours, on a terminal either',
  help: 'this help',
} as const

export const cloudOptions = {
  local: 'the embedded cloud that npm start brings up',
  'profile=NAME': 'a profile of the aliyun CLI instead of the environment',
  'access=ALIAS': 'an access alias of Serverless Devs (s config) instead of the environment',
  'region=ID': 'where rds-tls is deployed; unless told, the profile’s region or cn-hangzhou',
} as const

export const dryRun = { 'dry-run': 'show what would be done, and do nothing' } as const

/** @throws Stop Usage */
export function parse(command: Command, args: readonly string[]): Given {
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const key of Object.keys({ ...everywhere, ...command.options })) {
    const [name = '', value] = key.split('=')
    options[name] = { type: value === undefined ? 'boolean' : 'string' }
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [least, most] = command.words
    const given = new Given(positionals, values)
    if (!given.flag('help') && (positionals.length < least || positionals.length > most))
      throw new Stop('Usage', positionals.length < least ? 'something is missing' : `${positionals[most]} is one word too many`)
    return given
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop('Usage', error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error))
  }
}
