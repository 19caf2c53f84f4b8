import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { mintToken, readToken } from '../../shared/page/token.ts'

const key = Buffer.from('0123456789abcdef0123456789abcdef')
const other = Buffer.from('fedcba9876543210fedcba9876543210')
const now = new Date('2026-11-10T04:00:00Z')
const validUntil = '2026-11-29T21:20:00Z'
const exp = Date.parse(validUntil) / 1000

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { iss: 'rds-tls-renewal', aud: 'approval-page', sub: 'dba.2026-W46.1f3c9a', exp }

function byHand(header: unknown, payload: unknown, secret = key): string {
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

test('a token is the HMAC-SHA256 of its parts, as made by hand', async () => {
  expect(await mintToken(key, { plan: claims.sub, validUntil })).toBe(byHand({ alg: 'HS256', typ: 'JWT' }, claims))
})

test('minting the same claim again gives the same token', async () => {
  const claim = { plan: 'p', validUntil }
  expect(await mintToken(key, claim)).toBe(await mintToken(key, claim))
})

test('reading inverts minting for every plan id', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }), async plan => {
      expect(await readToken(key, await mintToken(key, { plan, validUntil }), now)).toEqual({ ok: true, plan })
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['2026-11-29T21:19:59Z', { ok: true, plan: 'p' }],
  ['2026-11-29T21:20:00Z', { ok: false, reason: 'Expired' }],
])('a token valid until 21:20:00 read at %s gives %o', async (at, expected) => {
  expect(await readToken(key, await mintToken(key, { plan: 'p', validUntil }), new Date(at))).toEqual(expected)
})

test('a token of another key has a bad signature, also when it has expired', async () => {
  const token = await mintToken(other, { plan: 'p', validUntil })
  expect(await readToken(key, token, now)).toEqual({ ok: false, reason: 'BadSignature' })
  expect(await readToken(key, token, new Date('2030-01-01T00:00:00Z'))).toEqual({ ok: false, reason: 'BadSignature' })
})

test('no changed character of the payload is believed', async () => {
  const token = await mintToken(key, { plan: 'dba', validUntil })
  const [start, end] = [token.indexOf('.') + 1, token.lastIndexOf('.')]
  for (let at = start; at < end; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    expect((await readToken(key, changed, now)).ok, `character ${at}`).toBe(false)
  }
})

const forged: [string, () => string | Promise<string>][] = [
  ['an unsecured token (alg none) as jose makes it', () => new UnsecuredJWT(claims).encode()],
  ['alg none with an HMAC behind it', () => byHand({ alg: 'none', typ: 'JWT' }, claims)],
  ['alg None without a signature', () => `${part({ alg: 'None', typ: 'JWT' })}.${part(claims)}.`],
  ['another HMAC algorithm', () => new SignJWT(claims).setProtectedHeader({ alg: 'HS512', typ: 'JWT' }).sign(Buffer.concat([key, key]))],
  ['alg HS384 over the same key', () => byHand({ alg: 'HS384', typ: 'JWT' }, claims)],
  [
    'an RSA signature that calls itself RS256',
    () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
    },
  ],
  ['a token for another audience', () => byHand({ alg: 'HS256', typ: 'JWT' }, { ...claims, aud: 'other' })],
  ['a token of another issuer', () => byHand({ alg: 'HS256', typ: 'JWT' }, { ...claims, iss: 'other' })],
  ['a token without an end', () => byHand({ alg: 'HS256', typ: 'JWT' }, { ...claims, exp: undefined })],
  ['a token without a plan', () => byHand({ alg: 'HS256', typ: 'JWT' }, { ...claims, sub: undefined })],
  ['a token with an empty plan', () => byHand({ alg: 'HS256', typ: 'JWT' }, { ...claims, sub: '' })],
  ['a token of another type', () => byHand({ alg: 'HS256', typ: 'at+jwt' }, claims)],
  ['a critical header that nobody knows', () => byHand({ alg: 'HS256', typ: 'JWT', crit: ['x'], x: 1 }, claims)],
  ['a payload that is no JSON', () => `${part({ alg: 'HS256', typ: 'JWT' })}.bm8.${'A'.repeat(43)}`],
  ['two parts', () => 'a.b'],
  ['nothing', () => ''],
  ['a token as long as a book', () => `${'A'.repeat(3000)}.B.C`],
]
test.each(forged)('%s is refused', async (_, make) => {
  const read = await readToken(key, await make(), now)
  expect(read.ok).toBe(false)
  expect(!read.ok && ['Malformed', 'BadSignature']).toContain(!read.ok && read.reason)
})

test('a token longer than any link is refused unread, even a genuine one', async () => {
  const read = async (length: number) => readToken(key, await mintToken(key, { plan: 'p'.repeat(length), validUntil }), now)
  expect((await read(1000)).ok).toBe(true)
  expect(await read(2000)).toEqual({ ok: false, reason: 'Malformed' })
})

test('a key shorter than 32 bytes mints and reads nothing, and the error holds no key', async () => {
  const short = Buffer.from('short-and-secret')
  const fault = await mintToken(short, { plan: 'p', validUntil }).catch((error: unknown) => error)
  expect(fault).toMatchObject({ code: 'BadConfig', message: expect.stringMatching(/approvalKey has 16 bytes.*32/) })
  expect(String(fault)).not.toContain('short-and-secret')
  await expect(readToken(short, 'a.b.c', now)).rejects.toMatchObject({ code: 'BadConfig' })
})
