import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eachOf } from '../../shared/adapters/concurrency.ts'

describe('many things at once', () => {
  test('never more than the lanes, every item once, results in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), async (items, lanes) => {
        let running = 0
        let most = 0
        const results = await eachOf(items, lanes, async item => {
          most = Math.max(most, ++running)
          for (let turn = 0; turn < item; turn++) await Promise.resolve()
          running--
          return item * 2
        })
        expect(results).toEqual(items.map(item => item * 2))
        expect(most).toBeLessThanOrEqual(lanes)
      }),
    )
  })

  test('they do run at once', async () => {
    let running = 0
    const most = await eachOf([1, 2, 3], 3, async () => {
      running++
      await Promise.resolve()
      return running
    })
    expect(Math.max(...most)).toBe(3)
  })

  test('after a failure nothing more begins, and the failure is told', async () => {
    const begun: number[] = []
    const all = eachOf([1, 2, 3, 4, 5, 6], 2, async item => {
      begun.push(item)
      await Promise.resolve()
      if (item === 1) throw new Error('first')
    })
    await expect(all).rejects.toThrow('first')
    await Promise.resolve()
    expect(begun.length).toBeLessThan(6)
  })
})
