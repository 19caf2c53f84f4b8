import { createPrivateKey, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Authority, makeAuthority, type Order } from '../../../local/ca/authority.ts'

const now = new Date('2026-05-10T03:04:05.678Z')
const regions = ['cn-hangzhou', 'cn-beijing', 'cn-shanghai', 'cn-shenzhen', 'ap-southeast-1', 'eu-central-1']
const order: Order = {
  region: 'cn-beijing',
  host: 'rm-2ze1.sqlserver.rds.aliyuncs.com',
  notBefore: new Date('2025-06-01T00:00:00Z'),
  notAfter: new Date('2026-06-01T00:00:00Z'),
  serial: '0A1B',
  by: 'apsaradb',
}

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority(now, regions)
})

const x509 = (der: Uint8Array) => new X509Certificate(der)
const roots = () => authority.members().filter(member => member.role === 'root')
const expired = (at: Date) => authority.members().filter(member => new Date(member.notAfter) < at)

describe('the hierarchy is shaped like ApsaraDB’s', () => {
  test('two roots have one subject and the serial 00, and are two certificates with two keys', () => {
    const [old, young] = roots()
    expect(roots().map(root => root.subject)).toEqual(
      Array(2).fill('C=CN, ST=ZheJiang, L=HangZhou, O=Alibaba, OU=Aliyun, CN=ApsaraDB Root CA'),
    )
    expect(roots().map(root => root.serial)).toEqual(['00', '00'])
    expect(old?.fingerprint).not.toBe(young?.fingerprint)
    expect(old && young && x509(old.der).publicKey.equals(x509(young.der).publicKey)).toBe(false)
  })

  test('each root verifies under its own key after its serial was set, and under the other key fails', () => {
    const [old, young] = roots().map(root => x509(root.der))
    expect(old?.verify(old.publicKey)).toBe(true)
    expect(young?.verify(young.publicKey)).toBe(true)
    expect(young && old?.verify(young.publicKey)).toBe(false)
  })

  test('the old root signs with SHA-1 and the young one with SHA-256', () => {
    const sha1WithRsa = Buffer.from('06092a864886f70d010105', 'hex')
    const sha256WithRsa = Buffer.from('06092a864886f70d01010b', 'hex')
    expect(roots().map(root => [root.der.includes(sha1WithRsa), root.der.includes(sha256WithRsa)])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  test('every intermediate chains to exactly one root, which its key identifier names', () => {
    for (const member of authority.members()) {
      if (member.role === 'root') continue
      const certificate = x509(member.der)
      expect(certificate.ca).toBe(true)
      expect(roots().filter(root => certificate.checkIssued(x509(root.der)))).toHaveLength(1)
      expect(roots().filter(root => certificate.verify(x509(root.der).publicKey))).toHaveLength(1)
    }
  })

  test('some intermediates have expired and none of the roots; every region has one that is valid for years', () => {
    expect(expired(now).map(member => [member.role, member.role === 'intermediate' && member.region])).toEqual([
      ['intermediate', 'cn-hangzhou'],
      ['intermediate', 'cn-beijing'],
    ])
    const lasting = authority
      .members()
      .filter(member => member.role === 'intermediate' && new Date(member.notAfter) > new Date('2036-01-01'))
    expect(lasting.map(member => member.role === 'intermediate' && member.region)).toEqual(regions)
    for (const member of authority.members()) expect(new Date(member.notBefore) < now).toBe(true)
  })

  test('one region is there twice with the same subject, and no two members are the same certificate', () => {
    const subjects = authority.members().map(member => member.subject)
    const fingerprints = new Set(authority.members().map(member => member.fingerprint))
    expect(subjects.filter(subject => subject.includes('eu-central-1'))).toHaveLength(3)
    expect(fingerprints.size).toBe(authority.members().length)
  })

  test('the foreign root is no part of the bundle', () => {
    expect(authority.trustPem()).not.toContain(authority.foreignPem().split('\n')[5])
  })

  test('without a region it is refused', async () => {
    await expect(makeAuthority(now, [])).rejects.toMatchObject({ code: 'NoRegion' })
  })
})

describe('issuing', () => {
  test('a leaf has the host, the dates and the serial that were ordered, and its key is the one beside it', async () => {
    const { keyPem, leafDer } = await authority.issue(order)
    const leaf = x509(leafDer)
    expect(leaf.checkHost(order.host)).toBe(order.host)
    expect(leaf.checkHost('rm-other.sqlserver.rds.aliyuncs.com')).toBeUndefined()
    expect([leaf.validFrom, leaf.validTo, leaf.serialNumber]).toEqual(['Jun  1 00:00:00 2025 GMT', 'Jun  1 00:00:00 2026 GMT', '0A1B'])
    expect(leaf.ca).toBe(false)
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true)
  })

  test('the chain is the leaf and the region’s living intermediate, which is in the bundle', async () => {
    const { leafPem, chainPem } = await authority.issue(order)
    expect(chainPem.startsWith(leafPem)).toBe(true)
    const intermediate = new X509Certificate(chainPem.slice(leafPem.length))
    expect(new X509Certificate(leafPem).verify(intermediate.publicKey)).toBe(true)
    expect(intermediate.subject).toContain('ApsaraDB cn-beijing region CA')
    expect(new Date(intermediate.validTo) > now).toBe(true)
    expect(authority.members().some(member => member.der.equals(intermediate.raw))).toBe(true)
  })

  test('the same order gives the same certificate, however its serial is written', async () => {
    const first = await authority.issue(order)
    const [again, other] = await Promise.all([authority.issue({ ...order, serial: 'a1b' }), authority.issue({ ...order, serial: '0A1C' })])
    expect(again).toEqual(first)
    expect(other.leafDer.equals(first.leafDer)).toBe(false)
  })

  test('a serial names one certificate of its issuer: another order under it is refused, the stranger’s own is not', async () => {
    await authority.issue(order)
    await expect(authority.issue({ ...order, host: 'elsewhere.example.com' })).rejects.toMatchObject({ code: 'SerialReused' })
    const foreign = await authority.issue({ ...order, by: 'foreign' })
    expect(x509(foreign.leafDer).issuer).toContain('Example Trading TLS CA')
  })

  test.each(['', '0', '00', '-1', 'xyz', 'f'.repeat(41)])('the serial "%s" is refused', async serial => {
    await expect(authority.issue({ ...order, serial })).rejects.toMatchObject({ code: 'InvalidSerial' })
  })

  test('a region without an intermediate is refused by name', async () => {
    await expect(authority.issue({ ...order, region: 'mars-1', serial: '77' })).rejects.toMatchObject({
      code: 'UnknownRegion',
      message: expect.stringContaining('mars-1'),
    })
  })
})

describe('rotating', () => {
  let rotated: Authority
  beforeAll(async () => {
    rotated = await makeAuthority(now, ['cn-hangzhou', 'cn-beijing'])
  })
  const issuerOf = async (serial: string) => {
    const { leafPem, chainPem } = await rotated.issue({ ...order, serial })
    return new X509Certificate(chainPem.slice(leafPem.length)).fingerprint256.replaceAll(':', '').toLowerCase()
  }

  test('an added intermediate is published and signs from then on', async () => {
    const before = rotated.trustZip()
    const [added] = await rotated.rotate({ do: 'add-intermediate', region: 'cn-beijing' }, now)
    expect(rotated.members().at(-1)).toEqual(added)
    expect(rotated.trustZip().equals(before)).toBe(false)
    expect(await issuerOf('01')).toBe(added?.fingerprint)
  })

  test('an added root has the old subject and serial, and signs through new intermediates', async () => {
    const added = await rotated.rotate({ do: 'add-root', regions: ['cn-beijing'] }, now)
    expect(added.map(member => member.role)).toEqual(['root', 'intermediate'])
    expect([added[0]?.subject, added[0]?.serial]).toEqual([rotated.members()[0]?.subject, '00'])
    expect(await issuerOf('02')).toBe(added[1]?.fingerprint)
    expect(added[1] && added[0] && x509(added[1].der).checkIssued(x509(added[0].der))).toBe(true)
  })

  test('a removed intermediate leaves the file and goes on signing', async () => {
    const signing = await issuerOf('03')
    const [gone] = await rotated.rotate({ do: 'remove', fingerprint: signing }, now)
    expect(gone?.fingerprint).toBe(signing)
    expect(rotated.members().some(member => member.fingerprint === signing)).toBe(false)
    expect(await issuerOf('04')).toBe(signing)
  })

  test('what is not in the bundle cannot be removed from it', async () => {
    await expect(rotated.rotate({ do: 'remove', fingerprint: 'ab'.repeat(32) }, now)).rejects.toMatchObject({ code: 'UnknownMember' })
  })
})

describe('the clock', () => {
  afterAll(() => void vi.useRealTimers())

  test('the dates come from the given now alone', async () => {
    vi.useFakeTimers({ now: new Date('2031-01-01T00:00:00Z'), toFake: ['Date'] })
    const then = await makeAuthority(now, ['cn-hangzhou'])
    const dates = (one: Authority) => one.members().map(member => [member.notBefore, member.notAfter])
    vi.setSystemTime(new Date('2001-01-01T00:00:00Z'))
    expect(dates(await makeAuthority(now, ['cn-hangzhou']))).toEqual(dates(then))
  })
})
