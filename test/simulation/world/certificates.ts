import { createHash } from 'node:crypto'
import type { Certificate as Minted } from '../../../local/model/rds.ts'
import type { Certificate } from '../../../shared/formats/certificate.ts'
import type { TrustBundle } from '../../../shared/formats/trust.ts'
import type { ChainVerdict } from '../../../shared/handshake/verify.ts'
import type { Trust } from '../../../shared/ports.ts'

/** Certificates as descriptions: what stands for DER is JSON that says what the certificate says. Signatures are believed. */
type Described = { serial: string; name: string; issuer: string; notBefore: number; notAfter: number }

export type AuthorityName = 'root-a' | 'root-b' | 'issuer-1' | 'issuer-2' | 'issuer-3' | 'expired-1' | 'elsewhere'

const year = 365 * 86_400_000
const begin = Date.parse('2020-01-01T00:00:00Z')

const authority = (name: AuthorityName, issuer: AuthorityName, notAfter = begin + 16 * year): Certificate => {
  const der = Buffer.from(JSON.stringify({ serial: name, name, issuer, notBefore: begin, notAfter } satisfies Described))
  return {
    der,
    fingerprint: digest(der),
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    serial: '00',
    notBefore: new Date(begin).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    selfIssued: name === issuer,
  }
}

/** The vendor's hierarchy: two roots, issuers of three generations, one that has long expired; and the authority of somebody else. */
export const authorities: Readonly<Record<AuthorityName, Certificate>> = {
  'root-a': authority('root-a', 'root-a'),
  'root-b': authority('root-b', 'root-b'),
  'issuer-1': authority('issuer-1', 'root-a'),
  'issuer-2': authority('issuer-2', 'root-a'),
  'issuer-3': authority('issuer-3', 'root-b'),
  'expired-1': authority('expired-1', 'root-a', begin + 2 * year),
  elsewhere: authority('elsewhere', 'elsewhere'),
}
const byFingerprint = new Map(Object.values(authorities).map(one => [one.fingerprint, one]))

export const bundleOf = (...names: readonly AuthorityName[]): Certificate[] => names.map(name => authorities[name])

/** What an endpoint sends: its leaf alone, which `issuer` signed. */
export function servedBy(leaf: Minted, issuer: AuthorityName): Uint8Array[] {
  const { serial, name, notBefore, notAfter } = leaf
  return [Buffer.from(JSON.stringify({ serial, name, issuer, notBefore, notAfter } satisfies Described))]
}

const read = (der: Uint8Array | undefined): Described => JSON.parse(Buffer.from(der ?? []).toString())

export function describedLeaf(chain: readonly Uint8Array[]): Described {
  return read(chain[0])
}

/** Would a client with this bundle accept the chain for this host? Its issuer and the issuer's root must be members, and nothing but they may have expired. */
export function verifies(chain: readonly Uint8Array[], members: ReadonlySet<string>, host: string, at: number): string | undefined {
  const leaf = describedLeaf(chain)
  const issuer = Object.hasOwn(authorities, leaf.issuer) ? authorities[leaf.issuer as AuthorityName] : undefined
  const root = issuer && Object.values(authorities).find(one => one.subject === issuer.issuer)
  if (!issuer || !members.has(issuer.fingerprint)) return 'UnknownIssuer'
  if (!root || !members.has(root.fingerprint)) return 'UnknownRoot'
  if (leaf.notAfter < at || Date.parse(issuer.notAfter) < at) return 'Expired'
  if (leaf.notBefore > at) return 'NotYetValid'
  return leaf.name === host ? undefined : 'NameMismatch'
}

const fingerprints = (bundle: readonly Uint8Array[]): Set<string> =>
  new Set(bundle.map(der => authorities[read(der).name as AuthorityName].fingerprint))

function verdict(chain: readonly Uint8Array[], bundle: readonly Uint8Array[], host: string, at: Date): ChainVerdict {
  const code = verifies(chain, fingerprints(bundle), host, at.getTime())
  if (code === undefined) return { trusted: true, path: [], viaRootsOnly: false, serverSendsIntermediates: false, weaknesses: [] }
  return {
    trusted: false,
    code: code as Extract<ChainVerdict, { trusted: false }>['code'],
    detail: `“${describedLeaf(chain).name}”: ${code}.`,
    certificate: null,
    serverSendsIntermediates: false,
  }
}

const read_ = new Map<string, readonly Certificate[]>()
const written = new Map<string, TrustBundle>()

/** The Trust port over descriptions. What it reads and writes depends on nothing but its arguments, so it is kept from one seed to the next. */
export const describedTrust: Trust = {
  read(pem) {
    const known = read_.get(pem)
    if (known) return known
    const members = pem.split('\n').flatMap(line => byFingerprint.get(line) ?? [])
    read_.set(pem, members)
    return members
  },
  write(certificates) {
    const text = certificates
      .map(one => one.fingerprint)
      .sort()
      .join('\n')
    const known = written.get(text)
    if (known) return known
    const pem = Buffer.from(text)
    const other = Buffer.from('-')
    const bundle = { version: digest(pem), pem, p7b: other, jks: other, p12: other }
    written.set(text, bundle)
    return bundle
  },
  describe(chain) {
    const { serial, name, issuer, notBefore, notAfter } = describedLeaf(chain)
    return {
      fingerprint: serial.toLowerCase().padStart(64, '0'),
      serial,
      subject: `CN=${name}`,
      issuer: `CN=${issuer}`,
      names: [name],
      notBefore: new Date(notBefore).toISOString(),
      notAfter: new Date(notAfter).toISOString(),
    }
  },
  verify: verdict,
  issuer(chain, bundle) {
    const { issuer } = describedLeaf(chain)
    const member = Object.hasOwn(authorities, issuer) ? authorities[issuer as AuthorityName].fingerprint : undefined
    return member !== undefined && fingerprints(bundle).has(member) ? { known: true, member } : { known: false, issuer }
  },
  unanchored: () => [],
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
