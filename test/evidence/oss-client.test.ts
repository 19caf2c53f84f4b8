import { Readable } from 'node:stream'
import OssClient, * as sdk from '@alicloud/oss-client'
import { RuntimeOptions } from '@alicloud/oss-util'
import { afterEach, describe, expect, test } from 'vitest'
import { type Request, serve } from '../../local/serve.ts'
import { defaultOf } from '../../shared/adapters/interop.ts'
import { ossStore } from '../../shared/adapters/oss/oss.ts'
import { startBucket } from '../contract/buckets.ts'
import { atOnce, credentials, session } from '../contract/cloud.ts'

/**
 * Why the card's @alicloud/oss-client gave way to ali-oss. Each test says what it cannot do, beside a proof that its successor can; one that
 * fails means that an upgrade has changed that, and docs/decisions/0001 should be thought over.
 */
const Client = defaultOf({ default: OssClient })

let close = async () => {}
afterEach(() => close())

/** A server that takes everything, to see what is sent. */
async function record() {
  const seen: Request[] = []
  const serving = await serve(async request => {
    seen.push(request)
    return { status: 200, headers: { etag: '"5EB63BBBE01EEED093CB22BB8F5ACDC3"', 'x-oss-request-id': 'R' } }
  })
  close = serving.close
  return { seen, port: serving.port, url: serving.url }
}

const clientAt = (port: number, more: Record<string, string> = {}) =>
  new Client(
    new sdk.Config({
      accessKeyId: session.accessKeyId,
      accessKeySecret: session.accessKeySecret,
      securityToken: session.securityToken,
      endpoint: `127.0.0.1:${port}`,
      protocol: 'http',
      regionId: 'cn-hangzhou',
      hostModel: 'ip',
      ...more,
    }),
  )

const put = (header: Record<string, string> = {}) =>
  new sdk.PutObjectRequest({
    bucketName: 'journal',
    objectName: 'k',
    body: Readable.from([Buffer.from('hello world')]),
    header: new sdk.PutObjectRequestHeader(header),
  })

const runtime = () => new RuntimeOptions({})

describe('@alicloud/oss-client', () => {
  test.each(['V1', 'V2', 'V4', 'v4', 'OSS4-HMAC-SHA256'])(
    'signs with V1 or V2, never with V4, also when it is told %s',
    async signatureVersion => {
      const { seen, port } = await record()
      await clientAt(port, { signatureVersion, type: 'sts' }).putObject(put(), runtime())
      expect(seen[0]?.headers.authorization).toMatch(/^OSS2? /)
    },
  )

  test('so an OSS that takes no V1 any more refuses it, and takes its successor', async () => {
    const bucket = await startBucket('journal')
    close = bucket.close
    for (const signatureVersion of ['V1', 'V4']) {
      const refused = clientAt(bucket.port, { signatureVersion, type: 'sts' }).putObject(put(), runtime())
      await expect(refused).rejects.toMatchObject({ code: 'SignatureVersionNotSupported' })
    }
    await expect(bucket.store.create('k', Buffer.from('hello world'), { 'Content-Type': 'text/plain' })).resolves.toBe('created')
  })

  test('drops the token of a role session, which is all that a function has, unless it is told its type', async () => {
    const { seen, port, url } = await record()
    await clientAt(port).putObject(put(), runtime())
    expect(seen[0]?.headers['x-oss-security-token']).toBeUndefined()
    const store = await ossStore({ endpoint: url, region: 'cn-hangzhou', bucket: 'journal' }, credentials, atOnce)
    await store.put('k', Buffer.from('hello world'), { 'Content-Type': 'text/plain' })
    expect(seen[1]?.headers['x-oss-security-token']).toBe(session.securityToken)
  })

  test('has no header for creating once: what its model does not name, it drops', async () => {
    const { seen, port, url } = await record()
    const names = Object.values(sdk.PutObjectRequestHeader.names())
    expect(names).not.toContain('x-oss-forbid-overwrite')
    await clientAt(port, { type: 'sts' }).putObject(put({ 'x-oss-forbid-overwrite': 'true', forbidOverwrite: 'true' }), runtime())
    expect(seen[0]?.headers['x-oss-forbid-overwrite']).toBeUndefined()
    const store = await ossStore({ endpoint: url, region: 'cn-hangzhou', bucket: 'journal' }, credentials, atOnce)
    await store.create('k', Buffer.from('hello world'), { 'Content-Type': 'text/plain' })
    expect(seen[1]?.headers['x-oss-forbid-overwrite']).toBe('true')
  })

  test('lets any header through as user metadata, and takes the prefix of real metadata away: no ground to build on', async () => {
    const { seen, port } = await record()
    const request = put()
    request.userMeta = { 'x-oss-forbid-overwrite': 'true', 'x-oss-meta-owner': 'dba' }
    await clientAt(port, { type: 'sts' }).putObject(request, runtime())
    expect(seen[0]?.headers).toMatchObject({ 'x-oss-forbid-overwrite': 'true', owner: 'dba' })
    expect(seen[0]?.headers['x-oss-meta-owner']).toBeUndefined()
  })

  test('tells no ETag of what it wrote', async () => {
    const { port } = await record()
    const answer = await clientAt(port, { type: 'sts' }).putObject(put(), runtime())
    expect(JSON.stringify(answer)).not.toContain('5EB63BBBE01EEED093CB22BB8F5ACDC3')
  })
})
