import { createHash, X509Certificate } from 'node:crypto'
import { context, type DerElement, DerReader, tags } from './der.ts'
import { FormatError } from './format-error.ts'

/** A certificate as bundles carry it. Two are the same exactly when their fingerprints are: subject and serial may repeat, even among roots. */
export type Certificate = {
  readonly der: Buffer
  /** SHA-256 of the DER, lower-case hex without colons. */
  readonly fingerprint: string
  /** `C=CN, O=Alibaba, CN=ApsaraDB Root CA`, in the certificate's own order. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex in whole bytes, as `openssl x509 -serial` prints it: `00`, `0C`, `-80`. */
  readonly serial: string
  /** ISO UTC. */
  readonly notBefore: string
  /** ISO UTC; the certificate is still valid in this very second. */
  readonly notAfter: string
  /** Subject and issuer are the same name. Every root is; so is a root's key rollover, which deserves the same suspicion. */
  readonly selfIssued: boolean
}

/**
 * Reads one DER certificate, no byte more or less. `what` is what messages call it. Two readers must accept it: this one, strict about DER,
 * and OpenSSL, which knows keys and extensions.
 *
 * @throws FormatError NotACertificate
 */
export function readCertificate(bytes: Uint8Array, what = 'the certificate'): Certificate {
  const der = Buffer.from(bytes)
  const fields = readFields(der, what)
  const { subject, issuer } = readNames(der, what)
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    subject,
    issuer,
    serial: serialText(fields.serial.content),
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    selfIssued: fields.subject.whole.equals(fields.issuer.whole),
  }
}

/** Sorted by fingerprint, each certificate once: what a set of certificates is, whatever file it came from. */
export function canonical(certificates: readonly Certificate[]): Certificate[] {
  const byFingerprint = new Map(certificates.map(certificate => [certificate.fingerprint, certificate]))
  return [...byFingerprint.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
}

/** Writers refuse an empty bundle: as a trust store it trusts nobody, and as a published file it stops every client. */
export function demandSome(certificates: readonly Certificate[], what: string): void {
  if (certificates.length === 0) throw new FormatError('NoCertificates', `${what} holds no certificate: a bundle needs at least one`)
}

/** TBSCertificate, RFC 5280 4.1, as far as its subject. */
function readFields(der: Buffer, what: string) {
  const file = new DerReader(der, { code: 'NotACertificate', what })
  const certificate = file.enter(tags.sequence, 'certificate')
  file.end('certificate')
  const tbs = certificate.enter(tags.sequence, 'TBSCertificate')
  if (tbs.tag === context(0)) tbs.next(context(0), 'version')
  const serial = tbs.next(tags.integer, 'serial number')
  if (serial.content.length === 0) tbs.fail('has an empty serial number')
  tbs.next(tags.sequence, 'signature algorithm')
  const issuer = tbs.next(tags.sequence, 'issuer')
  const validity = tbs.enter(tags.sequence, 'validity')
  const notBefore = readTime(validity, 'notBefore')
  const notAfter = readTime(validity, 'notAfter')
  validity.end('validity')
  const subject = tbs.next(tags.sequence, 'subject')
  certificate.next(tags.sequence, 'signature algorithm')
  certificate.next(tags.bitString, 'signature')
  certificate.end('signature')
  return { serial, issuer, notBefore, notAfter, subject } satisfies Record<string, DerElement | string>
}

/** RFC 5280 4.1.2.5: always UTC, always with seconds; two-digit years from 50 on belong to the last century. */
function readTime(validity: DerReader, name: string): string {
  const short = validity.tag === tags.utcTime
  const text = validity.next(short ? tags.utcTime : tags.generalizedTime, name).content.toString('latin1')
  const digits = short ? (text < '5' ? `20${text}` : `19${text}`) : text
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? []
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = new Date(iso)
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) validity.fail(`has a ${name} that is no time`)
  return iso
}

function readNames(der: Buffer, what: string): { subject: string; issuer: string } {
  let x509: X509Certificate
  try {
    x509 = new X509Certificate(der)
  } catch (error) {
    throw new FormatError('NotACertificate', `${what} is not accepted by OpenSSL (${reason(error)}): fetch or export it again`, error)
  }
  // OpenSSL takes PEM where DER is asked for, and DER with a tail: what it read must be these very bytes.
  if (!x509.raw.equals(der))
    throw new FormatError('NotACertificate', `${what} is encoded otherwise than OpenSSL encodes it: export it again, as DER`)
  return { subject: oneLine(x509.subject), issuer: oneLine(x509.issuer) }
}

/** Node puts each attribute on a line of its own and gives undefined for an empty name. */
const oneLine = (name: string | undefined) => (name ?? '').split('\n').join(', ')

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

function serialText(content: Buffer): string {
  const signed = BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`))
  const digits = (signed < 0n ? -signed : signed).toString(16).toUpperCase()
  return `${signed < 0n ? '-' : ''}${digits.length % 2 ? '0' : ''}${digits}`
}
