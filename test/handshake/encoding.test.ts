import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHandshake, EncodingFault, encodeHandshake } from '../../shared/handshake/encoding.ts'
import { failures } from '../../shared/handshake/failure.ts'
import type { Handshake, Target } from '../../shared/handshake/handshake.ts'

const target: Target = { engine: 'MySQL', host: 'db.test', port: 3306, address: { ip: '10.0.0.1', port: 13306 }, timeoutMs: 1000 }
const everyFailure = [
  failures.nameNotFound(target),
  failures.nameServerFailed(target),
  failures.connectionRefused(target),
  failures.unreachable(target, 'EHOSTUNREACH'),
  failures.timedOut(target, 'connect'),
  failures.hungUp(target, 'tls'),
  failures.closedAtOnce(target),
  failures.hostNotAllowed(target, 'no'),
  failures.hostBlocked(target, 'blocked'),
  failures.serverRefused(target, '1040', 'too many'),
  failures.noTlsOffered(target),
  failures.notThisProtocol(target, 'HTTP'),
  failures.notThisProtocol(target, null),
  failures.tlsFailed(target, 'ERR_SSL_X'),
]

const seen: Handshake = {
  reached: true,
  chain: [Buffer.from('leaf'), Buffer.from('issuer')],
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  peer: { ip: '10.0.0.1', port: 3306 },
  openssl: { authorized: false, code: 'CERT_HAS_EXPIRED' },
  ended: 'clean',
}

describe('a handshake on its way through JSON', () => {
  test('decoding inverts encoding, for any chain', () => {
    const chain = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 16 })
    fc.assert(
      fc.property(chain, fc.boolean(), (bytes, authorized) => {
        const openssl = authorized ? { authorized } : { authorized, code: 'X' }
        const one: Handshake = { ...seen, openssl, chain: bytes.map(der => Buffer.from(der)) }
        expect(decodeHandshake(JSON.parse(JSON.stringify(encodeHandshake(one))))).toEqual(one)
      }),
    )
  })

  test.each(everyFailure.map(failure => [failure.code, failure] as const))('carries the failure %s', (_, failure) => {
    const one: Handshake = { reached: false, failure }
    expect(decodeHandshake(JSON.parse(JSON.stringify(encodeHandshake(one))))).toEqual(one)
  })

  test.each<[string, unknown]>([
    ['expected object', '<html>502</html>'],
    ['chain', { ...encodeHandshake(seen), chain: [] }],
    ['chain.0', { ...encodeHandshake(seen), chain: ['not base64!'] }],
    ['peer', { ...encodeHandshake(seen), peer: undefined }],
    ['openssl', { ...encodeHandshake(seen), openssl: { authorized: 'yes' } }],
    ['failure.code', { reached: false, failure: { code: 'Unheard', sentence: '', mend: '' } }],
    ['failure.phase', { reached: false, failure: { code: 'TimedOut', sentence: '', mend: '' } }],
    ['extra', { ...encodeHandshake(seen), extra: 1 }],
  ])('is refused where it is wrong, by name: %s', (field, answer) => {
    expect(() => decodeHandshake(answer)).toThrow(EncodingFault)
    expect(() => decodeHandshake(answer)).toThrow(field)
  })

  test('tells each failure in two sentences that name the endpoint and the way to it', () => {
    for (const { sentence, mend } of everyFailure) {
      expect(sentence).toMatch(/db\.test.*\.$/)
      expect(mend).toMatch(/^[A-Z].*\.$/)
    }
  })
})
