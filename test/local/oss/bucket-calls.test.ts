import { expect, test } from 'vitest'
import { ossModel } from '../../../local/model/oss.ts'
import { bucketCall } from '../../../local/oss/bucket-calls.ts'

test('an empty continuation token, with which oss2 begins every listing, lists from the start', () => {
  const model = ossModel()
  model.putBucket('journal', '1000', 0)
  model.put('journal', 'first', { bytes: Buffer.from('x') }, 0)
  const request = { method: 'GET', rawPath: '/', rawQuery: '', headers: {}, body: Buffer.alloc(0) }
  const query = new Map([
    ['list-type', '2'],
    ['continuation-token', ''],
  ])
  const answer = bucketCall('ListObjectsV2', { model, request, query, bucket: 'journal', owner: '1000', now: 0 })
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('<Key>first</Key>') })
  expect(answer).not.toMatchObject({ body: expect.stringContaining('ContinuationToken') })
})
