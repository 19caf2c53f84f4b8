import { createHash, timingSafeEqual } from 'node:crypto'
import { type Certificate, demandSome, readCertificate } from './certificate.ts'
import { context, DerReader, der, derCount, derOid, nothing, octetString, sequence, setOf, tags } from './der.ts'
import { FormatError } from './format-error.ts'
import { storePassword } from './jks.ts'
import { decrypt, macOf } from './p12-protection.ts'

const data = '1.2.840.113549.1.7.1'
const encryptedData = '1.2.840.113549.1.7.6'
const certBag = '1.2.840.113549.1.12.10.1.3'
const x509Certificate = '1.2.840.113549.1.9.22.1'
const friendlyName = '1.2.840.113549.1.9.20'
const sha1 = '1.3.14.3.2.26'
const keyBags = ['1.2.840.113549.1.12.10.1.1', '1.2.840.113549.1.12.10.1.2']

/** Oracle's trustedKeyUsage, here anyExtendedKeyUsage. Java takes a certificate without it for part of some chain and lists **no** entry. */
const trustedKeyUsage = '2.16.840.1.113894.746875.1.1'
const anyExtendedKeyUsage = '2.5.29.37.0'

const iterations = 2048

/**
 * Writes a PKCS#12 trust store (RFC 7292) in the order given, friendly names ca1, ca2, …. The certificates are public and not encrypted; the
 * MAC is HMAC-SHA-1, the one that every reader knows (Java 8 before 8u301 and Windows Server 2016 know no other), under a password that is
 * public too. Its salt comes from the content, so that the same certificates give the same bytes.
 */
export function writeP12(certificates: readonly Certificate[], password: string = storePassword): Buffer {
  demandSome(certificates, 'the P12 to be written')
  const bags = sequence(...certificates.map((certificate, index) => bag(certificate, `ca${index + 1}`)))
  const safes = sequence(sequence(derOid(data), der(context(0), octetString(bags))))
  const salt = createHash('sha256').update(safes).digest().subarray(0, 20)
  const mac = macOf(safes, password, salt, iterations, sha1)
  const macData = sequence(sequence(sequence(derOid(sha1), nothing()), octetString(mac)), octetString(salt), derCount(iterations))
  return sequence(derCount(3), sequence(derOid(data), der(context(0), octetString(safes))), macData)
}

function bag(certificate: Certificate, alias: string): Buffer {
  const value = sequence(derOid(x509Certificate), der(context(0), octetString(certificate.der)))
  const name = der(tags.bmpString, Buffer.from(alias, 'utf16le').swap16())
  const attributes = setOf(
    sequence(derOid(friendlyName), setOf(name)),
    sequence(derOid(trustedKeyUsage), setOf(derOid(anyExtendedKeyUsage))),
  )
  return sequence(derOid(certBag), der(context(0), value), attributes)
}

/**
 * Reads the certificates of a PKCS#12 file in DER, in the file's order, after verifying its MAC: what writeP12 writes, what
 * `keytool -importcert -storetype PKCS12` of Java 17 writes, and `openssl pkcs12 -export -nokeys` of OpenSSL 3. Not read: the old ciphers
 * (RC2, 3DES: `-legacy`, Java 8), PBMAC1, public-key integrity, a file without a MAC, BER, nested bags. Keys are refused.
 *
 * @throws FormatError P12…, NotACertificate, NoCertificates
 */
