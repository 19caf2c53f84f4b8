import type { Conditions, ObjectFacts, OssFailure, OssModel, StoredObject } from '../model/oss.ts'
import { unreachable } from '../perform.ts'
import type { Answer, Request } from '../serve.ts'
import { element, writeXml } from '../xml.ts'
import { type Refusal, refusal } from './faults.ts'
import { type ObjectAction, responseParameters } from './requests.ts'

type On = { model: OssModel; request: Request; query: ReadonlyMap<string, string>; bucket: string; key: string; now: number }

/** Makes one call on an object. */
export function objectCall(action: ObjectAction, on: On): Answer | Refusal | OssFailure {
  const { model, request, bucket, key, now } = on
  const { headers } = request
  const forbidOverwrite = headers['x-oss-forbid-overwrite'] === 'true'
  switch (action) {
    case 'PutObject': {
      const put = model.put(bucket, key, { bytes: request.body, facts: factsOf(headers), forbidOverwrite }, now)
      return put.ok ? { status: 200, headers: { etag: put.value.etag, ...versionOf(put.value) } } : put
    }
    case 'CopyObject': {
      const from = sourceOf(headers['x-oss-copy-source'])
      if (from === undefined) return refusal('InvalidArgument', 'x-oss-copy-source must be /BUCKET/KEY, the key URL-encoded')
      const facts = headers['x-oss-metadata-directive'] === 'REPLACE' ? { facts: factsOf(headers) } : {}
      const conditions = conditionsOf(headers, 'x-oss-copy-source-')
      const copied = model.copy(from, { bucket, key }, { ...facts, conditions, forbidOverwrite }, now)
      if (!copied.ok) return copied
      const { etag, lastModified } = copied.value
      const result = element('CopyObjectResult', [element('ETag', etag), element('LastModified', new Date(lastModified).toISOString())])
      return { status: 200, headers: { 'content-type': 'application/xml', etag, ...versionOf(copied.value) }, body: writeXml(result) }
    }
    case 'GetObject': {
      const wanted = { ...conditionsOf(headers, ''), standardRange: headers['x-oss-range-behavior'] === 'standard' }
      const got = model.get(bucket, key, headers.range === undefined ? wanted : { ...wanted, range: headers.range })
      if (!got.ok) return got
      const { object, bytes, range } = got.value
      const told = { ...headersOf(object), ...overridden(on.query), 'content-length': String(bytes.length) }
      if (range === undefined) return { status: 200, headers: told, body: bytes }
      return {
        status: 206,
        headers: { ...told, 'content-range': `bytes ${range.first}-${range.last}/${object.bytes.length}` },
        body: bytes,
      }
    }
    case 'HeadObject':
    case 'GetObjectMeta': {
      const found = model.head(bucket, key, conditionsOf(headers, ''))
      if (!found.ok) return found
      const size = { 'content-length': String(found.value.bytes.length) }
      const all = headersOf(found.value)
      if (action === 'HeadObject') return { status: 200, headers: { ...all, ...size } }
      return { status: 200, headers: { etag: found.value.etag, 'last-modified': all['last-modified'] ?? '', ...size } }
    }
    case 'DeleteObject': {
      const deleted = model.delete(bucket, key)
      return deleted.ok ? { status: 204 } : deleted
    }
    default:
      return unreachable(action)
  }
}

/** The headers of an answer that gives the object, or says that it has not changed. */
export function headersOf(object: StoredObject): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`x-oss-meta-${name}`, value])
  return {
    'content-type': object.contentType,
    ...object.headers,
    ...Object.fromEntries(metadata),
    ...versionOf(object),
    etag: object.etag,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    'x-oss-object-type': 'Normal',
    'x-oss-storage-class': 'Standard',
  }
}

function versionOf({ versionId }: StoredObject): Record<string, string> {
  return versionId === undefined ? {} : { 'x-oss-version-id': versionId }
}

const kept = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires']

function factsOf(headers: Record<string, string>): Partial<ObjectFacts> {
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('x-oss-meta-') ? [[name.slice('x-oss-meta-'.length), value] as const] : [],
  )
  const standard = kept.flatMap(name => (headers[name] === undefined ? [] : [[name, headers[name]] as const]))
  const facts = { headers: Object.fromEntries(standard), metadata: Object.fromEntries(metadata) }
  return headers['content-type'] === undefined ? facts : { ...facts, contentType: headers['content-type'] }
}

/** The conditions in the headers that begin with `prefix`. A date that is none is no condition. */
function conditionsOf(headers: Record<string, string>, prefix: string): Conditions {
  const conditions: Conditions = {}
  const match = headers[`${prefix}if-match`]
  const noneMatch = headers[`${prefix}if-none-match`]
  const since = Date.parse(headers[`${prefix}if-modified-since`] ?? '')
  const until = Date.parse(headers[`${prefix}if-unmodified-since`] ?? '')
  if (match !== undefined) conditions.ifMatch = match
  if (noneMatch !== undefined) conditions.ifNoneMatch = noneMatch
  if (!Number.isNaN(since)) conditions.ifModifiedSince = since
  if (!Number.isNaN(until)) conditions.ifUnmodifiedSince = until
  return conditions
}

/** Bucket and key of `x-oss-copy-source`. */
export function sourceOf(header: string | undefined): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^\/([^/]+)\/([^?]+)$/s.exec(header ?? '') ?? []
  if (bucket === undefined || key === undefined) return undefined
  try {
    return { bucket, key: decodeURIComponent(key) }
  } catch {
    return undefined
  }
}

function overridden(query: ReadonlyMap<string, string>): Record<string, string> {
  const found = responseParameters.map(name => [name, query.get(`response-${name}`)] as const)
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}
