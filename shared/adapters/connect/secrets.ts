import type { Credentials, SecretsObject } from '../../config.ts'
import { Fault } from '../../errors.ts'
import type { Secrets } from '../../secrets.ts'
import { realTiming } from '../timing.ts'
import { bucketOf } from './bucket.ts'
import { memory } from './kept.ts'

/** Secrets are read again after five minutes, so that a rotated one is seen. */
const secretsLast = 300_000

export async function secretsOf({ secretsKey, bucket }: SecretsObject, credentials: Credentials | undefined): Promise<Secrets> {
  const read = async () => {
    const [bytes, { readSecrets }] = await Promise.all([
      bucketOf(bucket, credentials).then(store => store.get(secretsKey)),
      import('../../secrets.ts'),
    ])
    if (bytes === undefined) throw new Fault('BadConfig', `SECRETS: there is no ${secretsKey} in ${bucket.bucket}`)
    return readSecrets(Buffer.from(bytes).toString())
  }
  return memory.keep('secrets', [secretsKey, bucket, credentials, Math.floor(realTiming.now() / secretsLast)], read)
}
