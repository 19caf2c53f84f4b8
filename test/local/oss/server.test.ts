import { get } from 'node:http'
import OSS from 'ali-oss'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Meddler, untouched } from '../../../local/meddler.ts'
import { type OssModel, ossModel } from '../../../local/model/oss.ts'
import { startOss } from '../../../local/oss/server.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import type { Serving } from '../../../local/serve.ts'

const user: Principal = { name: 'user', accountId: '1000', accessKeyId: 'ak-user', accessKeySecret: 'secret-user' }
const role: Principal = {
  name: 'publish',
  accountId: '1000',
  accessKeyId: 'STS.role',
  accessKeySecret: 'secret-role',
  securityToken: 'token-role',
}
const stranger: Principal = { name: 'stranger', accountId: '2000', accessKeyId: 'ak-stranger', accessKeySecret: 'secret-stranger' }
/** What its types leave out. */
type Versioned = OSS & {
  getBucketVersioning(name: string): Promise<{ versionStatus: string | undefined }>
  putBucketVersioning(name: string, status: string): Promise<unknown>
}

const principals = principalsOf([user, role, stranger])

let model: OssModel
let serving: Serving
let now: number
let meddler: Meddler

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined) // ali-oss on every token it cannot refresh
  model = ossModel()
  now = Date.now()
  meddler = untouched
  model.putBucket('journal', '1000', now)
  model.putBucket('bundles', '1000', now, { acl: 'public-read' })
  const publicUrls = ['http://oss-cn-hangzhou.aliyuncs.com']
  serving = await startOss({ model, principals, clock: { now: () => now }, meddler: (call, phase) => meddler(call, phase), publicUrls })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await serving.close()
})

function client(principal: Principal = user, options: Partial<OSS.Options> = {}): OSS {
  const { accessKeyId, accessKeySecret, securityToken } = principal
  return new OSS({
    accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { stsToken: securityToken }),
    bucket: 'journal',
    region: 'oss-cn-hangzhou',
    authorizationV4: true,
    internal: true,
    endpoint: serving.url,
    ...options,
  })
}

/** In path style, which signed URLs need: with an IP address ali-oss would leave the bucket out of them. */
function pathStyle(principal: Principal = user, options: Partial<OSS.Options> = {}): OSS {
  return client(principal, { endpoint: `http://localhost:${serving.port}`, sldEnable: true, ...options } as Partial<OSS.Options>)
}

const refusedBy = (promise: Promise<unknown>): Promise<{ status: number; code: string }> =>
  promise.then(
    () => ({ status: 200, code: 'resolved' }),
    (error: { status: number; code: string }) => ({ status: error.status, code: error.code }),
  )

const oddKeys = [
  'a b.json',
  'a+b.json',
  'a%20b.json',
  '100%.txt',
  "it's (a) *!~.txt",
  '目录/证书 😀.pem',
  'q?x=1&y=2#z',
  'a"b<c>&d',
  'renewals/~x=1;y,z@:$',
]

