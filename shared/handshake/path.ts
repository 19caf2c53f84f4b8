import type { PathCertificate } from './certificate.ts'

/** What can be wrong with a certificate in its place on a path. */
export type FaultCode =
  | 'Expired'
  | 'NotYetValid'
  | 'BadSignature'
  | 'NotAnIssuer'
  | 'NotForServers'
  | 'PathTooLong'
  | 'UnjudgedExtension'
  | 'WeakKey'
  | 'WeakSignature'

export type Fault = { code: FaultCode; of: PathCertificate; detail: string }

export type Search = {
  leaf: PathCertificate
  /**
   * Issuers that the reader of the chain already has. As with OpenSSL, where one fits it goes before what was served, even if it has expired;
   * and a path that has turned to the bundle does not turn back.
   */
  bundle: readonly PathCertificate[]
  /** Issuers that came with the leaf. */
  served: readonly PathCertificate[]
  /** Where a path may end. */
  isEnd(certificate: PathCertificate): boolean
  at: Date
}

/** Both leaf first. `faults` are the tolerated ones. */
export type Path = { certificates: PathCertificate[]; faults: Fault[] }

/** Certificates on one path, leaf and root included. */
const longest = 10

/**
 * The shortest path from the leaf to an end with no faults but the tolerated ones. Every issuer that fits is tried; what a
 * certificate may do depends only on how many CA certificates stand below it and on where it came from, so each is visited once per such
 * state and not once per way.
 */
export function findPath(search: Search, tolerated: ReadonlySet<FaultCode>): Path | null {
  const sound = (faults: Fault[]) => faults.every(fault => tolerated.has(fault.code))
  const faultsOfThis = faultsOfLeaf(search.leaf, search.at)
  if (!sound(faultsOfThis)) return null
  const seen = new Set<string>()
  const steps: Step[] = [{ certificate: search.leaf, faults: faultsOfThis, known: false, from: null, length: 1, below: 0 }]
  for (const step of steps) {
    if (search.isEnd(step.certificate)) return trace(step)
    if (isSelfSigned(step.certificate) || step.length === longest) continue
    const { issuers, known } = issuersOf(step.certificate, step.known ? { ...search, served: [] } : search)
    for (const issuer of issuers) {
      const below = step.below + (issuer.selfIssued ? 0 : 1)
      const visit = `${issuer.fingerprint} ${below} ${known}`
      if (seen.has(visit)) continue
      const faults = faultsBetween(step.certificate, issuer, step.below, search.at)
      if (!sound(faults)) continue
      seen.add(visit)
      steps.push({ certificate: issuer, faults, known, from: step, length: step.length + 1, below })
    }
  }
  return null
}

/** `known`: it came from the bundle. `below`: CA certificates from here down to the leaf, self-issued ones not counted (RFC 5280 §4.2.1.9). */
type Step = { certificate: PathCertificate; faults: Fault[]; known: boolean; from: Step | null; length: number; below: number }

function trace(end: Step): Path {
  const path: Path = { certificates: [], faults: [] }
  for (let step: Step | null = end; step !== null; step = step.from) {
    path.certificates.unshift(step.certificate)
    path.faults.unshift(...step.faults)
  }
  return path
}

/** By name, key identifier and permission to sign, not yet by signature; `known` where they are the bundle's. */
export function issuersOf(
  child: PathCertificate,
  { bundle, served }: Pick<Search, 'bundle' | 'served'>,
): { issuers: PathCertificate[]; known: boolean } {
  const fits = (issuer: PathCertificate) => issuer.fingerprint !== child.fingerprint && child.x509.checkIssued(issuer.x509)
  const members = bundle.filter(fits)
  return members.length > 0 ? { issuers: members, known: true } : { issuers: served.filter(fits), known: false }
}

export function isSelfSigned(certificate: PathCertificate): boolean {
  return certificate.selfIssued && isSignedBy(certificate, certificate)
}

const verified = new WeakMap<PathCertificate, WeakMap<PathCertificate, boolean>>()

export function isSignedBy(child: PathCertificate, issuer: PathCertificate): boolean {
  const known = verified.get(child) ?? new WeakMap<PathCertificate, boolean>()
  verified.set(child, known)
  const before = known.get(issuer)
  if (before !== undefined) return before
  const holds = signatureHolds(child, issuer)
  known.set(issuer, holds)
  return holds
}

function signatureHolds(child: PathCertificate, issuer: PathCertificate): boolean {
  try {
    return child.x509.verify(issuer.x509.publicKey)
  } catch {
    return false // a key of a kind that this OpenSSL does not know
  }
}

function faultsOfLeaf(leaf: PathCertificate, at: Date): Fault[] {
  const faults = faultsOfAny(leaf, at)
  if (!leaf.forServers) faults.push({ code: 'NotForServers', of: leaf, detail: 'its key usage does not allow a TLS server' })
  return faults
}

function faultsBetween(child: PathCertificate, issuer: PathCertificate, below: number, at: Date): Fault[] {
  const faults = faultsOfAny(issuer, at)
  if (!isSignedBy(child, issuer)) faults.push({ code: 'BadSignature', of: child, detail: 'its issuer’s key did not sign it' })
  if (!issuer.forIssuing) faults.push({ code: 'NotAnIssuer', of: issuer, detail: 'it is no CA that may issue for TLS servers' })
  if (issuer.pathLength !== null && below > issuer.pathLength)
    faults.push({
      code: 'PathTooLong',
      of: issuer,
      detail: `it allows ${issuer.pathLength} CA certificates below it, and there are ${below}`,
    })
  if (child.weakDigest !== null)
    faults.push({ code: 'WeakSignature', of: child, detail: `it is signed with ${child.weakDigest}, which OpenSSL 3 refuses` })
  return faults
}

function faultsOfAny(certificate: PathCertificate, at: Date): Fault[] {
  const faults: Fault[] = []
  const { notBefore, notAfter, key, unjudged } = certificate
  if (at.getTime() < Date.parse(notBefore)) faults.push({ code: 'NotYetValid', of: certificate, detail: `it begins at ${notBefore}` })
  // At notAfter itself OpenSSL already calls it expired, RFC 5280 not yet: the stricter one is what clients run.
  if (at.getTime() >= Date.parse(notAfter)) faults.push({ code: 'Expired', of: certificate, detail: `it ended at ${notAfter}` })
  if (key === null) faults.push({ code: 'WeakKey', of: certificate, detail: 'its key is of a kind that OpenSSL does not know' })
  else if (key.bits < refusedBelow[key.kind]) faults.push({ code: 'WeakKey', of: certificate, detail: `its key has ${key.bits} bits` })
  if (unjudged.length > 0)
    faults.push({
      code: 'UnjudgedExtension',
      of: certificate,
      detail: `it carries extensions that are not judged here (${unjudged.join(', ')})`,
    })
  return faults
}

/** OpenSSL's security level 1, the default of its own builds. */
const refusedBelow = { rsa: 1024, ec: 160, other: 0 }
