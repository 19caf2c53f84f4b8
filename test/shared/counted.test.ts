import { expect, test } from 'vitest'
import { counted } from '../../shared/counted.ts'

test('counts the calls of each port that reaches something, and changes none of them', () => {
  const journal = {
    kept: 7,
    read(log: string) {
      return `${log} ${this.kept}`
    },
  }
  const { counting, calls } = counted({ clock: { now: () => 1 }, attempt: 'a', journal })
  expect([counting.journal.read('x'), counting.journal.read('y'), counting.journal.kept]).toEqual(['x 7', 'y 7', 7])
  expect([counting.clock.now(), counting.attempt]).toEqual([1, 'a'])
  expect(calls).toEqual({ journal: 2 })
})

test('a call that fails was made, too', async () => {
  const { counting, calls } = counted({ queue: { send: async () => Promise.reject(new Error('no')) } })
  await expect(counting.queue.send()).rejects.toThrow('no')
  expect(calls).toEqual({ queue: 1 })
})
