/** npm run clients: database drivers and command lines, each with the file that its user would take, against embedded instances. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { needs } from '../oracle.ts'
import { readArguments } from './arguments.ts'
import { type Attempt, openInstances } from './instances.ts'
import { type Line, run, runSystem } from './programs.ts'
import type { ClientRow } from './results.ts'
import { conclude, type Outcome, slots } from './run.ts'
import { seconds, toolchainsFor } from './toolchains.ts'
import { type Way, ways } from './ways.ts'

const args = readArguments('clients', process.argv.slice(2))
const began = Date.now()
const say = (sentence: string) => process.stdout.write(`${seconds(began).padStart(8)}  ${sentence}\n`)
const toolchains = toolchainsFor(say)
const slot = slots()
/** Gives programs names of its own file's: libnss-wrapper of Debian. */
const wrapper = ['/usr/lib/x86_64-linux-gnu/libnss_wrapper.so', '/usr/lib/aarch64-linux-gnu/libnss_wrapper.so'].find(existsSync)

const instances = await openInstances()
const nameOf = ({ engine, client, file }: Way) => `${engine}, ${client}, ${file}`
const chosen = ways.filter(({ client }) => args.only === undefined || client.toLowerCase().includes(args.only.toLowerCase()))
const reasons = await Promise.all(chosen.map(absent))
const there = chosen.filter((_, at) => reasons[at] === undefined)

const before = await Promise.all(there.map(way => slot(() => attempt(way, [to(way, 'before the update')]))))
say(`${there.length} clients trusted the old certificates`)
await instances.update()
say('every instance serves another certificate')
const after = await Promise.all(
  there.map(way =>
    slot(() =>
      attempt(way, [
        to(way, 'after the update'),
        { ...to(way, 'a foreign authority'), trust: instances.files[way.file].foreign },
        { ...to(way, 'another name'), host: instances.otherName },
      ]),
    ),
  ),
)
say('every client has met the new certificate, a foreign authority and another name')
await instances.close()
const outcomes = [
  ...there.map((way, at) => judge(way, before[at], after[at])),
  ...chosen.flatMap((way, at) => {
    const skipped = reasons[at]
    return skipped === undefined ? [] : [{ name: nameOf(way), skipped }]
  }),
]
conclude('clients', outcomes, args, row => [
  row.engine,
  `${row.client} (${row.language})`,
  row.version,
  row.file,
  `refuses a foreign authority: ${row.foreign}`,
  row.otherName === undefined ? 'CHECKS NO NAME' : `another name: ${row.otherName}`,
])

type Attempted = { lines: Line[]; errors: string }

function to({ engine, file }: Way, name: string): Attempt {
  return { name, ...instances.at[engine], trust: instances.files[file].bundle }
}

async function absent(way: Way): Promise<string | undefined> {
  switch (way.by) {
    case 'node':
      return undefined
    case 'system':
      return needs(way.program) ? unnamed() : `${way.program} is not installed`
    case 'toolchain':
      if ((await toolchains(way.language)) === undefined) return `no ${way.language} here`
      return way.resolves ? unnamed() : undefined
  }
}

function unnamed(): string | undefined {
  return wrapper === undefined ? 'libnss-wrapper is not installed' : undefined
}

/** Names for a program that asks the system's library. */
function resolving(): Record<string, string> {
  return { LD_PRELOAD: wrapper ?? '', NSS_WRAPPER_HOSTS: instances.hostsFile }
}

async function attempt(way: Way, attempts: readonly Attempt[]): Promise<Attempted> {
  switch (way.by) {
    case 'toolchain': {
      const toolchain = await toolchains(way.language)
      if (toolchain === undefined) return { lines: [], errors: '' }
      const groups = way.alone ? attempts.map(one => [one]) : [attempts]
      const all: Attempted = { lines: [], errors: '' }
      for (const group of groups) {
        const { file, args: given, env: own } = toolchain.command(way.program, way.args)
        const names = way.language === 'Java' ? [`-Djdk.net.hosts.file=${instances.hostsFile}`] : []
        const env = { ...own, ENGINE: way.engine, ATTEMPTS: JSON.stringify(group), ...(way.resolves ? resolving() : {}) }
        const { lines, errors } = await run({ file, args: [...names, ...given], env })
        all.lines.push(...lines)
        all.errors = `${all.errors}\n${errors}`.trim()
      }
      return all
    }
    case 'system': {
      const version = await runSystem({ file: way.program, args: way.versionArgs })
      const found = way.version.exec(version.output)?.[1] ?? 'unknown'
      const lines: Line[] = []
      for (const one of attempts) {
        const command = way.command(one, instances.folder)
        const { exit, output, errors } = await runSystem({ ...command, env: { ...command.env, ...resolving() } })
        const ok = exit === 0 && output.trim() === command.prints
        const log = command.log !== undefined && existsSync(command.log) ? readFileSync(command.log, 'latin1') : ''
        const detail = ok ? 'select 1' : `${output}\n${errors}\n${log}`
        lines.push({ client: way.client, version: found, service: way.engine, case: one.name, ok, detail })
      }
      return { lines, errors: '' }
    }
    case 'node': {
      const version = installed(way.package)
      const lines: Line[] = []
      for (const { name, host, port, trust } of attempts) {
        const connected = await way.driver(host, port, readFileSync(trust, 'utf8'), { timeout: 10_000 })
        const detail = connected.ok ? 'select 1' : `${connected.code}: ${connected.message}`
        lines.push({ client: way.client, version, service: way.engine, case: name, ok: connected.ok, detail })
      }
      return { lines, errors: '' }
    }
  }
}

function installed(name: string): string {
  const { packages } = createRequire(import.meta.url)('../../package-lock.json') as { packages: Record<string, { version: string }> }
  return packages[`node_modules/${name}`]?.version ?? 'unknown'
}

function judge(way: Way, before: Attempted | undefined, after: Attempted | undefined): Outcome<ClientRow> {
  const name = nameOf(way)
  const [old] = before?.lines ?? []
  const [renewed, foreign, other] = after?.lines ?? []
  if (!old || !renewed || !foreign || !other) {
    return { name, failed: ['it did not tell of every attempt', before?.errors ?? '', after?.errors ?? ''].filter(Boolean) }
  }
  const foreignWords = way.foreign.exec(foreign.detail)?.[0]
  const otherWords = way.otherName?.exec(other.detail)?.[0]
  const failed = [
    ...[old, renewed].flatMap(line => (line.ok ? [] : [`${line.case}: not trusted: ${line.detail}`])),
    ...(!foreign.ok && foreignWords
      ? []
      : [`${foreign.case}: ${foreign.ok ? 'it connects' : `not by its own certificate error: ${foreign.detail}`}`]),
    ...(way.otherName === undefined
      ? other.ok
        ? []
        : [`another name: it was said to check none, and does not connect: ${other.detail}`]
      : !other.ok && otherWords
        ? []
        : [`another name: ${other.ok ? 'it connects' : `not by its own error: ${other.detail}`}`]),
  ]
  if (failed.length > 0) return { name, failed }
  return {
    name,
    row: {
      engine: way.engine,
      client: old.client,
      language: way.by === 'toolchain' ? way.language : way.by === 'node' ? 'Node' : 'C',
      version: old.version,
      file: way.file,
      setting: way.setting,
      foreign: foreignWords ?? '',
      ...(otherWords ? { otherName: otherWords } : {}),
      from: way.by === 'system' ? 'system' : 'lock',
    },
  }
}
