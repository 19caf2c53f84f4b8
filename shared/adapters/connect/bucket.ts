import type { Bucket, Credentials } from '../../config.ts'
import type { ObjectStore } from '../store.ts'
import { realTiming } from '../timing.ts'
import { signing } from './connecting.ts'
import { memory } from './kept.ts'

/** The client of one bucket, shared by all that lies in it. */
export function bucketOf(bucket: Bucket, credentials: Credentials | undefined): Promise<ObjectStore> {
  return memory.keep(`bucket ${bucket.bucket}`, [bucket, credentials], async () => {
    const { ossStore } = await import('../oss/oss.ts')
    return ossStore(bucket, signing(credentials), realTiming)
  })
}
