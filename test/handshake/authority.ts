import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

cryptoProvider.set(webcrypto)

export { KeyUsageFlags }

export type Keys = { kind: 'EC' | 'RSA' | 'RSA-SHA1' | 'PSS' | 'PSS-SHA1'; pair: webcrypto.CryptoKeyPair; pem: string }

/** A certificate made for a test. `key` is its private key in PEM. */
export type Made = { subject: string; der: Buffer; pem: string; key: string; keys: Keys }

export type Recipe = {
  subject: string
  /** Self-signed without one. */
  issuer?: Made
  /** Signs with these instead of the issuer's: a signature that does not hold. */
  forgedWith?: Keys
  keys?: Keys
  serial?: string
  from?: string
  until?: string
  ca?: boolean
  pathLength?: number
  /** Alternative names; `null` leaves them out. */
  names?: string[] | null
  /** Key identifiers that tell issuers of one name apart. */
  identified?: boolean
  extendedKeyUsage?: string[]
  keyUsage?: KeyUsageFlags
  extra?: { oid: string; critical: boolean; value: Buffer }
}

/** Valid at every moment a test may use. */
export const always = { from: '2020-01-01T00:00:00Z', until: '2049-01-01T00:00:00Z' }
export const serverAuth = '1.3.6.1.5.5.7.3.1'
export const clientAuth = '1.3.6.1.5.5.7.3.2'

const rsa = { publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
const algorithms = {
  EC: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RSA: { ...rsa, name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'RSA-SHA1': { ...rsa, name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' },
  PSS: { ...rsa, name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  'PSS-SHA1': { ...rsa, name: 'RSA-PSS', hash: 'SHA-1', saltLength: 20 },
}

export async function makeKeys(kind: Keys['kind'] = 'EC', modulusLength = 2048): Promise<Keys> {
  const algorithm = kind === 'EC' ? algorithms.EC : { ...algorithms[kind], modulusLength }
  const pair = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey))
  return { kind, pair, pem: `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n` }
}

export async function make(recipe: Recipe): Promise<Made> {
  const { issuer, identified = true, ca = false } = recipe
  const keys = recipe.keys ?? (await makeKeys())
  const signer = recipe.forgedWith ?? issuer?.keys ?? keys
  const names = recipe.names === undefined && !ca ? ['db.test'] : (recipe.names ?? [])
  const certificate = await X509CertificateGenerator.create({
    serialNumber: recipe.serial ?? `00${randomBytes(8).toString('hex')}`.slice(0, 16),
    subject: recipe.subject,
    issuer: issuer?.subject ?? recipe.subject,
    notBefore: new Date(recipe.from ?? always.from),
    notAfter: new Date(recipe.until ?? always.until),
    publicKey: keys.pair.publicKey,
    signingKey: signer.pair.privateKey,
    signingAlgorithm: algorithms[signer.kind],
    extensions: [
      ...(ca || recipe.pathLength !== undefined ? [new BasicConstraintsExtension(ca, recipe.pathLength, true)] : []),
      ...(ca ? [new KeyUsagesExtension(recipe.keyUsage ?? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)] : []),
      ...(!ca && recipe.keyUsage !== undefined ? [new KeyUsagesExtension(recipe.keyUsage, true)] : []),
      ...(recipe.extendedKeyUsage ? [new ExtendedKeyUsageExtension(recipe.extendedKeyUsage)] : []),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names.map(generalName))] : []),
      ...(identified ? [await SubjectKeyIdentifierExtension.create(keys.pair.publicKey)] : []),
      ...(identified && issuer ? [await AuthorityKeyIdentifierExtension.create(issuer.keys.pair.publicKey)] : []),
      ...(recipe.extra ? [new Extension(recipe.extra.oid, recipe.extra.critical, recipe.extra.value)] : []),
    ],
  })
  return { subject: recipe.subject, der: Buffer.from(certificate.rawData), pem: `${certificate.toString('pem')}\n`, key: keys.pem, keys }
}

/** A root, an intermediate of it, and a leaf for `db.test`. */
export async function makeHierarchy(): Promise<{ root: Made; intermediate: Made; leaf: Made }> {
  const root = await make({ subject: 'CN=Root', ca: true })
  const intermediate = await make({ subject: 'CN=Region', ca: true, issuer: root, pathLength: 0 })
  const leaf = await make({ subject: 'CN=db.test', issuer: intermediate })
  return { root, intermediate, leaf }
}

export function pemChain(...chain: Made[]): string {
  return chain.map(one => one.pem).join('')
}

function generalName(name: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name }
}
