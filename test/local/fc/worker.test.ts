import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Line, Outcome } from '../../../local/fc/invocation.ts'
import type { Context } from '../../../local/fc/protocol.ts'
import { writeRuntime } from '../../../local/fc/runtime-file.ts'
import { startWorker, type Worker } from '../../../local/fc/worker.ts'

let runtime: Awaited<ReturnType<typeof writeRuntime>>
let folder: string
const workers: Worker[] = []

beforeAll(async () => {
  runtime = await writeRuntime()
  folder = await mkdtemp(join(tmpdir(), 'worker-'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
})

afterAll(async () => {
  await Promise.all(workers.map(worker => worker.stop()))
  await runtime.remove()
  await rm(folder, { recursive: true })
})

type Written = Omit<Line, 'function'>
let made = 0

/** A process with this module as its code. */
async function worker(code: string, options: { env?: Record<string, string>; egress?: string; handler?: string } = {}) {
  const file = `code${++made}`
  await writeFile(join(folder, `${file}.js`), code)
  const lines: Written[] = []
  const started = startWorker({
    runtime: runtime.file,
    codeDir: folder,
    handler: options.handler ?? `${file}.handler`,
    env: options.env ?? {},
    egress: options.egress,
    onLine: line => lines.push(line),
  })
  workers.push(started)
  const invoke = (event = '', requestId = 'request-1', now = Date.now(), timeoutMs = 10_000) =>
    started.invoke(Buffer.from(event), { ...context, requestId }, now, timeoutMs)
  return { ...started, isGone: () => started.gone, invoke, lines }
}

const context: Context = {
  requestId: '',
  credentials: { accessKeyId: '', accessKeySecret: '', securityToken: '' },
  function: { name: 'f', handler: 'index.handler', memory: 128, timeout: 7 },
  region: 'cn-hangzhou',
  accountId: '1',
}

function body(outcome: Outcome): string {
  if (outcome.end !== 'returned') throw new Error(`it did not return: ${JSON.stringify(outcome)}`)
  return outcome.body.toString()
}

test('a string returns as its bytes, an object as JSON, a buffer as it is, and nothing as nothing', async () => {
  const { invoke } = await worker(`
    export const handler = async event => ({ text: 'ä', object: { a: 1 }, bytes: new Uint8Array([65, 255]), nothing: undefined })[event.toString()]`)
  expect(body(await invoke('text'))).toBe('ä')
  expect(body(await invoke('object'))).toBe('{"a":1}')
  expect(await invoke('bytes')).toEqual({ end: 'returned', body: Buffer.from([65, 255]) })
  expect(body(await invoke('nothing'))).toBe('')
})

test('a handler gets a Buffer and the context, and one process handles one event after the other', async () => {
  const { invoke } = await worker(`
    let count = 0
    export const handler = (event, context) => ({ buffer: Buffer.isBuffer(event), count: ++count, id: context.requestId, timeout: context.function.timeout })`)
  expect(JSON.parse(body(await invoke('', 'a')))).toEqual({ buffer: true, count: 1, id: 'a', timeout: 7 })
  expect(JSON.parse(body(await invoke('', 'b')))).toEqual({ buffer: true, count: 2, id: 'b', timeout: 7 })
})

test('what a handler throws is told with its type and message, and the process goes on', async () => {
  const { invoke } = await worker(
    `export const handler = async event => { if (event.length) throw new TypeError('no such thing'); return 'well' }`,
  )
  const outcome = await invoke('x')
  expect(outcome).toMatchObject({ end: 'threw', error: { errorMessage: 'no such thing', errorType: 'TypeError' } })
  expect(body(await invoke())).toBe('well')
})

test('a bundle that cannot be loaded fails its event with the reason, and the process is gone', async () => {
  const broken = await worker(`import 'a-package-that-nobody-installed'`)
  const outcome = await broken.invoke()
  expect(outcome).toMatchObject({ end: 'threw' })
  expect(JSON.stringify(outcome)).toContain('a-package-that-nobody-installed')
  expect(broken.isGone()).toBe(true)
})

test('a missing file and a missing export are told by name', async () => {
  const noFile = await worker('', { handler: 'elsewhere.handler' })
  expect(JSON.stringify(await noFile.invoke())).toContain('elsewhere')
  const noExport = await worker('export const other = 1')
  expect(JSON.stringify(await noExport.invoke())).toContain("Handler 'handler' is missing")
})

test('a process that exits or is killed in the middle is told as exited', async () => {
  const exits = await worker('export const handler = () => process.exit(3)')
  expect(await exits.invoke()).toEqual({ end: 'exited', code: 3, signal: null })
  const hangs = await worker(`export const handler = () => { console.log('began'); return new Promise(() => setInterval(() => {}, 1000)) }`)
  const outcome = hangs.invoke()
  await expect.poll(() => hangs.lines.length, { interval: 1 }).toBe(1)
  hangs.kill()
  expect(await outcome).toEqual({ end: 'exited', code: null, signal: 'SIGKILL' })
  expect(hangs.isGone()).toBe(true)
})

test('an uncaught rejection outside of the handler ends the process as in production', async () => {
  const { invoke } = await worker(
    `export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => setInterval(() => {}, 1000)) }`,
  )
  expect(await invoke()).toMatchObject({ end: 'exited', code: 1 })
})

test('a handler that does not answer in time is killed, and told with the seconds that s.yaml allows', async () => {
  const hangs = await worker('export const handler = () => new Promise(() => setInterval(() => {}, 1000))')
  expect(await hangs.invoke('', 'late', Date.now(), 400)).toEqual({ end: 'timed-out', seconds: 7 })
  expect(hangs.isGone()).toBe(true)
})

test('every line belongs to the event it was written for, also while loading, and also one without a line end', async () => {
  const { invoke, lines } = await worker(`
    console.log('loading')
    export const handler = async event => {
      process.stdout.write('out ' + event + '\\nhalf')
      console.error('err ' + event)
      await new Promise(resolve => setImmediate(resolve))
      if (event.toString() === 'dies') { process.stdout.write(' a line'); process.exit(1) }
    }`)
  await invoke('one', 'r1')
  expect(lines.toSorted(byText)).toEqual([
    { requestId: 'r1', stream: 'stderr', text: 'err one' },
    { requestId: 'r1', stream: 'stdout', text: 'half' },
    { requestId: 'r1', stream: 'stdout', text: 'loading' },
    { requestId: 'r1', stream: 'stdout', text: 'out one' },
  ])
  lines.length = 0
  await invoke('dies', 'r2')
  expect(lines.toSorted(byText)).toEqual([
    { requestId: 'r2', stream: 'stderr', text: 'err dies' },
    { requestId: 'r2', stream: 'stdout', text: 'half a line' },
    { requestId: 'r2', stream: 'stdout', text: 'out dies' },
  ])
})

test('all that a handler wrote has been handed on when its outcome is told, however much it was', async () => {
  const { invoke, lines } = await worker(`
    export const handler = () => { for (let count = 0; count < 5000; count++) { console.log('out '.repeat(10) + count); console.error('err') } }`)
  for (let event = 1; event <= 5; event++) {
    await invoke('', `r${event}`)
    expect(lines.filter(({ requestId }) => requestId === `r${event}`)).toHaveLength(10_000)
  }
})

const byText = (a: Written, b: Written) => (a.text < b.text ? -1 : 1)

test('a process inherits nothing: it sees the variables given, its own folder, and no arguments', async () => {
  process.env.ONLY_THE_PARENT = 'x'
  const { invoke } = await worker(
    `export const handler = () => ({ own: process.env.OWN, parent: process.env.ONLY_THE_PARENT, cwd: process.cwd(), arguments: process.argv.length })`,
    { env: { OWN: 'y' } },
  )
  const seen = JSON.parse(body(await invoke()))
  delete process.env.ONLY_THE_PARENT
  expect(seen).toMatchObject({ own: 'y', arguments: 2 })
  expect(seen.parent).toBeUndefined()
  expect(seen.cwd).toContain('worker-')
})

test("a function's Date is the embedded clock's, moves with it, and dates stay dates", async () => {
  const { invoke } = await worker(`
    import { statSync } from 'node:fs'
    const machine = Date
    export const handler = () => ({
      now: Date.now(), made: new Date().getTime(), given: new Date(5).getTime(), text: Date().length > 10,
      native: statSync('.').mtime instanceof Date, own: new Date() instanceof Date, iso: new Date('2026-01-01').toISOString(), untouched: Date === machine,
    })`)
  const year2030 = Date.parse('2030-01-01T00:00:00Z')
  const seen = JSON.parse(body(await invoke('', 'r', year2030)))
  expect(seen).toMatchObject({ untouched: false, given: 5, text: true, native: true, own: true, iso: '2026-01-01T00:00:00.000Z' })
  for (const time of [seen.now, seen.made]) {
    expect(time).toBeGreaterThanOrEqual(year2030)
    expect(time).toBeLessThan(year2030 + 5000)
  }
  const back = JSON.parse(body(await invoke('', 'r', Date.now())))
  expect(Math.abs(back.now - Date.now())).toBeLessThan(5000)
  expect(back.untouched).toBe(true)
})

test('a function in a VPC connects from the address of its VPC, whichever way it connects', async () => {
  const from: (string | undefined)[] = []
  const server = createServer(socket => {
    from.push(socket.remoteAddress)
    socket
      .on('error', () => {})
      .resume()
      .end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const code = `
    import net from 'node:net'
    import http from 'node:http'
    import tls from 'node:tls'
    const lookup = (name, options, done) => options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    const ends = socket => new Promise(resolve => socket.on('error', () => {}).on('close', resolve))
    export const handler = async event => {
      const port = Number(event)
      await ends(net.connect(port, '127.0.0.1').resume())
      await ends(net.connect({ port, host: '127.0.0.1' }).resume())
      await ends(net.connect({ port, host: 'rm-1.mysql.rds.aliyuncs.com', lookup }).resume())
      await ends(new net.Socket().connect(port, '127.0.0.1').resume())
      await ends(tls.connect({ port, host: '127.0.0.1' }))
      await ends(http.get({ port, host: '127.0.0.1' }))
    }`
  const inside = await worker(code, { egress: '127.0.7.10' })
  expect((await inside.invoke(String(port))).end).toBe('returned')
  expect(from).toEqual(Array(6).fill('127.0.7.10'))
  from.length = 0
  const outside = await worker(code)
  await outside.invoke(String(port))
  expect(from).toEqual(Array(6).fill('127.0.0.1'))
  await new Promise(resolve => server.close(resolve))
})
