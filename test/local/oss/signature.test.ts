import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { untouched } from '../../../local/meddler.ts'
import { type OssModel, ossModel } from '../../../local/model/oss.ts'
import { startOss } from '../../../local/oss/server.ts'
import { signatureV4 } from '../../../local/oss/signature.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import type { Serving } from '../../../local/serve.ts'

const now = Date.parse('2026-05-10T18:00:00Z')
const date = '20260510T180000Z'
const role: Principal = {
  name: 'publish',
  accountId: '1000',
  accessKeyId: 'STS.role',
  accessKeySecret: 'secret-role',
  securityToken: 'token-role',
}
const other: Principal = { ...role, name: 'other', accessKeyId: 'STS.othr', accessKeySecret: 'secret-other' }

test('the signature is the known answer', () => {
  const parts = {
    method: 'PUT',
    bucket: 'bucket',
    key: '1234+-/123/1.txt',
    query: [
      ['param1', 'value1'],
      ['+param1', 'value3'],
      ['|param1', 'value4'],
      ['+param2', ''],
      ['|param2', ''],
      ['param2', ''],
    ] as const,
    headers: {
      'content-type': 'text/plain',
      'x-oss-head1': 'value',
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-oss-date': '20231216T162057Z',
      'not-signed': 'x',
    },
    additional: [],
    date: '20231216T162057Z',
    day: '20231216',
    region: 'cn-hangzhou',
  }
  expect(signatureV4('sk', parts)).toBe('e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe')
})

test('a parameter whose name goes on with a sign below "=" is sorted after the shorter name', () => {
  const query = [
    ['a-b', '2'],
    ['a', '1'],
  ] as const
  const parts = { method: 'GET', bucket: 'b', key: 'k', query, headers: {}, additional: [], date, region: 'cn-hangzhou' }
  const hash = createHash('sha256').update('GET\n/b/k\na=1&a-b=2\n\n\nUNSIGNED-PAYLOAD').digest('hex')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = ['20260510', 'cn-hangzhou', 'oss', 'aliyun_v4_request'].reduce<string | Buffer>(hmac, 'aliyun_v4sk')
  const expected = hmac(key, `OSS4-HMAC-SHA256\n${date}\n20260510/cn-hangzhou/oss/aliyun_v4_request\n${hash}`).toString('hex')
  expect(signatureV4('sk', parts)).toBe(expected)
})

type Sent = { method: string; path: string; headers: Record<string, string>; body: string }

let model: OssModel
let serving: Serving

beforeEach(async () => {
  model = ossModel()
  for (const bucket of ['journal', 'journam']) model.putBucket(bucket, '1000', now)
  model.put('journal', 'read', { bytes: Buffer.from('text') }, now)
  model.put('journal', 'reae', { bytes: Buffer.from('other') }, now)
  serving = await startOss({ model, principals: principalsOf([role, other]), meddler: untouched, clock: { now: () => now } })
})
afterEach(() => serving.close())

/** The error's code, or `ok`. */
function answerTo({ method, path, headers, body }: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = request(serving.url + path, { method, headers }, reply => {
      let text = ''
      reply.setEncoding('utf8')
      reply.on('data', chunk => (text += chunk))
      reply.on('end', () =>
        resolve((reply.statusCode ?? 500) < 300 ? 'ok' : (/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? String(reply.statusCode))),
      )
    })
    sending.on('error', reject).end(body)
  })
}

const day = '20260510'
const scope = `${day}/cn-hangzhou/oss/aliyun_v4_request`

function signedWrite(): Sent {
  const body = 'text'
  const headers: Record<string, string> = {
    'content-type': 'text/plain',
    'content-md5': createHash('md5').update(body).digest('base64'),
    'cache-control': 'no-cache',
    'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-oss-date': date,
    'x-oss-forbid-overwrite': 'true',
    'x-oss-meta-attempt': 'a1',
    'x-oss-security-token': 'token-role',
  }
  const parts = { method: 'PUT', bucket: 'journal', key: 'ca/a b.pem', query: [['response-expires', '0']] as const, headers }
  const signature = signatureV4(role.accessKeySecret, { ...parts, additional: ['cache-control'], date, day, region: 'cn-hangzhou' })
  const authorization = `OSS4-HMAC-SHA256 Credential=STS.role/${scope},AdditionalHeaders=cache-control,Signature=${signature}`
  return { method: 'PUT', path: '/journal/ca/a%20b.pem?response-expires=0', headers: { ...headers, authorization }, body }
}

