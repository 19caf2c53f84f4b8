import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseJks } from 'jks-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJks, writeJks } from '../../shared/formats/jks.ts'
import { readPem, writePem } from '../../shared/formats/pem.ts'
import { needs } from '../oracle.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, faultOf, fingerprints } from './expected.ts'
import { ecPem } from './vectors.ts'

let authority: Authority
const folder = mkdtempSync(join(tmpdir(), 'jks-'))
beforeAll(async () => {
  authority = await makeAuthority()
})
afterAll(() => rmSync(folder, { recursive: true }))

const keytool = (...args: readonly string[]) => execFileSync('keytool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** What keytool 17 wrote for the EC root at 2026-11-24T03:22:21.303Z, laid out by hand; SHA-1 of "apsaradb", the salt and all before it. */
const knownAnswer = () =>
  Buffer.concat([
    Buffer.from('feedfeed 00000002 00000001'.replaceAll(' ', ''), 'hex'),
    Buffer.from('00000002 0003636131 000001a20b936ef7 0005582e353039 000001b3'.replaceAll(' ', ''), 'hex'),
    readPem(ecPem)[0]?.der ?? Buffer.alloc(0),
    Buffer.from('48b12a4fcefe5536a20c42b327e79d64f14ecc4d', 'hex'),
  ])

describe('the known answer of one entry', () => {
  test('is written byte for byte, given its alias and timestamp', () => {
    const written = writeJks(readPem(ecPem), 'apsaradb', () => ({ alias: 'ca1', created: 0x01a20b936ef7 }))
    expect(written.toString('hex')).toBe(knownAnswer().toString('hex'))
  })

  test('is read', () => {
    expect(readJks(knownAnswer(), 'apsaradb')).toEqual(readPem(ecPem))
  })
})

describe('laws', () => {
  test('reading inverts writing, whatever the certificates, their order and the password', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(authority.all, { minLength: 1 }), fc.string({ unit: 'binary' }), (members, password) => {
        expect(fingerprints(readJks(writeJks(members, password), password))).toEqual(fingerprints(members))
      }),
    )
  })

  test('the same certificates give the same bytes, each dated by its own notBefore', () => {
    const [first] = parseJks(writeJks([authority.region]), 'apsaradb')
    expect(writeJks(authority.all).equals(writeJks(authority.all))).toBe(true)
    expect(first?.date).toEqual(new Date(authority.region.notBefore))
  })
})

test('jks-js reads every entry that is written', () => {
  const entries = parseJks(writeJks(authority.all), 'apsaradb')
  expect(entries.map(entry => entry.alias)).toEqual(['ca1', 'ca2', 'ca3', 'ca4', 'ca5', 'ca6', 'ca7'])
  expect(entries.map(entry => ('cert' in entry ? entry.cert.value.toString('hex') : 'a key'))).toEqual(
    authority.all.map(one => one.der.toString('hex')),
  )
})

describe.skipIf(!needs('keytool'))('beside keytool', () => {
  test('the store that it makes is read, and written byte for byte, given its timestamp', () => {
    const [pem, store] = [join(folder, 'region.pem'), join(folder, 'region.jks')]
    writeFileSync(pem, writePem([authority.region]))
    keytool('-importcert', '-noprompt', '-storetype', 'JKS', '-alias', 'ca1', '-file', pem, '-keystore', store, '-storepass', 'apsaradb')
    const made = readFileSync(store)
    expect(readJks(made)).toEqual([authority.region])
    const created = Number(made.readBigInt64BE(21))
    expect(writeJks([authority.region], 'apsaradb', () => ({ alias: 'ca1', created })).toString('hex')).toBe(made.toString('hex'))
  })

  test('it lists every entry of what is written, EC and RSA', () => {
    const store = join(folder, 'all.jks')
    writeFileSync(store, writeJks(authority.all))
    const listed = keytool('-list', '-keystore', store, '-storetype', 'JKS', '-storepass', 'apsaradb').replaceAll(':', '').toLowerCase()
    expect(listed).toContain('contains 7 entries')
    for (const one of authority.all) expect(listed).toContain(one.fingerprint)
  })

  test('it refuses what is written under another password', () => {
    const store = join(folder, 'other.jks')
    writeFileSync(store, writeJks([authority.region], 'another'))
    const refused = spawnSync('keytool', ['-list', '-keystore', store, '-storetype', 'JKS', '-storepass', 'apsaradb'], { encoding: 'utf8' })
    expect(refused.stdout).toContain('password was incorrect')
  })

  test('a private key is refused by its alias', async () => {
    const store = join(folder, 'key.jks')
    const key = ['-genkeypair', '-alias', 'server', '-keyalg', 'EC', '-dname', 'CN=server']
    keytool(...key, '-storetype', 'JKS', '-keystore', store, '-storepass', 'apsaradb', '-keypass', 'apsaradb')
    await expectFault('JksPrivateKey', ['entry 1', '"server"', '(byte 12)', 'delete that entry'], () => readJks(readFileSync(store)))
  })
})

