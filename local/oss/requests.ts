import type { Request } from '../serve.ts'
import { type Refusal, refusal } from './faults.ts'

/** The calls of the embedded OSS; all else is NotImplemented, and never taken for one of these. */
export type BucketAction =
  | 'PutBucket'
  | 'DeleteBucket'
  | 'GetBucketInfo'
  | 'GetBucketLocation'
  | 'GetBucketAcl'
  | 'PutBucketAcl'
  | 'GetBucketVersioning'
  | 'PutBucketVersioning'
  | 'ListObjectsV2'
export type ObjectAction = 'PutObject' | 'CopyObject' | 'GetObject' | 'HeadObject' | 'GetObjectMeta' | 'DeleteObject'

export type OssRequest = { of: 'bucket'; action: BucketAction } | { of: 'object'; action: ObjectAction }

const bucketActions: Record<string, BucketAction> = {
  'PUT ': 'PutBucket',
  'DELETE ': 'DeleteBucket',
  'GET bucketInfo': 'GetBucketInfo',
  'GET location': 'GetBucketLocation',
  'GET acl': 'GetBucketAcl',
  'PUT acl': 'PutBucketAcl',
  'GET versioning': 'GetBucketVersioning',
  'PUT versioning': 'PutBucketVersioning',
  'GET list-type': 'ListObjectsV2',
}

const objectActions: Record<string, ObjectAction> = {
  'PUT ': 'PutObject',
  'GET ': 'GetObject',
  'HEAD ': 'HeadObject',
  'HEAD objectMeta': 'GetObjectMeta',
  'DELETE ': 'DeleteObject',
}

/** Parameters that say how, not what. */
const listParameters = ['prefix', 'delimiter', 'max-keys', 'start-after', 'continuation-token', 'encoding-type', 'fetch-owner']
export const responseParameters = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
]
const signatureParameters = ['signature-version', 'credential', 'date', 'expires', 'signature', 'additional-headers', 'security-token']
const parameters = new Set([
  ...listParameters,
  ...responseParameters.map(name => `response-${name}`),
  ...signatureParameters.map(name => `x-oss-${name}`),
])

/** Headers that would change what a write means. */
const unsupported = ['x-oss-object-acl', 'x-oss-callback', 'x-oss-tagging', 'x-oss-server-side-encryption', 'x-oss-symlink-target']

/** What a request asks for, of the bucket itself where `key` is empty. */
export function understand(request: Request, key: string, query: readonly (readonly [string, string])[]): OssRequest | Refusal {
  const header = unsupported.find(name => request.headers[name] !== undefined)
  if (header !== undefined) return refusal('NotImplemented', `The embedded cloud does not implement the header ${header}`)
  const subresource = query.flatMap(([name]) => (parameters.has(name) ? [] : [name])).join('&')
  const asked = `${request.method} ${subresource}`
  if (key === '') {
    const action = bucketActions[asked]
    return action === undefined ? unknown(request, subresource) : { of: 'bucket', action }
  }
  const action = objectActions[asked]
  if (action === undefined) return unknown(request, subresource)
  const copies = action === 'PutObject' && request.headers['x-oss-copy-source'] !== undefined
  return { of: 'object', action: copies ? 'CopyObject' : action }
}

function unknown(request: Request, subresource: string): Refusal {
  const what = subresource === '' ? request.method : `${request.method} with ?${subresource}`
  return refusal('NotImplemented', `The embedded cloud does not implement ${what} here`)
}