describe('the real client', () => {
  test('puts, gets, streams, heads, copies and deletes', async () => {
    const oss = client()
    const put = await oss.put('ca/a.json', Buffer.from('abc'), { mime: 'application/json', meta: { attempt: 'a1' } as never })
    expect(put.res).toMatchObject({ status: 200, headers: { etag: '"900150983CD24FB0D6963F7D28E17F72"' } })
    const got = await oss.get('ca/a.json')
    expect([got.content.toString(), (got.res.headers as Record<string, string>)['content-type']]).toEqual(['abc', 'application/json'])
    const { stream } = await oss.getStream('ca/a.json')
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('abc')
    expect(await oss.head('ca/a.json')).toMatchObject({ status: 200, meta: { attempt: 'a1' } })
    const copied = await oss.copy('ca/b 中.json', 'ca/a.json')
    expect(copied.data?.etag).toBe('"900150983CD24FB0D6963F7D28E17F72"')
    expect((await oss.head('ca/b 中.json')).meta).toEqual({ attempt: 'a1' })
    await oss.copy('ca/c.json', 'ca/a.json', { meta: { attempt: 'a2' } as never })
    expect((await oss.head('ca/c.json')).meta).toEqual({ attempt: 'a2' })
    expect((await oss.delete('ca/a.json')).res.status).toBe(204)
    expect(await refusedBy(oss.get('ca/a.json'))).toEqual({ status: 404, code: 'NoSuchKey' })
    expect(await refusedBy(oss.head('ca/a.json'))).toEqual({ status: 404, code: 'NoSuchKey' })
    expect((await oss.delete('ca/a.json')).res.status).toBe(204)
  })

  test('creates a key once', async () => {
    const once = (text: string) =>
      client().put('journal/x/0001.json', Buffer.from(text), { headers: { 'x-oss-forbid-overwrite': 'true' } as never })
    expect((await once('first')).res.status).toBe(200)
    expect(await refusedBy(once('second'))).toEqual({ status: 409, code: 'FileAlreadyExists' })
    expect((await client().get('journal/x/0001.json')).content.toString()).toBe('first')
  })

  test('of many that create one key at once, exactly one succeeds, and its bytes stay', async () => {
    const attempts = Array.from({ length: 20 }, (_, at) =>
      refusedBy(client().put('0001.json', Buffer.from(`attempt ${at}`), { headers: { 'x-oss-forbid-overwrite': 'true' } as never })),
    )
    const codes = (await Promise.all(attempts)).map(one => one.code)
    expect(codes.filter(code => code === 'resolved')).toHaveLength(1)
    expect(codes.filter(code => code === 'FileAlreadyExists')).toHaveLength(19)
    expect((await client().get('0001.json')).content.toString()).toBe(`attempt ${codes.indexOf('resolved')}`)
  })

  test('is not told a create-once key is taken where versioning is or was on, and can see that beforehand', async () => {
    const oss = client() as Versioned
    const versioning = async () => (await oss.getBucketVersioning('journal')).versionStatus
    expect(await versioning()).toBeUndefined()
    for (const status of ['Enabled', 'Suspended'] as const) {
      await oss.putBucketVersioning('journal', status)
      expect(await versioning()).toBe(status)
      for (const text of ['first', 'second'])
        await oss.put('k', Buffer.from(text), { headers: { 'x-oss-forbid-overwrite': 'true' } as never })
      expect((await oss.get('k')).content.toString()).toBe('second')
    }
  })

  test.each(oddKeys)('puts, gets, copies, lists, signs and deletes the key %s', async key => {
    const oss = client()
    await oss.put(key, Buffer.from(key))
    expect(model.list('journal')).toMatchObject({ value: { objects: [{ key }] } })
    expect((await oss.get(key)).content.toString()).toBe(key)
    await oss.copy(`${key}.copy`, key)
    const listed = await oss.listV2({ prefix: key, 'max-keys': '10' }, {})
    expect(listed.objects.map(one => one.name)).toEqual([key, `${key}.copy`])
    const signed = await fetch(await pathStyle().signatureUrlV4('GET', 60, { headers: {} }, key))
    expect([signed.status, await signed.text()]).toEqual([200, key])
    await oss.delete(key)
    await oss.delete(`${key}.copy`)
    expect(model.list('journal')).toMatchObject({ value: { objects: [] } })
  })

  test('lists page by page, odd keys and common prefixes included', async () => {
    const oss = client()
    for (const key of oddKeys) await oss.put(`open/${key}`, Buffer.from('x'))
    const names: string[] = []
    let token: string | undefined
    do {
      const page = await oss.listV2(
        { prefix: 'open/', 'max-keys': '2', ...(token === undefined ? {} : { 'continuation-token': token }) },
        {},
      )
      expect(page.objects.length).toBeLessThanOrEqual(2)
      names.push(...page.objects.map(object => object.name))
      token = page.nextContinuationToken ?? undefined
    } while (token !== undefined)
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    expect(names).toEqual(oddKeys.map(key => `open/${key}`).sort(order))
    const folded = await oss.listV2({ prefix: 'open/', delimiter: '/', 'start-after': 'open/b' } as never, {})
    expect(folded.prefixes).toEqual(['open/renewals/', 'open/目录/'])
    const coded = await oss.listV2({ prefix: 'open/a b', 'encoding-type': 'url', 'fetch-owner': 'true' } as never, {})
    expect(coded.objects).toMatchObject([{ name: 'open%2Fa%20b.json', owner: { id: '1000' } }])
  })

  test('is told when its copy is still the newest', async () => {
    const oss = client()
    const { res } = await oss.put('manifest.json', Buffer.from('abc'))
    const { etag } = res.headers as { etag: string }
    const again = await oss.get('manifest.json', { headers: { 'If-None-Match': etag } })
    expect([again.res.status, again.content?.length ?? 0]).toEqual([304, 0])
    expect((again.res.headers as Record<string, string>).etag).toBe(etag)
    expect((await oss.get('manifest.json', { headers: { 'If-None-Match': '"00"' } })).res.status).toBe(200)
    expect(await refusedBy(oss.get('manifest.json', { headers: { 'If-Match': '"00"' } }))).toEqual({
      status: 412,
      code: 'PreconditionFailed',
    })
  })

  test('reads a range', async () => {
    const oss = client()
    await oss.put('digits', Buffer.from('0123456789'))
    const part = await oss.get('digits', { headers: { Range: 'bytes=2-4' } })
    expect([part.res.status, part.content.toString()]).toEqual([206, '234'])
    expect(part.res.headers).toMatchObject({ 'content-range': 'bytes 2-4/10', 'content-length': '3' })
    const past = (headers: Record<string, string>) => oss.get('digits', { headers: { Range: 'bytes=8-99', ...headers } })
    expect((await past({})).content.toString()).toBe('0123456789')
    expect((await past({ 'x-oss-range-behavior': 'standard' })).content.toString()).toBe('89')
  })

  test('works in path style too', async () => {
    await pathStyle().put('a b+c', Buffer.from('x'))
    expect((await client().get('a b+c')).content.toString()).toBe('x')
    expect((await pathStyle().listV2({ prefix: 'a b' }, {})).objects).toHaveLength(1)
  })

  test('makes, reads and deletes buckets', async () => {
    const oss = client()
    expect((await oss.putBucket('new-bucket')).res.status).toBe(200)
    expect((await oss.getBucketInfo('new-bucket')).bucket).toMatchObject({
      Name: 'new-bucket',
      Location: 'oss-cn-hangzhou',
      Owner: { ID: '1000' },
    })
    expect((await oss.getBucketACL('new-bucket')).acl).toBe('private')
    await oss.putBucketACL('new-bucket', 'public-read')
    expect((await oss.getBucketACL('new-bucket')).acl).toBe('public-read')
    await oss.deleteBucket('new-bucket')
    expect(await refusedBy(oss.getBucketInfo('new-bucket'))).toEqual({ status: 404, code: 'NoSuchBucket' })
    expect(await refusedBy(oss.putBucketACL('new-bucket', 'public-read'))).toEqual({ status: 404, code: 'NoSuchBucket' })
    expect(await refusedBy(client(stranger).putBucket('journal'))).toEqual({ status: 409, code: 'BucketAlreadyExists' })
  })
})

