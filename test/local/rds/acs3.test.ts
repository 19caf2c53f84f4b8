import { describe, expect, test } from 'vitest'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { canonicalQuery, canonicalRequest, type SessionPrincipal, signatureOf, verifyAcs3 } from '../../../local/rds/acs3.ts'
import { Nonces } from '../../../local/rds/nonces.ts'
import { parametersIn } from '../../../local/rds/parameters.ts'
import { signed, type Wire } from './requests.ts'

const now = Date.parse('2026-05-10T00:00:00Z')
const user: Principal = { name: 'user/dev', accountId: '1', accessKeyId: 'AK', accessKeySecret: 'secret' }
const session: SessionPrincipal = { ...user, name: 'fc/check', accessKeyId: 'STS.AK', securityToken: 'token', expiresAt: now + 1000 }
const principals = principalsOf([user, session])

function verdict(wire: Wire, at = now, nonces = new Nonces()): string {
  const request = { method: wire.method, rawPath: wire.path, rawQuery: wire.query, headers: wire.headers, body: Buffer.from(wire.body) }
  const verified = verifyAcs3(request, principals, nonces, at)
  return 'fault' in verified ? verified.fault : verified.principal.name
}

test("Alibaba's published example has the published signature", () => {
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  }
  const rawQuery = 'ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai'
  const request = { method: 'POST', rawPath: '/', rawQuery, headers, body: Buffer.alloc(0) }
  const canonical = canonicalRequest(request, Object.keys(headers).sort(), headers['x-acs-content-sha256'])
  expect(signatureOf(canonical, 'YourAccessKeySecret')).toBe('06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0')
})

describe('a signed request', () => {
  test('is of whom its key names', () => {
    expect(verdict(signed(user))).toBe('user/dev')
    expect(verdict(signed(session))).toBe('fc/check')
    expect(verdict(signed(user, { body: 'A=1&B=2' }))).toBe('user/dev')
  })

  test('with a wrong secret does not match', () => {
    expect(verdict(signed({ ...user, accessKeySecret: 'Secret' }))).toBe('SignatureDoesNotMatch')
  })

  test('with an unknown key is not found', () => {
    expect(verdict(signed({ ...user, accessKeyId: 'AK2' }))).toBe('InvalidAccessKeyId.NotFound')
  })

  const whole = signed(session, { body: 'A=1' })
  const parts: [string, Wire][] = [
    ['method', { ...whole, method: 'PUT' }],
    ['path', { ...whole, path: '/x' }],
    ['query value', { ...whole, query: 'RegionId=cn-hangzhov' }],
    ['query name', { ...whole, query: 'RegionIe=cn-hangzhou' }],
    ['an added parameter', { ...whole, query: `${whole.query}&A=1` }],
    ['body', { ...whole, body: 'A=2' }],
    ['signature', { ...whole, headers: { ...whole.headers, authorization: flipped(whole.headers.authorization ?? '') } }],
    ...['host', 'content-type', 'x-acs-action', 'x-acs-version', 'x-acs-signature-nonce', 'x-acs-content-sha256'].map(
      (name): [string, Wire] => [name, { ...whole, headers: { ...whole.headers, [name]: flipped(whole.headers[name] ?? '') } }],
    ),
    ['x-acs-date', { ...whole, headers: { ...whole.headers, 'x-acs-date': '2026-05-10T00:00:01Z' } }],
    ['an unsigned x-acs header', { ...whole, headers: { ...whole.headers, 'x-acs-extra': '1' } }],
    ['the body and its hash', changedBodyWithHash()],
  ]
  test.each(parts)('changed in one byte of its %s does not match', (_, wire) => expect(verdict(wire)).toBe('SignatureDoesNotMatch'))

  test('that signs a false hash of its body does not match', () => {
    expect(verdict(signed(user, { headers: { 'x-acs-content-sha256': '0'.repeat(64) } }))).toBe('SignatureDoesNotMatch')
  })

  test('whose token is changed, missing, ended or not called for is refused by name', () => {
    const changed = { ...whole, headers: { ...whole.headers, 'x-acs-security-token': 'tokem' } }
    expect(verdict(changed)).toBe('InvalidSecurityToken.MismatchWithAccessKey')
    const { securityToken: _, ...bare } = session
    expect(verdict(signed(bare))).toBe('InvalidSecurityToken.Malformed')
    expect(verdict(whole, now + 999)).toBe('fc/check')
    expect(verdict(whole, now + 1000)).toBe('InvalidSecurityToken.Expired')
    expect(verdict(signed({ ...user, securityToken: 'token' }))).toBe('InvalidSecurityToken.MismatchWithAccessKey')
  })

  test.each([
    [15 * 60_000, 'user/dev'],
    [-15 * 60_000, 'user/dev'],
    [15 * 60_000 + 1, 'InvalidTimeStamp.Expired'],
    [-15 * 60_000 - 1, 'InvalidTimeStamp.Expired'],
  ])('that comes %i ms after its date is judged %s', (late, expected) => expect(verdict(signed(user), now + late)).toBe(expected))

  test('whose date has another form is refused', () => {
    expect(verdict(signed(user, { date: 'Sun, 10 May 2026 00:00:00 GMT' }))).toBe('InvalidTimeStamp.Format')
  })

  test('that comes again is refused, and its nonce is free for another key', () => {
    const nonces = new Nonces()
    expect(verdict(signed(user), now, nonces)).toBe('user/dev')
    expect(verdict(signed(user), now, nonces)).toBe('SignatureNonceUsed')
    expect(verdict(signed(session), now, nonces)).toBe('fc/check')
  })

  test('that is forged does not burn the nonce', () => {
    const nonces = new Nonces()
    expect(verdict(signed({ ...user, accessKeySecret: 'guess' }), now, nonces)).toBe('SignatureDoesNotMatch')
    expect(verdict(signed(user), now, nonces)).toBe('user/dev')
  })

  test('without authorization or nonce is incomplete', () => {
    const { authorization: _, ...headers } = signed(user).headers
    expect(verdict({ ...signed(user), headers })).toBe('IncompleteSignature')
    expect(verdict(signed(user, { nonce: '' }))).toBe('IncompleteSignature')
  })
})

test('nonces are forgotten after half an hour', () => {
  const nonces = new Nonces()
  expect([nonces.take('a', 0), nonces.take('a', 29 * 60_000), nonces.take('a', 30 * 60_000)]).toEqual([true, false, true])
})

test('a query is signed sorted and strictly encoded, however it came', () => {
  expect(canonicalQuery("b=2+3&a=x%2ay&c&d=!'()~")).toBe('a=x%2Ay&b=2%203&c=&d=%21%27%28%29~')
  expect(canonicalQuery('')).toBe('')
  expect(parametersIn('a=x%2By+z&b=%E9%94%80&c=%')).toEqual({ a: 'x+y z', b: '销', c: '%' })
})

/** Changes the last character. */
function flipped(text: string): string {
  const last = text.at(-1) === '0' ? '1' : '0'
  return text.slice(0, -1) + last
}

function changedBodyWithHash(): Wire {
  const other = signed({ ...session, accessKeySecret: 'guess' }, { body: 'A=2' })
  const hash = other.headers['x-acs-content-sha256'] ?? ''
  const wire = signed(session, { body: 'A=1' })
  return { ...wire, body: 'A=2', headers: { ...wire.headers, 'x-acs-content-sha256': hash } }
}
