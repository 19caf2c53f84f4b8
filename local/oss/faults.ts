import type { OssFault } from '../model/oss.ts'
import type { Answer } from '../serve.ts'
import { element, writeXml } from '../xml.ts'

/** Statuses and messages as the manual's pages on HTTP status codes give them; what it does not give is said so. */
const faults = {
  AccessDenied: [403, 'You have no right to access this object because of bucket acl.'],
  InvalidAccessKeyId: [403, 'The OSS Access Key Id you provided does not exist in our records.'],
  InvalidSecurityToken: [403, 'The security token you provided is invalid.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  // Accounts opened since 2025-03 and buckets made since 2025-09 are closed to signatures of version 1. Code and status are ours: no page says how the service refuses.
  SignatureVersionNotSupported: [
    403,
    'Only signature version 4 (OSS4-HMAC-SHA256) is accepted: version 1 is closed to new accounts and new buckets.',
  ],
  // HTTP 400 and EC 0048-00000401 are what users of mainland buckets report.
  PublicEndpointForbidden: [400, 'Not allowed using the OSS public endpoint, please use CNAME instead.'],
  NoSuchBucket: [404, 'The specified bucket does not exist.'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  BucketAlreadyExists: [409, 'The requested bucket name is not available. Please select a different name and try again.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty.'],
  FileAlreadyExists: [409, 'The object you specified already exists and can not be overwritten.'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidObjectName: [400, 'The specified object is not valid.'],
  InvalidArgument: [400, 'An argument of the request is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our published schema.'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold.'],
  InvalidRange: [416, 'The requested range cannot be satisfied.'],
  NotModified: [304, ''],
  NotImplemented: [501, 'The embedded cloud does not implement this part of the API.'],
} as const satisfies Record<string, readonly [number, string]> & Record<OssFault, readonly [number, string]>

export type OssCode = keyof typeof faults

export type Refusal = { code: OssCode; message: string }

export function refusal(code: OssCode, message: string = faults[code][1]): Refusal {
  return { code, message }
}

/** The service's error document; its body is left away where the protocol allows none, and repeated in `x-oss-err` for HEAD. */
export function refusalAnswer({ code, message }: Refusal, of: { requestId: string; host: string; method: string }): Answer {
  const status = faults[code][0]
  if (status === 304) return { status }
  const cause = code === 'PublicEndpointForbidden' ? [element('EC', '0048-00000401')] : []
  const content = [element('Code', code), element('Message', message), element('RequestId', of.requestId), element('HostId', of.host)]
  const body = writeXml(element('Error', [...content, ...cause]))
  if (of.method === 'HEAD') return { status, headers: { 'x-oss-err': Buffer.from(body).toString('base64') } }
  return { status, headers: { 'content-type': 'application/xml' }, body }
}
