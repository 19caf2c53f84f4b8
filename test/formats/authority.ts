import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { type Certificate, readCertificate } from '../../shared/formats/certificate.ts'

/** A small certificate authority with the oddities of the vendor's: two roots of one subject and serial, and members past their end. */
export type Authority = {
  oldRoot: Certificate
  /** The subject and serial number of `oldRoot`, another key and a later end. */
  newRoot: Certificate
  region: Certificate
  expiredRegion: Certificate
  /** Signed by `region`. */
  zone: Certificate
  /** Names `oldRoot` as its issuer, which never signed it. */
  stray: Certificate
  rsaRoot: Certificate
  /** Signed by `newRoot`, and names another issuer; not among `all`. */
  misnamed: Certificate
  all: Certificate[]
}

type Spec = { subject: string; serial: string; from: string; to: string }

const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 } as const
const root = 'C=CN, O=Test, CN=Test Root CA'

export async function makeAuthority(): Promise<Authority> {
  const [oldKeys, newKeys, regionKeys, strangerKeys] = await Promise.all([keysOf(ec), keysOf(ec), keysOf(ec), keysOf(ec)])
  const oldRoot = await make(
    { subject: root, serial: '0a', from: '2016-05-05T08:06:37Z', to: '2036-04-30T08:06:37Z' },
    oldKeys,
    oldKeys,
    root,
  )
  const newRoot = await make(
    { subject: root, serial: '0a', from: '2019-01-25T18:35:01Z', to: '2049-12-31T23:59:59Z' },
    newKeys,
    newKeys,
    root,
  )
  const region = await make(
    { subject: 'CN=region', serial: '0c', from: '2019-01-25T18:35:01Z', to: '2029-01-25T18:35:01Z' },
    regionKeys,
    newKeys,
    root,
  )
  const expiredRegion = await make(
    { subject: 'CN=gone', serial: '01', from: '2016-05-05T08:44:43Z', to: '2026-05-03T08:44:43Z' },
    await keysOf(ec),
    oldKeys,
    root,
  )
  const zone = await make(
    { subject: 'CN=zone', serial: 'ff01', from: '2026-07-01T00:00:00Z', to: '2050-01-01T00:00:00Z' },
    await keysOf(ec),
    regionKeys,
    'CN=region',
  )
  const stray = await make(
    { subject: 'CN=stray', serial: '7f', from: '2019-01-25T18:35:01Z', to: '2026-06-09T12:00:00Z' },
    await keysOf(ec),
    strangerKeys,
    root,
  )
  const misnamed = await make(
    { subject: 'CN=misnamed', serial: '7e', from: '2019-01-25T18:35:01Z', to: '2029-01-25T18:35:01Z' },
    await keysOf(ec),
    newKeys,
    'CN=nobody',
  )
  const rsaKeys = await keysOf(rsa)
  const rsaRoot = await make(
    { subject: 'CN=RSA root', serial: '02', from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' },
    rsaKeys,
    rsaKeys,
    'CN=RSA root',
  )
  return {
    oldRoot,
    newRoot,
    region,
    expiredRegion,
    zone,
    stray,
    rsaRoot,
    misnamed,
    all: [oldRoot, newRoot, region, expiredRegion, zone, stray, rsaRoot],
  }
}

function keysOf(algorithm: typeof ec | typeof rsa): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
}

async function make(
  { subject, serial, from, to }: Spec,
  keys: webcrypto.CryptoKeyPair,
  issuer: webcrypto.CryptoKeyPair,
  issuerName: string,
): Promise<Certificate> {
  const made = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuerName,
    serialNumber: serial,
    notBefore: new Date(from),
    notAfter: new Date(to),
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
    signingAlgorithm: issuer.privateKey.algorithm.name === ec.name ? ec : rsa,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  return readCertificate(new Uint8Array(made.rawData))
}
