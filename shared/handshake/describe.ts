import { readPathCertificate } from './certificate.ts'
import { printable } from './failure.ts'

export type LeafDescription = {
  /** SHA-256 of the DER, lower-case hex. */
  fingerprint: string
  /** Upper-case hex, as OpenSSL prints it. */
  serial: string
  /** Distinguished names on one line: `C=CN, O=Alibaba, CN=…`. */
  subject: string
  issuer: string
  /** DNS names and IP addresses; empty where the certificate names its host only in the subject. */
  names: string[]
  /** ISO 8601, UTC. */
  notBefore: string
  notAfter: string
}

/** @throws FormatError where the chain is empty or its first member is no certificate */
export function describeLeaf(chain: readonly Uint8Array[]): LeafDescription {
  const { fingerprint, serial, subject, issuer, names, notBefore, notAfter } = readPathCertificate(chain[0] ?? Buffer.alloc(0), 'chain[0]')
  return { fingerprint, serial, subject: printable(subject), issuer: printable(issuer), names, notBefore, notAfter }
}
