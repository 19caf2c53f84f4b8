import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Principal, Principals } from '../principals.ts'
import type { Request } from '../serve.ts'
import type { MnsCode } from './faults.ts'

/** How far a request's Date may be from the server's, ms: 15 minutes. */
export const greatestSkew = 15 * 60_000

export type SignedParts = {
  method: string
  contentMd5: string
  contentType: string
  date: string
  headers: Record<string, string>
  /** Path and query as they were sent, undecoded. */
  resource: string
}

/** base64 HMAC-SHA1 over verb, MD5, type, date, the sorted `x-mns-*` headers and the resource (manual: "Sign requests"). */
export function mnsSignature(secret: string, { method, contentMd5, contentType, date, headers, resource }: SignedParts): string {
  const mnsHeaders = Object.keys(headers)
    .filter(name => name.startsWith('x-mns-'))
    .sort()
    .map(name => `${name}:${headers[name]}\n`)
    .join('')
  return createHmac('sha1', secret).update(`${method}\n${contentMd5}\n${contentType}\n${date}\n${mnsHeaders}${resource}`).digest('base64')
}

/** Who signed the request, or why it is refused. `now` is ms. */
export function authenticate(request: Request, principals: Principals, now: number): Principal | MnsCode {
  const { headers } = request
  if (headers.authorization === undefined) return 'MissingAuthorizationHeader'
  const [, accessKeyId = '', signature = ''] = /^MNS ([^:\s]+):(\S+)$/.exec(headers.authorization) ?? []
  if (signature === '') return 'InvalidAuthorizationHeader'
  if (headers['x-mns-version'] !== '2015-06-06') return 'InvalidVersionHeader'
  const { date } = headers
  if (date === undefined) return 'MissingDateHeader'
  const sentAt = Date.parse(date)
  if (Number.isNaN(sentAt) || !date.endsWith('GMT')) return 'InvalidDateHeader'
  const principal = principals.find(accessKeyId)
  if (principal === undefined) return 'InvalidAccessKeyId'
  const expected = mnsSignature(principal.accessKeySecret, {
    method: request.method,
    contentMd5: headers['content-md5'] ?? '',
    contentType: headers['content-type'] ?? '',
    date,
    headers,
    resource: request.rawQuery === '' ? request.rawPath : `${request.rawPath}?${request.rawQuery}`,
  })
  if (!sameText(signature, expected)) return 'SignatureDoesNotMatch'
  // The token is outside the signature. What the real service answers to a wrong one is not documented.
  if (headers['security-token'] !== principal.securityToken) return 'InvalidSecurityToken'
  if (Math.abs(now - sentAt) > greatestSkew) return 'TimeExpired'
  if (!digestFits(headers['content-md5'], request.body)) return 'InvalidDegist'
  return principal
}

/** Alibaba's JavaScript and PHP SDKs send base64 of the hex digest, its Java and Go SDKs base64 of the digest itself. */
function digestFits(contentMd5: string | undefined, body: Buffer): boolean {
  if (contentMd5 === undefined || contentMd5 === '') return true
  const digest = createHash('md5').update(body).digest()
  return contentMd5 === digest.toString('base64') || contentMd5 === Buffer.from(digest.toString('hex')).toString('base64')
}

function sameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