describe('what is refused', () => {
  /** A whole store around this body, with a digest that matches. */
  const sealed = (...parts: readonly (string | Buffer)[]) => {
    const body = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)))
    const digest = createHash('sha1').update(Buffer.from('apsaradb', 'utf16le').swap16()).update('Mighty Aphrodite').update(body).digest()
    return Buffer.concat([body, digest])
  }
  const head = (count: number) => `feedfeed 00000002 0000000${count}`
  const entry = (alias: string, type = '0005 582e353039') => `00000002 ${alias} 0000000000000000 ${type} 00000001 30`

  test.each([
    ['JksMagic', 'is a PKCS#12', () => Buffer.from('30820100020103', 'hex')],
    ['JksMagic', 'is a JCEKS', () => Buffer.from('cececece00000002', 'hex')],
    ['JksMagic', 'magic number is another', () => Buffer.from('PK\u0003\u0004')],
    ['JksVersion', 'of version 1', () => sealed('feedfeed 00000001 00000000')],
    ['JksMalformed', 'unknown kind 3 (byte 12)', () => sealed(head(1), '00000003 0003 636131')],
    ['JksMalformed', '"ca1" twice', () => sealed(head(2), entry('0003 636131'), entry('0003 636131'))],
    ['JksMalformed', 'is a "X.400"', () => sealed(head(1), entry('0003 636131', '0005 582e343030'))],
    ['JksMalformed', '2 bytes too many', () => Buffer.concat([writeJks([authority.region]), Buffer.alloc(2)])],
    ['JksTruncated', 'kind of entry 2 needs 4 bytes, 0 are left', () => sealed(head(2), entry('0003 636131')).subarray(0, -20)],
    [
      'JksTruncated',
      'certificate "ca1" needs 4294967295 bytes',
      () => sealed(head(1), '00000002 0003636131 0000000000000000 0005582e353039 ffffffff'),
    ],
    ['JksDigestMismatch', 'the password is another one, or a byte', () => writeJks([authority.region], 'another')],
    ['NotACertificate', 'the certificate "ca1" of the JKS', () => sealed(head(1), entry('0003 636131'))],
    ['NotACertificate', '"\\u001b[2J"', () => sealed(head(1), entry('0004 1b5b324a'))],
    ['NoCertificates', 'the JKS', () => sealed(head(0))],
  ] as const)('%s: %s', async (code, problem, bytes) => {
    await expectFault(code, [problem], () => readJks(bytes()))
  })

  test('no fault repeats the password', async () => {
    const fault = await faultOf(() => readJks(writeJks([authority.region]), 'my own secret'))
    expect(fault.message).not.toContain('my own secret')
  })

  test('an empty store to be written', async () => {
    await expectFault('NoCertificates', ['to be written'], () => writeJks([]))
  })

  test('a store cut at any byte', async () => {
    const bytes = writeJks([authority.region, authority.zone])
    for (let length = 0; length < bytes.length; length++)
      expect((await faultOf(() => readJks(bytes.subarray(0, length)))).code).toBe('JksTruncated')
  })

  test('a store of which any one byte changed', async () => {
    const bytes = writeJks([authority.region, authority.zone])
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at)
      expect((await faultOf(() => readJks(changed))).code).toMatch(/^Jks/)
    }
  })
})
