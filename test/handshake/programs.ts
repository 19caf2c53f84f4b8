import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needs } from '../oracle.ts'
import type { Made } from './authority.ts'
import { pemChain } from './authority.ts'
import { closedPort, listen, type Serving } from './servers.ts'

/** A real database server with a certificate in files, in a folder of its own. */
export type Program = {
  port: number
  /** All that it has written to its log. */
  log(): string
  /** Waits until the log holds the words. */
  logged(words: RegExp): Promise<void>
  /** Replaces the files; a server serves them only once it is told to. */
  replace(chain: Made[]): void
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

/** PostgreSQL refuses to run as root: then its files are given to, and it runs as, the user `nobody`. */
const nobody = 65_534
const asRoot = process.getuid?.() === 0

export async function startMariaDb(chain: Made[], settings: string[]): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'mariadb-'))
  const data = join(folder, 'data')
  const user = asRoot ? ['--user=root'] : []
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', ...user, `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    {
      stdio: 'ignore',
    },
  )
  writeFileSync(join(folder, 'init.sql'), "CREATE USER app@'%' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO app@'%';\n")
  const files = [
    `--ssl-cert=${join(folder, 'chain.pem')}`,
    `--ssl-key=${join(folder, 'key.pem')}`,
    `--init-file=${join(folder, 'init.sql')}`,
  ]
  const port = await closedPort()
  const where = ['--bind-address=127.0.0.1', `--port=${port}`, `--socket=${join(folder, 'socket')}`]
  const start = () => spawn('mariadbd', ['--no-defaults', ...user, `--datadir=${data}`, ...where, ...files, ...settings])
  return run({ folder, port, start, ready: /ready for connections/, ending: 'SIGTERM' }, chain)
}

/** The folder of PostgreSQL's programs, which distributions keep out of the path. */
export function postgresFolder(): string | undefined {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  const folder = versions.map(version => join(base, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')))
  return folder ?? (needs('initdb') ? '' : undefined)
}

export async function startPostgres(bin: string, chain: Made[], settings: string[]): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (asRoot) chownSync(folder, nobody, nobody)
  const data = join(folder, 'data')
  const [initdb, ...initArgs] = lowered(join(bin, 'initdb'), '-D', data, '-U', 'app', '-A', 'trust', '--no-sync', '--no-instructions')
  execFileSync(initdb ?? '', initArgs, { stdio: 'ignore', cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } })
  const files = [`ssl_cert_file=${join(folder, 'chain.pem')}`, `ssl_key_file=${join(folder, 'key.pem')}`]
  const port = await closedPort()
  const where = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'fsync=off', 'ssl=on']
  const options = [...where, ...files, ...settings].flatMap(setting => ['-c', setting])
  const [postgres, ...args] = lowered(join(bin, 'postgres'), '-D', data, ...options)
  const start = () => spawn(postgres ?? '', args, { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } })
  return run({ folder, port, start, ready: /database system is ready to accept connections/, ending: 'SIGINT' }, chain)
}

function lowered(...command: string[]): string[] {
  return asRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...command] : command
}

type Startable = { folder: string; port: number; start(): ChildProcess; ready: RegExp; ending: NodeJS.Signals }

async function run({ folder, port, start, ready, ending }: Startable, chain: Made[]): Promise<Program> {
  const replace = (files: Made[]) => {
    for (const [name, text] of [
      ['chain.pem', pemChain(...files)],
      ['key.pem', files[0]?.key ?? ''],
    ] as const) {
      rmSync(join(folder, name), { force: true })
      writeFileSync(join(folder, name), text, { mode: 0o600 })
      if (asRoot) chownSync(join(folder, name), nobody, nobody)
    }
  }
  replace(chain)
  const child = start()
  let log = ''
  let wake = () => {}
  const heard = (chunk: Buffer) => {
    log += chunk.toString()
    wake()
  }
  child.stdout?.on('data', heard)
  child.stderr?.on('data', heard)
  child.on('exit', () => wake())
  const logged = async (words: RegExp) => {
    while (!words.test(log)) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${log}`)
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  await logged(ready)
  return {
    port,
    log: () => log,
    logged,
    replace,
    signal: name => void child.kill(name),
    async stop() {
      const ended = once(child, 'exit')
      child.kill(ending)
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

/**
 * The same server as seen from 127.0.0.2: MySQL and MariaDB count no errors of 127.0.0.1, so that on it no client can ever be locked out
 * and every test of that would pass.
 */
export function fromElsewhere(port: number): Promise<Serving> {
  return listen(client => {
    const server = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
    client.pipe(server).pipe(client)
  })
}
