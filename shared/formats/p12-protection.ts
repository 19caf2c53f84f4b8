import { createDecipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { type DerReader, tags } from './der.ts'
import { FormatError } from './format-error.ts'

/** A hostile file could ask for hours: openssl takes 2048, keytool 10000. */
const mostIterations = 600_000

const hashes: Readonly<Record<string, { name: string; block: number } | undefined>> = {
  '1.3.14.3.2.26': { name: 'sha1', block: 64 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', block: 64 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', block: 128 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', block: 128 },
}

const prfs: Readonly<Record<string, string | undefined>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

const ciphers: Readonly<Record<string, { name: string; keyLength: number } | undefined>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32 },
}

const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2 = '1.2.840.113549.1.5.12'
const reexport = 'export it again with `openssl pkcs12 -export -certpbe AES-256-CBC -macalg sha256`'

/** The HMAC that protects a PKCS#12 file (RFC 7292 4), under a key derived from the password. */
export function macOf(content: Buffer, password: string, salt: Buffer, iterations: number, hashOid: string): Buffer {
  const hash = hashes[hashOid]
  if (hash === undefined)
    throw new FormatError('P12Unsupported', `the P12 is protected by the MAC algorithm ${hashOid}, which is not read: ${reexport}`)
  checkIterations(iterations)
  return createHmac(hash.name, macKey(password, salt, iterations, hash))
    .update(content)
    .digest()
}

/** RFC 7292 B.2 with ID 3, in its first block alone: a MAC key is as long as its hash, so no second block is ever needed. */
function macKey(password: string, salt: Buffer, iterations: number, hash: { name: string; block: number }): Buffer {
  // A BMPString with its two zero bytes at the end, unlike everywhere else.
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const input = Buffer.concat([Buffer.alloc(hash.block, 3), repeated(salt, hash.block), repeated(secret, hash.block)])
  let key = createHash(hash.name).update(input).digest()
  for (let round = 1; round < iterations; round++) key = createHash(hash.name).update(key).digest()
  return key
}

/** Whole copies, the last one cut, until a multiple of `block` is full. */
const repeated = (bytes: Buffer, block: number) => Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)

/** Decrypts PBES2 with PBKDF2 and AES-CBC (RFC 8018 6.2); `algorithm` stands at the start of its AlgorithmIdentifier's content. */
export function decrypt(algorithm: DerReader, ciphertext: Buffer, password: string): Buffer {
  const scheme = algorithm.oid('encryption algorithm')
  if (scheme !== pbes2)
    throw new FormatError('P12Unsupported', `the P12 is encrypted by ${scheme}, an old scheme that is not read: ${reexport}`)
  const parameters = algorithm.enter(tags.sequence, 'PBES2 parameters')
  const derivation = parameters.enter(tags.sequence, 'key derivation')
  const encryption = parameters.enter(tags.sequence, 'encryption scheme')
  if (derivation.oid('key derivation algorithm') !== pbkdf2)
    throw new FormatError('P12Unsupported', `the P12 derives its key otherwise than by PBKDF2: ${reexport}`)
  const cipherOid = encryption.oid('cipher')
  const cipher = ciphers[cipherOid]
  if (cipher === undefined)
    throw new FormatError('P12Unsupported', `the P12 is encrypted by the cipher ${cipherOid}, which is not read: ${reexport}`)
  const iv = encryption.next(tags.octetString, 'initialisation vector').content
  const { salt, iterations, prf } = readPbkdf2(derivation.enter(tags.sequence, 'PBKDF2 parameters'))
  const key = pbkdf2Sync(password, salt, iterations, cipher.keyLength, prf)
  try {
    const decipher = createDecipheriv(cipher.name, key, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (error) {
    throw new FormatError('P12Malformed', 'the P12 does not decrypt although its MAC matches: export it again', error)
  }
}

function readPbkdf2(parameters: DerReader): { salt: Buffer; iterations: number; prf: string } {
  const salt = parameters.next(tags.octetString, 'salt').content
  const iterations = parameters.count('iteration count')
  checkIterations(iterations)
  if (parameters.tag === tags.integer) parameters.count('key length')
  // SHA-1 is the default that DER leaves out.
  const prfOid = parameters.tag === undefined ? '1.2.840.113549.2.7' : parameters.enter(tags.sequence, 'PRF').oid('PRF algorithm')
  const prf = prfs[prfOid]
  if (prf === undefined)
    throw new FormatError('P12Unsupported', `the P12 derives its key by the PRF ${prfOid}, which is not read: ${reexport}`)
  return { salt, iterations, prf }
}

function checkIterations(iterations: number): void {
  if (iterations >= 1 && iterations <= mostIterations) return
  throw new FormatError('P12Unsupported', `the P12 asks for ${iterations} iterations, 1 to ${mostIterations} are run: export it again`)
}
