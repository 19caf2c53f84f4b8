import { ossModel } from '../../local/model/oss.ts'
import { startOss } from '../../local/oss/server.ts'
import { ossStore } from '../../shared/adapters/oss/oss.ts'
import type { ObjectStore } from '../../shared/adapters/store.ts'
import type { Credentials } from '../../shared/config.ts'
import { atOnce, clock, credentials, principals, session, toldMeddler } from './cloud.ts'

/** An embedded OSS with one bucket, `name`, and the store over it that production uses. */
export async function startBucket(name: string, acl: 'private' | 'public-read' = 'private') {
  const model = ossModel()
  const told = toldMeddler()
  const serving = await startOss({ model, principals, meddler: told.meddler, clock })
  model.putBucket(name, session.accountId, Date.now(), { acl })
  const at = { endpoint: serving.url, region: 'cn-hangzhou', bucket: name }
  const storeAs = (who: Credentials): Promise<ObjectStore> => ossStore(at, who, atOnce)
  return {
    ...told,
    model,
    at,
    store: await storeAs(credentials),
    storeAs,
    port: serving.port,
    /** The bytes under a key, past all signatures. */
    bytes(key: string): Buffer | undefined {
      const got = model.get(name, key)
      return got.ok ? Buffer.from(got.value.bytes) : undefined
    },
    put: (key: string, text: string) => void model.put(name, key, { bytes: Buffer.from(text) }, Date.now()),
    close: serving.close,
  }
}
