import { execFileSync, spawnSync } from 'node:child_process'
import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonical } from '../../shared/formats/certificate.ts'
import { context, der, derCount, derOid, nothing, octetString, sequence } from '../../shared/formats/der.ts'
import { readP12, writeP12 } from '../../shared/formats/p12.ts'
import { macOf } from '../../shared/formats/p12-protection.ts'
import { writePem } from '../../shared/formats/pem.ts'
import { needs } from '../oracle.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, faultOf, fingerprints } from './expected.ts'

let authority: Authority
const folder = mkdtempSync(join(tmpdir(), 'p12-'))
beforeAll(async () => {
  authority = await makeAuthority()
})
afterAll(() => rmSync(folder, { recursive: true }))

const data = '1.2.840.113549.1.7.1'
const sha1 = '1.3.14.3.2.26'
const sha256 = '2.16.840.1.101.3.4.2.1'
const keytool = (...args: readonly string[]) => execFileSync('keytool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** A file around these contents whose MAC matches (unless it asks for more iterations than are run). */
const seal = (contents: Buffer, { iterations = 1, type = data } = {}) => {
  const salt = Buffer.alloc(8, 1)
  const mac = iterations > 1 ? Buffer.alloc(32) : macOf(contents, 'apsaradb', salt, iterations, sha256)
  const digest = sequence(sequence(derOid(sha256), nothing()), octetString(mac))
  const macData = sequence(digest, octetString(salt), derCount(iterations))
  return sequence(derCount(3), sequence(derOid(type), der(context(0), octetString(contents))), macData)
}
const plain = (...bags: readonly Buffer[]) => sequence(sequence(derOid(data), der(context(0), octetString(sequence(...bags)))))
const certificateValue = (bytes: Buffer) => sequence(derOid('1.2.840.113549.1.9.22.1'), der(context(0), octetString(bytes)))
const bag = (type: string, value: Buffer) => sequence(derOid(type), der(context(0), value))

describe('laws', () => {
  test('reading inverts writing, whatever the certificates, their order and the password', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(authority.all, { minLength: 1 }), fc.string({ unit: 'grapheme-composite' }), (members, password) => {
        expect(fingerprints(readP12(writeP12(members, password), password))).toEqual(fingerprints(members))
      }),
      { numRuns: 25 },
    )
  })

  test('the same certificates give the same bytes, others another salt', () => {
    const written = writeP12(authority.all)
    expect(writeP12(authority.all).equals(written)).toBe(true)
    const salt = (bytes: Buffer) => bytes.subarray(-24, -4).toString('hex')
    expect(salt(writeP12([...authority.all].reverse()))).not.toBe(salt(written))
  })
})

describe.skipIf(!needs('keytool'))('beside keytool', () => {
  test('it lists every entry of what is written as a trusted certificate, EC and RSA', () => {
    const store = file('ours.p12', writeP12(authority.all))
    const listed = keytool('-list', '-keystore', store, '-storetype', 'PKCS12', '-storepass', 'apsaradb').replaceAll(':', '').toLowerCase()
    expect(listed).toContain('contains 7 entries')
    expect(listed.match(/ca\d, .*trustedcertentry/g)).toHaveLength(7)
    for (const one of authority.all) expect(listed).toContain(one.fingerprint)
  })

  test('it refuses what is written under another password', () => {
    const store = file('other.p12', writeP12([authority.region], 'another'))
    const refused = spawnSync('keytool', ['-list', '-keystore', store, '-storetype', 'PKCS12', '-storepass', 'apsaradb'], {
      encoding: 'utf8',
    })
    expect(refused.stdout).toContain('Failed PKCS12 integrity checking')
  })

  test('the trust store that it makes is read, and refused without its password', async () => {
    const store = join(folder, 'theirs.p12')
    const pem = file('region.pem', writePem([authority.region]))
    keytool(
      '-importcert',
      '-noprompt',
      '-storetype',
      'PKCS12',
      '-alias',
      'region',
      '-file',
      pem,
      '-keystore',
      store,
      '-storepass',
      'changeit',
    )
    expect(readP12(readFileSync(store), 'changeit')).toEqual([authority.region])
    await expectFault('P12MacMismatch', ['the password is another one'], () => readP12(readFileSync(store), 'apsaradb'))
  })

  test('a store with a private key is refused', async () => {
    const store = join(folder, 'key.p12')
    keytool(
      '-genkeypair',
      '-alias',
      'server',
      '-keyalg',
      'EC',
      '-dname',
      'CN=server',
      '-storetype',
      'PKCS12',
      '-keystore',
      store,
      '-storepass',
      'apsaradb',
    )
    await expectFault('P12PrivateKey', ['bag 1', 'private key', '-nokeys'], () => readP12(readFileSync(store)))
  })
})

