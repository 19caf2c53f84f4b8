import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../local/model/mns-heap.ts'

test('what is popped is always the least of what was pushed and not popped yet', () => {
  const step = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const heap = new Heap<number>((a, b) => a < b)
      const plain: number[] = []
      for (const taken of steps) {
        if (taken === 'pop') expect(heap.pop()).toBe(plain.shift())
        else {
          heap.push(taken)
          plain.push(taken)
          plain.sort((a, b) => a - b)
        }
        expect(heap.least).toBe(plain[0])
      }
    }),
    { numRuns: 300 },
  )
})
