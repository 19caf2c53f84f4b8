import type { Bucket, Credentials } from '../../config.ts'
import { Fault } from '../../errors.ts'
import { defaultOf } from '../interop.ts'
import { retrying } from '../retry.ts'
import type { ObjectStore } from '../store.ts'
import type { Timing } from '../timing.ts'
import { faultOfOss, saysExists, saysNoSuchKey } from './answer.ts'

type Answered = { res: { headers: Record<string, unknown> } }

/** The part of ali-oss in use. Its published types lack getBucketVersioning and some options. */
type Client = {
  get(key: string): Promise<Answered & { content: Uint8Array }>
  put(key: string, content: Uint8Array, options: { headers: Record<string, string> }): Promise<Answered>
  delete(key: string): Promise<Answered>
  listV2(query: Record<string, string>): Promise<Answered & { objects?: { name: string }[]; nextContinuationToken: string | null }>
  getBucketVersioning(bucket: string): Promise<Answered & { versionStatus?: string }>
}

/** One bucket over ali-oss with signature V4; V1 is closed to new accounts. */
export async function ossStore({ endpoint, region, bucket }: Bucket, credentials: Credentials, timing: Timing): Promise<ObjectStore> {
  const OSS = defaultOf(await import('ali-oss'))
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  const sts = securityToken !== undefined && {
    stsToken: securityToken,
    // The host makes a client per invocation with the invocation's own token. Without this callback ali-oss warns on the console each time.
    refreshSTSToken: async () => ({ accessKeyId, accessKeySecret, stsToken: securityToken }),
    refreshSTSTokenInterval: 86_400_000,
  }
  const options = {
    accessKeyId,
    accessKeySecret,
    ...sts,
    bucket,
    region: `oss-${region}`,
    endpoint,
    authorizationV4: true,
    timeout: 15_000,
  }
  return storeOver(new OSS(options) as unknown as Client, bucket, timing)
}

function storeOver(client: Client, bucket: string, timing: Timing): ObjectStore {
  /** One request. An answer without the header that the service always sends is a page from something in between. */
  async function once<T extends Answered>(what: string, act: () => Promise<T>, sign = 'x-oss-request-id'): Promise<T> {
    let answered: T
    try {
      answered = await act()
    } catch (error) {
      if (saysNoSuchKey(error) || saysExists(error)) throw error
      throw faultOfOss(error, what)
    }
    if (typeof answered.res.headers[sign] !== 'string') throw new Fault('BadReply', `${what}: the answer is not from OSS`)
    return answered
  }
  const repeated = <T extends Answered>(what: string, act: () => Promise<T>) => retrying(() => once(what, act), timing)
  /** What was stored has an ETag. */
  const stored = (key: string, bytes: Uint8Array, headers: Record<string, string>) =>
    once(`PutObject ${key}`, () => client.put(key, Buffer.from(bytes), { headers }), 'etag')

  return {
    async get(key) {
      try {
        return await retrying(async () => whole(await once(`GetObject ${key}`, () => client.get(key)), key), timing)
      } catch (error) {
        if (saysNoSuchKey(error)) return undefined
        throw error
      }
    },
    async put(key, bytes, headers) {
      await retrying(() => stored(key, bytes, headers), timing)
    },
    async create(key, bytes, headers) {
      try {
        await stored(key, bytes, { ...headers, 'x-oss-forbid-overwrite': 'true' })
        return 'created'
      } catch (error) {
        if (saysExists(error)) return 'exists'
        throw error
      }
    },
    async remove(key) {
      await repeated(`DeleteObject ${key}`, () => client.delete(key))
    },
    async list(prefix, most, next) {
      const query = { prefix, 'max-keys': String(Math.min(most, 1000)), ...(next !== undefined && { 'continuation-token': next }) }
      // ali-oss deletes the token from the query that it is given.
      const { objects, nextContinuationToken } = await repeated(`ListObjectsV2 ${prefix}`, () => client.listV2({ ...query }))
      const keys = (objects ?? []).map(object => object.name)
      return nextContinuationToken ? { keys, next: nextContinuationToken } : { keys }
    },
    async versioned() {
      const { versionStatus } = await repeated(`GetBucketVersioning ${bucket}`, () => client.getBucketVersioning(bucket))
      return Boolean(versionStatus)
    },
  }
}

/** A body cut short would read as a shorter entry: ali-oss does not compare it with its announced length. */
function whole({ content, res }: Answered & { content: Uint8Array }, key: string): Uint8Array {
  const announced = res.headers['content-length']
  if (announced !== undefined && Number(announced) !== content.length)
    throw new Fault('BadReply', `GetObject ${key}: the body is cut short`)
  return content
}
