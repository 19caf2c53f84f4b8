import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readSpec } from '../../../local/fc/spec.ts'
import { accountId, fromQueue, type Made, page, timer, writeDeployment } from './deployment.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function read(functions: Record<string, Partial<Made>>) {
  const complete = Object.entries(functions).map(([name, made]) => [name, { code: '', ...made }])
  const folder = await writeDeployment(Object.fromEntries(complete))
  folders.push(folder)
  return { folder, spec: await readSpec(join(folder, 's.yaml'), { accountId }) }
}

test('a function is read with its defaults, its role by name and its triggers by kind', async () => {
  const { folder, spec } = await read({
    first: {
      props: {
        role: `acs:ram::\${config('AccountID')}:role/the-role`,
        vpcConfig: { vpcId: 'vpc-7', vSwitchIds: ['v'], securityGroupId: 's' },
      },
      triggers: [timer('daily', '0 0 8 * * *', '{"kind":"check"}'), page(['GET']), fromQueue('q', { tolerance: 'NONE', letters: '' })],
    },
  })
  expect(spec).toEqual({
    region: 'cn-hangzhou',
    accountId,
    functions: [
      {
        name: 'first',
        codeDir: join(folder, 'dist/first'),
        handler: 'index.handler',
        timeout: 20,
        memory: 512,
        role: 'the-role',
        vpc: 'vpc-7',
        env: {},
        asyncRetries: 3,
        triggers: [
          { type: 'timer', name: 'daily', enabled: true, cron: '0 0 8 * * *', payload: '{"kind":"check"}' },
          { type: 'http', name: 'page', methods: ['GET'] },
          {
            type: 'stream',
            name: 'from-queue',
            enabled: true,
            queue: 'q',
            base64: true,
            retry: 'BACKOFF_RETRY',
            tolerance: 'NONE',
            deadLetters: undefined,
          },
        ],
      },
    ],
  })
})

test('variables, templates and the account are resolved; what is no function is left out', async () => {
  const { folder } = await read({ first: {} })
  await writeFile(
    join(folder, 's.yaml'),
    `edition: 3.0.0
name: made
vars: {bucket: "journal-\${config('AccountID')}"}
template: {fn: {region: cn-beijing, runtime: nodejs20, handler: index.handler, environmentVariables: {A: common, B: common}}}
resources:
  stack: {component: ros, props: {region: cn-beijing}}
  first:
    component: fc3
    extend: {name: fn}
    props: {functionName: first, code: ./dist/first, environmentVariables: {B: "\${vars.bucket}"}}
`,
  )
  const spec = await readSpec(join(folder, 's.yaml'), { accountId })
  expect(spec.region).toBe('cn-beijing')
  expect(spec.functions.map(({ name, env }) => ({ name, env }))).toEqual([
    { name: 'first', env: { A: 'common', B: `journal-${accountId}` } },
  ])
})

test('reading leaves the environment as it was, whatever lies in .env beside s.yaml', async () => {
  const { folder } = await read({ first: {} })
  await writeFile(join(folder, '.env'), 'LEFT_BEHIND=x\n')
  const before = { ...process.env }
  await readSpec(join(folder, 's.yaml'), { accountId })
  expect(process.env).toEqual(before)
})

const wrong: [string, Partial<Made>, string][] = [
  ['another runtime', { props: { runtime: 'nodejs18' } }, 'first: runtime: must be nodejs20'],
  ['memory that is no multiple of 64', { props: { memorySize: 200 } }, 'first: memorySize:'],
  ['a time-out of zero', { props: { timeout: 0 } }, 'first: timeout:'],
  ['a number as a variable', { props: { environmentVariables: { COUNT: 5 } } }, 'first: environmentVariables.COUNT:'],
  ['a kind of trigger that is not run here', { triggers: [{ ...page(), triggerType: 'oss' }] }, 'first: triggers.0: triggerType:'],
  [
    'a page that wants a signature',
    { triggers: [{ ...page(), triggerConfig: { authType: 'function', methods: ['GET'] } }] },
    'must be anonymous',
  ],
  ['a queue in another region', { props: { region: 'cn-beijing' }, triggers: [fromQueue('q')] }, 'reads a queue in cn-hangzhou'],
]

test.each(wrong)('%s is refused by name', async (_, made, message) => {
  await expect(read({ first: made })).rejects.toMatchObject({ code: 'BadSpec', message: expect.stringContaining(message) })
})

test('an asynchronous stream, a window of two and a dead-letter queue of another account are refused', async () => {
  const change = (from: string, to: string) => JSON.parse(JSON.stringify(fromQueue('q')).replace(from, to))
  const read1 = (trigger: unknown) => read({ first: { triggers: [trigger] } })
  await expect(read1(change('"asyncInvocationType":false', '"asyncInvocationType":true'))).rejects.toThrow(
    'asyncInvocationType: must be false',
  )
  await expect(read1(change('"CountBasedWindow":1', '"CountBasedWindow":2'))).rejects.toThrow('CountBasedWindow: must be 1')
  await expect(read1(change(accountId, '6543210987654321'))).rejects.toThrow(`must begin with acs:mns:cn-hangzhou:${accountId}:/queues/`)
})

test('what the parser itself cannot read is told with the file', async () => {
  const { folder } = await read({ first: {} })
  await writeFile(
    join(folder, 's.yaml'),
    `edition: 3.0.0\nname: x\nresources: {a: {component: fc3, props: {region: "\${vars.nowhere}"}}}\n`,
  )
  await expect(readSpec(join(folder, 's.yaml'), { accountId })).rejects.toThrow(/s\.yaml: .*\$\{vars\.nowhere\} not found/s)
  await writeFile(join(folder, 's.yaml'), 'edition: 3.0.0\nname: x\nresources: {}\n')
  await expect(readSpec(join(folder, 's.yaml'), { accountId })).rejects.toThrow('has no resource of the component fc3')
})
