import { realTiming } from '../timing.ts'
import { bucketOf } from './bucket.ts'
import type { Connector } from './connecting.ts'
import { memory } from './kept.ts'

export const bundles: Connector<'bundles'> = ({ bundles: bucket, credentials }) =>
  memory.keep('bundles', [bucket, credentials], async () => {
    const [{ bundlesOver }, store] = await Promise.all([import('../bundles.ts'), bucketOf(bucket, credentials)])
    return bundlesOver(store, bucket.baseUrl, realTiming, fetch)
  })
