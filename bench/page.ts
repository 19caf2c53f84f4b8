import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleAll } from '../build/bundle.ts'
import { portsFor } from '../shared/adapters/ports.ts'
import { readPolicy } from '../shared/domain/policy-text.ts'
import { mintToken } from '../shared/page/token.ts'
import { startBucket } from '../test/contract/buckets.ts'
import { session } from '../test/contract/cloud.ts'
import { closedOf, itemOf } from '../test/functions/scene.ts'
import { median } from './median.ts'

const child = fileURLToPath(new URL('ready.js', import.meta.url))
const run = promisify(execFile)
const plan = 'p1'
const day = 86_400_000

/** Ms from the start of a process, medians: until the handler is ready, and until the page of a plan of twelve is whole. `wire` is the way to OSS and back, ms. */
export type Page = { ready: number; page: number; cpu: number; wire: number; runs: number }

/** What a person waits for after a click: the first page of a function that was not running, over an embedded OSS that is `wire` ms away. */
export async function measurePage(runs: number, say: (sentence: string) => void, wire = 4): Promise<Page> {
  const built = await bundleAll({ quiet: true })
  const folder = built.find(({ name }) => name === 'answer-approval')?.folder ?? ''
  const bucket = await startBucket('journal', 'public-read')
  const far = await delayed(bucket.port, wire / 2)
  const env = envOf(`http://127.0.0.1:${far.port}`)
  const token = await seed(bucket, envOf(bucket.at.endpoint))
  const event = { rawPath: `/plans/${plan}`, queryParameters: { token }, requestContext: { http: { method: 'GET' } } }
  const args = [child, 'reply', join(folder, 'index.js'), Buffer.from(JSON.stringify(event)).toString('base64')]
  const seen: { ready: number; ms: number; cpu: number }[] = []
  try {
    for (let at = 1; at <= runs; at++) {
      const { stdout } = await run(process.execPath, args, { env })
      seen.push(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
      say(`page ${at} of ${runs}`)
    }
  } finally {
    await Promise.all([far.close(), bucket.close()])
  }
  const middle = (of: (one: (typeof seen)[number]) => number) => median(seen.map(of))
  return { ready: middle(one => one.ready), page: middle(one => one.ms), cpu: middle(one => one.cpu), wire, runs }
}

/** A policy, a plan that waits for its answer, and the key of its links. Returns the link's token. */
async function seed(bucket: Awaited<ReturnType<typeof startBucket>>, env: Record<string, string>): Promise<string> {
  const key = Buffer.alloc(32, 1)
  const channels = { dba: { kind: 'dingtalk', url: 'https://chat.example.com/robot' } }
  bucket.put('secrets.json', JSON.stringify({ approvalKey: key.toString('base64'), channels }))
  const { journal } = await portsFor(['journal'], 'bench', env)
  const text = await readFile(new URL('../policy.yaml', import.meta.url), 'utf8')
  const at = new Date().toISOString()
  const validUntil = new Date(Date.now() + day).toISOString()
  const items = Array.from({ length: 12 }, (_, i) => itemOf(`rm-${i}`))
  const entry = (fact: unknown) => ({ n: 1, attempt: 'bench', at, fact })
  await journal.append('policy', entry({ text, document: readPolicy(text).document, by: 'bench' }))
  await journal.append(`plans/${plan}`, entry(closedOf(items, { plan, validUntil })))
  return mintToken(key, { plan, validUntil })
}

const envOf = (oss: string): Record<string, string> => ({
  FC_REGION: 'cn-hangzhou',
  FC_ACCOUNT_ID: session.accountId,
  ALIBABA_CLOUD_ACCESS_KEY_ID: session.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: session.accessKeySecret,
  ALIBABA_CLOUD_SECURITY_TOKEN: session.securityToken,
  OSS_ENDPOINT: oss,
  MNS_ENDPOINT: 'http://127.0.0.1:59999',
  JOURNAL_BUCKET: 'journal',
  SECRETS: 'oss:secrets.json',
  APPROVAL_URL: 'https://approve.example.com',
})

/** Another port of the same server, each way `ms` longer. */
async function delayed(port: number, ms: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      from.setNoDelay()
      from.on('data', bytes => setTimeout(() => to.write(bytes), ms))
      from.on('error', () => to.destroy())
      from.on('close', () => setTimeout(() => to.destroy(), ms))
    }
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = () => new Promise<void>(done => server.close(() => done()))
  return { port: (server.address() as AddressInfo).port, close }
}
