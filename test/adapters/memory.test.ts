import { describe, expect, test } from 'vitest'
import { Memory } from '../../shared/adapters/memory.ts'

describe('what outlives an invocation', () => {
  test('is made once for the same source, and anew for another', async () => {
    const memory = new Memory()
    let made = 0
    const make = async () => ++made
    expect(await memory.keep('a', { key: 1 }, make)).toBe(1)
    expect(await memory.keep('a', { key: 1 }, make)).toBe(1)
    expect(await memory.keep('a', { key: 2 }, make)).toBe(2)
    expect(await memory.keep('b', { key: 2 }, make)).toBe(3)
  })

  test('is made once though it is asked for twice at a time', async () => {
    const memory = new Memory()
    let made = 0
    const make = async () => ++made
    expect(await Promise.all([memory.keep('a', 1, make), memory.keep('a', 1, make)])).toEqual([1, 1])
  })

  test('a making that failed is tried again', async () => {
    const memory = new Memory()
    await expect(memory.keep('a', 1, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await memory.keep('a', 1, async () => 'yes')).toBe('yes')
  })
})