describe('who is let in', () => {
  beforeEach(() => void model.put('journal', 'k', { bytes: Buffer.from('x') }, now))

  test('a role with its token, and without it nobody', async () => {
    expect((await client(role).get('k')).res.status).toBe(200)
    const { securityToken: _, ...withoutToken } = role
    expect(await refusedBy(client(withoutToken).get('k'))).toEqual({ status: 403, code: 'InvalidAccessKeyId' })
    expect(await refusedBy(client({ ...role, securityToken: 'token-other' }).get('k'))).toEqual({
      status: 403,
      code: 'InvalidSecurityToken',
    })
    expect(await refusedBy(client({ ...user, securityToken: 'token-role' }).get('k'))).toEqual({
      status: 403,
      code: 'InvalidSecurityToken',
    })
    const url = await pathStyle(role).signatureUrlV4('GET', 60, { headers: {} }, 'k')
    expect((await fetch(url)).status).toBe(200)
  })

  test('nobody with a wrong secret, an unknown key, another region or another account', async () => {
    expect(await refusedBy(client({ ...user, accessKeySecret: 'wrong' }).get('k'))).toEqual({ status: 403, code: 'SignatureDoesNotMatch' })
    expect(await refusedBy(client({ ...user, accessKeyId: 'nobody' }).get('k'))).toEqual({ status: 403, code: 'InvalidAccessKeyId' })
    expect(await refusedBy(client(user, { region: 'oss-cn-beijing' }).get('k'))).toEqual({ status: 400, code: 'InvalidArgument' })
    expect(await refusedBy(client(stranger).get('k'))).toEqual({ status: 403, code: 'AccessDenied' })
    model.putBucket('elsewhere', '2000', now)
    expect(await refusedBy(client(stranger, { bucket: 'elsewhere' }).copy('k', '/journal/k'))).toEqual({
      status: 403,
      code: 'AccessDenied',
    })
  })

  test.each([
    [15 * 60_000 - 2000, 'resolved'],
    [15 * 60_000 + 2000, 'RequestTimeTooSkewed'],
  ])('nobody whose clock is more than 15 minutes off: %i ms', async (skew, expected) => {
    for (const off of [skew, -skew]) {
      now = Date.now() + off
      expect((await refusedBy(client().get('k'))).code).toBe(expected)
    }
  })

  test('a signed URL until it expires, for its verb and key only', async () => {
    const url = await pathStyle().signatureUrlV4('GET', 60, { headers: {} }, 'k')
    const code = async (changed: string, method = 'GET') => /<Code>(.*)<\/Code>/.exec(await (await fetch(changed, { method })).text())?.[1]
    now = Date.now() + 58_000
    expect((await fetch(url)).status).toBe(200)
    now = Date.now() - 16 * 60_000
    expect(await code(url)).toBe('AccessDenied')
    now = Date.now() + 62_000
    expect(await code(url)).toBe('AccessDenied')
    now = Date.now()
    expect(await code(url.replace('/k?', '/l?'))).toBe('SignatureDoesNotMatch')
    expect(await code(url, 'DELETE')).toBe('SignatureDoesNotMatch')
    expect(await code(url.replace('x-oss-expires=60', 'x-oss-expires=61'))).toBe('SignatureDoesNotMatch')
    expect(await code(await pathStyle().signatureUrlV4('GET', 604_801, { headers: {} }, 'k'))).toBe('InvalidArgument')
  })

  test('a signed URL that says how its answer is to be labelled', async () => {
    const queries = { 'response-content-disposition': 'attachment; filename="k.pem"' }
    const reply = await fetch(await pathStyle().signatureUrlV4('GET', 60, { headers: {}, queries }, 'k'))
    expect([reply.status, reply.headers.get('content-disposition')]).toEqual([200, 'attachment; filename="k.pem"'])
  })

  test('signatures of version 1 are refused by name, in a header and in a URL', async () => {
    const old = client(user, { authorizationV4: false })
    expect(await refusedBy(old.get('k'))).toEqual({ status: 403, code: 'SignatureVersionNotSupported' })
    const reply = await fetch(pathStyle(user, { authorizationV4: false }).signatureUrl('k'))
    expect([reply.status, await reply.text()]).toEqual([403, expect.stringContaining('<Code>SignatureVersionNotSupported</Code>')])
  })
})

