import { describe, expect, test } from 'vitest'
import { retrying } from '../../shared/adapters/retry.ts'
import { Fault, type FaultCode } from '../../shared/errors.ts'

function world(...outcomes: (FaultCode | 'done')[]) {
  let now = 0
  const pass = (ms: number) => {
    now += ms
  }
  const slept: number[] = []
  let calls = 0
  const timing = {
    now: () => now,
    random: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms)
      now += ms
    },
  }
  const act = async () => {
    const outcome = outcomes[Math.min(calls++, outcomes.length - 1)] ?? 'done'
    if (outcome === 'done') return 'value'
    throw new Fault(outcome, 'told to')
  }
  return { timing, slept, act, calls: () => calls, pass }
}

const limits = { attempts: 4, firstWait: 100, within: 10_000 }

describe('trying again', () => {
  test('waits double, and a success ends it', async () => {
    const { act, timing, slept } = world('Busy', 'Unreachable', 'BadReply', 'done')
    expect(await retrying(act, timing, limits)).toBe('value')
    expect(slept).toEqual([100, 200, 400])
  })

  test('chance shortens a wait by up to half', async () => {
    const { act, timing, slept } = world('Busy', 'done')
    await retrying(act, { ...timing, random: () => 0.999_999 }, limits)
    expect(Math.round(slept[0] ?? 0)).toBe(50)
  })

  test('after the last attempt its fault is thrown', async () => {
    const { act, timing, calls } = world('Busy')
    await expect(retrying(act, timing, limits)).rejects.toMatchObject({ code: 'Busy' })
    expect(calls()).toBe(4)
  })

  test.each<FaultCode>(['Refused', 'BadConfig', 'BadEvent'])('%s is thrown at once', async code => {
    const { act, timing, calls } = world(code)
    await expect(retrying(act, timing, limits)).rejects.toMatchObject({ code })
    expect(calls()).toBe(1)
  })

  test('a defect is thrown at once', async () => {
    const { timing, slept } = world()
    const act = async () => Promise.reject(new TypeError('a defect'))
    await expect(retrying(act, timing, limits)).rejects.toThrow('a defect')
    expect(slept).toEqual([])
  })

  test('no attempt begins later than the limit allows', async () => {
    const { act, timing, calls, pass } = world('Busy')
    const slow = async () => {
      pass(6_000)
      return act()
    }
    await expect(retrying(slow, timing, limits)).rejects.toMatchObject({ code: 'Busy' })
    expect(calls()).toBe(2)
  })

  test('what is not worth it is thrown at once', async () => {
    const { act, timing, calls } = world('Busy')
    await expect(retrying(act, timing, { ...limits, worth: () => false })).rejects.toMatchObject({ code: 'Busy' })
    expect(calls()).toBe(1)
  })
})
