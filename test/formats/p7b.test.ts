import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { context, der, derCount, derOid, octetString, sequence, setOf } from '../../shared/formats/der.ts'
import { readP7b, writeP7b } from '../../shared/formats/p7b.ts'
import { writePem } from '../../shared/formats/pem.ts'
import { needs } from '../oracle.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, faultOf, fingerprints } from './expected.ts'

let authority: Authority
const folder = mkdtempSync(join(tmpdir(), 'p7b-'))
beforeAll(async () => {
  authority = await makeAuthority()
})
afterAll(() => rmSync(folder, { recursive: true }))

const signedData = '1.2.840.113549.1.7.2'
const data = '1.2.840.113549.1.7.1'

test('reading inverts writing, whatever the certificates and their order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(authority.all, { minLength: 1 }), members => {
      expect(fingerprints(readP7b(writeP7b(members)))).toEqual(fingerprints(members))
    }),
  )
})

describe.skipIf(!needs('openssl'))('beside openssl crl2pkcs7', () => {
  const crl2pkcs7 = (form: 'DER' | 'PEM', nocrl: readonly string[]) => {
    const file = join(folder, 'members.pem')
    writeFileSync(file, writePem(authority.all))
    return execFileSync('openssl', ['crl2pkcs7', ...nocrl, '-certfile', file, '-outform', form], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  test('the same bytes are written', () => {
    expect(writeP7b(authority.all).toString('hex')).toBe(crl2pkcs7('DER', ['-nocrl']).toString('hex'))
  })

  test('its PEM form is read', () => {
    expect(readP7b(crl2pkcs7('PEM', ['-nocrl']))).toEqual(authority.all)
  })

  test('openssl pkcs7 finds every certificate in what is written', () => {
    const printed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], {
      input: writeP7b(authority.all),
      encoding: 'utf8',
    })
    expect(printed.match(/BEGIN CERTIFICATE/g)).toHaveLength(authority.all.length)
  })
})

describe('what is refused', () => {
  const member = () => authority.region.der
  const wrap = (...fields: readonly Buffer[]) => sequence(derOid(signedData), der(context(0), sequence(...fields)))
  const certificates = () => der(context(0), member())

  test('the vendor’s empty field for revocation lists is passed over', () => {
    const bytes = wrap(derCount(1), setOf(), sequence(derOid(data)), certificates(), der(context(1)), setOf())
    expect(readP7b(bytes)).toEqual([authority.region])
  })

  test.each([
    ['another content type', 'is not a SignedData', () => sequence(derOid(data), der(context(0), octetString(member())))],
    ['a signer', 'signed message', () => wrap(derCount(1), setOf(), sequence(derOid(data)), certificates(), setOf(derCount(1)))],
    [
      'signed content',
      'signed message',
      () => wrap(derCount(1), setOf(), sequence(derOid(data), der(context(0), octetString(Buffer.from('hi')))), certificates(), setOf()),
    ],
    ['other content', 'something else than data', () => wrap(derCount(1), setOf(), sequence(derOid(signedData)), certificates(), setOf())],
    [
      'an attribute certificate',
      'certificate 2 (tag 0x30)',
      () => wrap(derCount(1), setOf(), sequence(derOid(data)), der(context(0), member(), der(0xa1)), setOf()),
    ],
    ['bytes behind it', '1 bytes too many', () => Buffer.concat([writeP7b([authority.region]), Buffer.alloc(1)])],
    [
      'a field too many',
      '2 bytes too many after its signers',
      () => wrap(derCount(1), setOf(), sequence(derOid(data)), certificates(), setOf(), setOf()),
    ],
    ['nothing at all', 'breaks off before its ContentInfo', () => Buffer.alloc(0)],
    ['BER', 'indefinite length (BER)', () => Buffer.from('3080', 'hex')],
    ['two PEM blocks', '2 PEM blocks', () => Buffer.from(writePem([authority.region, authority.zone]))],
    ['a certificate under its name', 'begins a CERTIFICATE, no PKCS7', () => Buffer.from(writePem([authority.region]))],
  ])('%s: %s', async (_name, problem, bytes) => {
    await expectFault('P7bMalformed', ['the P7B', problem], () => readP7b(bytes()))
  })

  test('a damaged member is told by its ordinal', async () => {
    const bytes = wrap(derCount(1), setOf(), sequence(derOid(data)), der(context(0), member(), sequence()), setOf())
    await expectFault('NotACertificate', ['certificate 2 of the P7B'], () => readP7b(bytes))
  })

  test('a P7B without certificates', async () => {
    await expectFault('NoCertificates', ['the P7B'], () => readP7b(wrap(derCount(1), setOf(), sequence(derOid(data)), setOf())))
    await expectFault('NoCertificates', ['to be written'], () => writeP7b([]))
  })

  test('a P7B cut at any byte', async () => {
    const bytes = writeP7b([authority.region, authority.zone])
    for (let length = 0; length < bytes.length; length++)
      expect((await faultOf(() => readP7b(bytes.subarray(0, length)))).code).toBe('P7bMalformed')
  })
})

test('whatever byte changes in a P7B, it is read or refused with a code', () => {
  const bytes = writeP7b([authority.region])
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ mask, at)
      try {
        expect(readP7b(changed).length).toBe(1)
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError' })
      }
    }
  }
})