describe('without a signature', () => {
  beforeEach(() => {
    model.put('journal', 'k', { bytes: Buffer.from('private') }, now)
    model.put('bundles', 'ca/latest/a+b c.pem', { bytes: Buffer.from('public') }, now)
  })
  const read = async (path: string, init: RequestInit = {}) => {
    const reply = await fetch(serving.url + path, init)
    return [reply.status, await reply.text()] as const
  }

  test('an object of a public-read bucket is read', async () => {
    expect(await read('/bundles/ca/latest/a+b%20c.pem')).toEqual([200, 'public'])
    expect(await read('/bundles/ca/latest/a+b%20c.pem', { method: 'HEAD' })).toEqual([200, ''])
  })

  test('nothing else is allowed', async () => {
    const refusals: [string, RequestInit][] = [
      ['/journal/k', {}],
      ['/bundles/?list-type=2', {}],
      ['/bundles/?acl', {}],
      ['/bundles/new', { method: 'PUT', body: 'x' }],
      ['/bundles/ca/latest/a+b%20c.pem', { method: 'DELETE' }],
      ['/new-bucket/', { method: 'PUT' }],
    ]
    for (const [path, init] of refusals) expect([path, (await read(path, init))[0]]).toEqual([path, 403])
    expect(model.list('bundles')).toMatchObject({ value: { objects: [{ key: 'ca/latest/a+b c.pem' }] } })
  })

  test('what is not there is said to be not there', async () => {
    expect(await read('/bundles/none')).toEqual([404, expect.stringContaining('<Code>NoSuchKey</Code>')])
    expect(await read('/nowhere/k')).toEqual([404, expect.stringContaining('<Code>NoSuchBucket</Code>')])
    expect(await read('/bundles/%zz')).toEqual([400, expect.stringContaining('<Code>InvalidURI</Code>')])
  })
})

