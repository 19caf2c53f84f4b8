import { webcrypto } from 'node:crypto'
import { writePem } from '../../shared/formats/pem.ts'
import { bundleZip } from './bundle.ts'
import { ecKeys, rsaKeys, type Signer, signIntermediate, signLeaf, signRoot, type Validity } from './certificate.ts'
import { company, Hierarchy, type Member, read } from './hierarchy.ts'

/** A server certificate to be issued. `serial` is in hex and names one certificate of its issuer for ever. */
export type Order = {
  region: string
  host: string
  notBefore: Date
  notAfter: Date
  serial: string
  by: 'apsaradb' | 'foreign'
}

/** `chainPem` is what a server presents: `leafPem`, then its intermediate, never the root. */
export type Issued = { keyPem: string; leafPem: string; chainPem: string; leafDer: Buffer }

/**
 * What happens to the published file over the years. What was added signs from then on; `remove` takes one out of the file alone: what it
 * signed is served as before.
 */
export type Rotation =
  | { do: 'add-intermediate'; region: string }
  | { do: 'add-root'; regions: readonly string[] }
  | { do: 'remove'; fingerprint: string }

/** The certificate authorities of the embedded cloud: ApsaraDB's own, and a stranger's for custom certificates. */
export type Authority = {
  /** What the bundle holds, in its order. */
  members(): readonly Member[]
  /** The bundle as ApsaraDB-CA-Chain.pem. */
  trustPem(): string
  /** ApsaraDB-CA-Chain.zip; the same members give the same bytes. */
  trustZip(): Buffer
  /** The root that custom certificates chain to; no part of the bundle. */
  foreignPem(): string
  /** The same order gives the same certificate. @throws AuthorityError UnknownRegion, InvalidSerial, SerialReused */
  issue(order: Order): Promise<Issued>
  /** Answers the members that came or went. @throws AuthorityError UnknownMember */
  rotate(rotation: Rotation, now: Date): Promise<Member[]>
}

export class AuthorityError extends Error {
  readonly code: 'NoRegion' | 'UnknownRegion' | 'InvalidSerial' | 'SerialReused' | 'UnknownMember'

  constructor(code: AuthorityError['code'], message: string) {
    super(message)
    this.name = 'AuthorityError'
    this.code = code
  }
}

const stranger = 'C=CN, O=Example Trading Ltd'

/**
 * A hierarchy shaped like ApsaraDB's: a SHA-1 root with an old intermediate per region, of which the first two have expired and the last
 * is there twice, and a SHA-256 root with the intermediates that sign at `now`. Takes about half a second, nearly all of it RSA keys.
 *
 * @throws AuthorityError NoRegion
 */
export async function makeAuthority(now: Date, regions: readonly string[]): Promise<Authority> {
  const [sha1, sha256, foreign] = await Promise.all([rsaKeys('SHA-1'), rsaKeys('SHA-256'), makeForeign(now)])
  const last = regions.at(-1)
  if (last === undefined) throw new AuthorityError('NoRegion', 'regions is empty: name at least one region to sign for')
  const hierarchy = new Hierarchy()
  await hierarchy.addRoot(sha1, days(now, -3700, 3600))
  for (const [index, region] of [...regions, last].entries()) {
    const end = index < 2 ? 180 * index - 200 : 60 * index + 100
    await hierarchy.addIntermediate(region, days(now, end - 3650, end))
  }
  await hierarchy.addRoot(sha256, days(now, -2700, 4600))
  for (const region of regions) await hierarchy.addIntermediate(region, days(now, -2700, 3650))
  return authorityOf(hierarchy, foreign)
}

function authorityOf(hierarchy: Hierarchy, foreign: Foreign): Authority {
  const issued = new Map<string, { order: string; answer: Promise<Issued> }>()
  let zip: Buffer | undefined
  return {
    members: () => hierarchy.members,
    trustPem: () => writePem(hierarchy.members),
    trustZip: () => {
      zip ??= bundleZip(hierarchy.members)
      return zip
    },
    foreignPem: () => writePem([read(foreign.root)]),
    async issue(order) {
      const serial = serialOf(order)
      const known = issued.get(`${order.by} ${serial}`)
      const text = JSON.stringify({ ...order, serial })
      if (known?.order === text) return known.answer
      if (known)
        throw new AuthorityError('SerialReused', `serial ${serial} names another certificate of ${order.by} already: draw a new one`)
      const signer = order.by === 'foreign' ? foreign.intermediate : hierarchy.signerFor(order.region)
      if (!signer)
        throw new AuthorityError('UnknownRegion', `no intermediate signs for region ${order.region}: name it to makeAuthority or add one`)
      const answer = issue(order, serial, signer)
      issued.set(`${order.by} ${serial}`, { order: text, answer })
      return answer
    },
    async rotate(rotation, now) {
      const changed = await rotate(hierarchy, rotation, now)
      zip = undefined
      return changed
    },
  }
}

async function rotate(hierarchy: Hierarchy, rotation: Rotation, now: Date): Promise<Member[]> {
  switch (rotation.do) {
    case 'add-intermediate':
      return [await hierarchy.addIntermediate(rotation.region, days(now, 0, 3650))]
    case 'add-root': {
      const added = [await hierarchy.addRoot(await rsaKeys('SHA-256'), days(now, 0, 7300))]
      for (const region of rotation.regions) added.push(await hierarchy.addIntermediate(region, days(now, 0, 3650)))
      return added
    }
    case 'remove': {
      const gone = hierarchy.remove(rotation.fingerprint)
      if (gone) return [gone]
      throw new AuthorityError(
        'UnknownMember',
        `the bundle has no certificate with the fingerprint ${rotation.fingerprint}: take one of members()`,
      )
    }
    default:
      return unreachable(rotation)
  }
}

async function issue(order: Order, serial: string, by: Signer): Promise<Issued> {
  const subject = `${order.by === 'foreign' ? stranger : company}, CN=${order.host}`
  const keys = await ecKeys()
  const leaf = await signLeaf(subject, order.host, serial, by, keys, order)
  const leafPem = pem('CERTIFICATE', leaf.rawData)
  return {
    keyPem: pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    leafPem,
    chainPem: `${leafPem}${pem('CERTIFICATE', by.certificate.rawData)}`,
    leafDer: Buffer.from(leaf.rawData),
  }
}

type Foreign = { root: Signer; intermediate: Signer }

async function makeForeign(now: Date): Promise<Foreign> {
  const root = await signRoot(`${stranger}, CN=Example Trading Root CA`, '01', await ecKeys(), days(now, -1800, 5400))
  const keys = await ecKeys()
  return { root, intermediate: await signIntermediate(`${stranger}, CN=Example Trading TLS CA`, '01', root, keys, days(now, -1800, 3650)) }
}

/** RFC 5280 4.1.2.2: positive, at most 20 octets. Zeros in front are no part of the number. */
function serialOf({ serial }: Order): string {
  const digits = serial.toUpperCase().replace(/^0+/, '')
  if (/^[0-9A-F]{1,39}$/.test(digits)) return digits.length % 2 ? `0${digits}` : digits
  throw new AuthorityError('InvalidSerial', `serial "${serial}" is no positive number of at most 39 hex digits`)
}

/** Certificates count whole seconds. */
function days(now: Date, from: number, to: number): Validity {
  const second = Math.floor(now.getTime() / 1000)
  return { notBefore: new Date((second + from * 86_400) * 1000), notAfter: new Date((second + to * 86_400) * 1000) }
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function unreachable(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`)
}
