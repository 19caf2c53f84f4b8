import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, canonical } from '../../shared/formats/certificate.ts'
import { readJks, writeJks } from '../../shared/formats/jks.ts'
import { readP7b, writeP7b } from '../../shared/formats/p7b.ts'
import { readP12 } from '../../shared/formats/p12.ts'
import { readPem, writePem } from '../../shared/formats/pem.ts'
import { bundleNames, readTrustBundle, writeTrustBundle } from '../../shared/formats/trust.ts'
import { writeZip } from '../../shared/formats/zip.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, fingerprints } from './expected.ts'

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority()
})

const member = (name: string, data: Uint8Array | string) => ({ name, data: Buffer.from(data) })

/** The vendor's archive, each format with its own certificates. */
const archive = (pem: readonly Certificate[], p7b = pem, jks = pem, folder = '') =>
  writeZip([
    member(`${folder}${bundleNames.pem}`, writePem(pem)),
    member(`${folder}${bundleNames.p7b}`, writeP7b(p7b)),
    member(`${folder}${bundleNames.jks}`, writeJks(jks)),
  ])

describe('writing a bundle', () => {
  test('gives the same bytes whatever the order of the certificates and however often each is there', () => {
    const expected = writeTrustBundle(authority.all)
    fc.assert(
      fc.property(
        fc.shuffledSubarray(authority.all, { minLength: authority.all.length }),
        fc.subarray(authority.all),
        (shuffled, again) => {
          const { version, ...files } = writeTrustBundle([...shuffled, ...again])
          expect(version).toBe(expected.version)
          for (const format of ['pem', 'p7b', 'jks', 'p12'] as const) expect(files[format].equals(expected[format]), format).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('gives other bytes and another version for other certificates', () => {
    const [whole, part] = [writeTrustBundle(authority.all), writeTrustBundle(authority.all.slice(1))]
    for (const format of ['version', 'pem', 'p7b', 'jks', 'p12'] as const) expect(part[format]).not.toEqual(whole[format])
  })

  test('gives four files of the same certificates in canonical order, and the version is the SHA-256 of the PEM', () => {
    const { version, pem, p7b, jks, p12 } = writeTrustBundle(authority.all)
    const expected = canonical(authority.all)
    expect(readPem(pem)).toEqual(expected)
    expect(readP7b(p7b)).toEqual(expected)
    expect(readJks(jks)).toEqual(expected)
    expect(readP12(p12)).toEqual(expected)
    expect(version).toBe(createHash('sha256').update(pem).digest('hex'))
  })

  test('refuses to write no certificates', async () => {
    await expectFault('NoCertificates', ['trust bundle'], () => writeTrustBundle([]))
  })
})

describe('reading the vendor’s archive', () => {
  test('inverts writing, whatever the order in each file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(authority.all, { minLength: 1 }), fc.nat(), async (members, turn) => {
        const turned = [...members.slice(turn % members.length), ...members.slice(0, turn % members.length)]
        const read = await readTrustBundle(archive(members, turned, [...members].reverse()))
        expect(fingerprints(read)).toEqual(fingerprints(canonical(members)))
      }),
      { numRuns: 30 },
    )
  })

  test('finds the files in a folder, beside others', async () => {
    const { pem, p7b, jks } = writeTrustBundle(authority.all)
    const bytes = writeZip([
      member('ca/readme.txt', 'hello'),
      member(`ca/${bundleNames.pem}`, pem),
      member(`ca/${bundleNames.p7b}`, p7b),
      member(`ca/${bundleNames.jks}`, jks),
      member(`__MACOSX/ca/._${bundleNames.pem}`, 'resource fork'),
    ])
    expect(await readTrustBundle(bytes)).toEqual(canonical(authority.all))
  })

  test('refuses files that disagree, and names each difference', async () => {
    const { oldRoot, newRoot, region } = authority
    const differing = archive([oldRoot, newRoot], [newRoot, oldRoot], [newRoot, region])
    const named = [
      `only the PEM has "C=CN, O=Test, CN=Test Root CA" (${oldRoot.fingerprint})`,
      `only the JKS has "CN=region" (${region.fingerprint})`,
    ]
    await expectFault('BundleDisagrees', ['PEM (2) and JKS (2)', ...named], () => readTrustBundle(differing))
    await expectFault('BundleDisagrees', ['PEM (1) and P7B (2)', 'only the P7B has'], () =>
      readTrustBundle(archive([newRoot], [newRoot, region])),
    )
  })

  test('tells two roots of one subject and serial apart', async () => {
    const { oldRoot, newRoot } = authority
    await expectFault('BundleDisagrees', [oldRoot.fingerprint, newRoot.fingerprint], () => readTrustBundle(archive([oldRoot], [newRoot])))
  })

  test('counts the differences that it does not list', async () => {
    await expectFault('BundleDisagrees', ['; and 1 more'], () => readTrustBundle(archive(authority.all, authority.all.slice(6))))
  })

  test.each(['pem', 'p7b', 'jks'] as const)('refuses an archive without its %s, and names what is there', async format => {
    const files = writeTrustBundle(authority.all)
    const kept = (['pem', 'p7b', 'jks', 'p12'] as const).filter(one => one !== format)
    const bytes = writeZip(kept.map(one => member(bundleNames[one], files[one])))
    await expectFault('ZipMissingMember', [bundleNames[format], bundleNames.p12], () => readTrustBundle(bytes))
  })

  test('refuses a file that is there in two folders', async () => {
    const { pem, p7b, jks } = writeTrustBundle(authority.all)
    const files = [
      member(bundleNames.pem, pem),
      member(bundleNames.p7b, p7b),
      member(bundleNames.jks, jks),
      member(`old/${bundleNames.pem}`, pem),
    ]
    await expectFault('ZipDuplicateName', ['as ApsaraDB-CA-Chain.pem and as old/ApsaraDB-CA-Chain.pem'], () =>
      readTrustBundle(writeZip(files)),
    )
  })

  test('names the member whose format is at fault', async () => {
    const { pem, p7b, p12 } = writeTrustBundle(authority.all)
    const bytes = writeZip([member(bundleNames.pem, pem), member(bundleNames.p7b, p7b), member(bundleNames.jks, p12)])
    await expectFault('JksMagic', ['ApsaraDB-CA-Chain.jks: the JKS is a PKCS#12'], () => readTrustBundle(bytes))
  })

  test('passes its limits on to the archive', async () => {
    await expectFault('ZipTooLarge', [], () => readTrustBundle(archive(authority.all), { maxBytes: 1000 }))
  })
})
