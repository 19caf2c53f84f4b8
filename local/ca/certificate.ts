import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

export type KeyPair = webcrypto.CryptoKeyPair
export type Validity = { notBefore: Date; notAfter: Date }

/** A certificate that signs others, with its key. `name` is its subject, which its certificates carry as their issuer. */
export type Signer = { name: string; certificate: X509Certificate; keys: KeyPair }

const signs = () => new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)

export function rsaKeys(hash: 'SHA-1' | 'SHA-256'): Promise<KeyPair> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash, publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

export function ecKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}

/** A self-signed authority. `serial` is in hex; not zero. */
export async function signRoot(name: string, serial: string, keys: KeyPair, validity: Validity): Promise<Signer> {
  const id = await SubjectKeyIdentifierExtension.create(keys.publicKey)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name,
    keys,
    ...validity,
    extensions: [signs(), new BasicConstraintsExtension(true), id, new AuthorityKeyIdentifierExtension(id.keyId)],
  })
  return { name, keys, certificate }
}

/** A self-signed authority with the serial number 00, as both of ApsaraDB's roots have it. `keys` are RSA. */
export async function signRootZero(name: string, keys: KeyPair, validity: Validity): Promise<Signer> {
  const { certificate } = await signRoot(name, '01', keys, validity)
  return { name, keys, certificate: await withSerialZero(certificate, keys.privateKey) }
}

/** An authority that signs leaves only. `serial` is in hex. */
export async function signIntermediate(name: string, serial: string, by: Signer, keys: KeyPair, validity: Validity): Promise<Signer> {
  const extensions = [
    signs(),
    new BasicConstraintsExtension(true, 0),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await issuedBy(by),
  ]
  return { name, keys, certificate: await sign(name, serial, by, keys, validity, extensions) }
}

/** A TLS server's certificate for one host name. */
export async function signLeaf(name: string, host: string, serial: string, by: Signer, keys: KeyPair, validity: Validity) {
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await issuedBy(by),
  ]
  return sign(name, serial, by, keys, validity, extensions)
}

function sign(subject: string, serialNumber: string, by: Signer, keys: KeyPair, validity: Validity, extensions: Extension[]) {
  return X509CertificateGenerator.create({
    serialNumber,
    subject,
    issuer: by.name,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    ...validity,
    extensions,
  })
}

/** Two roots share one name: only the key identifier tells a verifier which of them signed. */
function issuedBy(by: Signer): Promise<AuthorityKeyIdentifierExtension> {
  return AuthorityKeyIdentifierExtension.create(by.keys.publicKey)
}

/**
 * The library draws a random number where it is given serial 00, so the number is set afterwards and signed again.
 * In DER: certificate header 4 bytes, TBS header 4, version 5, INTEGER tag and length 2, then the number made as 01;
 * an RSA-2048 signature is the last 256 bytes.
 */
async function withSerialZero(certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<X509Certificate> {
  const der = new Uint8Array(certificate.rawData.slice(0))
  const view = new DataView(der.buffer)
  if (view.getUint16(4) !== 0x3082 || view.getUint16(13) !== 0x0201 || der[15] !== 1)
    throw new Error('unexpected layout of a root certificate')
  der[15] = 0
  const tbs = der.subarray(4, 8 + view.getUint16(6))
  const signature = new Uint8Array(await webcrypto.subtle.sign(key.algorithm, key, tbs))
  der.set(signature, der.length - signature.length)
  return new X509Certificate(der)
}
