import { type Listing, type Page, pageOf, utf8Order } from './oss-listing.ts'
import { type Conditions, etagOf, judge, type ObjectFacts, type Range, rangeOf, type StoredObject } from './oss-objects.ts'

export type { Listing } from './oss-listing.ts'
export type { Conditions, ObjectFacts, Range, StoredObject } from './oss-objects.ts'

export type Versioning = 'off' | 'enabled' | 'suspended'
export type Acl = 'private' | 'public-read'

export type Bucket = { name: string; owner: string; acl: Acl; versioning: Versioning; region: string; createdAt: number }

export type OssFault =
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'BucketAlreadyExists'
  | 'BucketNotEmpty'
  | 'InvalidBucketName'
  | 'InvalidObjectName'
  | 'InvalidArgument'
  | 'FileAlreadyExists'
  | 'PreconditionFailed'
  | 'NotModified'
  | 'InvalidRange'

/** A fault with the object it is about: a 304 carries its ETag. */
export type OssFailure = { ok: false; code: OssFault; object?: StoredObject }

export type OssOutcome<T> = { ok: true; value: T } | OssFailure

export type Putting = { bytes: Uint8Array; facts?: Partial<ObjectFacts>; forbidOverwrite?: boolean }

/** `bytes` are those of the range, where there is one. */
export type Got = { object: StoredObject; bytes: Uint8Array; range: Range | undefined }

export type OssModel = ReturnType<typeof ossModel>

