import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Served } from '../endpoints/connection.ts'

/** Where a server has its things: a folder of its own, its data, its certificate with chain, and the key. */
export type Place = { folder: string; data: string; port: number; chain: string; key: string }

/** How a program of a database is made ready, started and told to read its certificate anew. */
export type Program = {
  name: string
  install(place: Place): readonly Command[]
  start(place: Place): Command
  /** What it writes once it takes connections. */
  ready: RegExp
  stop: NodeJS.Signals
  /** Serves the files as they are now, without a restart. */
  reload(place: Place, child: ChildProcess): Promise<void>
}

export type Command = { file: string; args: readonly string[]; input?: string }

/** Databases refuse to run as root, and should: then they run as `nobody`. */
const nobody = 65_534
const lowered = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

/** A real database server on 127.0.0.1, in a folder of its own; its port stays the same through restarts. */
export class RealServer {
  readonly #program: Program
  readonly #place: Place
  #child: ChildProcess | undefined
  #log = ''

  private constructor(program: Program, place: Place) {
    this.#program = program
    this.#place = place
  }

  /** Takes one to two seconds. @throws Error with the program's own words */
  static async start(program: Program, certificate: Served): Promise<RealServer> {
    const folder = mkdtempSync(join(tmpdir(), 'rds-tls-real-'))
    if (lowered.uid !== undefined) chownSync(folder, nobody, nobody)
    const inside = (name: string) => join(folder, name)
    const place = { folder, data: inside('data'), chain: inside('chain.pem'), key: inside('key.pem'), port: await freePort() }
    const server = new RealServer(program, place)
    for (const command of program.install(place)) run(program.name, command, folder)
    server.replace(certificate)
    await server.#begin()
    return server
  }

  get port(): number {
    return this.#place.port
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Replaces the files. The server goes on serving the old ones until it is reloaded or restarted. */
  replace({ chainPem, keyPem }: Served): void {
    const { chain, key } = this.#place
    for (const [path, text] of [
      [chain, chainPem],
      [key, keyPem],
    ] as const) {
      writeFileSync(`${path}.new`, text, { mode: 0o600 })
      if (lowered.uid !== undefined) chownSync(`${path}.new`, nobody, nobody)
      renameSync(`${path}.new`, path)
    }
  }

  async reload(): Promise<void> {
    if (this.#child !== undefined) await this.#program.reload(this.#place, this.#child)
  }

  async restart(): Promise<void> {
    await this.#end()
    await this.#begin()
  }

  async close(): Promise<void> {
    await this.#end()
    rmSync(this.#place.folder, { recursive: true, force: true })
  }

  async #begin(): Promise<void> {
    const { file, args } = this.#program.start(this.#place)
    const child = spawn(file, args, { cwd: this.#place.folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'], ...lowered })
    this.#log = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-20_000)
        if (this.#program.ready.test(this.#log)) resolve()
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`${this.#program.name} ended:\n${this.#log}`)))
    })
    this.#child = child
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(this.#program.stop)
    const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await gone
    clearTimeout(patience)
  }
}

const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' }

function run(name: string, { file, args, input }: Command, cwd: string): void {
  const ran = spawnSync(file, args, { cwd, env: environment, encoding: 'utf8', ...(input === undefined ? {} : { input }), ...lowered })
  if (ran.status !== 0) throw new Error(`${name} could not be installed: ${ran.error?.message ?? ''}${ran.stderr}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
