import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inline, plain, redacted } from '../../shared/page/plain-text.ts'

const anything = fc.string({ unit: 'binary', maxLength: 80 })

test('a description becomes one line without anything invisible', () => {
  expect(plain('  orders\n\tprod\u202E\u200B 订单\u0000库 ', 40)).toBe('orders prod 订单 库')
})

test('a long description is cut at a character, not inside one', () => {
  expect(plain('数据库😀😀', 4)).toBe('数据库…')
  expect(plain('数据库😀', 4)).toBe('数据库😀')
})

test('no text is longer than asked, has two lines, or changes when cleaned again', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 40 }), (text, most) => {
      const line = plain(text, most)
      expect([...line].length).toBeLessThanOrEqual(most)
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }),
  )
})

test.each([
  ['**bold** and `code`', '＊＊bold＊＊ and ｀code｀'],
  ['[click](https://evil.example)', '［click］(https:／／evil.example)'],
  ['<at id=all></at> <!channel> <@all>', '＜at id=all＞＜/at＞ ＜!channel＞ ＜＠all＞'],
  ['www.evil.example', 'www．evil.example'],
  ['ends with \\', 'ends with ＼'],
  ['prod_orders_1', 'prod_orders_1'],
  ['_slanted_ text', '＿slanted＿ text'],
  ['~~gone~~ | cell', '～～gone～～ ｜ cell'],
])('in a card, %s is written %s', (text, expected) => {
  expect(inline(text, 100)).toBe(expected)
})

test('no description can mark up, link, mention or begin a line in a card', () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.string({ unit: fc.constantFrom(...'*_[]()<>`~|\\@:/w.\n#!-a1'), maxLength: 40 })), text => {
      const line = inline(text, 60)
      expect(line).not.toMatch(/[*`~[\]<>|\\@\n\r]/)
      expect(line).not.toMatch(/:\/\/|\bwww\./i)
      expect(line).not.toMatch(/(^|[^A-Za-z0-9])_|_([^A-Za-z0-9]|$)/)
    }),
  )
})

test.each([
  ['a private key', 'got -----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY----- back', 'MIIabc'],
  ['a private key that was cut off', '-----BEGIN PRIVATE KEY-----\nMIIabc', 'MIIabc'],
  ['an access key', 'AccessKeyId LTAI5tFakeFakeFakeFake is unknown', '5tFakeFake'],
  ['a token of a role', 'token STS.NUfakeFAKEfake123', 'fakeFAKE'],
  ['a link’s token', 'bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwIn0.c2ln', 'eyJzdWI'],
  ['a webhook with its secret in the query', 'POST https://oapi.dingtalk.com/robot/send?access_token=abc123 failed', 'abc123'],
  ['a webhook with its secret in the path', 'POST https://hooks.slack.com/services/T0/B0/abc123 failed', 'abc123'],
  ['a URL with a password', 'https://user:abc123@host.example/x', 'abc123'],
  ['a signed query', 'socket hang up: Signature=abc123%3D&x=1', 'abc123'],
  ['JSON with a secret', '{"AccessKeySecret": "abc123"}', 'abc123'],
])('%s does not pass', (_, text, secret) => {
  expect(redacted(text)).not.toContain(secret)
})

test('what is no secret stays readable', () => {
  const text = 'IncorrectDBSslStatus: the SSL status of rm-bp1x is wrong (https://help.aliyun.com): the token of the plan is old'
  expect(redacted(text)).toBe(text)
})

test('a message as large as a queue holds is searched in no time', () => {
  const started = performance.now()
  for (const filler of ['x', 'eyJa.', 'https://', 'token ', '-----BEGIN ', 'LTAI']) redacted(filler.repeat(64_000 / filler.length))
  expect(performance.now() - started).toBeLessThan(2000)
})
