import { createHash, timingSafeEqual } from 'node:crypto'
import { type Certificate, demandSome, readCertificate } from './certificate.ts'
import { FormatError, quoted } from './format-error.ts'

/** The store password of the vendor's file and of ours. It is public: it guards against damage, not against people. */
export const storePassword = 'apsaradb'

const magic = 0xfeedfeed
const version = 2
const trustedCertificate = 2
const privateKey = 1
const digestLength = 20

/** What stands in the file beside each certificate; `created` is in ms since 1970. */
export type JksLabel = { alias: string; created: number }

/**
 * Reads the trusted certificates of a Java key store, in the file's order, and verifies its digest before any certificate is decoded. Only
 * version 2 with trusted X.509 certificates is read: a private key has no business in a trust bundle.
 *
 * @throws FormatError Jks…, NotACertificate, NoCertificates
 */
export function readJks(bytes: Uint8Array, password: string = storePassword): Certificate[] {
  const file = Buffer.from(bytes)
  const cursor = new Cursor(file)
  checkMagic(cursor)
  const declared = cursor.uint32('number of entries')
  const entries: { der: Buffer; alias: string }[] = []
  const aliases = new Set<string>()
  for (let ordinal = 1; ordinal <= declared; ordinal++) {
    const entry = readEntry(cursor, ordinal)
    if (aliases.has(entry.alias))
      throw new FormatError('JksMalformed', `the JKS has the alias ${quoted(entry.alias)} twice: Java would keep one of the two`)
    aliases.add(entry.alias)
    entries.push(entry)
  }
  const body = file.subarray(0, cursor.position)
  const digest = cursor.take(digestLength, 'digest')
  if (cursor.position < file.length) {
    throw new FormatError(
      'JksMalformed',
      `the JKS has ${file.length - cursor.position} bytes too many after its digest (byte ${cursor.position}): fetch it again`,
    )
  }
  if (!timingSafeEqual(digest, digestOf(body, password))) {
    throw new FormatError(
      'JksDigestMismatch',
      'the digest of the JKS does not match: the password is another one, or a byte of the file changed; check the password, then fetch the file again',
    )
  }
  const certificates = entries.map(({ der, alias }) => readCertificate(der, `the certificate ${quoted(alias)} of the JKS`))
  demandSome(certificates, 'the JKS')
  return certificates
}

/**
 * Writes a Java key store (`keytool -storetype JKS`) in the order given. Aliases are ca1, ca2, … and each entry claims to be made when its
 * certificate began, so that the same certificates give the same bytes; `label` says otherwise. Java folds aliases to lower case.
 */
export function writeJks(
  certificates: readonly Certificate[],
  password: string = storePassword,
  label: (certificate: Certificate, index: number) => JksLabel = ({ notBefore }, index) => ({
    alias: `ca${index + 1}`,
    created: Date.parse(notBefore),
  }),
): Buffer {
  demandSome(certificates, 'the JKS to be written')
  const entries = certificates.flatMap((certificate, index) => {
    const { alias, created } = label(certificate, index)
    return [uint32(trustedCertificate), utf(alias), int64(created), utf('X.509'), uint32(certificate.der.length), certificate.der]
  })
  const body = Buffer.concat([uint32(magic), uint32(version), uint32(certificates.length), ...entries])
  return Buffer.concat([body, digestOf(body, password)])
}

function checkMagic(cursor: Cursor): void {
  const found = cursor.uint32('magic number')
  if (found !== magic) {
    const mend = 'convert it with `keytool -importkeystore -deststoretype JKS`'
    const is =
      found === 0xcececece
        ? 'is a JCEKS'
        : found >>> 24 === 0x30
          ? 'is a PKCS#12 store, which newer keytools write by default'
          : 'is none: its magic number is another'
    throw new FormatError('JksMagic', `the JKS ${is} (byte 0): fetch it again, or ${mend}`)
  }
  const form = cursor.uint32('version')
  if (form !== version)
    throw new FormatError('JksVersion', `the JKS is of version ${form}, only version 2 is read (byte 4): write it with a newer keytool`)
}

function readEntry(cursor: Cursor, ordinal: number): { der: Buffer; alias: string } {
  const at = cursor.position
  const kind = cursor.uint32(`kind of entry ${ordinal}`)
  if (kind !== privateKey && kind !== trustedCertificate) {
    throw new FormatError('JksMalformed', `entry ${ordinal} of the JKS is of the unknown kind ${kind} (byte ${at}): fetch it again`)
  }
  const alias = cursor.utf(`alias of entry ${ordinal}`)
  if (kind === privateKey) {
    throw new FormatError(
      'JksPrivateKey',
      `entry ${ordinal} of the JKS, ${quoted(alias)}, is a private key (byte ${at}): a trust bundle holds certificates alone; delete that entry`,
    )
  }
  cursor.take(8, `date of ${quoted(alias)}`)
  const type = cursor.utf(`certificate type of ${quoted(alias)}`)
  if (type !== 'X.509')
    throw new FormatError(
      'JksMalformed',
      `the entry ${quoted(alias)} of the JKS is a ${quoted(type)}, no X.509 certificate (byte ${at}): delete it`,
    )
  return { alias, der: cursor.take(cursor.uint32(`size of ${quoted(alias)}`), `certificate ${quoted(alias)}`) }
}

/** sun.security.provider.JavaKeyStore: SHA-1 over the password in UTF-16BE, Sun's constant salt, and everything before the digest. */
function digestOf(body: Buffer, password: string): Buffer {
  return createHash('sha1').update(Buffer.from(password, 'utf16le').swap16()).update('Mighty Aphrodite').update(body).digest()
}

/** Reads java.io.DataOutput forms, never beyond the end. */
class Cursor {
  readonly #bytes: Buffer
  position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number, name: string): Buffer {
    const left = this.#bytes.length - this.position
    if (length > left) {
      throw new FormatError(
        'JksTruncated',
        `the JKS breaks off: its ${name} needs ${length} bytes, ${left} are left (byte ${this.position}): fetch it again`,
      )
    }
    this.position += length
    return this.#bytes.subarray(this.position - length, this.position)
  }

  uint32(name: string): number {
    return this.take(4, name).readUInt32BE()
  }

  /** Java's modified UTF-8 differs from UTF-8 only in NUL and beyond U+FFFF: enough for a name in a message. */
  utf(name: string): string {
    return this.take(this.take(2, name).readUInt16BE(), name).toString('utf8')
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function utf(text: string): Buffer {
  const content = Buffer.from(text, 'utf8')
  const size = Buffer.alloc(2)
  size.writeUInt16BE(content.length)
  return Buffer.concat([size, content])
}
