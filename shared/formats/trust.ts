import { createHash } from 'node:crypto'
import { bundleNames } from './bundle-names.ts'
import { type Certificate, canonical, demandSome } from './certificate.ts'
import { FormatError } from './format-error.ts'
import { readJks, storePassword, writeJks } from './jks.ts'
import { readP7b, writeP7b } from './p7b.ts'
import { writeP12 } from './p12.ts'
import { readPem, writePem } from './pem.ts'
import { readZip, type ZipLimits, type ZipMember } from './zip.ts'

export { bundleNames } from './bundle-names.ts'

/** `version` is the SHA-256 of the PEM, lower-case hex. */
export type TrustBundle = { version: string; pem: Buffer; p7b: Buffer; jks: Buffer; p12: Buffer }

/**
 * Reads the vendor's archive, ApsaraDB-CA-Chain.zip: its PEM, P7B and JKS (password `apsaradb`) in any folder. The three must hold the same
 * certificates: a client's trust must not depend on the file it happens to read. Returns them in canonical order.
 *
 * @throws FormatError Zip…, BundleDisagrees, and the codes of the three formats, with the member's name before the message
 */
export async function readTrustBundle(zip: Uint8Array, limits: Partial<ZipLimits> = {}): Promise<Certificate[]> {
  const members = await readZip(zip, limits)
  const pem = readMember(members, bundleNames.pem, readPem)
  const p7b = readMember(members, bundleNames.p7b, readP7b)
  const jks = readMember(members, bundleNames.jks, bytes => readJks(bytes, storePassword))
  demandAgreement(pem, p7b, 'P7B')
  demandAgreement(pem, jks, 'JKS')
  return pem
}

/** Writes all four files. The same certificates give the same bytes, whatever their order and however often each is there. */
export function writeTrustBundle(certificates: readonly Certificate[]): TrustBundle {
  const members = canonical(certificates)
  demandSome(members, 'the trust bundle to be written')
  const pem = Buffer.from(writePem(members), 'ascii')
  return {
    version: createHash('sha256').update(pem).digest('hex'),
    pem,
    p7b: writeP7b(members),
    jks: writeJks(members, storePassword),
    p12: writeP12(members, storePassword),
  }
}

function readMember(members: readonly ZipMember[], file: string, read: (bytes: Buffer) => Certificate[]): Certificate[] {
  const [found, second] = members.filter(({ name }) => name === file || name.endsWith(`/${file}`))
  if (found === undefined) {
    const names = members.slice(0, 5).map(({ name }) => JSON.stringify(name))
    throw new FormatError(
      'ZipMissingMember',
      `the archive has no ${file}, only ${names.join(', ') || 'nothing'}${members.length > 5 ? ', …' : ''}: check its address`,
    )
  }
  if (second !== undefined)
    throw new FormatError('ZipDuplicateName', `the archive has ${file} as ${found.name} and as ${second.name}: pack one of them`)
  try {
    return canonical(read(found.data))
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(error.code, `${found.name}: ${error.message}`, error)
    throw error
  }
}

function demandAgreement(pem: readonly Certificate[], other: readonly Certificate[], format: 'P7B' | 'JKS'): void {
  const missing = without(pem, other)
  const extra = without(other, pem)
  if (missing.length + extra.length === 0) return
  const differences = [
    ...missing.map(one => `only the PEM has ${nameOf(one)}`),
    ...extra.map(one => `only the ${format} has ${nameOf(one)}`),
  ]
  const listed = differences.slice(0, 5).join('; ') + (differences.length > 5 ? `; and ${differences.length - 5} more` : '')
  throw new FormatError(
    'BundleDisagrees',
    `PEM (${pem.length}) and ${format} (${other.length}) hold different certificates: ${listed}. Publish neither, and ask the vendor`,
  )
}

function without(certificates: readonly Certificate[], others: readonly Certificate[]): Certificate[] {
  const known = new Set(others.map(other => other.fingerprint))
  return certificates.filter(({ fingerprint }) => !known.has(fingerprint))
}

const nameOf = ({ subject, fingerprint }: Certificate) => `${JSON.stringify(subject)} (${fingerprint})`
