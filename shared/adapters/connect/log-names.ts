import { bucketOf } from './bucket.ts'
import type { Connector } from './connecting.ts'
import { memory } from './kept.ts'

export const logNames: Connector<'logNames'> = ({ logNames: bucket, credentials }) =>
  memory.keep('logNames', [bucket, credentials], async () => {
    const [{ logNamesOver }, store] = await Promise.all([import('../journal.ts'), bucketOf(bucket, credentials)])
    return logNamesOver(store, bucket.bucket)
  })
