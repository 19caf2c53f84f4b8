import { describe, expect, test } from 'vitest'
import { readFault } from '../../../local/model/fault-text.ts'
import { type Callee, type Fault, Faults, isOfQueues, skewOf } from '../../../local/model/faults.ts'
import { seededRandom } from '../../../local/model/rds.ts'

const faultOf = (text: string): Fault => {
  const read = readFault(text, ['rds-tls-notify', 'rds-tls-probe-vpc-1'])
  if (typeof read === 'string') throw new Error(read)
  return read
}
const modify: Callee = { service: 'rds', action: 'ModifyDBInstanceSSL', about: ['rm-1', 'orders'] }
const ssl: Callee = { ...modify, action: 'DescribeDBInstanceSSL' }
const kinds = (texts: string[], calls: Callee[], seed = 1) => {
  const faults = new Faults(texts.map(faultOf), seededRandom(seed))
  return calls.map(call => faults.at(call)?.kind ?? '-').join(' ')
}

describe('a fault hits', () => {
  test('the first call that fits, and no other', () => {
    expect(kinds(['rds:modify:hang-after'], [ssl, modify, modify])).toBe('- hang -')
    expect(kinds(['rds:*:html:2'], [ssl, modify, modify])).toBe('html html -')
    expect(kinds(['rds:*:html:every=2'], [ssl, modify, ssl, modify])).toBe('- html - html')
    expect(kinds(['oss:*:html'], [modify])).toBe('-')
  })

  test('only what it is about, by any of its names', () => {
    const other = { ...modify, about: ['rm-2', 'ledger'] }
    expect(kinds(['rds:modify@orders:throttle:9'], [other, modify])).toBe('- throttle')
    expect(kinds(['rds:modify@rm-2:throttle:9'], [other, modify])).toBe('throttle -')
  })

  test('before the ones that follow it, which count the call all the same', () => {
    expect(kinds(['rds:modify:html', 'rds:modify:throttle:2'], [modify, modify, modify])).toBe('html throttle -')
  })

  test('about the share that it names', () => {
    const hit = kinds(
      ['rds:*:html:0.2'],
      Array.from({ length: 2000 }, () => ssl),
    ).replaceAll(/[^h]/g, '').length
    expect(hit).toBeGreaterThan(340)
    expect(hit).toBeLessThan(460)
  })

  test('the same calls for the same seed, and others for another', () => {
    const calls = Array.from({ length: 64 }, () => ssl)
    const runs = [1, 1, 2].map(seed => kinds(['rds:*:html:0.5'], calls, seed))
    expect(runs[0]).toBe(runs[1])
    expect(runs[0]).not.toBe(runs[2])
  })
})

test('each fault tells how often it hit', () => {
  const faults = new Faults([faultOf('rds:modify:html:2'), faultOf('oss:put:throttle')], seededRandom(1))
  for (let n = 0; n < 3; n++) faults.at(modify)
  expect(faults.hits()).toEqual([
    { text: 'rds:modify:html:2', hits: 2 },
    { text: 'oss:put:throttle', hits: 0 },
  ])
})

test('a wrong clock is that of its function, and no fault of a call', () => {
  const skewed = faultOf('fc:notify:clock-skew=-3m')
  expect([skewOf([skewed], 'rds-tls-notify'), skewOf([skewed], 'rds-tls-probe-vpc-1')]).toEqual([-180_000, 0])
  expect(skewOf([faultOf('fc:*:clock-skew=1s')], 'rds-tls-probe-vpc-1')).toBe(1000)
  const invoke: Callee = { service: 'fc', action: 'InvokeFunction', about: ['rds-tls-notify'] }
  expect(kinds(['fc:*:clock-skew=1s'], [invoke])).toBe('-')
})

test('what befalls messages is told from what befalls calls', () => {
  const of = (text: string) => isOfQueues(faultOf(text))
  expect(['mns:send:duplicate', 'mns:send:reorder', 'mns:send:loss', 'mns:send:delay=1s'].map(of)).toEqual([true, true, true, true])
  expect(['mns:send:html', 'rds:modify:delay=1s', 'mns:send:hang-after'].map(of)).toEqual([false, false, false])
})
