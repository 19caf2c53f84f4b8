import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import * as z from '../../shared/schema.ts'

/** What a program prints about each case, a JSON object a line; other lines are its client's own chatter. */
const line = z.strictObject({
  client: z.string(),
  version: z.string(),
  service: z.string(),
  case: z.string(),
  ok: z.boolean(),
  detail: z.string(),
})
export type Line = z.infer<typeof line>

/** `errors` is the end of what it wrote besides lines: for a reader who wonders why lines are missing. */
export type Ran = { lines: Line[]; exit: number | string; errors: string }

/** A program with its arguments and environment. */
export type Command = { file: string; args: readonly string[]; env?: Readonly<Record<string, string>> }

/** How long a program may take before it is ended, ms. */
const patience = 120_000

/** Runs a client's program to its end, in an environment that has nothing of this machine's but the path and a home. */
export async function run(command: Command): Promise<Ran> {
  const { exit, output, errors } = await runSystem(command)
  const texts = output.split('\n').filter(text => text !== '')
  const lines = texts.flatMap(text => lineOf(text) ?? [])
  const chatter = texts.filter(text => lineOf(text) === undefined).join('\n')
  return { lines, exit, errors: `${errors}\n${chatter}`.trim().slice(-2000) }
}

/** The same for any other program, fed `input`. A file of settings is written first. */
export async function runSystem({
  file,
  args,
  env,
  input = '',
  settings,
}: Command & { input?: string; settings?: { path: string; text: string } }): Promise<{
  exit: number | string
  output: string
  errors: string
}> {
  if (settings !== undefined) writeFileSync(settings.path, settings.text)
  const clean = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LC_ALL: 'C.UTF-8', NO_PROXY: '*' }
  const child = spawn(file, args, { env: { ...clean, ...env }, timeout: patience })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const exit = await new Promise<number | string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? `ended by ${signal}`))
  })
  return { exit, output, errors }
}

function lineOf(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return line.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