describe.skipIf(!needs('openssl'))('beside openssl pkcs12', () => {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', ['pkcs12', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exported = (...args: readonly string[]) => {
    const pem = file('members.pem', writePem(authority.all))
    return openssl('-export', '-nokeys', '-in', pem, '-passout', 'pass:apsaradb', ...args)
  }

  test('it finds every certificate in what is written', () => {
    const printed = openssl('-in', file('for-openssl.p12', writeP12(authority.all)), '-nokeys', '-passin', 'pass:apsaradb').toString()
    expect(printed.match(/BEGIN CERTIFICATE/g)).toHaveLength(7)
  })

  test.each([
    ['by its own defaults', []],
    ['with AES-128 and SHA-512', ['-certpbe', 'AES-128-CBC', '-macalg', 'sha512']],
    ['with AES-192 and SHA-384', ['-certpbe', 'AES-192-CBC', '-macalg', 'sha384']],
    ['unencrypted, with SHA-1', ['-certpbe', 'NONE', '-macalg', 'sha1']],
    ['with a single iteration, which DER leaves out', ['-nomaciter', '-noiter']],
  ])('what it exports %s is read', (_how, args) => {
    expect(canonical(readP12(exported(...args)))).toEqual(canonical(authority.all))
  })

  test.each([
    ['P12Unsupported', 'has no MAC', ['-nomac']],
    ['P12Unsupported', 'an old scheme that is not read', ['-certpbe', 'PBE-SHA1-3DES']],
    ['P12Unsupported', 'MAC algorithm 2.16.840.1.101.3.4.2.4', ['-macalg', 'sha224']],
  ] as const)('%s: what it exports %s', async (code, problem, args) => {
    await expectFault(code, [problem, 'export it again'], () => readP12(exported(...args)))
  })

  test('any byte that changes in the protected part is noticed', async () => {
    const bytes = exported('-certpbe', 'NONE', '-macalg', 'sha256', '-nomaciter')
    const protectedEnd = bytes.length - 80
    for (let at = 0; at < protectedEnd; at += 7) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at)
      expect((await faultOf(() => readP12(changed))).code).toMatch(/^P12/)
    }
  })
})

test('the MAC key is that of the vector that the implementations of RFC 7292 B share', () => {
  // Password "smeg", this salt, one iteration, ID 3, 20 bytes.
  const key = Buffer.from('8d967d88f6caa9d714800ab3d48051d63f73a312', 'hex')
  const salt = Buffer.from('3d83c0e4546ac140', 'hex')
  expect(macOf(Buffer.from('x'), 'smeg', salt, 1, sha1)).toEqual(createHmac('sha1', key).update('x').digest())
})

test('each certificate carries Oracle’s trustedKeyUsage with anyExtendedKeyUsage, without which Java lists nothing', () => {
  const attribute = Buffer.from('060c6086480186f966adca7b0101 3106 0604551d2500'.replaceAll(' ', ''), 'hex')
  expect(writeP12(authority.all).toString('latin1').split(attribute.toString('latin1'))).toHaveLength(1 + authority.all.length)
})