describe('a mainland public endpoint', () => {
  const statusAt = (host: string, path: string) =>
    new Promise((resolve, reject) => {
      get(`${serving.url}${path}`, { headers: { host } }, reply => resolve(reply.resume().statusCode)).on('error', reject)
    })

  test('refuses data calls and lets buckets be managed', async () => {
    model.put('journal', 'k', { bytes: Buffer.from('x') }, now)
    const outside = client(user, { internal: false }) // Host: journal.oss-cn-hangzhou.aliyuncs.com
    for (const call of [outside.get('k'), outside.put('l', Buffer.from('x')), outside.listV2({}, {}), outside.delete('k')]) {
      expect(await refusedBy(call)).toEqual({ status: 400, code: 'PublicEndpointForbidden' })
    }
    expect((await outside.getBucketInfo('journal')).bucket.Name).toBe('journal')
    expect((await client().get('k')).res.status).toBe(200)
  })

  test('refuses readers without a signature too', async () => {
    model.put('bundles', 'k', { bytes: Buffer.from('x') }, now)
    expect(await statusAt('bundles.oss-cn-hangzhou.aliyuncs.com', '/k')).toBe(400)
    expect(await statusAt('bundles.oss-cn-hangzhou-internal.aliyuncs.com', '/k')).toBe(200)
    expect(await statusAt(`127.0.0.1:${serving.port}`, '/bundles/k')).toBe(200)
  })
})

describe('the meddler', () => {
  test('sees the call and stops it before its effect', async () => {
    const seen: unknown[] = []
    meddler = (call, phase) => {
      seen.push({ ...call, phase })
      return { do: 'answer', status: 503, contentType: 'text/html', body: '<h1>busy</h1>' }
    }
    expect((await refusedBy(client(role).put('a/b', Buffer.from('x')))).status).toBe(503)
    expect(seen).toEqual([{ service: 'oss', action: 'PutObject', resource: 'journal/a/b', principal: 'publish', phase: 'before' }])
    expect(model.list('journal')).toMatchObject({ value: { objects: [] } })
  })

  test('loses the answer after the effect', async () => {
    meddler = (_, phase) => (phase === 'after' ? { do: 'hang-up' } : { do: 'pass' })
    await expect(client().put('k', Buffer.from('x'))).rejects.toThrow()
    expect(model.list('journal')).toMatchObject({ value: { objects: [{ key: 'k' }] } })
  })
})

test('what the embedded cloud does not implement it refuses instead of taking it for something else', async () => {
  const oss = client()
  const calls = [
    oss.putACL('k', 'public-read'),
    oss.append('k', Buffer.from('x')),
    oss.put('k', Buffer.from('x'), { headers: { 'x-oss-object-acl': 'public-read' } as never }),
    oss.list({ 'max-keys': 1 }, {}),
    oss.listV2({ 'list-type': 1 } as never, {}),
  ]
  for (const call of calls) expect(await refusedBy(call)).toEqual({ status: 501, code: 'NotImplemented' })
  expect(model.list('journal')).toMatchObject({ value: { objects: [] } })
})
