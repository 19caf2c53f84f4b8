import { timingSafeEqual } from 'node:crypto'
import type { Principal, Principals } from '../principals.ts'
import type { Request } from '../serve.ts'
import type { Address } from './address.ts'
import { type Refusal, refusal } from './faults.ts'
import { signatureV4 } from './signature.ts'

/** How far `x-oss-date` may be from the server's time, ms: 15 minutes. */
export const greatestSkew = 15 * 60_000

/** `principal` undefined: nobody signed. `key` is the reading of the path that the signature fits. */
export type Authenticated = { principal: Principal | undefined; key: string }

type Claim = {
  accessKeyId: string
  day: string
  region: string
  /** As it was written, and the instant that it means in ms; undefined where it is none. */
  date: string
  signedAt: number | undefined
  additional: readonly string[]
  signature: string
  token: string | undefined
  /** Seconds that a signed URL is good for; undefined for a signed header. */
  expires: number | undefined
  query: readonly (readonly [string, string])[]
}

/** Who signed, in a header or in the URL. `now` is ms, `region` that of the endpoint. */
export function authenticate(
  request: Request,
  { address, query }: { address: Address; query: readonly (readonly [string, string])[] },
  { principals, region, now }: { principals: Principals; region: string; now: number },
): Authenticated | Refusal {
  const claim = claimed(request, query)
  if (claim === undefined) return { principal: undefined, key: address.keys[0] ?? '' }
  if ('code' in claim) return claim
  const { signedAt } = claim
  if (signedAt === undefined) {
    return refusal('InvalidArgument', 'x-oss-date must be an instant like 20260510T180000Z, or Date one like Sun, 10 May 2026 18:00:00 GMT')
  }
  if (claim.day !== new Date(signedAt).toISOString().slice(0, 10).replaceAll('-', '')) {
    return refusal('InvalidArgument', 'The date in the credential is not that of the request')
  }
  if (claim.region !== region) return refusal('InvalidArgument', `Invalid signing region: this endpoint is in ${region}`)
  const missing = claim.additional.find(name => request.headers[name] === undefined)
  if (missing !== undefined) return refusal('InvalidArgument', `The additional header ${missing} is not in the request`)
  const principal = principals.find(claim.accessKeyId)
  if (principal === undefined) return refusal('InvalidAccessKeyId')
  if (principal.securityToken !== undefined && claim.token === undefined) {
    const known = refusal('InvalidAccessKeyId').message
    return refusal('InvalidAccessKeyId', `${known} The Security Token may be lost to specify that it is a STS Access Id.`)
  }
  const key = address.keys.find(key => {
    const { method, headers } = request
    const { additional, date, day } = claim
    const parts = { method, bucket: address.bucket, key, query: claim.query, headers, additional, date, day, region }
    return sameHex(claim.signature, signatureV4(principal.accessKeySecret, parts))
  })
  if (key === undefined) return refusal('SignatureDoesNotMatch')
  if (claim.token !== principal.securityToken) return refusal('InvalidSecurityToken')
  return timeRefusal(claim, signedAt, now) ?? { principal, key }
}

function timeRefusal({ expires }: Claim, signedAt: number, now: number): Refusal | undefined {
  if (expires === undefined) return Math.abs(now - signedAt) > greatestSkew ? refusal('RequestTimeTooSkewed') : undefined
  if (!Number.isInteger(expires) || expires < 1 || expires > 604_800) {
    return refusal('InvalidArgument', 'x-oss-expires must be 1 to 604800 seconds')
  }
  if (signedAt - now > greatestSkew) return refusal('AccessDenied', 'Request is not valid yet.')
  return now > signedAt + expires * 1000 ? refusal('AccessDenied', 'Request has expired.') : undefined
}

function claimed(request: Request, query: readonly (readonly [string, string])[]): Claim | Refusal | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) return claimedInHeader(authorization, request, query)
  const asked = new Map(query)
  if (asked.has('x-oss-signature') || asked.has('x-oss-signature-version')) return claimedInUrl(asked, query)
  return asked.has('OSSAccessKeyId') && asked.has('Signature') ? refusal('SignatureVersionNotSupported') : undefined
}

function claimedInHeader(authorization: string, request: Request, query: Claim['query']): Claim | Refusal {
  if (/^OSS2? /.test(authorization)) return refusal('SignatureVersionNotSupported')
  const [, fields = ''] = /^OSS4-HMAC-SHA256 (.+)$/.exec(authorization) ?? []
  const field = new Map(fields.split(/, */).map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))
  const credential = credentialOf(field.get('Credential'))
  const signature = field.get('Signature')
  if (credential === undefined || signature === undefined) return refusal('InvalidArgument', 'Authorization header is invalid.')
  const { headers } = request
  // The payload itself cannot be signed: Content-MD5, where sent, is, and guards it.
  if (headers['x-oss-content-sha256'] !== 'UNSIGNED-PAYLOAD') {
    return refusal('InvalidArgument', 'x-oss-content-sha256 must be present and must be UNSIGNED-PAYLOAD')
  }
  // Alibaba's older Go SDK, and ossutil on it, send only the date of HTTP, and sign that (error pages 0002-00000502 and -503).
  const { date = '', 'x-oss-date': ossDate } = headers
  return {
    ...credential,
    ...(ossDate === undefined ? { date, signedAt: instantOfHttp(date) } : { date: ossDate, signedAt: instantOf(ossDate) }),
    additional: listOf(field.get('AdditionalHeaders')),
    signature,
    token: headers['x-oss-security-token'],
    expires: undefined,
    query,
  }
}

function claimedInUrl(asked: Map<string, string>, query: Claim['query']): Claim | Refusal {
  if (asked.get('x-oss-signature-version') !== 'OSS4-HMAC-SHA256') return refusal('SignatureVersionNotSupported')
  const credential = credentialOf(asked.get('x-oss-credential'))
  const signature = asked.get('x-oss-signature')
  if (credential === undefined) return refusal('InvalidArgument', 'x-oss-credential is missing or malformed')
  if (signature === undefined) return refusal('InvalidArgument', 'x-oss-signature is missing')
  const date = asked.get('x-oss-date') ?? ''
  return {
    ...credential,
    date,
    signedAt: instantOf(date),
    additional: listOf(asked.get('x-oss-additional-headers')),
    signature,
    token: asked.get('x-oss-security-token'),
    expires: Number(asked.get('x-oss-expires')),
    query: query.filter(([name]) => name !== 'x-oss-signature'),
  }
}

function credentialOf(text: string | undefined): Pick<Claim, 'accessKeyId' | 'day' | 'region'> | undefined {
  const [, accessKeyId, day, region] = /^([^/]+)\/(\d{8})\/([a-z0-9-]+)\/oss\/aliyun_v4_request$/.exec(text ?? '') ?? []
  return accessKeyId === undefined || day === undefined || region === undefined ? undefined : { accessKeyId, day, region }
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(';')
}

function instantOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? []
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(instant) ? undefined : instant
}

function instantOfHttp(date: string): number | undefined {
  const instant = date.endsWith(' GMT') ? Date.parse(date) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}

function sameHex(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
