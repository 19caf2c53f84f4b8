import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Principal, Principals } from '../principals.ts'
import type { Request } from '../serve.ts'
import type { Nonces } from './nonces.ts'
import { decoded, formDecoded, percentEncode, splitPair } from './parameters.ts'

const algorithm = 'ACS3-HMAC-SHA256'

/** Why the gateway turns a caller away before any service is asked. */
export const callerFaults = {
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards.'],
  SignatureDoesNotMatch: [400, 'Specified signature does not match our calculation.'],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  'InvalidAccessKeyId.NotFound': [404, 'Specified access key is not found.'],
  'InvalidSecurityToken.Malformed': [400, 'Specified SecurityToken is malformed.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [400, 'Specified SecurityToken mismatch with the AccessKey.'],
  'InvalidSecurityToken.Expired': [400, 'Specified SecurityToken is expired.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type CallerFault = keyof typeof callerFaults
export type Verified = { principal: Principal } | { fault: CallerFault; detail?: string }

/** A role session ends: `expiresAt` in epoch milliseconds. */
export type SessionPrincipal = Principal & { expiresAt: number }

type Authorization = { accessKeyId: string; signedHeaders: string[]; signature: string }

/**
 * Verifies signature version 3 of Alibaba's OpenAPI gateway: every `x-acs-*` header, `host` and a present `content-type` must be signed,
 * the date be within 15 minutes of `now`, the body hash to `x-acs-content-sha256`, and the nonce be new. A nonce counts as used only once
 * its signature was right, so that nobody can burn another's.
 */
export function verifyAcs3(request: Request, principals: Principals, nonces: Nonces, now: number): Verified {
  const authorization = readAuthorization(request.headers.authorization)
  const nonce = request.headers['x-acs-signature-nonce']
  if (authorization === undefined || !nonce) return { fault: 'IncompleteSignature' }
  const principal = principals.find(authorization.accessKeyId)
  const fault =
    dateFault(request.headers['x-acs-date'], now) ??
    (principal ? tokenFault(principal, request.headers['x-acs-security-token'], now) : 'InvalidAccessKeyId.NotFound')
  if (fault !== undefined || principal === undefined) return { fault: fault ?? 'InvalidAccessKeyId.NotFound' }

  const unsigned = mustBeSigned(request.headers).filter(name => !authorization.signedHeaders.includes(name))
  if (unsigned.length > 0) return { fault: 'SignatureDoesNotMatch', detail: `not signed: ${unsigned.join(', ')}` }
  const payload = sha256(request.body)
  if (request.headers['x-acs-content-sha256'] !== payload) return { fault: 'SignatureDoesNotMatch', detail: 'x-acs-content-sha256' }
  const canonical = canonicalRequest(request, authorization.signedHeaders, payload)
  if (!sameText(signatureOf(canonical, principal.accessKeySecret), authorization.signature)) {
    return { fault: 'SignatureDoesNotMatch', detail: `server StringToSign is [${algorithm}\\n${sha256(canonical)}]` }
  }
  return nonces.take(`${principal.accessKeyId} ${nonce}`, now) ? { principal } : { fault: 'SignatureNonceUsed' }
}

/** Lower-case hex of HMAC-SHA256 over the algorithm's name and the hash of the canonical request. */
export function signatureOf(canonical: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(`${algorithm}\n${sha256(canonical)}`)
    .digest('hex')
}

/** Method, path, sorted query, signed headers, their names and the body's hash, a line each. */
export function canonicalRequest(request: Request, signedHeaders: readonly string[], payload: string): string {
  const headers = signedHeaders.map(name => `${name}:${(request.headers[name] ?? '').trim()}\n`).join('')
  const path = percentEncode(decoded(request.rawPath)).replaceAll('%2F', '/')
  return [request.method, path, canonicalQuery(request.rawQuery), headers, signedHeaders.join(';'), payload].join('\n')
}

/** Clients encode differently on the wire; what is signed is each pair decoded and encoded again, sorted by name. */
export function canonicalQuery(rawQuery: string): string {
  const pairs = rawQuery === '' ? [] : rawQuery.split('&').map(pair => splitPair(pair).map(part => percentEncode(formDecoded(part))))
  return pairs
    .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

export function dateFault(text: string | undefined, now: number): CallerFault | undefined {
  if (!text || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return 'InvalidTimeStamp.Format'
  const at = Date.parse(text)
  if (Number.isNaN(at)) return 'InvalidTimeStamp.Format'
  return Math.abs(now - at) > 15 * 60_000 ? 'InvalidTimeStamp.Expired' : undefined
}

/** A role session must show its token, and it alone may. */
export function tokenFault(principal: Principal, token: string | undefined, now: number): CallerFault | undefined {
  if (principal.securityToken === undefined) return token ? 'InvalidSecurityToken.MismatchWithAccessKey' : undefined
  if (!token) return 'InvalidSecurityToken.Malformed'
  if (!sameText(token, principal.securityToken)) return 'InvalidSecurityToken.MismatchWithAccessKey'
  return isSession(principal) && principal.expiresAt <= now ? 'InvalidSecurityToken.Expired' : undefined
}

const isSession = (principal: Principal): principal is SessionPrincipal => 'expiresAt' in principal

export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function readAuthorization(header: string | undefined): Authorization | undefined {
  const found = /^ACS3-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(header ?? '')
  if (!found) return undefined
  const [, accessKeyId = '', names = '', signature = ''] = found
  return { accessKeyId, signedHeaders: names.split(';'), signature }
}

const mustBeSigned = (headers: Record<string, string>): string[] =>
  Object.keys(headers).filter(name => name === 'host' || name.startsWith('x-acs-') || (name === 'content-type' && headers[name] !== ''))

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
