import { X509Certificate } from 'node:crypto'
import { type Certificate, readCertificate } from '../formats/certificate.ts'
import { context, DerReader, tags } from '../formats/der.ts'
import { printable } from './failure.ts'

/** A certificate with what its place on a path depends on, as far as node:crypto does not tell it (RFC 5280 §4). */
export type PathCertificate = Certificate & {
  x509: X509Certificate
  /** Alternative names: DNS names and IP addresses, in the certificate's order. */
  names: string[]
  /** CA certificates that may stand below this one, or `null` for any number. */
  pathLength: number | null
  /** Signed with a digest that can be forged (MD2, MD4, MD5, SHA-1), by name. */
  weakDigest: string | null
  /** Bits on the scale of the key's kind, e.g. 2048 for RSA and 256 for EC; `null` where OpenSSL does not know the kind. */
  key: { kind: 'rsa' | 'ec' | 'other'; bits: number } | null
  /** May serve TLS: key usage and extended key usage allow it. */
  forServers: boolean
  /** May issue for TLS servers: a CA by its basic constraints and key usage, extended key usage not in the way. */
  forIssuing: boolean
  /** Extensions that would decide and are not judged here, as OIDs: name constraints, and any critical one that is unknown. */
  unjudged: string[]
}

const oid = {
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  revocationPoints: '2.5.29.31',
  policies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  pss: '1.2.840.113549.1.1.10',
}
const judged = [oid.keyUsage, oid.alternativeNames, oid.basicConstraints, oid.revocationPoints, oid.policies, oid.extendedKeyUsage]
const boolean = 0x01

/** Signature algorithms and bare digests, the latter for RSASSA-PSS. */
const weakDigests: Record<string, string> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.3': 'MD4',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.2.5': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.3.14.3.2.26': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
}

/** By the buffer that was read: a bundle of 80 takes 30 ms, and is read again for each of thousands of endpoints. */
const known = new WeakMap<Uint8Array, PathCertificate>()

/** @param what how a message shall call it @throws FormatError NotACertificate */
export function readPathCertificate(der: Uint8Array, what: string): PathCertificate {
  const before = known.get(der)
  if (before?.der.equals(der)) return before
  const certificate = readAnew(der, what)
  known.set(der, certificate)
  return certificate
}

function readAnew(der: Uint8Array, what: string): PathCertificate {
  const certificate = readCertificate(der, what)
  const x509 = new X509Certificate(certificate.der)
  const { extensions, weakDigest } = readRest(certificate.der, what)
  const allowsServers = x509.keyUsage?.includes(oid.serverAuth) ?? true // Node's name for the extended key usage
  return {
    ...certificate,
    x509,
    names: namesIn(extensions.get(oid.alternativeNames)?.value),
    pathLength: pathLengthIn(extensions.get(oid.basicConstraints)?.value),
    weakDigest,
    key: keyOf(x509),
    forServers: allowsServers && signsOrEnciphers(extensions.get(oid.keyUsage)?.value),
    forIssuing: allowsServers && x509.ca,
    unjudged: [...extensions]
      .filter(([id, { critical }]) => id === oid.nameConstraints || (critical && !judged.includes(id)))
      .map(([id]) => id),
  }
}

/** `value` reads what is inside the extension's octets. */
type Extension = { critical: boolean; value: DerReader }

function readRest(der: Buffer, what: string): { extensions: Map<string, Extension>; weakDigest: string | null } {
  const certificate = new DerReader(der, { code: 'NotACertificate', what }).enter(tags.sequence, 'certificate')
  const tbs = certificate.enter(tags.sequence, 'TBSCertificate')
  const weakDigest = weakDigestIn(certificate.enter(tags.sequence, 'signature algorithm'))
  while (tbs.tag !== undefined && tbs.tag !== context(3)) tbs.next(tbs.tag, 'field')
  const extensions = new Map<string, Extension>()
  if (tbs.tag === undefined) return { extensions, weakDigest }
  const list = tbs.enter(context(3), 'extensions').enter(tags.sequence, 'list of extensions')
  while (list.tag !== undefined) {
    const extension = list.enter(tags.sequence, 'extension')
    const id = extension.oid('extension')
    const critical = extension.tag === boolean && extension.next(boolean, 'critical').content[0] !== 0
    extensions.set(id, { critical, value: extension.enter(tags.octetString, 'extension’s value') })
  }
  return { extensions, weakDigest }
}

function weakDigestIn(algorithm: DerReader): string | null {
  const name = algorithm.oid('signature algorithm')
  if (name !== oid.pss) return weakDigests[name] ?? null
  // RSASSA-PSS names its digest in [0], and means SHA-1 where it names none (RFC 4055 §3.1).
  if (algorithm.tag === undefined) return 'SHA-1'
  const parameters = algorithm.enter(tags.sequence, 'PSS parameters')
  if (parameters.tag !== context(0)) return 'SHA-1'
  return weakDigests[parameters.enter(context(0), 'digest').enter(tags.sequence, 'digest').oid('digest')] ?? null
}

function namesIn(extension: DerReader | undefined): string[] {
  const names: string[] = []
  const list = extension?.enter(tags.sequence, 'alternative names')
  while (list?.tag !== undefined) {
    const { tag, content } = list.next(list.tag, 'alternative name')
    if (tag === 0x82) names.push(printable(content))
    if (tag === 0x87) names.push(address(content))
  }
  return names
}

function address(bytes: Buffer): string {
  if (bytes.length !== 16) return bytes.join('.')
  return Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16)).join(':')
}

function pathLengthIn(extension: DerReader | undefined): number | null {
  const constraints = extension?.enter(tags.sequence, 'basic constraints')
  if (constraints?.tag === boolean) constraints.next(boolean, 'CA')
  return constraints?.tag === undefined ? null : constraints.count('path length')
}

/** digitalSignature, keyEncipherment or keyAgreement: bits 0, 2 and 4, counted from the top of the byte after the number of unused bits. */
function signsOrEnciphers(keyUsage: DerReader | undefined): boolean {
  return keyUsage === undefined || ((keyUsage.next(tags.bitString, 'key usage').content[1] ?? 0) & 0b1010_1000) !== 0
}

function keyOf(x509: X509Certificate): PathCertificate['key'] {
  try {
    const { modulusLength, namedCurve } = x509.publicKey.asymmetricKeyDetails ?? {}
    if (modulusLength !== undefined) return { kind: 'rsa', bits: modulusLength }
    const bits = /\d{3}/.exec(namedCurve ?? '')?.[0] // prime256v1, secp384r1, brainpoolP512r1
    return bits === undefined ? { kind: 'other', bits: 256 } : { kind: 'ec', bits: Number(bits) }
  } catch {
    return null
  }
}