const header = (name: string, change: (value: string) => string) => (sent: Sent) => ({
  ...sent,
  headers: { ...sent.headers, [name]: change(sent.headers[name] ?? '') },
})
const authorization = (from: string | RegExp, to: string) => header('authorization', value => value.replace(from, to))
const path = (from: string, to: string) => (sent: Sent) => ({ ...sent, path: sent.path.replace(from, to) })
const flipped = (hex: string) => (hex === '0' ? '1' : '0')

describe('a write signed in its headers', () => {
  test('is accepted as it was signed, and with a space sent as a plus', async () => {
    expect(await answerTo(signedWrite())).toBe('ok')
    expect(await answerTo(signedWrite())).toBe('FileAlreadyExists')
    model.delete('journal', 'ca/a b.pem')
    expect(await answerTo(path('a%20b', 'a+b')(signedWrite()))).toBe('ok')
    expect(model.head('journal', 'ca/a b.pem').ok).toBe(true)
  })

  const changes: [string, (sent: Sent) => Sent, string][] = [
    ['verb', sent => ({ ...sent, method: 'POST' }), 'SignatureDoesNotMatch'],
    ['bucket', path('/journal/', '/journam/'), 'SignatureDoesNotMatch'],
    ['key', path('a%20b', 'a%20c'), 'SignatureDoesNotMatch'],
    ['parameter’s value', path('expires=0', 'expires=1'), 'SignatureDoesNotMatch'],
    ['parameter’s name', path('response-expires', 'response-expiret'), 'SignatureDoesNotMatch'],
    ['set of parameters', path('expires=0', 'expires=0&acl'), 'SignatureDoesNotMatch'],
    ['content type', header('content-type', () => 'text/plaim'), 'SignatureDoesNotMatch'],
    ['content MD5', header('content-md5', value => value.replace(/^./, first => (first === 'A' ? 'B' : 'A'))), 'SignatureDoesNotMatch'],
    ['additional header', header('cache-control', () => 'no-cachf'), 'SignatureDoesNotMatch'],
    ['date', header('x-oss-date', () => '20260510T180001Z'), 'SignatureDoesNotMatch'],
    ['create-once header', header('x-oss-forbid-overwrite', () => 'trud'), 'SignatureDoesNotMatch'],
    ['metadata', header('x-oss-meta-attempt', () => 'a2'), 'SignatureDoesNotMatch'],
    ['set of x-oss headers', header('x-oss-meta-more', () => '1'), 'SignatureDoesNotMatch'],
    ['token', header('x-oss-security-token', () => 'token-rolf'), 'SignatureDoesNotMatch'],
    ['list of additional headers', authorization('=cache-control,', '=cache-control;host,'), 'SignatureDoesNotMatch'],
    ['signature', header('authorization', value => value.slice(0, -1) + flipped(value.slice(-1))), 'SignatureDoesNotMatch'],
    ['access key that exists', authorization('STS.role', 'STS.othr'), 'SignatureDoesNotMatch'],
    ['access key', authorization('STS.role', 'STS.rolf'), 'InvalidAccessKeyId'],
    ['day of the credential', authorization('20260510', '20260511'), 'InvalidArgument'],
    ['region of the credential', authorization('cn-hangzhou', 'cn-hangzhov'), 'InvalidArgument'],
    ['product of the credential', authorization('/oss/', '/osr/'), 'InvalidArgument'],
    ['payload hash', header('x-oss-content-sha256', () => 'UNSIGNED-PAYLOAE'), 'InvalidArgument'],
    ['body', sent => ({ ...sent, body: 'texu' }), 'InvalidDigest'],
  ]
  test.each(changes)('with a changed %s is refused', async (_, change, expected) => {
    expect(await answerTo(change(signedWrite()))).toBe(expected)
    expect([model.head('journal', 'ca/a b.pem').ok, model.list('journam')]).toMatchObject([false, { value: { objects: [] } }])
  })
})

