import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scrub } from '../../shared/adapters/scrub.ts'

describe('a message of others, scrubbed', () => {
  test.each([
    ['The specified instance is not found.', 'The specified instance is not found.'],
    [
      'code: 403, User not authorized request id: 0A1B2C3D-0000-1111-2222-333344445555',
      'code: 403, User not authorized request id: 0A1B2C3D-0000-1111-2222-333344445555',
    ],
    ['socket hang up POST http://127.0.0.1:80/?A=b&ServerKey=x failed.', 'socket hang up POST (URL) failed.'],
    ['POST /?DBInstanceId=rm-1&ServerKey=abc failed', 'POST (query) failed'],
    ['key -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY----- here', 'key (PEM) here'],
    ['key -----BEGIN PRIVATE KEY-----\nAAAA cut off', 'key (PEM)'],
    ['AccessKeyId LTAI5tExampleExample is disabled', 'AccessKeyId (access key) is disabled'],
    ['AccessKeyId STS.NUexampleexample is expired', 'AccessKeyId (access key) is expired'],
    [`token CAIS${'a1+/='.repeat(10)} is wrong`, 'token (token) is wrong'],
    ['not matched. server string to sign is:POST\n/\nx-acs-security-token:abc', 'not matched. (string to sign)'],
    ['two\nlines\u0007', 'two lines '],
  ])('%j', (message, clean) => {
    expect(scrub(message)).toBe(clean)
  })

  test('is never longer than 300 characters', () => {
    expect(scrub('word '.repeat(1000))).toHaveLength(300)
  })

  const wrap = fc.constantFrom(
    (secret: string) => `https://oapi.dingtalk.com/robot/send?access_token=${secret}`,
    (secret: string) => `POST /?ServerKey=${secret}&A=b`,
    (secret: string) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
    (secret: string) => `LTAI5t${secret}`,
    (secret: string) => `StringToSign:\nGET\n${secret}`,
  )
  const words = fc.array(fc.constantFrom('the', 'call', 'failed:', '403,', 'request', 'id', '(x)')).map(all => all.join(' '))

  test('a secret in any of the shapes that clients print is gone, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{12,60}$/), wrap, words, words, (secret, wrapped, before, after) => {
        expect(scrub(`${before} ${wrapped(secret)} ${after}`)).not.toContain(secret)
      }),
    )
  })
})
