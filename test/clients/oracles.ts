/** npm run oracles: Alibaba's own clients in other languages, each against a fresh embedded server of the service it speaks to. */
import { readArguments } from './arguments.ts'
import { cases, type Service } from './cases.ts'
import { type Command, type Line, run } from './programs.ts'
import type { OracleRow } from './results.ts'
import { type Entry, roster } from './roster.ts'
import { conclude, type Outcome, slots } from './run.ts'
import { type Stage, stageOf } from './stage.ts'
import { seconds, toolchainsFor } from './toolchains.ts'

const args = readArguments('oracles', process.argv.slice(2))
const began = Date.now()
const say = (sentence: string) => process.stdout.write(`${seconds(began).padStart(8)}  ${sentence}\n`)
const toolchains = toolchainsFor(say)
const slot = slots()

const chosen = roster.filter(({ program }) => args.only === undefined || program.toLowerCase().includes(args.only.toLowerCase()))
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
  const { service, language, program } = entry
  const name = `${service}, ${program} (${language})`
  const toolchain = await toolchains(language)
  if (toolchain === undefined) return { name, skipped: `no ${language} here` }
  return { name, ...(await slot(() => asked(entry, toolchain.command(program)))) }
}

async function asked({ service, language, signs }: Entry, command: Command): Promise<{ row: OracleRow } | { failed: string[] }> {
  const stage = await stageOf(service)
  try {
    const { lines, exit, errors } = await run({ ...command, env: { ...command.env, ...stage.env } })
    const failed = faultsOf(service, lines, exit, stage)
    const [first] = lines
    if (failed.length > 0 || first === undefined) return { failed: [...failed, ...(errors === '' ? [] : [errors])] }
    const { client, version } = first
    return {
      row: { service, client, language, version, ...(signs ? { signs } : {}), passed: lines.map(line => line.case), lacks: {} },
    }
  } finally {
    await stage.close()
  }
}

/** Every case told once and well, in order, and the effects of the calls there to be seen. */
function faultsOf(service: Service, lines: readonly Line[], exit: number | string, stage: Stage): string[] {
  const told = lines.map(line => line.case)
  return [
    ...(exit === 0 ? [] : [`the program ended with ${exit}`]),
    ...(told.join('\n') === cases[service].join('\n')
      ? []
      : [`cases told: ${told.join('; ') || 'none'}; wanted: ${cases[service].join('; ')}`]),
    ...lines.flatMap(line => (line.ok ? [] : [`${line.case}: ${line.detail}`])),
    ...(lines.length === 0 ? [] : stage.missing().map(what => `not there in the end: ${what}`)),
  ]
}
