import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import type { OssFailure, OssModel } from '../model/oss.ts'
import { perform } from '../perform.ts'
import type { Principal, Principals } from '../principals.ts'
import { type Answer, type Request, type Serving, serve } from '../serve.ts'
import { type Address, addressOf, queryOf } from './address.ts'
import { type Authenticated, authenticate } from './authenticate.ts'
import { bucketCall } from './bucket-calls.ts'
import { type Refusal, refusal, refusalAnswer } from './faults.ts'
import { headersOf, objectCall, sourceOf } from './object-calls.ts'
import { type OssRequest, understand } from './requests.ts'

/**
 * OSS on 127.0.0.1, over `model`: path style, and a bucket in the Host header. Reaches of `publicUrls` (URLs whose hosts are mainland
 * public endpoints, like `http://oss-cn-hangzhou.aliyuncs.com`) are refused for data calls, as for users who came after 2025-03-20.
 */
export async function startOss(of: {
  model: OssModel
  principals: Principals
  meddler: Meddler
  clock: Clock
  publicUrls?: readonly string[]
  port?: number
}): Promise<Serving> {
  const { model, principals, meddler, clock, publicUrls = [] } = of
  let requests = 0

  async function handle(request: Request): Promise<Answer | 'hang-up'> {
    const now = clock.now()
    const requestId = (++requests).toString(16).toUpperCase().padStart(24, '0')
    const of = { requestId, host: request.headers.host ?? '', method: request.method }
    const answered = await answer(request, now, found => refusalAnswer(found, of))
    if (answered === 'hang-up') return answered
    const common = { server: 'AliyunOSS', date: new Date(now).toUTCString(), 'x-oss-request-id': requestId }
    return { ...answered, headers: { ...common, ...answered.headers } }
  }

  async function answer(request: Request, now: number, refuse: (found: Refusal) => Answer): Promise<Answer | 'hang-up'> {
    const address = addressOf(request, publicUrls)
    if ('code' in address) return refuse(address)
    const query = queryOf(request.rawQuery)
    if (query === undefined) return refuse(refusal('InvalidURI'))
    const signed = authenticate(request, { address, query }, { principals, region: model.region, now })
    if ('code' in signed) return refuse(signed)
    if (address.bucket === '') return refuse(refusal('NotImplemented', 'The embedded cloud does not list buckets: name one'))
    const wanted = understand(request, signed.key, query)
    if ('code' in wanted) return refuse(wanted)
    const refused = endpointRefusal(wanted, address) ?? accessRefusal(wanted, address.bucket, signed, request) ?? digestRefusal(request)
    if (refused !== undefined) return refuse(refused)
    const resource = wanted.of === 'bucket' ? address.bucket : `${address.bucket}/${signed.key}`
    const call = { service: 'oss', action: wanted.action, resource, principal: signed.principal?.name ?? 'anonymous' } as const
    return perform(meddler, call, () => {
      const outcome = act(wanted, { request, query: new Map(query), bucket: address.bucket, signed, now: clock.now() })
      return 'code' in outcome ? refuse(outcome) : outcome
    })
  }

  type Acting = { request: Request; query: ReadonlyMap<string, string>; bucket: string; signed: Authenticated; now: number }

  function act(wanted: OssRequest, { request, query, bucket, signed, now }: Acting): Answer | Refusal {
    const on = { model, request, query, bucket, now }
    const outcome =
      wanted.of === 'bucket'
        ? bucketCall(wanted.action, { ...on, owner: signed.principal?.accountId ?? '' })
        : objectCall(wanted.action, { ...on, key: signed.key })
    return 'ok' in outcome ? faultOf(outcome) : outcome
  }

  /** An owner may do everything with a bucket, everyone else read the objects of a public-read one: not even list them. */
  function accessRefusal(wanted: OssRequest, bucket: string, { principal }: Authenticated, request: Request): Refusal | undefined {
    if (wanted.action === 'PutBucket' && principal !== undefined) return undefined
    const reads = wanted.of === 'object' && ['GetObject', 'HeadObject', 'GetObjectMeta'].includes(wanted.action)
    const source = wanted.action === 'CopyObject' ? sourceOf(request.headers['x-oss-copy-source']) : undefined
    if (may(principal, bucket, reads) && (source === undefined || may(principal, source.bucket, true))) return undefined
    const nobody = 'Anonymous user has no right to access this bucket.'
    return refusal('AccessDenied', principal === undefined ? nobody : 'The bucket you access does not belong to you.')
  }

  /** Of a bucket that does not exist, whoever signed is told so. */
  function may(principal: Principal | undefined, bucket: string, reads: boolean): boolean {
    const found = model.bucket(bucket)
    if (!found.ok) return principal !== undefined || reads
    return found.value.owner === principal?.accountId || (reads && found.value.acl === 'public-read')
  }

  return serve(handle, of.port)
}

/** Buckets can still be managed there; objects can be neither read, written nor listed. */
function endpointRefusal(wanted: OssRequest, address: Address): Refusal | undefined {
  const data = wanted.of === 'object' || wanted.action === 'ListObjectsV2'
  return data && address.public ? refusal('PublicEndpointForbidden') : undefined
}

function digestRefusal({ headers, body }: Request): Refusal | undefined {
  const claimed = headers['content-md5']
  if (claimed === undefined || claimed === createHash('md5').update(body).digest('base64')) return undefined
  return refusal('InvalidDigest')
}

function faultOf(outcome: OssFailure): Answer | Refusal {
  if (outcome.code === 'NotModified' && outcome.object !== undefined) return { status: 304, headers: headersOf(outcome.object) }
  return refusal(outcome.code)
}
