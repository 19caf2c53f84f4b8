import { afterEach, expect, test } from 'vitest'
import { type Deployment, deploy, type Made, page } from './deployment.ts'

let deployment: Deployment | undefined
afterEach(async () => {
  await deployment?.close()
  deployment = undefined
})

async function deployed(code: string, more: Partial<Made> = {}): Promise<{ world: Deployment; origin: string }> {
  deployment = await deploy({ first: { code, triggers: [page()], ...more } })
  return { world: deployment, origin: deployment.fc.http.first ?? '' }
}

const mirror = `export const handler = async event => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: event.toString() })`

test('a request becomes the event of a built-in runtime', async () => {
  const { origin } = await deployed(mirror)
  const answer = await fetch(`${origin}/a%20b/c?x=1&y=%C3%A4&x=2`, { headers: { 'user-agent': 'a test', 'accept-language': 'zh' } })
  expect(answer.status).toBe(200)
  const host = new URL(origin).host
  expect(await answer.json()).toEqual({
    version: 'v1',
    rawPath: '/a%20b/c',
    body: '',
    isBase64Encoded: false,
    headers: expect.objectContaining({ Host: host, 'User-Agent': 'a test', 'Accept-Language': 'zh' }),
    queryParameters: { x: '1,2', y: 'ä' },
    requestContext: {
      accountId: '1234567890123456',
      domainName: host,
      domainPrefix: '127',
      http: { method: 'GET', path: '/a b/c', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'a test' },
      requestId: answer.headers.get('x-fc-request-id'),
      time: '2026-05-10T18:00:00Z',
      timeEpoch: '1778436000000',
    },
  })
})

test('a text body comes as it is, and a form in base64', async () => {
  const { origin } = await deployed(mirror)
  const post = async (body: string, type: string) =>
    (await fetch(origin, { method: 'POST', body, headers: { 'content-type': type } })).json()
  expect(await post('{"ä":1}', 'application/json; charset=utf-8')).toMatchObject({ body: '{"ä":1}', isBase64Encoded: false })
  expect(await post('ä', 'text/plain')).toMatchObject({ body: 'ä', isBase64Encoded: false })
  expect(await post('a=1', 'application/x-www-form-urlencoded')).toMatchObject({ body: 'YT0x', isBase64Encoded: true })
})

test('a reply sets status, headers and body, which may be base64; anything else is a body of its own', async () => {
  const { origin } = await deployed(`export const handler = async event => ({
    '/page': { statusCode: 303, headers: { Location: '/done', 'Content-Length': '7', 'Transfer-Encoding': 'chunked' }, body: 'see there' },
    '/bytes': { statusCode: 200, headers: { 'content-type': 'image/png' }, isBase64Encoded: true, body: 'AP8=' },
    '/bare': { hello: 'world' },
  })[JSON.parse(event).rawPath]`)
  const moved = await fetch(`${origin}/page`, { redirect: 'manual' })
  expect([moved.status, moved.headers.get('location'), await moved.text()]).toEqual([303, '/done', 'see there'])
  const bytes = await fetch(`${origin}/bytes`)
  expect(bytes.headers.get('content-type')).toBe('image/png')
  expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(new Uint8Array([0, 255]))
  const bare = await fetch(`${origin}/bare`)
  expect([bare.status, await bare.json()]).toEqual([200, { hello: 'world' }])
})

test('a method that the trigger does not name never reaches the function', async () => {
  const { world, origin } = await deployed(`${mirror};console.log('woken')`, { triggers: [page(['GET'])] })
  const answer = await fetch(origin, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({ Code: 'AccessDenied', Message: "the function's HTTP trigger takes GET, not POST" })
  expect(world.lines).toEqual([])
})

test('a body of more than 6 MB is refused with 413, one of exactly 6 MB is not', async () => {
  const { origin } = await deployed(`export const handler = async event => String(event.length > 6e6)`)
  const sized = async (bytes: number) =>
    (await fetch(origin, { method: 'POST', body: 'x'.repeat(bytes), headers: { 'content-type': 'text/plain' } })).status
  expect(await sized(6 * 1024 * 1024)).toBe(200)
  expect(await sized(6 * 1024 * 1024 + 1)).toBe(413)
})

test('what the function throws is a 502 to the caller, told apart by X-Fc-Error-Type', async () => {
  const { origin } = await deployed(`export const handler = () => { throw new RangeError('too far') }`)
  const answer = await fetch(origin)
  expect(answer.status).toBe(502)
  expect(answer.headers.get('x-fc-error-type')).toBe('UnhandledInvocationError')
  expect(await answer.json()).toMatchObject({ errorMessage: 'too far', errorType: 'RangeError' })
})

test('a function without an HTTP trigger has no origin', async () => {
  const { world } = await deployed(mirror, { triggers: [] })
  expect(world.fc.http).toEqual({})
})
