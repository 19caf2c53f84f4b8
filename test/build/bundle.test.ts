import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleAll } from '../../build/bundle.ts'
import { slimClient, slimModels } from '../../build/slim.ts'
import { writeRuntime } from '../../local/fc/runtime-file.ts'
import { startWorker } from '../../local/fc/worker.ts'
import { type Answer, type Request, type Serving, serve } from '../../local/serve.ts'

let root: string
let runtime: Awaited<ReturnType<typeof writeRuntime>>
let service: Serving
const requests: Request[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-'))
  runtime = await writeRuntime()
  service = await serve(async (request): Promise<Answer> => {
    requests.push(request)
    if (request.headers['x-acs-action'] === undefined) return { status: 200, headers: { etag: '"e"' } }
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"RequestId":"r","Regions":{"RDSRegion":[{"RegionId":"cn-x"}]}}',
    }
  })
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'))
  await mkdir(join(root, 'functions'))
  await mkdir(join(root, 'shared'))
  await write('package.json', '{"type":"module"}')
  await write('policy.yaml', 'mode: observe\n')
  await write(
    's.yaml',
    `resources:
  plain: {component: fc3, props: {code: ./dist/plain, environmentVariables: {POLICY_FILE: rules.yaml}}}
  asks-rds: {component: fc3, props: {code: ./dist/asks-rds}}
  not-written: {component: fc3, props: {code: ./dist/not-written, environmentVariables: {POLICY_FILE: policy.yaml}}}
`,
  )
  await write('shared/greeting.ts', `export const greeting: string = 'hello'`)
  await write('functions/plain.ts', `import { greeting } from '../shared/greeting.ts'\nexport const handler = async () => greeting`)
  await write(
    'functions/asks-rds.ts',
    `const defaultOf = (module) => module.default.default ?? module.default
export async function handler(event: Buffer) {
  const sdk = await import('@alicloud/rds20140815')
  const { $OpenApiUtil } = await import('@alicloud/openapi-core')
  const client = new (defaultOf(sdk))(new $OpenApiUtil.Config({ accessKeyId: 'k', accessKeySecret: 's', endpoint: event.toString(), protocol: 'http' }))
  const reply = await client.describeRegions(new sdk.DescribeRegionsRequest({}))
  return { region: reply.body.regions.RDSRegion[0].regionId, other: typeof client['delete' + 'DBInstance'] }
}`,
  )
  await write(
    'functions/asks-oss.ts',
    `export async function handler(event: Buffer) {
  const { default: OSS } = await import('ali-oss')
  const client = new OSS({ accessKeyId: 'k', accessKeySecret: 's', bucket: 'bucket', region: 'oss-cn-hangzhou', authorizationV4: true, endpoint: event.toString() })
  return (await client.put('a', Buffer.from('x'))).res.status
}`,
  )
})

afterAll(async () => {
  await service.close()
  await runtime.remove()
  await rm(root, { recursive: true })
})

const write = (path: string, text: string) => writeFile(join(root, path), text)

/** Runs a bundle as the embedded Function Compute does, in a folder that no node_modules is above. */
async function run(name: string, event: string): Promise<string> {
  const codeDir = join(root, 'dist', name)
  await rm(join(root, 'node_modules'))
  const worker = startWorker({ runtime: runtime.file, codeDir, handler: 'index.handler', env: {}, egress: undefined, onLine: () => {} })
  const context = {
    requestId: 'r',
    credentials: { accessKeyId: '', accessKeySecret: '', securityToken: '' },
    function: { name, handler: 'index.handler', memory: 128, timeout: 20 },
    region: 'cn-hangzhou',
    accountId: '1',
  }
  const outcome = await worker.invoke(Buffer.from(event), context, Date.now(), 15_000)
  await worker.stop()
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'))
  return outcome.end === 'returned' ? outcome.body.toString() : JSON.stringify(outcome)
}

