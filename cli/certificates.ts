import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Certificate } from '../shared/formats/certificate.ts'
import { FormatError } from '../shared/formats/format-error.ts'
import { readJks, writeJks } from '../shared/formats/jks.ts'
import { readP7b, writeP7b } from '../shared/formats/p7b.ts'
import { readP12, writeP12 } from '../shared/formats/p12.ts'
import { readPem, writePem } from '../shared/formats/pem.ts'
import { readTrustBundle } from '../shared/formats/trust.ts'
import { Stop } from './stop.ts'

export type Format = 'pem' | 'p7b' | 'jks' | 'p12' | 'zip'

const endings: Readonly<Record<string, Format>> = {
  '.pem': 'pem',
  '.crt': 'pem',
  '.cer': 'pem',
  '.p7b': 'p7b',
  '.p7c': 'p7b',
  '.jks': 'jks',
  '.p12': 'p12',
  '.pfx': 'p12',
  '.zip': 'zip',
}

/** The bundle formats by a file's name. */
export const formatOf = (file: string): Format | undefined => endings[extname(file).toLowerCase()]

/** The real bundle has about 150 KB, its archive 200 KB. */
const largest = 20_000_000

/** @throws Stop BadFile, naming the file and the mend */
export async function bytesOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > largest) throw new Stop('BadFile', `${file} has ${size} bytes: a trust bundle has about 150 KB`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof Stop) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const words: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'you may not read it',
      EISDIR: 'it is a folder',
    }
    throw new Stop('BadFile', `${file}: ${words[code] ?? code}`)
  }
}

/**
 * The certificates of a bundle in any of its formats: by its first bytes, whatever its name says. `password` is for JKS and PKCS#12.
 *
 * @throws Stop BadFile, FormatError with the file's name before its message
 */
export async function readBundle(file: string, password: string): Promise<{ format: Format; certificates: Certificate[] }> {
  const bytes = await bytesOf(file)
  const format = sniff(bytes) ?? formatOf(file)
  if (format === undefined) throw new Stop('BadFile', `${file} is no bundle: pem, p7b, jks, p12 or the vendor’s zip`)
  try {
    return { format, certificates: await readAs(format, bytes, password) }
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(error.code, `${file}: ${error.message}`, error)
    throw error
  }
}

async function readAs(format: Format, bytes: Buffer, password: string): Promise<Certificate[]> {
  switch (format) {
    case 'pem':
      return readPem(bytes)
    case 'p7b':
      return readP7b(bytes)
    case 'jks':
      return readJks(bytes, password)
    case 'p12':
      return readP12(bytes, password)
    case 'zip':
      return readTrustBundle(bytes)
  }
}

/** The bytes of a bundle in the format that a file’s name says. @throws Stop Usage */
export function writeBundle(file: string, certificates: readonly Certificate[], password: string): Buffer {
  switch (formatOf(file)) {
    case 'pem':
      return Buffer.from(writePem(certificates), 'ascii')
    case 'p7b':
      return writeP7b(certificates)
    case 'jks':
      return writeJks(certificates, password)
    case 'p12':
      return writeP12(certificates, password)
    default:
      throw new Stop('Usage', `${file}: its ending must say a format to write: .pem, .p7b, .jks or .p12`)
  }
}

/** For people: roots first, then what ends first. */
export const inOrder = (certificates: readonly Certificate[]): Certificate[] =>
  [...certificates].sort(
    (a, b) =>
      Number(b.selfIssued) - Number(a.selfIssued) || Date.parse(a.notAfter) - Date.parse(b.notAfter) || (a.subject < b.subject ? -1 : 1),
  )

/** PKCS#7 and PKCS#12 are both a DER SEQUENCE; PKCS#12 begins with its version, 3, PKCS#7 with an object identifier. */
function sniff(bytes: Buffer): Format | undefined {
  if (bytes.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]))) return 'zip'
  if (bytes.subarray(0, 4).equals(Buffer.from([0xfe, 0xed, 0xfe, 0xed]))) return 'jks'
  if (bytes[0] === 0x30) {
    const first = bytes[1] === undefined || bytes[1] < 0x80 ? 2 : 2 + (bytes[1] & 0x7f)
    if (bytes[first] === 2) return 'p12'
    if (bytes[first] === 6) return 'p7b'
    return undefined
  }
  const text = bytes.subarray(0, 2000).toString('latin1')
  if (text.includes('-----BEGIN PKCS7-----')) return 'p7b'
  return text.includes('-----BEGIN ') ? 'pem' : undefined
}
