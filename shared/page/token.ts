import { errors, jwtVerify, SignJWT } from 'jose'
import { Fault } from '../errors.ts'

const issuer = 'rds-tls-renewal'
const audience = 'approval-page'
const algorithm = 'HS256'
/** RFC 7518, 3.2: a key of HS256 is at least as long as its hash. */
const shortestKey = 32
const longestToken = 2048

/** What a link shows of its right to answer: the plan it is for, until when the plan can be answered (ISO UTC, seconds). */
export type Claim = { plan: string; validUntil: string }

/**
 * Mints the token of a link: a JWT (HS256). It holds neither the time nor anything random, so that a repeated delivery mints the same link.
 *
 * @throws Fault BadConfig where the key is shorter than 32 bytes
 */
export async function mintToken(key: Uint8Array, { plan, validUntil }: Claim): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(plan)
    .setExpirationTime(Math.floor(Date.parse(validUntil) / 1000))
    .sign(longEnough(key))
}

export type TokenProblem = 'Expired' | 'Malformed' | 'BadSignature'
export type ReadToken = { ok: true; plan: string } | { ok: false; reason: TokenProblem }

/** Reads a token at `now`. Only a token whose signature holds is called expired. Throws Fault BadConfig where the key is too short. */
export async function readToken(key: Uint8Array, token: string, now: Date): Promise<ReadToken> {
  const checked = longEnough(key)
  if (token.length > longestToken) return { ok: false, reason: 'Malformed' }
  try {
    const { payload } = await jwtVerify(token, checked, {
      algorithms: [algorithm],
      typ: 'JWT',
      issuer,
      audience,
      requiredClaims: ['exp', 'sub'],
      currentDate: now,
    })
    return payload.sub ? { ok: true, plan: payload.sub } : { ok: false, reason: 'Malformed' }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, reason: 'Expired' }
    if (error instanceof errors.JWSSignatureVerificationFailed) return { ok: false, reason: 'BadSignature' }
    if (error instanceof errors.JOSEError) return { ok: false, reason: 'Malformed' }
    throw error
  }
}

function longEnough(key: Uint8Array): Uint8Array {
  if (key.byteLength >= shortestKey) return key
  throw new Fault(
    'BadConfig',
    `approvalKey has ${key.byteLength} bytes, and needs at least ${shortestKey}: make a new one of ${shortestKey} random bytes`,
  )
}
