import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, makeAuthority } from '../../../local/ca/authority.ts'
import { readTrustBundle } from '../../../shared/formats/trust.ts'
import { readZip } from '../../../shared/formats/zip.ts'
import { needs } from '../../oracle.ts'

const now = new Date('2026-05-10T00:00:00Z')
let authority: Authority
let folder: string

beforeAll(async () => {
  authority = await makeAuthority(now, ['cn-hangzhou', 'cn-beijing', 'cn-shanghai'])
  folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  for (const { name, data } of await readZip(authority.trustZip())) writeFileSync(join(folder, name), data)
  writeFileSync(join(folder, 'zip'), authority.trustZip())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = (name: string) => join(folder, name)
const colons = (fingerprint: string) => (fingerprint.toUpperCase().match(/../g) ?? []).join(':')

describe('ApsaraDB-CA-Chain.zip', () => {
  test('holds the same members as PEM, P7B and JKS, and nothing else', async () => {
    expect((await readZip(authority.trustZip())).map(member => member.name).sort()).toEqual([
      'ApsaraDB-CA-Chain.jks',
      'ApsaraDB-CA-Chain.p7b',
      'ApsaraDB-CA-Chain.pem',
    ])
    const read = await readTrustBundle(authority.trustZip())
    expect(new Set(read.map(one => one.fingerprint))).toEqual(new Set(authority.members().map(one => one.fingerprint)))
    expect(read).toHaveLength(authority.members().length)
  })

  test('is the same bytes until the authorities rotate', async () => {
    const own = await makeAuthority(now, ['cn-hangzhou'])
    const first = own.trustZip()
    expect(own.trustZip().equals(first)).toBe(true)
    await own.rotate({ do: 'add-intermediate', region: 'cn-hangzhou' }, now)
    expect(own.trustZip().equals(first)).toBe(false)
    expect(await readTrustBundle(own.trustZip())).toHaveLength(own.members().length)
  })
})

describe.skipIf(!needs('openssl'))('OpenSSL', () => {
  test('reads every certificate of the P7B', () => {
    const printed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-in', path('ApsaraDB-CA-Chain.p7b'), '-print_certs'], {
      encoding: 'utf8',
    })
    expect(printed.match(/BEGIN CERTIFICATE/g)).toHaveLength(authority.members().length)
  })

  test('verifies a leaf against the PEM at the time of issue, through the right one of the two roots', async () => {
    const { leafPem, chainPem } = await authority.issue({
      region: 'cn-beijing',
      host: 'rm-1.mysql.rds.aliyuncs.com',
      notBefore: new Date('2026-05-01T00:00:00Z'),
      notAfter: new Date('2027-05-01T00:00:00Z'),
      serial: '10',
      by: 'apsaradb',
    })
    writeFileSync(path('leaf.pem'), leafPem)
    writeFileSync(path('chain.pem'), chainPem)
    writeFileSync(path('foreign.pem'), authority.foreignPem())
    const verify = (ca: string) => {
      const time = String(now.getTime() / 1000)
      const args = ['verify', '-attime', time, '-purpose', 'sslserver', '-verify_hostname', 'rm-1.mysql.rds.aliyuncs.com']
      return execFileSync('openssl', [...args, '-CAfile', path(ca), '-untrusted', path('chain.pem'), path('leaf.pem')], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    }
    expect(verify('ApsaraDB-CA-Chain.pem')).toContain('leaf.pem: OK')
    expect(() => verify('foreign.pem')).toThrow('unable to get local issuer certificate')
  })
})

describe.skipIf(!needs('keytool'))('Java', () => {
  test('lists every certificate of the JKS with its fingerprint, by the published password', () => {
    const args = [
      '-J-Duser.language=en',
      '-list',
      '-v',
      '-storetype',
      'JKS',
      '-storepass',
      'apsaradb',
      '-keystore',
      path('ApsaraDB-CA-Chain.jks'),
    ]
    const listed = execFileSync('keytool', args, { encoding: 'utf8', stdio: 'pipe' })
    for (const { fingerprint } of authority.members()) expect(listed).toContain(`SHA256: ${colons(fingerprint)}`)
    expect(listed).toContain(`Your keystore contains ${authority.members().length} entries`)
  })
})

describe.skipIf(!needs('unzip'))('unzip', () => {
  test('finds the archive sound', () => {
    expect(execFileSync('unzip', ['-t', path('zip')], { encoding: 'utf8' })).toContain('No errors detected')
  })
})