describe('a write signed with the date of HTTP alone', () => {
  const httpDate = 'Sun, 10 May 2026 18:00:00 GMT'
  function signedByDate(text = httpDate): Sent {
    const headers: Record<string, string> = { date: text, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD', 'x-oss-security-token': 'token-role' }
    const parts = { method: 'PUT', bucket: 'journal', key: 'k', query: [], headers, additional: [], date: text, day, region: 'cn-hangzhou' }
    const signature = signatureV4(role.accessKeySecret, parts)
    const authorization = `OSS4-HMAC-SHA256 Credential=STS.role/${scope},Signature=${signature}`
    return { method: 'PUT', path: '/journal/k', headers: { ...headers, authorization }, body: 'text' }
  }

  test("is accepted, as ossutil and Alibaba's older Go SDK sign", async () => {
    expect(await answerTo(signedByDate())).toBe('ok')
  })

  test.each([
    ['another date', header('date', () => 'Sun, 10 May 2026 18:00:01 GMT')(signedByDate()), 'SignatureDoesNotMatch'],
    ['a date of another day than the credential’s', signedByDate('Mon, 11 May 2026 00:00:00 GMT'), 'InvalidArgument'],
    ['a date in the form of x-oss-date', signedByDate(date), 'InvalidArgument'],
    ['no date', signedByDate(''), 'InvalidArgument'],
    ['a date of twenty minutes ago', signedByDate('Sun, 10 May 2026 17:40:00 GMT'), 'RequestTimeTooSkewed'],
  ])('with %s is refused', async (_, sent, expected) => {
    expect(await answerTo(sent)).toBe(expected)
    expect(model.head('journal', 'k').ok).toBe(false)
  })
})

describe('a read signed in its URL', () => {
  function signedRead(): Sent {
    const query: [string, string][] = [
      ['x-oss-additional-headers', 'range'],
      ['x-oss-credential', `STS.role/${scope}`],
      ['x-oss-date', date],
      ['x-oss-expires', '60'],
      ['x-oss-security-token', 'token-role'],
      ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ]
    const headers = { range: 'bytes=0-1' }
    const parts = { method: 'GET', bucket: 'journal', key: 'read', query, headers, additional: ['range'], date, day, region: 'cn-hangzhou' }
    const signature = signatureV4(role.accessKeySecret, parts)
    const text = [...query, ['x-oss-signature', signature]].map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')
    return { method: 'GET', path: `/journal/read?${text}`, headers, body: '' }
  }

  test('is accepted as it was signed', async () => {
    expect(await answerTo(signedRead())).toBe('ok')
  })

  const changes: [string, (sent: Sent) => Sent, string][] = [
    ['verb', sent => ({ ...sent, method: 'DELETE' }), 'SignatureDoesNotMatch'],
    ['bucket', path('/journal/', '/journam/'), 'SignatureDoesNotMatch'],
    ['key', path('/read?', '/reae?'), 'SignatureDoesNotMatch'],
    ['date', path('T180000Z', 'T180001Z'), 'SignatureDoesNotMatch'],
    ['expiry', path('x-oss-expires=60', 'x-oss-expires=61'), 'SignatureDoesNotMatch'],
    ['token', path('token-role', 'token-rolf'), 'SignatureDoesNotMatch'],
    ['additional header', header('range', () => 'bytes=0-2'), 'SignatureDoesNotMatch'],
    ['list of additional headers', path('additional-headers=range', 'additional-headers=host%3Brange'), 'SignatureDoesNotMatch'],
    ['set of parameters', path('?', '?response-expires=0&'), 'SignatureDoesNotMatch'],
    ['set of headers', header('x-oss-range-behavior', () => 'standard'), 'SignatureDoesNotMatch'],
    ['access key that exists', path('STS.role', 'STS.othr'), 'SignatureDoesNotMatch'],
    ['access key', path('STS.role', 'STS.rolf'), 'InvalidAccessKeyId'],
    ['day of the credential', path('20260510%2F', '20260511%2F'), 'InvalidArgument'],
    ['region of the credential', path('cn-hangzhou', 'cn-hangzhov'), 'InvalidArgument'],
    ['version', path('OSS4-HMAC-SHA256', 'OSS3-HMAC-SHA256'), 'SignatureVersionNotSupported'],
    ['additional header that is not sent', sent => ({ ...sent, headers: {} }), 'InvalidArgument'],
  ]
  test.each(changes)('with a changed %s is refused', async (_, change, expected) => {
    expect(await answerTo(change(signedRead()))).toBe(expected)
    expect(model.head('journal', 'read').ok).toBe(true)
  })

  test('with any digit of its signature changed is refused', async () => {
    const sent = signedRead()
    const at = sent.path.indexOf('x-oss-signature=') + 'x-oss-signature='.length
    for (const digit of [0, 31, 63]) {
      const changed = sent.path.slice(0, at + digit) + flipped(sent.path[at + digit] ?? '') + sent.path.slice(at + digit + 1)
      expect(await answerTo({ ...sent, path: changed })).toBe('SignatureDoesNotMatch')
    }
  })
})