test('contents encrypted under PBKDF2 with SHA-1, the default that DER leaves out, are read', () => {
  const salt = Buffer.alloc(8, 3)
  const cipher = createCipheriv('aes-128-cbc', pbkdf2Sync('apsaradb', salt, 10, 16, 'sha1'), Buffer.alloc(16))
  const bags = sequence(bag('1.2.840.113549.1.12.10.1.3', certificateValue(authority.region.der)))
  const ciphertext = Buffer.concat([cipher.update(bags), cipher.final()])
  const derivation = sequence(derOid('1.2.840.113549.1.5.12'), sequence(octetString(salt), derCount(10)))
  const parameters = sequence(derivation, sequence(derOid('2.16.840.1.101.3.4.1.2'), octetString(Buffer.alloc(16))))
  const content = sequence(derOid(data), sequence(derOid('1.2.840.113549.1.5.13'), parameters), der(0x80, ciphertext))
  const safe = sequence(derOid('1.2.840.113549.1.7.6'), der(context(0), sequence(derCount(0), content)))
  expect(readP12(seal(sequence(safe)))).toEqual([authority.region])
})

describe('what is refused', () => {
  test.each([
    ['P12Malformed', 'breaks off before its PFX', () => Buffer.alloc(0)],
    ['P12Malformed', 'tag 0xfe', () => Buffer.from('feedfeed', 'hex')],
    ['P12Malformed', 'indefinite length (BER)', () => Buffer.from('3080020103', 'hex')],
    ['P12Malformed', 'is not of version 3', () => sequence(derCount(2))],
    ['P12Malformed', '2 bytes too many', () => Buffer.concat([writeP12([authority.region]), Buffer.alloc(2)])],
    ['P12Unsupported', 'not by a password', () => seal(plain(), { type: '1.2.840.113549.1.7.2' })],
    ['P12Unsupported', 'asks for 600001 iterations', () => seal(plain(), { iterations: 600_001 })],
    ['P12Unsupported', 'asks for 2147483647 iterations', () => seal(plain(), { iterations: 0x7fffffff })],
    [
      'P12Unsupported',
      'content of type 1.2.840.113549.1.7.3',
      () => seal(sequence(sequence(derOid('1.2.840.113549.1.7.3'), der(context(0))))),
    ],
    [
      'P12Unsupported',
      'bag 1 of the P12 is of type 1.2.840.113549.1.12.10.1.4',
      () => seal(plain(bag('1.2.840.113549.1.12.10.1.4', sequence()))),
    ],
    [
      'P12Unsupported',
      'certificate type 1.2.840.113549.1.9.22.2',
      () => seal(plain(bag('1.2.840.113549.1.12.10.1.3', sequence(derOid('1.2.840.113549.1.9.22.2'))))),
    ],
    ['P12PrivateKey', 'bag 1 of the P12', () => seal(plain(bag('1.2.840.113549.1.12.10.1.1', sequence())))],
    ['P12MacMismatch', 'a byte of the file changed', () => writeP12([authority.region], 'another')],
    ['NoCertificates', 'the P12', () => seal(plain())],
  ] as const)('%s: %s', async (code, problem, bytes) => {
    await expectFault(code, [problem], () => readP12(bytes()))
  })

  test('a hostile iteration count costs no time', async () => {
    const started = performance.now()
    await faultOf(() => readP12(seal(plain(), { iterations: 0x7fffffff })))
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('no fault repeats the password', async () => {
    const fault = await faultOf(() => readP12(writeP12([authority.region]), 'my own secret'))
    expect(fault.message).not.toContain('my own secret')
  })

  test('an empty store to be written', async () => {
    await expectFault('NoCertificates', ['to be written'], () => writeP12([]))
  })

  test('a store cut at any byte', async () => {
    const bytes = writeP12([authority.region])
    for (let length = 0; length < bytes.length; length++)
      expect((await faultOf(() => readP12(bytes.subarray(0, length)))).code).toBe('P12Malformed')
  })
})

test('whatever byte changes inside a store whose MAC still matches, it is read or refused with a code', () => {
  const contents = plain(bag('1.2.840.113549.1.12.10.1.3', certificateValue(authority.region.der)))
  expect(readP12(seal(contents))).toEqual([authority.region])
  for (let at = 0; at < contents.length; at++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = Buffer.from(contents)
      changed.writeUInt8(changed.readUInt8(at) ^ mask, at)
      try {
        expect(readP12(seal(changed)).length).toBe(1)
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError' })
      }
    }
  }
})
