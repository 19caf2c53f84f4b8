import { isIP } from 'node:net'
import { FormatError } from '../formats/format-error.ts'
import { type PathCertificate, readPathCertificate } from './certificate.ts'
import { printable } from './failure.ts'
import { type FaultCode, findPath, isSelfSigned, isSignedBy, issuersOf, type Search } from './path.ts'

export type DistrustCode = FaultCode | 'Malformed' | 'SelfSigned' | 'UnknownRoot' | 'UnknownIssuer' | 'NameMismatch'

/**
 * Trusted here and refused by stricter clients: keys below OpenSSL's level 2 (Debian, Ubuntu); a host named in the subject alone (Java, Go); an
 * authority that the bundle itself holds and that was signed with SHA-1 or less (OpenSSL 3). The last is the vendor's to mend: a third of its
 * regions had such an authority, and no renewal makes that better or worse (docs/decisions).
 */
export type Weakness = 'ShortKey' | 'NameOnlyInSubject' | 'WeakAuthority'

export type ChainVerdict =
  | {
      trusted: true
      /** SHA-256 fingerprints (lower-case hex), leaf to root. */
      path: string[]
      /** Whether a client that holds only the bundle's roots would verify too. */
      viaRootsOnly: boolean
      serverSendsIntermediates: boolean
      weaknesses: Weakness[]
    }
  | {
      trusted: false
      /** `WeakKey` and `WeakSignature` are told only where everything else but the host's name is known to hold. */
      code: DistrustCode
      /** One sentence; it names the certificate at fault by its subject. */
      detail: string
      /** SHA-256 fingerprint of the certificate at fault. */
      certificate: string | null
      /** Whether the leaf's issuer came with it, or need not come because it is a root of the bundle. */
      serverSendsIntermediates: boolean
    }

/** Certificates of a served chain that are looked at. */
const longestServed = 16

/** The first of these with which a path exists tells what is wrong with the chain; each adds to the one before. */
const tolerances = cumulate([
  [],
  ['WeakKey', 'WeakSignature'],
  ['Expired', 'NotYetValid'],
  ['NotAnIssuer', 'NotForServers', 'PathTooLong', 'UnjudgedExtension'],
  ['BadSignature'],
])
const datesAndWeakness = new Set<FaultCode>(['WeakKey', 'WeakSignature', 'Expired', 'NotYetValid'])

/**
 * Would a client that trusts this bundle accept this chain for this host at this moment? Judged as OpenSSL at security level 1 does: a path
 * must end in a self-signed member of the bundle, and a fitting issuer in the bundle goes before one that is served. Members that the path
 * does not need may be expired. One thing is milder than there: a weak signature on an authority of the bundle itself is a weakness.
 *
 * @param chain DER, leaf first, as served
 * @param bundle DER
 * @throws FormatError naming a member of the bundle that is no certificate
 */
export function verifyChain(chain: readonly Uint8Array[], bundle: readonly Uint8Array[], host: string, at: Date): ChainVerdict {
  const members = readBundle(bundle)
  const offered = readServed(chain)
  if (offered instanceof FormatError)
    return { trusted: false, code: 'Malformed', detail: offered.message, certificate: null, serverSendsIntermediates: false }
  const { leaf, served } = offered
  const roots = members.filter(isSelfSigned)
  const serverSendsIntermediates = isSelfSigned(leaf) || [...roots, ...served].some(issuer => issuer !== leaf && issued(issuer, leaf))
  const distrust = (code: DistrustCode, of: PathCertificate, detail: string): ChainVerdict => ({
    trusted: false,
    code,
    detail: `“${printable(of.subject)}”: ${detail}.`,
    certificate: of.fingerprint,
    serverSendsIntermediates,
  })
  const search: Search = { leaf, served, bundle: members, isEnd: among(roots), at }
  for (const tolerated of tolerances) {
    const path = findPath(search, tolerated)
    if (path === null) continue
    const [fault] = path.faults.filter(({ code, of }) => code !== 'WeakSignature' || !among(members)(of))
    if (fault !== undefined)
      return distrust(fault.code, fault.of, among(served)(fault.of) ? fault.detail : `${fault.detail} (in the bundle)`)
    if (!carries(leaf, host)) return distrust('NameMismatch', leaf, `it is made for ${namesOf(leaf)}, not for ${host}`)
    const viaRootsOnly = findPath({ ...search, bundle: roots }, tolerated) !== null
    return {
      trusted: true,
      path: path.certificates.map(one => one.fingerprint),
      viaRootsOnly,
      serverSendsIntermediates,
      weaknesses: [...weaknessesOf(path.certificates, host), ...(path.faults.length > 0 ? (['WeakAuthority'] as const) : [])],
    }
  }
  const { top, known } = climb(search)
  if (isSelfSigned(top)) {
    return top === leaf
      ? distrust('SelfSigned', leaf, 'it is signed by itself and not in the bundle')
      : distrust('UnknownRoot', top, 'the chain ends in this root, which is not in the bundle')
  }
  return distrust('UnknownIssuer', top, `its issuer “${printable(top.issuer)}” is ${known ? 'not' : 'neither served nor'} in the bundle`)
}

