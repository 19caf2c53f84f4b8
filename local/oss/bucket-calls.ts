import type { Acl, Bucket, Listing, OssFailure, OssModel, OssOutcome, Versioning } from '../model/oss.ts'
import { unreachable } from '../perform.ts'
import type { Answer, Request } from '../serve.ts'
import { element, readXml, textOf, writeXml, type Xml } from '../xml.ts'
import { type Refusal, refusal } from './faults.ts'
import type { BucketAction } from './requests.ts'

type On = { model: OssModel; request: Request; query: ReadonlyMap<string, string>; bucket: string; owner: string; now: number }

/** Makes one call on a bucket. */
export function bucketCall(action: BucketAction, on: On): Answer | Refusal | OssFailure {
  const { model, request, bucket: name, owner, now } = on
  switch (action) {
    case 'PutBucket':
    case 'PutBucketAcl': {
      const acl = aclOf(request.headers['x-oss-acl'])
      if (acl === undefined) return refusal('InvalidArgument', 'x-oss-acl must be private or public-read')
      const there = model.bucket(name)
      if (action === 'PutBucketAcl' && !there.ok) return there
      const made = model.putBucket(name, owner, now, { acl })
      return made.ok ? { status: 200, headers: { location: `/${name}` } } : made
    }
    case 'DeleteBucket': {
      const deleted = model.deleteBucket(name)
      return deleted.ok ? { status: 204 } : deleted
    }
    case 'PutBucketVersioning': {
      const status = readXml(request.body.toString(), 'VersioningConfiguration')
      const versioning = status && versionings[textOf(status, 'Status') ?? '']
      if (versioning === undefined) return refusal('MalformedXML')
      const set = model.putVersioning(name, versioning)
      return set.ok ? { status: 200 } : set
    }
    case 'GetBucketVersioning':
      return told(model.bucket(name), bucket => element('VersioningConfiguration', statusOf(bucket.versioning)))
    case 'GetBucketAcl':
      return told(model.bucket(name), bucket => element('AccessControlPolicy', [ownerOf(bucket), grantOf(bucket)]))
    case 'GetBucketLocation':
      return told(model.bucket(name), bucket => element('LocationConstraint', `oss-${bucket.region}`))
    case 'GetBucketInfo':
      return told(model.bucket(name), bucket => element('BucketInfo', [element('Bucket', infoOf(bucket))]))
    case 'ListObjectsV2':
      return listed(on)
    default:
      return unreachable(action)
  }
}

function told<T>(outcome: OssOutcome<T>, say: (value: T) => Xml): Answer | OssFailure {
  return outcome.ok ? { status: 200, headers: { 'content-type': 'application/xml' }, body: writeXml(say(outcome.value)) } : outcome
}

function listed({ model, query, bucket, owner }: On): Answer | Refusal | OssFailure {
  if (query.get('list-type') !== '2') return refusal('NotImplemented', 'The embedded cloud lists by list-type=2 only')
  const asked = query.get('max-keys') ?? '100'
  const maxKeys = /^\d{1,4}$/.test(asked) ? Number(asked) : 0
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') return refusal('InvalidArgument', 'encoding-type must be url')
  const listing: Listing = { maxKeys }
  // oss2 begins every listing with an empty token.
  const token = query.get('continuation-token') || undefined
  for (const [name, key] of [['prefix', 'prefix'] as const, ['delimiter', 'delimiter'] as const, ['start-after', 'after'] as const]) {
    const value = query.get(name)
    if (value !== undefined) listing[key] = value
  }
  const page = model.list(bucket, token === undefined ? listing : { ...listing, token })
  const coded = (text: string) => (encoding === 'url' ? encodeURIComponent(text) : text)
  const owned = query.get('fetch-owner') === 'true' ? [element('Owner', [element('ID', owner), element('DisplayName', owner)])] : []
  return told(page, ({ objects, commonPrefixes, next }) =>
    element('ListBucketResult', [
      element('Name', bucket),
      element('Prefix', coded(listing.prefix ?? '')),
      ...(listing.after === undefined ? [] : [element('StartAfter', coded(listing.after))]),
      element('MaxKeys', maxKeys),
      element('Delimiter', coded(listing.delimiter ?? '')),
      ...(encoding === undefined ? [] : [element('EncodingType', encoding)]),
      element('IsTruncated', next !== undefined),
      ...(token === undefined ? [] : [element('ContinuationToken', token)]),
      ...(next === undefined ? [] : [element('NextContinuationToken', next)]),
      ...objects.map(object =>
        element('Contents', [
          element('Key', coded(object.key)),
          element('LastModified', new Date(object.lastModified).toISOString()),
          element('ETag', object.etag),
          element('Type', 'Normal'),
          element('Size', object.bytes.length),
          element('StorageClass', 'Standard'),
          ...owned,
        ]),
      ),
      ...commonPrefixes.map(prefix => element('CommonPrefixes', [element('Prefix', coded(prefix))])),
      element('KeyCount', objects.length + commonPrefixes.length),
    ]),
  )
}

const versionings: Record<string, Exclude<Versioning, 'off'>> = { Enabled: 'enabled', Suspended: 'suspended' }

/** A bucket that never had versioning says nothing of it. */
function statusOf(versioning: Versioning): Xml[] {
  switch (versioning) {
    case 'off':
      return []
    case 'enabled':
      return [element('Status', 'Enabled')]
    case 'suspended':
      return [element('Status', 'Suspended')]
    default:
      return unreachable(versioning)
  }
}

function infoOf(bucket: Bucket): Xml[] {
  const { name, region, createdAt, versioning } = bucket
  return [
    element('CreationDate', new Date(createdAt).toISOString()),
    element('ExtranetEndpoint', `oss-${region}.aliyuncs.com`),
    element('IntranetEndpoint', `oss-${region}-internal.aliyuncs.com`),
    element('Location', `oss-${region}`),
    element('Name', name),
    element('StorageClass', 'Standard'),
    ownerOf(bucket),
    grantOf(bucket),
    ...statusOf(versioning).map(({ content }) => ({ name: 'Versioning', content })),
  ]
}

function ownerOf({ owner }: Bucket): Xml {
  return element('Owner', [element('ID', owner), element('DisplayName', owner)])
}

function grantOf({ acl }: Bucket): Xml {
  return element('AccessControlList', [element('Grant', acl)])
}

function aclOf(header: string | undefined): Acl | undefined {
  if (header === undefined) return 'private'
  return header === 'private' || header === 'public-read' ? header : undefined
}
