import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readPem } from '../../shared/formats/pem.ts'
import { readPathCertificate } from '../../shared/handshake/certificate.ts'
import { isSelfSigned, isSignedBy, issuersOf } from '../../shared/handshake/path.ts'
import { verifyChain } from '../../shared/handshake/verify.ts'
import { realChain } from '../formats/expected.ts'
import { needs } from '../oracle.ts'
import { clientAuth, type Keys, KeyUsageFlags, type Made, make, makeHierarchy, makeKeys, serverAuth } from './authority.ts'

function read(made: Made) {
  return readPathCertificate(made.der, 'it')
}

describe('a certificate on a path', () => {
  let issuer: Made
  beforeAll(async () => {
    issuer = await make({ subject: 'CN=Issuer', ca: true })
  })

  test.each<[Keys['kind'], string | null, object]>([
    ['EC', null, { kind: 'ec', bits: 256 }],
    ['RSA', null, { kind: 'rsa', bits: 2048 }],
    ['RSA-SHA1', 'SHA-1', { kind: 'rsa', bits: 2048 }],
    ['PSS', null, { kind: 'rsa', bits: 2048 }],
    ['PSS-SHA1', 'SHA-1', { kind: 'rsa', bits: 2048 }],
  ])('signed by %s tells a weak digest (%s) and its key', async (kind, weakDigest, key) => {
    expect(read(await make({ subject: 'CN=x', keys: await makeKeys(kind) }))).toMatchObject({ weakDigest, key })
  })

  test.skipIf(!needs('openssl'))('signed by PSS that names no digest means SHA-1', () => {
    const terms =
      '-newkey rsa:2048 -nodes -keyout /dev/null -sha1 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 -subj /CN=x -days 1'
    const pem = execFileSync('openssl', ['req', '-x509', ...terms.split(' ')], { stdio: ['ignore', 'pipe', 'ignore'] })
    const { raw } = new X509Certificate(pem)
    expect(raw.includes(Buffer.from('06092a864886f70d01010a3000', 'hex'))).toBe(true)
    expect(readPathCertificate(raw, 'it').weakDigest).toBe('SHA-1')
  })

  test.each([
    [undefined, null],
    [0, 0],
    [3, 3],
    [200, 200],
  ])('with path length %s allows %s', async (pathLength, expected) => {
    const wish = { subject: 'CN=x', ca: true, ...(pathLength === undefined ? {} : { pathLength }) }
    expect(read(await make(wish)).pathLength).toBe(expected)
  })

  test('tells whom it may serve and for whom it may issue', async () => {
    const usages = {
      plain: read(await make({ subject: 'CN=x', issuer })),
      authority: read(issuer),
      clients: read(await make({ subject: 'CN=x', issuer, extendedKeyUsage: [clientAuth] })),
      servers: read(await make({ subject: 'CN=x', issuer, extendedKeyUsage: [serverAuth] })),
      enciphers: read(await make({ subject: 'CN=x', issuer, keyUsage: KeyUsageFlags.keyEncipherment })),
      signs: read(await make({ subject: 'CN=x', issuer, keyUsage: KeyUsageFlags.digitalSignature })),
      agrees: read(await make({ subject: 'CN=x', issuer, keyUsage: KeyUsageFlags.keyAgreement })),
      encrypts: read(await make({ subject: 'CN=x', issuer, keyUsage: KeyUsageFlags.dataEncipherment })),
      noSigner: read(await make({ subject: 'CN=x', ca: true, keyUsage: KeyUsageFlags.cRLSign })),
    }
    const may = (which: 'forServers' | 'forIssuing') => Object.entries(usages).flatMap(([name, usage]) => (usage[which] ? [name] : []))
    expect(may('forServers')).toEqual(['plain', 'servers', 'enciphers', 'signs', 'agrees'])
    expect(may('forIssuing')).toEqual(['authority'])
  })
})

test('a buffer that changed since it was read is read anew', async () => {
  const { der } = await make({ subject: 'CN=x', serial: '0abc' })
  const serials = ['0abc', '0abd'].map(serial => {
    der.write(serial, der.indexOf('02020a', 'hex') + 2, 'hex')
    return readPathCertificate(der, 'it').serial
  })
  expect(serials).toEqual(['0ABC', '0ABD'])
})

test('any changed bit of a leaf is distrusted, and none is thrown', async () => {
  const { root, intermediate, leaf } = await makeHierarchy()
  const at = new Date('2026-06-01T00:00:00Z')
  const judge = (der: Buffer) => verifyChain([der, intermediate.der], [root.der], 'db.test', at)
  expect(judge(leaf.der).trusted).toBe(true)
  for (let bit = 0; bit < leaf.der.length * 8; bit += 7) {
    const changed = Buffer.from(leaf.der)
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(judge(changed).trusted, `bit ${bit}`).toBe(false)
  }
})

const published = join(realChain, 'ApsaraDB-CA-Chain.pem')
const isThere = existsSync(published)
if (!isThere) console.warn('skipped: the published ApsaraDB bundle is not here')

test.skipIf(!isThere)('the published bundle of October 2025 is two hierarchies of one name, told apart by signatures', () => {
  const members = readPem(readFileSync(published)).map((one, n) => readPathCertificate(one.der, `bundle[${n}]`))
  const roots = members.filter(isSelfSigned)
  expect(roots.map(root => [root.serial, root.key?.bits, root.weakDigest])).toEqual([
    ['00', 2048, 'SHA-1'],
    ['00', 4096, null],
  ])
  const regions = members.filter(member => !roots.includes(member))
  const below = roots.map(root => regions.filter(region => isSignedBy(region, root)))
  expect(below.map(group => group.length)).toEqual([25, 52])
  expect(below.map(group => new Set(group.map(region => region.weakDigest)))).toEqual([new Set(['SHA-1']), new Set([null])])
  expect(regions.every(region => region.forIssuing && region.pathLength === 0 && region.unjudged.length === 0)).toBe(true)
  for (const region of regions) expect(issuersOf(region, { bundle: members, served: [] }).issuers).toHaveLength(1)
})
