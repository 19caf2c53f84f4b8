import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pullSh } from '../../pull/pull-sh.ts'
import { bundleNames } from '../../shared/formats/bundle-names.ts'

const run = promisify(execFile)
const sha256 = (bytes: string) => createHash('sha256').update(bytes).digest('hex')
const names = Object.values(bundleNames)

let server: Server
let base = ''
let home = ''
/** What lies under each path. */
let objects = new Map<string, string>()
/** What was asked for, in order. */
let asked: string[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pull-'))
  ;[objects, asked] = [new Map(), []]
  server = createServer(({ url = '' }, answer) => {
    asked.push(url.slice(1))
    const body = objects.get(url.slice(1))
    answer.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeFile(join(home, 'pull.sh'), pullSh(`${base}/`))
})
afterEach(async () => {
  await new Promise(resolve => server.close(resolve))
  await rm(home, { recursive: true })
})

/** Publishes a version whose formats hold `text`, as publish-bundle lays them. Returns its number. */
function publish(text: string, more: Record<string, string> = {}): string {
  const files = Object.fromEntries(names.map(name => [name, `${text} ${name}`]))
  const version = sha256(files[bundleNames.pem] ?? '')
  for (const [name, body] of Object.entries(files)) objects.set(`ca/v/${version}/${name}`, body)
  const digests = Object.fromEntries(Object.entries({ ...files, ...more }).map(([name, body]) => [name, sha256(body)]))
  objects.set('ca/latest/manifest.json', `${JSON.stringify({ version, publishedAt: '2026-11-24T00:00:00Z', files: digests }, null, 2)}\n`)
  return version
}

type Ran = { exit: number; out: string; err: string }

async function pull(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Ran> {
  const words = [join(home, 'pull.sh'), join(home, 'ca'), ...args]
  const options = { env: { PATH: process.env.PATH, ...env }, timeout: 20_000 }
  return run('sh', words, options).then(
    ({ stdout, stderr }) => ({ exit: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ exit: code, out: stdout, err: stderr }),
  )
}

const held = async (name: string) => readFile(join(home, 'ca', name), 'utf8').catch(() => undefined)
const lying = async () => (await readdir(join(home, 'ca'))).sort()

test('lays all formats down, and the next run asks for the manifest alone and says nothing', async () => {
  const version = publish('one')
  expect(await pull()).toEqual({ exit: 0, out: `pull.sh: version ${version}: ${names.join(' ')}\n`, err: '' })
  expect(await lying()).toEqual([...names].sort())
  expect(await held(bundleNames.jks)).toBe(`one ${bundleNames.jks}`)
  asked = []
  expect(await pull()).toEqual({ exit: 0, out: '', err: '' })
  expect(asked).toEqual(['ca/latest/manifest.json'])
})

test('takes the named files from the named place only, and replaces what another version holds', async () => {
  publish('one')
  const env = { RDS_CA_FILES: bundleNames.p12, RDS_CA_URL: base }
  await writeFile(join(home, 'pull.sh'), pullSh('http://127.0.0.1:9'))
  await pull([], env)
  const version = publish('two')
  expect(await pull([], env)).toEqual({ exit: 0, out: `pull.sh: version ${version}: ${bundleNames.p12}\n`, err: '' })
  expect([await lying(), await held(bundleNames.p12)]).toEqual([[bundleNames.p12], `two ${bundleNames.p12}`])
})

test('mends a file that was altered where it lies', async () => {
  publish('one')
  await pull()
  await writeFile(join(home, 'ca', bundleNames.pem), 'rubbish')
  expect((await pull()).out).toMatch(new RegExp(`: ${bundleNames.pem}\n$`))
  expect(await held(bundleNames.pem)).toBe(`one ${bundleNames.pem}`)
})

test('runs the command after a change only, and again until it succeeds', async () => {
  publish('one')
  const reload = ['sh', '-c', `echo reloaded >>${home}/log; exit "$(cat ${home}/exit)"`]
  await writeFile(join(home, 'exit'), '7')
  const log = () => readFile(join(home, 'log'), 'utf8')
  expect((await pull(reload)).exit).toBe(7)
  await writeFile(join(home, 'exit'), '0')
  expect(await pull(reload)).toEqual({ exit: 0, out: '', err: '' })
  expect(await pull(reload)).toEqual({ exit: 0, out: '', err: '' })
  expect([await log(), await lying()]).toEqual(['reloaded\nreloaded\n', [...names].sort()])
})

test.each<[string, (version: string) => void, RegExp]>([
  ['nothing is published', () => objects.clear(), /manifest\.json cannot be read: nothing was replaced\n$/],
  [
    'a page of HTML answers',
    () => objects.set('ca/latest/manifest.json', '<html>'),
    /is no manifest of a trust bundle: nothing was replaced\n$/,
  ],
  ['a file is missing', version => objects.delete(`ca/v/${version}/${bundleNames.p12}`), /p12 cannot be read: nothing was replaced\n$/],
  [
    'a file was altered on its way',
    version => objects.set(`ca/v/${version}/${bundleNames.p12}`, 'two, altered'),
    /^pull\.sh: ApsaraDB-CA-Chain\.p12 is not what the manifest says, cut or altered on its way: nothing was replaced\n$/,
  ],
])('replaces nothing where %s', async (_, spoil, says) => {
  publish('one')
  await pull()
  spoil(publish('two'))
  const { exit, out, err } = await pull(['touch', join(home, 'ran')])
  expect([exit, out]).toEqual([1, ''])
  expect(err).toMatch(says)
  expect(await Promise.all(names.map(held))).toEqual(names.map(name => `one ${name}`))
  expect(await lying()).toEqual([...names].sort())
  expect(await readdir(home)).not.toContain('ran')
})

test('a file that nobody publishes, and a missing folder, are told with their mend', async () => {
  publish('one')
  expect((await pull([], { RDS_CA_FILES: 'ca.der' })).err).toBe(
    'pull.sh: the manifest names no ca.der: see RDS_CA_FILES: nothing was replaced\n',
  )
  const { code, stderr } = await run('sh', [join(home, 'pull.sh')]).catch(error => error)
  expect([code, stderr]).toEqual([1, 'usage: sh pull.sh FOLDER [COMMAND ...]\n'])
})

test('a base with a quote, a dollar and a space means nothing to the shell', async () => {
  await writeFile(join(home, 'pull.sh'), pullSh(`${base}/it's $(touch ${home}/ran) \``))
  expect((await pull()).exit).toBe(1)
  expect(await readdir(home)).not.toContain('ran')
})
