import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needs } from '../oracle.ts'
import type { Command } from './programs.ts'

/** A language's clients, fetched and built: `command` runs the program of this name. */
export type Toolchain = { command(program: string, args?: readonly string[]): Command }

export type Language = 'Python' | 'Go' | 'Java'

/** Undefined: not to be had here, and said so. Under CI what cannot be had is thrown. */
export type Toolchains = (language: Language) => Promise<Toolchain | undefined>

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const cache = here('../../.local/clients')

const toolchains: Readonly<Record<Language, { programs: readonly string[]; prepare: () => Promise<Toolchain> }>> = {
  Python: { programs: ['python3'], prepare: preparePython },
  Go: { programs: ['go'], prepare: prepareGo },
  Java: { programs: ['mvn', 'javac', 'java'], prepare: prepareJava },
}

/** Gives each language's toolchain when first asked for it: fetches what its lock file names from its registry, once, and builds. */
export function toolchainsFor(say: (sentence: string) => void): Toolchains {
  const prepared = new Map<Language, Promise<Toolchain | undefined>>()
  return language => {
    const toolchain = prepared.get(language) ?? prepareOnce(language, say)
    prepared.set(language, toolchain)
    return toolchain
  }
}

async function prepareOnce(language: Language, say: (sentence: string) => void): Promise<Toolchain | undefined> {
  const { programs, prepare } = toolchains[language]
  if (!programs.every(program => needs(program))) return undefined
  const began = Date.now()
  try {
    const toolchain = await prepare()
    say(`${language}'s clients are there (${seconds(began)})`)
    return toolchain
  } catch (error) {
    if (process.env.CI) throw error
    say(`skipped: ${language}'s clients could not be had: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

export const seconds = (began: number): string => `${((Date.now() - began) / 1000).toFixed(1)} s`

async function preparePython(): Promise<Toolchain> {
  const folder = await fetched('python', [here('python/requirements.txt')], async folder => {
    await command('python3', ['-m', 'venv', folder])
    await command(join(folder, 'bin/pip'), [
      'install',
      '--quiet',
      '--no-input',
      '--no-compile',
      '--no-deps',
      '-r',
      here('python/requirements.txt'),
    ])
  })
  const env = { PYTHONPYCACHEPREFIX: `${folder}/pycache` }
  return { command: (program, args = []) => ({ file: join(folder, 'bin/python'), args: [here(`python/${program}.py`), ...args], env }) }
}

async function prepareGo(): Promise<Toolchain> {
  const file = join(cache, 'go/clients')
  await mkdir(join(cache, 'go'), { recursive: true })
  await command('go', ['build', '-mod=readonly', '-o', file, '.'], { cwd: here('go') })
  return { command: (program, args = []) => ({ file, args: [program, ...args] }) }
}

async function prepareJava(): Promise<Toolchain> {
  const jars = await fetched('java', [here('java/pom.xml')], folder =>
    command('mvn', ['-q', '-B', '-f', here('java/pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]),
  )
  const classes = join(cache, 'java/classes')
  await rm(classes, { recursive: true, force: true })
  await mkdir(classes, { recursive: true })
  const sources = (await readdir(here('java'))).filter(name => name.endsWith('.java'))
  await command('javac', ['-nowarn', '-encoding', 'UTF-8', '-d', classes, '-cp', `${jars}/*`, ...sources], { cwd: here('java') })
  const options = ['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-cp', `${classes}:${jars}/*`]
  return { command: (program, args = []) => ({ file: 'java', args: [...options, program, ...args] }) }
}

/** A folder of the cache for exactly what these files name. It appears whole or not at all, and the ones before it go. */
async function fetched(language: string, locks: readonly string[], fetch: (folder: string) => Promise<unknown>): Promise<string> {
  const hash = createHash('sha256')
  for (const lock of locks) hash.update(await readFile(lock))
  const all = join(cache, language)
  const name = `packages-${hash.digest('hex').slice(0, 16)}`
  const folder = join(all, name)
  const done = `${folder}.done`
  if (existsSync(done)) return folder
  await rm(all, { recursive: true, force: true })
  await mkdir(all, { recursive: true })
  // Not moved into place afterwards: a Python environment has its own path inside.
  await fetch(folder)
  await mkdir(`${done}.new`)
  await rename(`${done}.new`, done)
  return folder
}

function command(file: string, args: readonly string[], { cwd }: { cwd?: string } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...(cwd ? { cwd } : {}), maxBuffer: 1 << 26 }, (error, output, errors) => {
      if (!error) return resolve()
      reject(new Error(`${file} ${args.slice(0, 3).join(' ')} … failed:\n${`${output}\n${errors}`.trim().slice(-3000)}`))
    })
  })
}
