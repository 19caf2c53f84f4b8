import { beforeAll, describe, expect, test } from 'vitest'
import { canonical } from '../../shared/formats/certificate.ts'
import { diffBundles, reportTrust } from '../../shared/formats/trust-report.ts'
import { type Authority, makeAuthority } from './authority.ts'

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority()
})

describe('a report', () => {
  test('names roots, twins, and what no root signed', () => {
    const { oldRoot, newRoot, rsaRoot, stray } = authority
    const report = reportTrust(authority.all, new Date('2026-05-10T00:00:00Z'))
    expect(report.count).toBe(7)
    expect(report.roots).toEqual(canonical([oldRoot, newRoot, rsaRoot]))
    expect(report.sameSubjectAndSerial).toEqual([canonical([oldRoot, newRoot])])
    expect(report.unanchored).toEqual([stray])
  })

  test('counts a certificate that is there twice once, and no twin of itself', () => {
    const report = reportTrust([authority.oldRoot, authority.oldRoot], new Date('2026-05-10T00:00:00Z'))
    expect(report).toMatchObject({ count: 1, sameSubjectAndSerial: [] })
  })

  test('a certificate that names another issuer than the one that signed it is unanchored', () => {
    const { newRoot, misnamed } = authority
    expect(reportTrust([newRoot, misnamed], new Date(0)).unanchored).toEqual([misnamed])
  })

  test('a chain without its root is unanchored as a whole, and its middle missing leaves its end so', () => {
    const { oldRoot, newRoot, region, zone } = authority
    const unanchored = (...members: (typeof region)[]) => reportTrust(members, new Date(0)).unanchored
    expect(unanchored(newRoot, region, zone)).toEqual([])
    expect(unanchored(oldRoot, region, zone)).toEqual(canonical([region, zone]))
    expect(unanchored(newRoot, zone)).toEqual([zone])
  })

  test.each([
    ['one second before its end', '2026-05-03T08:44:42Z', { expired: 0, soon: 1 }],
    ['in its last second', '2026-05-03T08:44:43Z', { expired: 0, soon: 1 }],
    ['a moment after', '2026-05-03T08:44:43.001Z', { expired: 1, soon: 0 }],
    ['exactly 30 days before', '2026-04-03T08:44:43Z', { expired: 0, soon: 1 }],
    ['a second more than 30 days before', '2026-04-03T08:44:42Z', { expired: 0, soon: 0 }],
  ])('%s a certificate is told so', (_when, now, expected) => {
    const { expired, expiringWithin } = reportTrust([authority.expiredRegion], new Date(now))
    expect({ expired: expired.length, soon: expiringWithin.certificates.length }).toEqual(expected)
    expect(expiringWithin.days).toBe(30)
  })

  test('looks ahead as far as it is asked to', () => {
    const soon = reportTrust(authority.all, new Date('2026-05-10T00:00:00Z'), 31).expiringWithin
    expect(soon).toEqual({ days: 31, certificates: [authority.stray] })
    expect(reportTrust(authority.all, new Date('2026-05-10T00:00:00Z'), 30).expiringWithin.certificates).toEqual([])
  })

  test('names what is not valid yet, until the second it begins', () => {
    expect(reportTrust(authority.all, new Date('2026-06-30T23:59:59Z')).notYetValid).toEqual([authority.zone])
    expect(reportTrust(authority.all, new Date('2026-07-01T00:00:00Z')).notYetValid).toEqual([])
  })
})

describe('a difference between bundles', () => {
  test('is by fingerprint: a root replaced under its own subject and serial is one removed and one added', () => {
    const { oldRoot, newRoot, region, zone } = authority
    expect(diffBundles([oldRoot, region], [zone, newRoot, region])).toEqual({
      added: canonical([newRoot, zone]),
      removed: [oldRoot],
      rootsAdded: [newRoot],
      rootsRemoved: [oldRoot],
    })
  })

  test('is empty where only order and repetition differ', () => {
    const nothing = { added: [], removed: [], rootsAdded: [], rootsRemoved: [] }
    expect(diffBundles(authority.all, [...authority.all, ...authority.all].reverse())).toEqual(nothing)
  })
})