/** The buckets of one region as a state machine: synchronous, `now` is ms and told, nothing is random. */
export function ossModel({ region = 'cn-hangzhou' }: { region?: string } = {}) {
  type Shelf = { bucket: Bucket; objects: Map<string, StoredObject>; sorted: string[] | undefined }
  const shelves = new Map<string, Shelf>()
  let versions = 0

  /** Making one's own bucket again changes its ACL; another account's is BucketAlreadyExists. */
  function putBucket(name: string, owner: string, now: number, { acl = 'private' }: { acl?: Acl } = {}): OssOutcome<Bucket> {
    if (!/^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/.test(name)) return no('InvalidBucketName')
    const there = shelves.get(name)
    if (there !== undefined && there.bucket.owner !== owner) return no('BucketAlreadyExists')
    const bucket: Bucket = there ? { ...there.bucket, acl } : { name, owner, acl, versioning: 'off', region, createdAt: now }
    shelves.set(name, there ? { ...there, bucket } : { bucket, objects: new Map(), sorted: [] })
    return yes(bucket)
  }

  /** Once on, versioning can be suspended and never be off again. */
  function putVersioning(name: string, versioning: Exclude<Versioning, 'off'>): OssOutcome<Bucket> {
    const shelf = shelves.get(name)
    if (shelf === undefined) return no('NoSuchBucket')
    shelf.bucket = { ...shelf.bucket, versioning }
    return yes(shelf.bucket)
  }

  function bucket(name: string): OssOutcome<Bucket> {
    const shelf = shelves.get(name)
    return shelf === undefined ? no('NoSuchBucket') : yes(shelf.bucket)
  }

  function deleteBucket(name: string): OssOutcome<undefined> {
    const shelf = shelves.get(name)
    if (shelf === undefined) return no('NoSuchBucket')
    if (shelf.objects.size > 0) return no('BucketNotEmpty')
    shelves.delete(name)
    return yes(undefined)
  }

  /**
   * Writes an object. `forbidOverwrite` (`x-oss-forbid-overwrite: true`) refuses a key that is taken with FileAlreadyExists, **but not
   * in a bucket whose versioning is on or suspended**: there the service ignores it and writes a new version.
   */
  function put(bucketName: string, key: string, { bytes, facts, forbidOverwrite = false }: Putting, now: number): OssOutcome<StoredObject> {
    const shelf = shelves.get(bucketName)
    if (shelf === undefined) return no('NoSuchBucket')
    if (!isKey(key)) return no('InvalidObjectName')
    const { versioning } = shelf.bucket
    const taken = shelf.objects.get(key)
    if (forbidOverwrite && versioning === 'off' && taken !== undefined) return no('FileAlreadyExists', taken)
    const object: StoredObject = {
      contentType: facts?.contentType ?? 'application/octet-stream',
      headers: facts?.headers ?? {},
      metadata: facts?.metadata ?? {},
      key,
      bytes,
      etag: etagOf(bytes),
      lastModified: Math.floor(now / 1000) * 1000,
      versionId: nextVersion(versioning),
    }
    shelf.objects.set(key, object)
    if (taken === undefined) shelf.sorted = undefined
    return yes(object)
  }

  function nextVersion(versioning: Versioning): string | undefined {
    if (versioning === 'off') return undefined
    return versioning === 'suspended' ? 'null' : `CAEQ${String(++versions).padStart(12, '0')}`
  }

  function get(bucketName: string, key: string, wanted: Conditions & { range?: string; standardRange?: boolean } = {}): OssOutcome<Got> {
    const found = head(bucketName, key, wanted)
    if (!found.ok) return found
    const object = found.value
    const range = rangeOf(wanted.range, object.bytes.length, wanted.standardRange ?? false)
    if (range === 'InvalidRange') return no('InvalidRange', object)
    return yes({ object, range, bytes: range === undefined ? object.bytes : object.bytes.subarray(range.first, range.last + 1) })
  }

  function head(bucketName: string, key: string, conditions: Conditions = {}): OssOutcome<StoredObject> {
    const shelf = shelves.get(bucketName)
    if (shelf === undefined) return no('NoSuchBucket')
    const object = shelf.objects.get(key)
    if (object === undefined) return no('NoSuchKey')
    const verdict = judge(object, conditions)
    return verdict === 'give' ? yes(object) : no(verdict, object)
  }

  /** Deleting what is not there is no fault. */
  function remove(bucketName: string, key: string): OssOutcome<undefined> {
    const shelf = shelves.get(bucketName)
    if (shelf === undefined) return no('NoSuchBucket')
    if (shelf.objects.delete(key)) shelf.sorted = undefined
    return yes(undefined)
  }

  /** `facts` replace those of the source; without them its own are copied. The conditions are about the source. */
  function copy(
    from: { bucket: string; key: string },
    to: { bucket: string; key: string },
    wanted: { facts?: Partial<ObjectFacts>; conditions?: Conditions; forbidOverwrite?: boolean },
    now: number,
  ): OssOutcome<StoredObject> {
    const source = head(from.bucket, from.key, wanted.conditions)
    if (!source.ok) return source
    const { bytes, contentType, headers, metadata } = source.value
    const facts = wanted.facts ?? { contentType, headers, metadata }
    return put(to.bucket, to.key, { bytes, facts, forbidOverwrite: wanted.forbidOverwrite ?? false }, now)
  }

  /** A page of ListObjectsV2. InvalidArgument where the token is none of ours or `maxKeys` is not 1 to 1000. */
  function list(name: string, listing: Listing = {}): OssOutcome<Omit<Page, 'keys'> & { objects: StoredObject[] }> {
    const shelf = shelves.get(name)
    if (shelf === undefined) return no('NoSuchBucket')
    const { maxKeys = 100 } = listing
    if (!Number.isInteger(maxKeys) || maxKeys < 1 || maxKeys > 1000) return no('InvalidArgument')
    shelf.sorted ??= [...shelf.objects.keys()].sort(utf8Order)
    const page = pageOf(shelf.sorted, listing)
    if (page === undefined) return no('InvalidArgument')
    const objects = page.keys.flatMap(key => shelf.objects.get(key) ?? [])
    return yes({ objects, commonPrefixes: page.commonPrefixes, next: page.next })
  }

  return { region, putBucket, putVersioning, bucket, deleteBucket, put, get, head, delete: remove, copy, list }
}

/** 1 to 1,023 bytes of UTF-8 that begin with neither slash nor backslash. */
function isKey(key: string): boolean {
  return key !== '' && Buffer.byteLength(key) <= 1023 && !/^[/\\]/.test(key)
}

function yes<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

function no(code: OssFault, object?: StoredObject): OssFailure {
  return object === undefined ? { ok: false, code } : { ok: false, code, object }
}
