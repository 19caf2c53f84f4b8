import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, canonical } from '../../shared/formats/certificate.ts'
import { readJks, writeJks } from '../../shared/formats/jks.ts'
import { readP7b, writeP7b } from '../../shared/formats/p7b.ts'
import { readPem, writePem } from '../../shared/formats/pem.ts'
import { bundleNames, readTrustBundle, writeTrustBundle } from '../../shared/formats/trust.ts'
import { reportTrust } from '../../shared/formats/trust-report.ts'
import { writeZip } from '../../shared/formats/zip.ts'
import { needs } from '../oracle.ts'
import { fingerprints, realChain } from './expected.ts'

const present = existsSync(realChain)
if (!present) console.warn(`skipped: the vendor's real chain is not at ${realChain}`)

describe.skipIf(!present)('the vendor’s real chain of October 2025', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chain-'))
  const original = (format: 'pem' | 'p7b' | 'jks') => readFileSync(join(realChain, bundleNames[format]))
  let chain: Certificate[]
  beforeAll(() => {
    chain = readPem(original('pem'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('gives 79 certificates out of PEM, P7B and JKS alike, equal by fingerprint', () => {
    expect(new Set(chain.map(one => one.fingerprint)).size).toBe(79)
    expect(fingerprints(canonical(readP7b(original('p7b'))))).toEqual(fingerprints(canonical(chain)))
    expect(fingerprints(canonical(readJks(original('jks'), 'apsaradb')))).toEqual(fingerprints(canonical(chain)))
  })

  test('is read from its archive in canonical order', async () => {
    const zip = writeZip((['pem', 'p7b', 'jks'] as const).map(format => ({ name: bundleNames[format], data: original(format) })))
    expect(fingerprints(await readTrustBundle(zip))).toEqual(fingerprints(canonical(chain)))
  })

  test('reports its expired members, and the two roots of one subject and serial', () => {
    const report = reportTrust(chain, new Date('2026-05-10T00:00:00Z'))
    expect(report.count).toBe(79)
    expect(report.expired.map(one => `${one.subject.split(', ').at(-1)} ${one.serial} ${one.notAfter}`).sort()).toEqual([
      'CN=ap-southeast 02 2026-05-03T09:09:50.000Z',
      'CN=cn-hangzhou 01 2026-05-03T08:44:43.000Z',
    ])
    expect(report.expiringWithin.certificates.map(one => one.serial).sort()).toEqual(['0C', '0D', '0E', '0F', '10', '11', '3D'])
    expect(report.sameSubjectAndSerial).toEqual([report.roots])
    expect(report.roots.map(one => [one.subject, one.serial, one.notAfter]).sort()).toEqual([
      ['C=CN, ST=ZheJiang, L=HangZhou, O=Alibaba, OU=Aliyun, CN=ApsaraDB Root CA', '00', '2036-04-30T08:06:37.000Z'],
      ['C=CN, ST=ZheJiang, L=HangZhou, O=Alibaba, OU=Aliyun, CN=ApsaraDB Root CA', '00', '2039-01-25T18:35:01.000Z'],
    ])
    expect(report.unanchored).toEqual([])
  })

  test('is written back as the vendor wrote it', () => {
    expect(writePem(chain)).toBe(original('pem').toString())
  })

  test.skipIf(!needs('openssl'))('is written back as the P7B that openssl writes, which openssl reads with 79 certificates', () => {
    const list = ['crl2pkcs7', '-nocrl', '-certfile', join(realChain, bundleNames.pem), '-outform', 'DER']
    const written = writeP7b(chain)
    expect(written.equals(execFileSync('openssl', list, { stdio: ['ignore', 'pipe', 'pipe'] }))).toBe(true)
    const printed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: written, encoding: 'utf8' })
    expect(printed.match(/BEGIN CERTIFICATE/g)).toHaveLength(79)
  })

  test.skipIf(!needs('keytool')).each(['jks', 'p12'] as const)(
    'is written as a %s that keytool accepts with 79 entries, each by its fingerprint',
    format => {
      const store = join(folder, bundleNames[format])
      writeFileSync(store, writeTrustBundle(chain)[format])
      const listed = execFileSync('keytool', ['-list', '-keystore', store, '-storepass', 'apsaradb'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const known = new Set(
        listed
          .replaceAll(':', '')
          .toLowerCase()
          .match(/[0-9a-f]{64}/g),
      )
      expect(listed).toContain('Your keystore contains 79 entries')
      expect(known).toEqual(new Set(chain.map(one => one.fingerprint)))
    },
  )

  test('is written as a JKS and read back in the same order', () => {
    expect(fingerprints(readJks(writeJks(chain)))).toEqual(fingerprints(chain))
  })
})