export type IssuerVerdict =
  /** `member`: fingerprint of the bundle's certificate that the leaf leads to. */
  | { known: true; member: string }
  /** `issuer`: the name that the leaf gives, or `null` where there is no legible leaf. */
  | { known: false; issuer: string | null }

/**
 * Did one of the bundle's authorities issue this leaf, be it long ago? Signatures and the right to issue count; dates, weakness and the
 * host do not. A certificate that a customer brought along is one that no member of the provider's bundle issued.
 *
 * @throws FormatError naming a member of the bundle that is no certificate
 */
export function knownIssuer(chain: readonly Uint8Array[], bundle: readonly Uint8Array[]): IssuerVerdict {
  const members = readBundle(bundle)
  const offered = readServed(chain)
  if (offered instanceof FormatError) return { known: false, issuer: null }
  const path = findPath({ ...offered, bundle: members, isEnd: among(members), at: new Date(0) }, datesAndWeakness)
  const member = path?.certificates.at(-1)
  return member === undefined ? { known: false, issuer: printable(offered.leaf.issuer) } : { known: true, member: member.fingerprint }
}

function readBundle(bundle: readonly Uint8Array[]): PathCertificate[] {
  return bundle.map((der, n) => readPathCertificate(der, `bundle[${n}]`))
}

function readServed(chain: readonly Uint8Array[]): { leaf: PathCertificate; served: PathCertificate[] } | FormatError {
  try {
    const served = chain.slice(0, longestServed).map((der, n) => readPathCertificate(der, `chain[${n}]`))
    const [leaf] = served
    return leaf === undefined
      ? new FormatError('NoCertificates', 'the chain is empty: a server sends at least its own certificate')
      : { leaf, served }
  } catch (fault) {
    if (fault instanceof FormatError) return fault
    throw fault
  }
}

function issued(issuer: PathCertificate, child: PathCertificate): boolean {
  return child.x509.checkIssued(issuer.x509) && isSignedBy(child, issuer)
}

/** As far up as signatures lead; `known` where that is a member of the bundle. */
function climb(search: Search): { top: PathCertificate; known: boolean } {
  const passed = [search.leaf]
  for (let top = search.leaf, known = false; ; ) {
    const next = issuersOf(top, known ? { ...search, served: [] } : search)
    const issuer = isSelfSigned(top) ? undefined : next.issuers.find(one => isSignedBy(top, one) && !among(passed)(one))
    if (issuer === undefined) return { top, known }
    passed.push(issuer)
    ;[top, known] = [issuer, next.known]
  }
}

function among(certificates: readonly PathCertificate[]): (certificate: PathCertificate) => boolean {
  const fingerprints = new Set(certificates.map(certificate => certificate.fingerprint))
  return certificate => fingerprints.has(certificate.fingerprint)
}

function carries(leaf: PathCertificate, host: string): boolean {
  if (isIP(host) !== 0) return leaf.x509.checkIP(host) !== undefined
  return leaf.x509.checkHost(host, { partialWildcards: false }) !== undefined
}

function namesOf(leaf: PathCertificate): string {
  const names = leaf.names.length > 0 ? leaf.names : [printable(leaf.subject)]
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}

function weaknessesOf(path: PathCertificate[], host: string): Weakness[] {
  const [leaf] = path
  const short = path.some(({ key }) => key !== null && ((key.kind === 'rsa' && key.bits < 2048) || (key.kind === 'ec' && key.bits < 224)))
  const inNames = isIP(host) !== 0 || leaf?.x509.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined
  return [...(short ? (['ShortKey'] as const) : []), ...(inNames ? [] : (['NameOnlyInSubject'] as const))]
}

function cumulate(ranks: FaultCode[][]): ReadonlySet<FaultCode>[] {
  return ranks.map((_, n) => new Set(ranks.slice(0, n + 1).flat()))
}
