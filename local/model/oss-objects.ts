import { createHash } from 'node:crypto'

/** What a client may say of an object beside its bytes. `metadata` are the `x-oss-meta-*` headers without their prefix. */
export type ObjectFacts = {
  contentType: string
  /** `cache-control`, `content-disposition`, `content-encoding`, `content-language`, `expires`: kept and given back as they came. */
  headers: Readonly<Record<string, string>>
  metadata: Readonly<Record<string, string>>
}

export type StoredObject = ObjectFacts & {
  key: string
  bytes: Uint8Array
  /** Upper-case hex MD5 in quotes. */
  etag: string
  /** ms, at a full second: HTTP dates know no less. */
  lastModified: number
  /** Present in a bucket whose versioning is on (`null` where it is suspended). Earlier versions are not kept here. */
  versionId: string | undefined
}

/** An ETag of the service for a simple upload. */
export function etagOf(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex').toUpperCase()}"`
}

/** The conditions of a request. Instants are ms. */
export type Conditions = { ifMatch?: string; ifNoneMatch?: string; ifModifiedSince?: number; ifUnmodifiedSince?: number }

/** Whether the object may be given: a precondition that fails outweighs `NotModified`, an ETag outweighs a date (RFC 9110, 13.2.2). */
export function judge(object: StoredObject, conditions: Conditions): 'give' | 'NotModified' | 'PreconditionFailed' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined && !names(ifMatch, object.etag)) return 'PreconditionFailed'
  if (ifMatch === undefined && ifUnmodifiedSince !== undefined && object.lastModified > ifUnmodifiedSince) return 'PreconditionFailed'
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, object.etag) ? 'NotModified' : 'give'
  if (ifModifiedSince !== undefined && object.lastModified <= ifModifiedSince) return 'NotModified'
  return 'give'
}

function names(list: string, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '').replace(/^"|"$/g, '').toUpperCase()
  return list.split(',').some(one => one.trim() === '*' || bare(one) === bare(etag))
}

export type Range = { first: number; last: number }

/**
 * Which bytes a Range header asks for: undefined means all of them, with 200. By default the service ignores a range that is malformed
 * or ends past the object; with `x-oss-range-behavior: standard` it clips the end, and refuses a start past it.
 */
export function rangeOf(header: string | undefined, size: number, standard: boolean): Range | 'InvalidRange' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)(?:,.*)?$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const suffix = from === ''
  const first = suffix ? size - Number(to) : Number(from)
  const last = suffix || to === '' ? size - 1 : Number(to)
  if (first >= 0 && first <= last && last < size) return { first, last }
  if (!standard || (!suffix && to !== '' && Number(to) < Number(from))) return undefined
  if (first >= size) return 'InvalidRange'
  return { first: Math.max(0, first), last: Math.min(last, size - 1) }
}
