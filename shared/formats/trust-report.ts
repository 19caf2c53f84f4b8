import { X509Certificate } from 'node:crypto'
import { type Certificate, canonical } from './certificate.ts'

/** What a person should know of a bundle. All lists are in canonical order. */
export type TrustReport = {
  count: number
  /** Every self-issued certificate. */
  roots: Certificate[]
  expired: Certificate[]
  /** Not expired, and to expire within `days`. */
  expiringWithin: { days: number; certificates: Certificate[] }
  notYetValid: Certificate[]
  /** Groups of two and more: only the fingerprint tells their members apart. */
  sameSubjectAndSerial: Certificate[][]
  /**
   * Certificates that no root of the bundle signed, directly or through others. OpenSSL builds no chain on them; Java takes **every** entry
   * of a trust store for an anchor, so that for Java such a certificate is one more root.
   */
  unanchored: Certificate[]
}

const day = 86_400_000

export function reportTrust(certificates: readonly Certificate[], now: Date, days = 30): TrustReport {
  const members = canonical(certificates)
  const at = now.getTime()
  const ends = (one: Certificate) => Date.parse(one.notAfter)
  return {
    count: members.length,
    roots: members.filter(one => one.selfIssued),
    expired: members.filter(one => ends(one) < at),
    expiringWithin: { days, certificates: members.filter(one => ends(one) >= at && ends(one) <= at + days * day) },
    notYetValid: members.filter(one => Date.parse(one.notBefore) > at),
    sameSubjectAndSerial: groupsOf(members),
    unanchored: unanchoredOf(members),
  }
}

/** What changed between two bundles, by fingerprint alone; each list in canonical order. The roots are repeated, because they alone need a person. */
export type BundleDiff = { added: Certificate[]; removed: Certificate[]; rootsAdded: Certificate[]; rootsRemoved: Certificate[] }

export function diffBundles(before: readonly Certificate[], after: readonly Certificate[]): BundleDiff {
  const added = notIn(before, after)
  const removed = notIn(after, before)
  return { added, removed, rootsAdded: added.filter(one => one.selfIssued), rootsRemoved: removed.filter(one => one.selfIssued) }
}

function notIn(known: readonly Certificate[], certificates: readonly Certificate[]): Certificate[] {
  const fingerprints = new Set(known.map(one => one.fingerprint))
  return canonical(certificates).filter(one => !fingerprints.has(one.fingerprint))
}

function groupsOf(members: readonly Certificate[]): Certificate[][] {
  const groups = new Map<string, Certificate[]>()
  for (const one of members) {
    const key = JSON.stringify([one.subject, one.serial])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].filter(group => group.length > 1)
}

export function unanchoredOf(members: readonly Certificate[]): Certificate[] {
  let anchored = members.filter(one => one.selfIssued)
  let rest = members.filter(one => !one.selfIssued)
  for (let issuers = anchored; issuers.length > 0; issuers = anchored) {
    anchored = rest.filter(one => issuers.some(issuer => signed(issuer, one)))
    const reached = new Set(anchored)
    rest = rest.filter(one => !reached.has(one))
  }
  return rest
}

function signed(issuer: Certificate, one: Certificate): boolean {
  if (issuer.subject !== one.issuer) return false
  try {
    return new X509Certificate(one.der).verify(new X509Certificate(issuer.der).publicKey)
  } catch {
    // A key of a kind that this OpenSSL cannot use: what it signed stays unproven.
    return false
  }
}
