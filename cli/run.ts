import { Fault, type FaultCode, unreachable } from '../shared/errors.ts'
import { FormatError } from '../shared/formats/format-error.ts'
import { TargetFault } from '../shared/handshake/target.ts'
import { redacted } from '../shared/page/plain-text.ts'
import { type Outcome, parse } from './command.ts'
import { commands, find } from './commands.ts'
import { type Exit, exit } from './exit.ts'
import { helpOf, helpOfAll } from './help.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command line. What it says goes to `at`; the exit status comes back. Never throws. */
export async function run(args: readonly string[], at: Terminal): Promise<Exit> {
  const json = args.includes('--json')
  try {
    const { exit: status, lines, json: data } = await outcomeOf(args, at)
    if (json) at.out(JSON.stringify({ exit: status, ...asObject(data) }, null, 2))
    else for (const line of lines) at.out(line)
    return status
  } catch (error) {
    const told = toldOf(error)
    if (json) at.out(JSON.stringify({ exit: told.exit, error: { code: told.code, message: told.sentence } }, null, 2))
    at.err(`rds-tls: ${told.sentence}`)
    for (const line of told.stack ?? []) at.err(line)
    if (told.code === 'Usage') at.err(at.paint.soft(`rds-tls help${hintOf(args)} says how it is used.`))
    return told.exit
  }
}

async function outcomeOf(args: readonly string[], at: Terminal): Promise<Outcome> {
  const words = args.filter(word => !word.startsWith('-'))
  if (args.length === 0 || args[0] === 'help' || args[0] === '--help') {
    const asked = find(args[0] === 'help' ? words.slice(1) : [])
    if (asked === undefined && words.length > 1) throw new Stop('Usage', `there is no command “${words.slice(1).join(' ')}”`)
    return asked ? helpOf(asked.name) : helpOfAll()
  }
  const found = find(args)
  const load = found && commands[found.name]
  if (!found || !load) throw new Stop('Usage', `there is no command “${words.slice(0, 2).join(' ')}”`)
  const command = await load()
  const given = parse(command, found.rest)
  return given.flag('help') ? helpOf(found.name) : command.run(given, at)
}

const hintOf = (args: readonly string[]): string => {
  const found = find(args)
  return found ? ` ${found.name}` : ''
}

const asObject = (data: unknown): object => (typeof data === 'object' && data !== null && !Array.isArray(data) ? data : { result: data })

type Told = { exit: Exit; code: string; sentence: string; stack?: string[] }

/** A foreign error's message may hold a URL with a token, so only its name is told; its frames say where. */
function toldOf(error: unknown): Told {
  if (error instanceof Stop) return { exit: error.exit, code: error.code, sentence: error.message }
  if (error instanceof Fault) return { exit: exitOf(error.code), code: error.cloudCode ?? error.code, sentence: redacted(error.message) }
  if (error instanceof FormatError) return { exit: exit.badInput, code: error.code, sentence: error.message }
  if (error instanceof TargetFault) return { exit: exit.usage, code: error.code, sentence: error.message.replace(/^target\./, '') }
  const name = error instanceof Error ? error.name : 'something'
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter(line => line.startsWith('    at ')) : []
  return { exit: exit.defect, code: 'Defect', sentence: `${name} was thrown: a defect of rds-tls, its stack follows`, stack }
}

function exitOf(code: FaultCode): Exit {
  switch (code) {
    case 'Refused':
      return exit.denied
    case 'Busy':
    case 'Contended':
      return exit.tryAgain
    case 'Unreachable':
    case 'BadReply':
      return exit.unavailable
    case 'BadConfig':
      return exit.config
    case 'BadArchive':
    case 'BadEvent':
    case 'BadEnvelope':
    case 'BadJournal':
      return exit.badInput
    default:
      return unreachable(code)
  }
}
