import { describe, expect, test } from 'vitest'
import { faultOfOss, saysExists, saysNoSuchKey } from '../../shared/adapters/oss/answer.ts'

/** Errors as ali-oss throws them. `params` is what it attaches: the request, content and all. */
const params = { content: Buffer.from('THE-CONTENT'), headers: { authorization: 'THE-SIGNATURE' } }
const answered = (status: number, code: string, message = 'words') =>
  Object.assign(new Error(message), {
    name: `${code}Error`,
    status,
    code,
    requestId: 'R',
    hostId: 'bucket.oss-cn-hangzhou.aliyuncs.com',
    params,
  })
const thrown = (fields: object, message = 'GET https://bucket.oss-cn-hangzhou.aliyuncs.com/k -1') =>
  Object.assign(new Error(message), { params }, fields)

describe('what OSS says', () => {
  test.each<[string, unknown, string]>([
    ['SlowDown', answered(503, 'SlowDown'), 'Busy'],
    ['ServiceUnavailable', answered(503, 'ServiceUnavailable'), 'Busy'],
    ['a 429', answered(429, 'TooManyRequests'), 'Busy'],
    ['InternalError', answered(500, 'InternalError'), 'Unreachable'],
    ['AccessDenied', answered(403, 'AccessDenied'), 'Refused'],
    ['NoSuchBucket', answered(404, 'NoSuchBucket'), 'Refused'],
    ['PublicEndpointForbidden', answered(403, 'PublicEndpointForbidden'), 'Refused'],
    ['a failed connection', thrown({ name: 'RequestError', status: -1, code: 'RequestError' }), 'Unreachable'],
    ['a time-out', thrown({ name: 'ResponseTimeoutError' }), 'Unreachable'],
    ['a time-out while connecting', thrown({ name: 'ConnectionTimeoutError', status: -2 }), 'Unreachable'],
    ['a 404 whose code ali-oss made up', thrown({ name: 'NoSuchKeyError', status: 404, code: 'NoSuchKey' }), 'BadReply'],
    ['a 403 page', thrown({ status: 403 }, 'Unexpected close tag\nraw xml: <html>'), 'BadReply'],
    ['a 502 page', thrown({ status: 502 }, 'Unexpected close tag\nraw xml: <html>'), 'Unreachable'],
    ['nothing', undefined, 'Unreachable'],
  ])('%s', (_, error, code) => {
    const fault = faultOfOss(error, 'GetObject k')
    expect(fault.code).toBe(code)
    expect(fault.message).toMatch(/^GetObject k: /)
    expect(fault.message + String(fault.cause)).not.toMatch(/THE-|https:|raw xml/)
  })

  test('a missing key is only what the service itself calls one', () => {
    expect(saysNoSuchKey(answered(404, 'NoSuchKey'))).toBe(true)
    expect(saysNoSuchKey(answered(404, 'NoSuchBucket'))).toBe(false)
    expect(saysNoSuchKey(thrown({ status: 404, code: 'NoSuchKey' }))).toBe(false)
    expect(saysNoSuchKey(undefined)).toBe(false)
  })

  test('a key that is taken is only what the service itself calls so', () => {
    expect(saysExists(answered(409, 'FileAlreadyExists'))).toBe(true)
    expect(saysExists(answered(409, 'BucketAlreadyExists'))).toBe(false)
    expect(saysExists(thrown({ status: 409, code: 'FileAlreadyExists' }))).toBe(false)
  })

  test('the string to sign, which the service quotes, is not told', () => {
    const quoted = answered(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match. StringToSign: x-oss-security-token:abc',
    )
    expect(faultOfOss(quoted, 'GetObject k').message).not.toContain('abc')
  })
})
