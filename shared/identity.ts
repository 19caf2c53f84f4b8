import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './config.ts'
import { canonical } from './events.ts'
import * as z from './schema.ts'

/**
 * A GetCallerIdentity request, signed and not sent: whoever sends it to STS learns who signed it, and can do nothing else with it. These are
 * the only parts of it that differ from one to the next, so that nothing can be smuggled in; the rest is rebuilt here. `nonce` is the digest of
 * what the identity is shown for.
 */
export const signedIdentity = z.strictObject({
  accessKeyId: z.string().check(z.minLength(1), z.maxLength(128)),
  /** ISO UTC, whole seconds. STS takes 15 minutes. */
  date: z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'must be an instant in whole seconds, UTC')),
  nonce: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
  signature: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
  /** Only of temporary credentials; worth nothing without their secret. */
  securityToken: z.optional(z.string().check(z.minLength(1), z.maxLength(8192))),
})
export type SignedIdentity = z.infer<typeof signedIdentity>

const algorithm = 'ACS3-HMAC-SHA256'
const nothing = sha256('')

/** Shows who holds these credentials, for the purpose that `nonce` is the digest of. `at`: now, by the signer's clock. */
export function signIdentity(
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
  host: string,
  nonce: string,
  at: Date,
): SignedIdentity {
  const signed = {
    accessKeyId,
    date: `${at.toISOString().slice(0, 19)}Z`,
    nonce,
    ...(securityToken === undefined ? {} : { securityToken }),
  }
  return { ...signed, signature: signatureOf(signed, host, accessKeySecret) }
}

/** The headers of the request whose signature this is, as it goes to `host`; its method is POST, its path `/`, its body empty. */
export function headersOf(signed: SignedIdentity, host: string): Record<string, string> {
  const headers = signedHeaders(signed, host)
  const names = Object.keys(headers).join(';')
  const authorization = `${algorithm} Credential=${signed.accessKeyId},SignedHeaders=${names},Signature=${signed.signature}`
  return { ...headers, accept: 'application/json', authorization }
}

/** In the order in which they are signed: by name. */
function signedHeaders({ date, nonce, securityToken }: Omit<SignedIdentity, 'signature'>, host: string): Record<string, string> {
  return {
    host,
    'x-acs-action': 'GetCallerIdentity',
    'x-acs-content-sha256': nothing,
    'x-acs-date': date,
    ...(securityToken === undefined ? {} : { 'x-acs-security-token': securityToken }),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': '2015-04-01',
  }
}

/** Signature version 3 of Alibaba Cloud's OpenAPI (help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature). */
function signatureOf(signed: Omit<SignedIdentity, 'signature'>, host: string, secret: string): string {
  const headers = Object.entries(signedHeaders(signed, host))
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('')
  const request = ['POST', '/', '', lines, headers.map(([name]) => name).join(';'), nothing].join('\n')
  return createHmac('sha256', secret)
    .update(`${algorithm}\n${sha256(request)}`)
    .digest('hex')
}

/**
 * What an identity is shown for, as a nonce: one command, to one deployment, at one moment. A request that somebody else saw proves nothing for
 * another command, and `salt` makes a repeated command another.
 */
export function purposeOf(deployment: string, command: unknown, date: string, salt: string): string {
  return sha256(canonical({ for: 'rds-tls', deployment, command, date, salt }))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** `acs:ram::1234:user/li.wei` → `user/li.wei`; undefined for what is no identity. */
export const identityOf = (arn: string): string | undefined => /^acs:(?:ram|sts)::\d+:([\w.@/-]{1,200})$/.exec(arn)?.[1]