export function readP12(bytes: Uint8Array, password: string = storePassword): Certificate[] {
  const subject = { code: 'P12Malformed', what: 'the P12' } as const
  const file = new DerReader(Buffer.from(bytes), subject)
  const pfx = file.enter(tags.sequence, 'PFX')
  file.end('PFX')
  if (pfx.count('version') !== 3) pfx.fail('is not of version 3')
  const safes = readData(pfx.enter(tags.sequence, 'authenticated safe'))
  if (pfx.tag === undefined)
    throw new FormatError('P12Unsupported', 'the P12 has no MAC, so that no change to it could be seen: export it again without -nomac')
  const macData = pfx.enter(tags.sequence, 'MacData')
  pfx.end('MacData')
  verifyMac(macData, safes.content, password)
  const certificates: Certificate[] = []
  const safe = safes.reader.enter(tags.sequence, 'contents')
  safes.reader.end('contents')
  while (safe.tag !== undefined) {
    const contents = readContents(safe.enter(tags.sequence, 'content'), password)
    const bags = new DerReader(contents, subject).enter(tags.sequence, 'bags')
    while (bags.tag !== undefined) certificates.push(readBag(bags.enter(tags.sequence, 'bag'), certificates.length + 1))
  }
  demandSome(certificates, 'the P12')
  return certificates
}

function verifyMac(macData: DerReader, content: Buffer, password: string): void {
  const info = macData.enter(tags.sequence, 'MAC')
  const hashOid = info.enter(tags.sequence, 'MAC algorithm').oid('MAC algorithm')
  const stated = info.next(tags.octetString, 'MAC value').content
  const salt = macData.next(tags.octetString, 'MAC salt').content
  // The default of RFC 7292 that DER leaves out.
  const rounds = macData.tag === undefined ? 1 : macData.count('MAC iteration count')
  const mac = macOf(content, password, salt, rounds, hashOid)
  if (stated.length === mac.length && timingSafeEqual(stated, mac)) return
  throw new FormatError(
    'P12MacMismatch',
    'the MAC of the P12 does not match: the password is another one, or a byte of the file changed; check the password, then fetch the file again',
  )
}

/** ContentInfo of type data: the octets, and a reader of them. */
function readData(info: DerReader): { content: Buffer; reader: DerReader } {
  const type = info.oid('content type')
  if (type !== data)
    throw new FormatError('P12Unsupported', `the P12 is protected by ${type} and not by a password: export it again with a password`)
  const wrapped = info.enter(context(0), 'content')
  const octets = wrapped.next(tags.octetString, 'content')
  return { content: octets.content, reader: wrapped.inside(octets) }
}

/** The DER of SafeContents, decrypted where it is encrypted. */
function readContents(info: DerReader, password: string): Buffer {
  const type = info.oid('content type')
  const content = info.enter(context(0), 'content')
  switch (type) {
    case data:
      return content.next(tags.octetString, 'bags').content
    case encryptedData: {
      const encrypted = content.enter(tags.sequence, 'EncryptedData')
      encrypted.count('version')
      const inner = encrypted.enter(tags.sequence, 'EncryptedContentInfo')
      inner.oid('encrypted content type')
      const algorithm = inner.enter(tags.sequence, 'encryption algorithm')
      return decrypt(algorithm, inner.next(0x80, 'encrypted content').content, password)
    }
    default:
      throw new FormatError('P12Unsupported', `the P12 holds content of type ${type}, which is not read: export it again with a password`)
  }
}

function readBag(bag: DerReader, ordinal: number): Certificate {
  const type = bag.oid('bag type')
  if (keyBags.includes(type))
    throw new FormatError(
      'P12PrivateKey',
      `bag ${ordinal} of the P12 is a private key: a trust bundle holds certificates alone; export it again with -nokeys`,
    )
  if (type !== certBag)
    throw new FormatError(
      'P12Unsupported',
      `bag ${ordinal} of the P12 is of type ${type}, no certificate: export it again with certificates alone`,
    )
  const value = bag.enter(context(0), 'bag value').enter(tags.sequence, 'CertBag')
  const kind = value.oid('certificate type')
  if (kind !== x509Certificate)
    throw new FormatError('P12Unsupported', `bag ${ordinal} of the P12 is of the certificate type ${kind}, no X.509: take it out`)
  return readCertificate(
    value.enter(context(0), 'certificate').next(tags.octetString, 'certificate').content,
    `certificate ${ordinal} of the P12`,
  )
}
