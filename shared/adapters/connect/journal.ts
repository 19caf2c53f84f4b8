import { realTiming } from '../timing.ts'
import { bucketOf } from './bucket.ts'
import type { Connector } from './connecting.ts'
import { memory } from './kept.ts'

export const journal: Connector<'journal'> = ({ journal: bucket, credentials }) =>
  memory.keep('journal', [bucket, credentials], async () => {
    const [{ journalOver }, store] = await Promise.all([import('../journal.ts'), bucketOf(bucket, credentials)])
    return journalOver(store, realTiming, bucket.bucket)
  })
