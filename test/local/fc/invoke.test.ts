import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Sdk, * as sdk from '@alicloud/fc20230330'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import { afterEach, expect, test } from 'vitest'
import type { FcOptions } from '../../../local/fc/options.ts'
import type { Call } from '../../../local/meddler.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { caller, type Deployment, deploy, session } from './deployment.ts'

let deployment: Deployment | undefined
afterEach(async () => {
  await deployment?.close()
  deployment = undefined
})

const code = `
  export const handler = async (event, context) => {
    const text = event.toString()
    console.log('got ' + text)
    if (text === 'throw') throw new TypeError('no such thing')
    if (text === 'exit') process.exit(1)
    if (text === 'hang') return new Promise(() => setInterval(() => {}, 1000))
    return { text, id: context.requestId }
  }`

/** The signature's date comes from the machine's clock, so the embedded one is the same here. */
async function deployed(more: Partial<FcOptions> = {}): Promise<Deployment> {
  const clock = { now: () => Date.now() }
  deployment = await deploy(
    { first: { code, props: { timeout: 1 } } },
    { clock, scale: { retry: 0, timeout: 0.5 }, principals: principalsOf([caller, session('second')]), ...more },
  )
  return deployment
}

function client(of: Principal = caller) {
  const { accessKeyId, accessKeySecret, securityToken } = of
  const endpoint = new URL(deployment?.fc.url ?? '').host
  const Client = 'default' in Sdk ? (Sdk.default as typeof Sdk) : Sdk
  return new Client(
    new $OpenApiUtil.Config({
      accessKeyId,
      accessKeySecret,
      ...(securityToken && { securityToken }),
      endpoint,
      protocol: 'http',
      readTimeout: 15_000,
    }),
  )
}

async function invoke(event: string, options: { name?: string; of?: Principal; headers?: Record<string, string> } = {}) {
  const request = new sdk.InvokeFunctionRequest({ body: Readable.from([Buffer.from(event)]) })
  const headers = new sdk.InvokeFunctionHeaders(options.headers ?? {})
  const reply = await client(options.of).invokeFunctionWithOptions(
    options.name ?? 'first',
    request,
    headers,
    {} as Parameters<Sdk['invokeFunctionWithOptions']>[3],
  )
  return { status: reply.statusCode, headers: reply.headers ?? {}, body: reply.body ? await text(reply.body) : '' }
}

test('the real client invokes a function and reads what it returned', async () => {
  await deployed()
  const { status, headers, body } = await invoke('hello')
  expect(status).toBe(200)
  expect(JSON.parse(body)).toEqual({ text: 'hello', id: headers['x-fc-request-id'] })
  expect(headers['x-fc-error-type']).toBeUndefined()
})

test("a role session's signature counts with its token, and not without it", async () => {
  await deployed()
  expect((await invoke('hello', { of: session('second') })).status).toBe(200)
  const { securityToken: _, ...bare } = session('second')
  await expect(invoke('hello', { of: bare })).rejects.toMatchObject({ code: 'InvalidSecurityToken.Malformed' })
})

test.each([
  ['a wrong secret', { ...caller, accessKeySecret: 'guessed' }, 'SignatureDoesNotMatch'],
  ['an unknown key', { ...caller, accessKeyId: 'LTAI-nobody' }, 'InvalidAccessKeyId.NotFound'],
])('%s is refused, and the function is not run', async (_, of, fault) => {
  const world = await deployed()
  await expect(invoke('hello', { of })).rejects.toMatchObject({ code: fault })
  expect(world.lines).toEqual([])
})

test.each([
  ['throw', { errorMessage: 'no such thing', errorType: 'TypeError' }],
  ['exit', { errorMessage: 'Process exited unexpectedly before completing request' }],
  ['hang', { errorMessage: 'Function timed out after 1 seconds' }],
])('a function that meets its end by %s is a call that succeeded, told apart by X-Fc-Error-Type', async (event, told) => {
  await deployed()
  const { status, headers, body } = await invoke(event)
  expect(status).toBe(200)
  expect(headers['x-fc-error-type']).toBe('UnhandledInvocationError')
  expect(JSON.parse(body)).toMatchObject(told)
})

test('a function that s.yaml does not name does not exist', async () => {
  await deployed()
  await expect(invoke('hello', { name: 'second' })).rejects.toMatchObject({ code: 'FunctionNotFound', statusCode: 404 })
})

test('the log of an invocation comes along where it is asked for', async () => {
  await deployed()
  const { headers } = await invoke('hello', { headers: { xFcLogType: 'Tail' } })
  expect(Buffer.from(headers['x-fc-log-result'] ?? '', 'base64').toString()).toBe('got hello\n')
  expect((await invoke('hello')).headers['x-fc-log-result']).toBeUndefined()
})

test('an asynchronous invocation is accepted at once, and tried again after a failure', async () => {
  const world = await deployed()
  expect(await invoke('throw', { headers: { xFcInvocationType: 'Async' } })).toMatchObject({ status: 202, body: '' })
  await world.fc.idle()
  expect(world.deliveries.map(({ trigger, next }) => [trigger, next])).toEqual([
    ['invoke', 'retry'],
    ['invoke', 'retry'],
    ['invoke', 'retry'],
    ['invoke', 'drop'],
  ])
})

test('a meddler can prevent an invocation, or let it happen and lose its answer', async () => {
  const calls: [Call, string][] = []
  let when: 'before' | 'after' = 'before'
  const world = await deployed({
    meddler: (call, phase) => {
      calls.push([call, phase])
      return phase === when ? { do: 'hang-up' } : { do: 'pass' }
    },
  })
  await expect(invoke('one')).rejects.toThrow()
  expect(world.lines).toEqual([])
  when = 'after'
  await expect(invoke('two')).rejects.toThrow()
  expect(world.lines.map(({ text: line }) => line)).toEqual(['got two'])
  expect(calls[0]).toEqual([{ service: 'fc', action: 'InvokeFunction', resource: 'first', principal: 'a laptop' }, 'before'])
})
