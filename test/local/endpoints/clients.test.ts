import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority, Issued } from '../../../local/ca/authority.ts'
import type { Engine } from '../../../local/endpoints/endpoint.ts'
import { needs } from '../../oracle.ts'
import { authorityNow, endpoints, issueFor } from './issuing.ts'

// Programs resolve names by the system, so the certificates here are for the one name that every system knows.
const host = 'localhost'
const running = endpoints()
let folder: string
let authority: Authority
let issued: Issued
let elsewhere: Issued

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'))
  authority = await authorityNow()
  issued = await issueFor(authority, host)
  elsewhere = await issueFor(authority, 'rm-other.rds.aliyuncs.com')
  writeFileSync(path('bundle'), authority.trustPem())
  writeFileSync(path('foreign'), authority.foreignPem())
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await running.close()
})

type Ran = { exit: number; output: string; errors: string }
const path = (name: string) => join(folder, name)
const start = (engine: Engine, certificate: Issued) => running.start({ engine, certificate: async () => certificate })

function run(program: string, args: string[], env: Record<string, string> = {}, input = ''): Promise<Ran> {
  return new Promise(resolve => {
    const options = { env: { PATH: process.env.PATH, HOME: folder, ...env }, timeout: 10_000 }
    const child = execFile(program, args, options, (error, output, errors) => {
      resolve({ exit: error ? (typeof error.code === 'number' ? error.code : -1) : 0, output, errors })
    })
    child.stdin?.end(input)
  })
}

describe.skipIf(!needs('psql'))('psql with sslmode=verify-full', () => {
  const psql = (port: number, ca: string) => {
    const target = `host=${host} hostaddr=127.0.0.1 port=${port} user=app dbname=app sslmode=verify-full sslrootcert=${path(ca)}`
    return run('psql', ['-X', target, '-Atc', 'select 1'], { PGPASSWORD: 'secret' })
  }

  test('queries with the bundle, and refuses the foreign authority and a certificate of another name', async () => {
    const { port } = await start('PostgreSQL', issued)
    expect(await psql(port, 'bundle')).toEqual({ exit: 0, output: '1\n', errors: '' })
    expect(await psql(port, 'foreign')).toMatchObject({ exit: 2, errors: expect.stringContaining('certificate verify failed') })
    const other = await start('PostgreSQL', elsewhere)
    expect(await psql(other.port, 'bundle')).toMatchObject({
      exit: 2,
      errors: expect.stringContaining('does not match host name "localhost"'),
    })
  })
})

describe.skipIf(!needs('mariadb'))('the mariadb client with --ssl-verify-server-cert', () => {
  const mariadb = (port: number, ca: string) => {
    const target = ['--no-defaults', '--protocol=TCP', '-h', host, '-P', String(port), '-uapp', '-psecret']
    return run('mariadb', [...target, `--ssl-ca=${path(ca)}`, '--ssl-verify-server-cert', '-NBe', 'select 1'])
  }

  test.each(['5.7.44', '8.0.36'])(
    'queries a MySQL %s with the bundle, and refuses the foreign authority and another name',
    async version => {
      const { port } = await running.start({ engine: 'MySQL', version, certificate: async () => issued })
      expect(await mariadb(port, 'bundle')).toMatchObject({ exit: 0, output: '1\n' })
      expect(await mariadb(port, 'foreign')).toMatchObject({
        exit: 1,
        errors: expect.stringContaining('unable to get local issuer certificate'),
      })
      const other = await running.start({ engine: 'MySQL', version, certificate: async () => elsewhere })
      expect(await mariadb(other.port, 'bundle')).toMatchObject({
        exit: 1,
        errors: expect.stringMatching(/Validation of SSL server certificate failed/i),
      })
    },
  )
})

describe.skipIf(!needs('tsql'))('FreeTDS with encryption = require', () => {
  /** What FreeTDS finds wrong with a certificate it tells its dump alone. */
  const tsql = async (port: number, ca: string, version: string) => {
    const trust = ['encryption = require', `ca file = ${path(ca)}`, 'check certificate hostname = yes']
    writeFileSync(path('freetds.conf'), ['[rds]', `host = ${host}`, `port = ${port}`, `tds version = ${version}`, ...trust, ''].join('\n'))
    const args = ['-S', 'rds', '-U', 'app', '-P', 'secret', '-o', 'fqh']
    const ran = await run(
      'tsql',
      args,
      { FREETDSCONF: path('freetds.conf'), TDSDUMP: path('dump') },
      'select 1\ngo\nset nocount on\ngo\nexit\n',
    )
    return { exit: ran.exit, output: ran.output.trim(), dump: readFileSync(path('dump'), 'latin1') }
  }

  test.each(['7.1', '7.2', '7.3', '7.4', 'auto'])('queries by TDS %s with the bundle, and refuses the foreign authority', async version => {
    const { port } = await start('SQLServer', issued)
    expect(await tsql(port, 'bundle', version)).toMatchObject({ exit: 0, output: '1' })
    const signerNotFound = 'Certificate status: 66'
    expect(await tsql(port, 'foreign', version)).toMatchObject({ exit: 1, output: '', dump: expect.stringContaining(signerNotFound) })
  })

  test('refuses a certificate of another name', async () => {
    const { port } = await start('SQLServer', elsewhere)
    expect(await tsql(port, 'bundle', '7.4')).toMatchObject({
      exit: 1,
      dump: expect.stringContaining('Certificate hostname does not match'),
    })
  })
})
