import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Served } from '../../../local/endpoints/connection.ts'

/** A real MariaDB server on 127.0.0.1 with TLS and the account `app` without a password. */
export async function startMariadbd(certificate: Served, maxConnectErrors: number): Promise<{ port: number; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'mariadbd-'))
  const data = join(folder, 'data')
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], {
    stdio: 'ignore',
  })
  const port = await freePort()
  const server = spawn('mariadbd', [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--user=root',
    `--max-connect-errors=${maxConnectErrors}`,
    `--ssl-key=${file('key.pem', certificate.keyPem)}`,
    `--ssl-cert=${file('chain.pem', certificate.chainPem)}`,
    `--init-file=${file('init.sql', "CREATE USER 'app'@'%';\n")}`,
  ])
  await ready(server)
  return {
    port,
    close: async () => {
      const gone = new Promise(resolve => server.once('exit', resolve))
      server.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const fail = () => reject(new Error(`mariadbd did not start:\n${log}`))
    server.once('exit', fail)
    server.once('error', fail)
    server.stderr?.on('data', chunk => {
      log += chunk
      if (log.includes('ready for connections')) resolve()
    })
  })
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
