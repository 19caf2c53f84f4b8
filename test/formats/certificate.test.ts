import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, canonical, readCertificate } from '../../shared/formats/certificate.ts'
import { readPem } from '../../shared/formats/pem.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, faultOf } from './expected.ts'
import { ecPem, rsaPem } from './vectors.ts'

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority()
})

describe('a certificate that openssl made', () => {
  test('an EC root tells what openssl x509 prints of it', () => {
    const [{ der, ...told } = {} as Certificate] = readPem(ecPem)
    expect(der.equals(new X509Certificate(ecPem).raw)).toBe(true)
    expect(told).toEqual({
      fingerprint: '8960a2426a76521aadc35fc6d1eb68cf6ebc68315a00c0f9389d4a2d3d358c1a',
      subject: 'C=CN, O=Alibaba, CN=Vector EC CA',
      issuer: 'C=CN, O=Alibaba, CN=Vector EC CA',
      serial: '80',
      notBefore: '2026-11-24T03:22:20.000Z',
      notAfter: '2036-11-21T03:22:20.000Z',
      selfIssued: true,
    })
  })

  test('an RSA root with the serial number zero has the serial 00', () => {
    expect(readPem(rsaPem)[0]).toMatchObject({
      fingerprint: '376bc97d1f953a9aedbc2bd6c5b92f3a24b3ffbc816a6e30900487aee413dd57',
      serial: '00',
      notAfter: '2036-11-21T03:22:21.000Z',
      selfIssued: true,
    })
  })
})

test('an intermediate is not self-issued, and a serial with its high bit set carries no sign byte', () => {
  expect(authority.zone).toMatchObject({ subject: 'CN=zone', issuer: 'CN=region', serial: 'FF01', selfIssued: false })
})

test('a notAfter beyond 2049, which X.509 writes with four digits of the year, is read', () => {
  expect(authority.zone.notAfter).toBe('2050-01-01T00:00:00.000Z')
  expect(authority.newRoot.notAfter).toBe('2049-12-31T23:59:59.000Z')
})

test('a two-digit year from 50 on belongs to the last century', () => {
  const changed = patched(authority.oldRoot.der, '160505080637Z', '500505080637Z')
  expect(readCertificate(changed).notBefore).toBe('1950-05-05T08:06:37.000Z')
})

test.each(['260230000000Z', '261301000000Z', '261201250000Z', '2612012500000', '26-201000000Z'])('the time %s is refused', async time => {
  await expectFault('NotACertificate', ['the root', 'notBefore', 'byte'], () =>
    readCertificate(patched(authority.oldRoot.der, '160505080637Z', time), 'the root'),
  )
})

test('the certificate keeps its bytes when the buffer it was read from changes', () => {
  const shared = Buffer.from(authority.region.der)
  const read = readCertificate(shared)
  shared.fill(0)
  expect(read).toEqual(authority.region)
})

test('a certificate cut at any byte is refused as such, by every reader in turn', async () => {
  for (const { der } of [authority.region, authority.rsaRoot]) {
    for (let length = 0; length < der.length; length++) {
      expect((await faultOf(() => readCertificate(der.subarray(0, length)))).code).toBe('NotACertificate')
    }
  }
})

test('a certificate with bytes behind it is refused, and the message counts them', async () => {
  await expectFault('NotACertificate', ['2 bytes too many'], () => readCertificate(Buffer.concat([authority.region.der, Buffer.alloc(2)])))
})

test('a length inside that is longer than DER allows is refused, although OpenSSL would take it', async () => {
  // The outer signature algorithm, ecdsa-with-SHA256, its object identifier with the length 81 08.
  const { der } = authority.region
  const at = der.lastIndexOf(Buffer.from('300a06082a8648ce3d040302', 'hex'))
  const changed = Buffer.concat([der.subarray(0, at), Buffer.from('300b0681082a8648ce3d040302', 'hex'), der.subarray(at + 12)])
  changed.writeUInt16BE(changed.readUInt16BE(2) + 1, 2)
  expect(new X509Certificate(changed).subject).toBe('CN=region')
  await expectFault('NotACertificate', ['encoded otherwise than OpenSSL encodes it'], () => readCertificate(changed))
})

test('a negative serial number is told with its sign, as openssl prints it', () => {
  const at = authority.region.der.indexOf(Buffer.from('02010c', 'hex'))
  const changed = Buffer.from(authority.region.der)
  changed.writeUInt8(0x80, at + 2)
  expect(readCertificate(changed).serial).toBe('-80')
})

test('a field too many inside a certificate is refused', async () => {
  const changed = Buffer.concat([authority.region.der, Buffer.from('0500', 'hex')])
  changed.writeUInt16BE(changed.readUInt16BE(2) + 2, 2)
  await expectFault('NotACertificate', ['2 bytes too many after its signature'], () => readCertificate(changed))
})

test('PEM where DER belongs is refused, although OpenSSL would take it', async () => {
  await expectFault('NotACertificate', ['tag 0x2d'], () => readCertificate(Buffer.from(ecPem)))
})

test('whatever bytes change in a certificate, it is read or refused as no certificate', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(flips, changes => {
      const der = Buffer.from(authority.region.der)
      for (const [where, mask] of changes) der.writeUInt8(der.readUInt8(where % der.length) ^ mask, where % der.length)
      try {
        expect(readCertificate(der).der.equals(der)).toBe(true)
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError', code: 'NotACertificate' })
      }
    }),
    { numRuns: 2000 },
  )
})

test('the canonical order is that of fingerprints, each certificate once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...authority.all), { maxLength: 12 }), members => {
      const fingerprints = canonical(members).map(one => one.fingerprint)
      expect(fingerprints).toEqual([...new Set(members.map(one => one.fingerprint))].sort())
    }),
  )
})

function patched(der: Buffer, from: string, to: string): Buffer {
  const at = der.indexOf(from)
  expect(at).toBeGreaterThan(0)
  const changed = Buffer.from(der)
  changed.write(to, at, 'latin1')
  return changed
}
