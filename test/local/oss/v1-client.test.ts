import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { untouched } from '../../../local/meddler.ts'
import { ossModel } from '../../../local/model/oss.ts'
import { startOss } from '../../../local/oss/server.ts'
import { principalsOf } from '../../../local/principals.ts'

type V1 = {
  getObject(request: unknown, runtime: unknown): Promise<unknown>
  putObject(request: unknown, runtime: unknown): Promise<unknown>
}
const { default: Client, ...models } = createRequire(import.meta.url)('@alicloud/oss-client') as Record<
  string,
  new (
    fields: object,
  ) => object
>
const { RuntimeOptions } = createRequire(import.meta.url)('@alicloud/oss-util') as Record<string, new (fields: object) => object>

test('@alicloud/oss-client signs by version 1 only and is refused, reading and writing', async () => {
  const now = Date.now()
  const user = { name: 'user', accountId: '1000', accessKeyId: 'ak-user', accessKeySecret: 'secret-user' }
  const model = ossModel()
  model.putBucket('journal', '1000', now)
  model.put('journal', 'k', { bytes: Buffer.from('x') }, now)
  const serving = await startOss({ model, principals: principalsOf([user]), meddler: untouched, clock: { now: () => now } })
  const make = (name: string, fields: object) => {
    const Model = models[name]
    if (Model === undefined) throw new Error(`@alicloud/oss-client has no ${name}`)
    return new Model(fields)
  }
  const client = new (Client as new (config: object) => V1)(
    make('Config', {
      type: 'access_key',
      accessKeyId: user.accessKeyId,
      accessKeySecret: user.accessKeySecret,
      endpoint: `127.0.0.1:${serving.port}`,
      protocol: 'http',
      regionId: 'cn-hangzhou',
      hostModel: 'ip',
    }),
  )
  const runtime = new (RuntimeOptions as new (fields: object) => object)({ autoretry: false })
  try {
    const get = client.getObject(make('GetObjectRequest', { bucketName: 'journal', objectName: 'k' }), runtime)
    await expect(get).rejects.toMatchObject({ code: 'SignatureVersionNotSupported', data: { httpCode: 403 } })
    const body = Readable.from([Buffer.from('y')])
    const put = client.putObject(make('PutObjectRequest', { bucketName: 'journal', objectName: 'l', body }), runtime)
    await expect(put).rejects.toMatchObject({ code: 'SignatureVersionNotSupported', data: { httpCode: 403 } })
    expect(model.list('journal')).toMatchObject({ value: { objects: [{ key: 'k' }] } })
  } finally {
    await serving.close()
  }
})
