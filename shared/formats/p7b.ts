import { type Certificate, demandSome, readCertificate } from './certificate.ts'
import { context, DerReader, der, derCount, derOid, sequence, setOf, tags } from './der.ts'
import { FormatError } from './format-error.ts'
import { readPemBlocks } from './pem.ts'

const signedData = '1.2.840.113549.1.7.2'
const data = '1.2.840.113549.1.7.1'
const labels = ['PKCS7', 'PKCS #7 SIGNED DATA', 'CMS']

/**
 * Reads a certificates-only PKCS#7 SignedData (RFC 2315 9.1), as DER or as one PEM block, in the file's order. Revocation lists are passed
 * over (the vendor's file has an empty field for them); content or signers make it a signed message, which is no bundle.
 *
 * @throws FormatError P7bMalformed, NotACertificate, NoCertificates, and of a PEM form its Pem… codes
 */
export function readP7b(bytes: Uint8Array): Certificate[] {
  const file = Buffer.from(bytes)
  const reader = new DerReader(isDer(file) ? file : unwrap(file), { code: 'P7bMalformed', what: 'the P7B' })
  const info = reader.enter(tags.sequence, 'ContentInfo')
  reader.end('ContentInfo')
  if (info.oid('content type') !== signedData) info.fail('is not a SignedData')
  const content = info.enter(context(0), 'content')
  info.end('content')
  const signed = content.enter(tags.sequence, 'SignedData')
  content.end('SignedData')
  signed.count('version')
  signed.next(tags.set, 'digest algorithms')
  const encapsulated = signed.enter(tags.sequence, 'encapsulated content')
  if (encapsulated.oid('encapsulated content type') !== data) encapsulated.fail('encapsulates something else than data')
  encapsulated.end('encapsulated content type: it is a signed message, no bundle')
  const certificates: Certificate[] = []
  if (signed.tag === context(0)) {
    const list = signed.enter(context(0), 'certificates')
    while (list.tag !== undefined) {
      const ordinal = certificates.length + 1
      certificates.push(readCertificate(list.next(tags.sequence, `certificate ${ordinal}`).whole, `certificate ${ordinal} of the P7B`))
    }
  }
  if (signed.tag === context(1)) signed.next(context(1), 'revocation lists')
  const signers = signed.enter(tags.set, 'signers')
  signers.end('empty set of signers: it is a signed message, no bundle')
  signed.end('signers')
  demandSome(certificates, 'the P7B')
  return certificates
}

/** Writes DER in the order given, byte for byte what `openssl crl2pkcs7 -nocrl -certfile … -outform DER` writes. */
export function writeP7b(certificates: readonly Certificate[]): Buffer {
  demandSome(certificates, 'the P7B to be written')
  const list = der(context(0), ...certificates.map(certificate => certificate.der))
  const signed = sequence(derCount(1), setOf(), sequence(derOid(data)), list, setOf())
  return sequence(derOid(signedData), der(context(0), signed))
}

const isDer = (file: Buffer) => file[0] === tags.sequence || file.length === 0

function unwrap(file: Buffer): Buffer {
  const [block, ...more] = readPemBlocks(file)
  if (block === undefined || more.length > 0) {
    throw new FormatError('P7bMalformed', `the P7B has ${more.length + (block ? 1 : 0)} PEM blocks where one belongs: export it again`)
  }
  if (labels.includes(block.label)) return block.der
  throw new FormatError('P7bMalformed', `line ${block.line} of the P7B begins a ${block.label}, no PKCS7: export it as P7B`)
}
