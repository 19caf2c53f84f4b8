import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Command } from './programs.ts'
import type { Toolchain } from './toolchains.ts'

const execute = promisify(execFile)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const built = here('../../.local/clients/slow')
/** Checkouts of public repositories under their own names, with their submodules: no registry here serves them. */
const sources = process.env.CLIENT_SOURCES ?? here('../../.local/clients/sources')

export type Checkout = 'aliyun-cli' | 'ossutil' | 'aliyun-mns-go-sdk'

/** How each is built, from where, and how its version is found out. */
const builds: Readonly<
  Record<
    Checkout,
    { at: (source: string) => string; args: (version: string) => string[]; version: (file: string, tag: string) => Promise<string> }
  >
> = {
  'aliyun-cli': {
    at: source => source,
    args: version => ['-ldflags', `-X github.com/aliyun/aliyun-cli/v3/cli.Version=${version}`, './main'],
    version: async file => (await execute(file, ['version'])).stdout.trim(),
  },
  ossutil: {
    at: source => source,
    args: () => ['.'],
    version: async file => /v([\d.]+)/.exec((await execute(file, ['--version'])).stdout)?.[1] ?? 'unknown',
  },
  'aliyun-mns-go-sdk': { at: () => here('go-mns'), args: () => ['.'], version: async (_, tag) => tag },
}

/** The command of a program over a client that is built from a checkout, or why there is none. */
export async function slowCommand(
  checkout: Checkout,
  program: string,
  args: readonly string[],
  python: Toolchain,
): Promise<Command | string> {
  const source = join(sources, checkout)
  if (!existsSync(source)) return `no checkout of aliyun/${checkout} in ${sources}`
  const tag = (await execute('git', ['-C', source, 'describe', '--tags', '--always'])).stdout.trim().replace(/^v/, '')
  const file = join(built, checkout)
  const { at, args: given, version } = builds[checkout]
  await mkdir(built, { recursive: true })
  await execute('go', ['build', '-buildvcs=false', '-o', file, ...given(tag)], { cwd: at(source), maxBuffer: 1 << 26 })
  const known = await version(file, tag)
  if (checkout === 'aliyun-mns-go-sdk') return { file, args: [known] }
  const command = python.command(program, [...args, known])
  return { ...command, env: { ...command.env, BINARY: file } }
}