test('every function is bundled whole: it runs without node_modules, and with the policy where s.yaml lets it read one', async () => {
  const built = await bundleAll({ quiet: true, root })
  expect(built.map(({ name, built: fresh }) => [name, fresh]).toSorted()).toEqual([
    ['asks-oss', true],
    ['asks-rds', true],
    ['plain', true],
  ])
  expect((await readdir(join(root, 'dist/plain'))).toSorted()).toEqual(['index.js', 'package.json', 'rules.yaml'])
  expect(await readFile(join(root, 'dist/plain/rules.yaml'), 'utf8')).toBe('mode: observe\n')
  expect(await readdir(join(root, 'dist'))).not.toContain('not-written')
  expect(await run('plain', '')).toBe('hello')
  for (const { name, atStart } of built) expect(atStart, `${name} loads its SDK before it is asked for`).toBeLessThan(40_000)
})

test('what a start loads is one file, and what is loaded later shares it, whatever the names in it', async () => {
  await write('shared/counter.ts', `let count = 0\nexport const name = 'counter'\nexport const add = () => ++count`)
  await write('shared/place.ts', `export const name = 'place'\nexport { name as called }`)
  await write('shared/later.ts', `import { add, name } from './counter.ts'\nexport const later = () => [name, add()]`)
  await write(
    'shared/last.ts',
    `import { called, name } from './place.ts'\nexport { called } from './place.ts'\nexport const last = () => name + called`,
  )
  await write(
    'functions/joined.ts',
    `import { add, name } from '../shared/counter.ts'
import { name as place } from '../shared/place.ts'
export async function handler() {
  const [{ later }, { last, called }] = await Promise.all([import('../shared/later.ts'), import('../shared/last.ts')])
  return [name, add(), place, ...later(), last(), called]
}`,
  )
  await bundleAll({ quiet: true, root })
  expect(JSON.parse(await run('joined', ''))).toEqual(['counter', 1, 'place', 'counter', 2, 'placeplace', 'place'])
  const files = (await readdir(join(root, 'dist/joined'))).map(file => file.replace(/-\w+/, ''))
  expect(files.toSorted()).toEqual(['index.js', 'last.js', 'later.js', 'package.json'])
  await rm(join(root, 'functions/joined.ts'))
})

test('the slimmed RDS client makes the calls that the code names, and has no others', async () => {
  const [rds] = (await bundleAll({ quiet: true, root })).filter(({ name }) => name === 'asks-rds')
  expect(JSON.parse(await run('asks-rds', new URL(service.url).host))).toEqual({ region: 'cn-x', other: 'undefined' })
  expect(requests.at(-1)?.headers['x-acs-action']).toBe('DescribeRegions')
  expect(rds?.bytes).toBeLessThan(1_600_000)
})

test('ali-oss works in a bundle without the proxy agent that it does not bring', async () => {
  await bundleAll({ quiet: true, root })
  expect(await run('asks-oss', service.url)).toBe('200')
  expect(requests.at(-1)).toMatchObject({ method: 'PUT', rawPath: '/a' })
})

test('what has not changed is not built again, and what has is', async () => {
  const builtNow = async () => (await bundleAll({ quiet: true, root })).filter(({ built }) => built).map(({ name }) => name)
  await builtNow()
  expect(await builtNow()).toEqual([])
  await write('shared/greeting.ts', `export const greeting: string = 'good evening'`)
  expect(await builtNow()).toEqual(['plain'])
  expect(await run('plain', '')).toBe('good evening')
  await rm(join(root, 'dist/plain/index.js'))
  expect(await builtNow()).toEqual(['plain'])
  await write('policy.yaml', 'mode: act\n')
  expect(await builtNow()).toEqual([])
  expect(await readFile(join(root, 'dist/plain/rules.yaml'), 'utf8')).toBe('mode: act\n')
})

test('a function that cannot be built fails by its place, and a missing policy by the function that is deployed with one', async () => {
  await write('functions/broken.ts', `import './nowhere.ts'`)
  await expect(bundleAll({ quiet: true, root })).rejects.toThrow(/functions\/broken\.ts:1.*nowhere/s)
  await rm(join(root, 'functions/broken.ts'))
  await rm(join(root, 'policy.yaml'))
  await expect(bundleAll({ quiet: true, root })).rejects.toThrow('policy.yaml is missing')
  await write('policy.yaml', 'mode: observe\n')
})

test('a generated client of another shape is refused instead of being left as it is', () => {
  expect(() => slimClient('class Client {}', new Set(), 'client.js')).toThrow('client.js: its methods are not where they were')
  expect(() => slimModels('exports.A = A', new Set(), 'model.js')).toThrow('model.js: its models are not where they were')
})
