/** npm run oracles: Alibaba's own clients in other languages, each against a fresh embedded server of the service it speaks to. */
import { readArguments } from './arguments.ts'
import { cases, type Service } from './cases.ts'
import { type Command, type Line, run } from './programs.ts'
import type { OracleRow } from './results.ts'
import { type Entry, roster } from './roster.ts'
import { conclude, now, type Outcome, slots } from './run.ts'
import { slowCommand } from './slow.ts'
import { type Stage, stageOf } from './stage.ts'
import { seconds, toolchainsFor } from './toolchains.ts'

const args = readArguments('oracles', process.argv.slice(2))
const began = Date.now()
const say = (sentence: string) => process.stdout.write(`${seconds(began).padStart(8)}  ${sentence}\n`)
const toolchains = toolchainsFor(say)
const slot = slots()
const building = slots(1)

const named = ({ program }: Entry) => args.only === undefined || program.toLowerCase().includes(args.only.toLowerCase())
const chosen = roster.filter(entry => named(entry) && (args.slow || entry.slow === undefined))
const outcomes = await Promise.all(
  chosen.map(async entry => {
    const outcome = await ask(entry)
    say(`${outcome.name}: ${'row' in outcome ? 'agrees' : 'failed' in outcome ? 'DISAGREES' : 'skipped'}`)
    return outcome
  }),
)
conclude('oracles', outcomes, args, row => [
  row.service,
  row.client,
  row.language,
  row.version,
  `${row.passed.length} of ${cases[row.service as Service].length} cases`,
])

async function ask(entry: Entry): Promise<Outcome<OracleRow>> {
  const { service, language, program, slow } = entry
  const name = `${service}, ${program} (${language})`
  const needed = slow === undefined ? language : 'Python'
  const toolchain = await toolchains(needed)
  if (toolchain === undefined) return { name, skipped: `no ${needed} here` }
  if (slow === undefined) return { name, ...(await slot(() => asked(entry, toolchain.command(program)))) }
  const command = await building(() => slowCommand(slow, program, slow === 'aliyun-cli' ? [service] : [], toolchain))
  return typeof command === 'string' ? { name, skipped: command } : { name, ...(await slot(() => asked(entry, command))) }
}

async function asked(
  { service, language, signs, slow, lacks = {} }: Entry,
  command: Command,
): Promise<{ row: OracleRow } | { failed: string[] }> {
  const stage = await stageOf(service)
  try {
    const { lines, exit, errors } = await run({ ...command, env: { ...command.env, ...stage.env } })
    const wanted = cases[service].filter(name => lacks[name] === undefined)
    const failed = faultsOf(wanted, lines, exit, stage)
    const [first] = lines
    if (failed.length > 0 || first === undefined) return { failed: [...failed, ...(errors === '' ? [] : [errors])] }
    const { client, version } = first
    return {
      row: {
        service,
        client,
        language,
        version,
        ...(signs ? { signs } : {}),
        passed: lines.map(line => line.case),
        lacks,
        ...(slow ? { ran: now() } : {}),
      },
    }
  } finally {
    await stage.close()
  }
}

/** Every case told once and well, in order, and the effects of the calls there to be seen. */
function faultsOf(wanted: readonly string[], lines: readonly Line[], exit: number | string, stage: Stage): string[] {
  const told = lines.map(line => line.case)
  return [
    ...(exit === 0 ? [] : [`the program ended with ${exit}`]),
    ...(told.join('\n') === wanted.join('\n') ? [] : [`cases told: ${told.join('; ') || 'none'}; wanted: ${wanted.join('; ')}`]),
    ...lines.flatMap(line => (line.ok ? [] : [`${line.case}: ${line.detail}`])),
    ...(lines.length === 0 ? [] : stage.missing().map(what => `not there in the end: ${what}`)),
  ]
}
