import { describe, expect, test } from 'vitest'
import { readFault } from '../../local/model/fault-text.ts'
import type { Fault } from '../../local/model/faults.ts'
import { unhurried } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'

const one = 'mysql57-dev-due'
const functions = ['update-validity', 'prove-renewal', 'check-expiry'].map(step => `rds-tls-${step}`)

function faultsOf(...texts: string[]): Fault[] {
  return texts.map(text => {
    const fault = readFault(text, functions)
    if (typeof fault === 'string') throw new Error(fault)
    return fault
  })
}

/** A day with faults; each of them must have struck. */
async function troubledDay(texts: readonly string[], only: readonly string[] = [one]) {
  let hits: { text: string; hits: number }[] = []
  const day = await smallDay({
    only,
    faults: faultsOf(...texts),
    patience: 150_000,
    afterwards: async cloud => {
      hits = cloud.faultHits()
    },
  })
  return {
    ...day,
    proven: day.told.filter(line => line.endsWith('proof: Proven')).length,
    never: hits.filter(fault => fault.hits === 0).map(fault => fault.text),
  }
}

test.skipIf(!unhurried('a day in a storm of faults'))('a day ends well in a storm of faults', { timeout: 180_000 }, async () => {
  const storm = [
    'rds:modify@mysql57-dev-due:hang-after',
    'rds:modify@sqlserver-dev-due:throttle',
    'rds:ssl:html:every=4',
    'oss:put:hang-after:every=6',
    'oss:get:5xx:every=9',
    'mns:send:duplicate:every=3',
    'mns:send:delay=1s:every=4',
    'mns:send:loss:every=5',
    'fc:invoke:hang-after',
    'fc:*:clock-skew=-2m',
  ]
  const { findings, proven, never } = await troubledDay(storm, ['mysql57-dev-due', 'sqlserver-dev-due'])
  expect({ findings, proven, never }).toEqual({ findings: [], proven: 2, never: [] })
})

describe.skipIf(!unhurried('a day for each fault'))('a day ends well', () => {
  test.each([
    'rds:modify:hang-before',
    'rds:modify:hang-after',
    'rds:modify:html-after',
    'rds:modify:kill-after',
    'rds:*:throttle:every=3',
    'oss:put:hang-after:every=3',
    'mns:send:duplicate:every=1',
    'mns:send:reorder:every=1',
    'mns:send:loss:every=3',
    'fc:invoke:html:2',
    'fc:*:clock-skew=-3m',
  ])('under %s', { timeout: 180_000 }, async fault => {
    const { findings, proven, never } = await troubledDay([fault])
    expect({ findings, proven, never }).toEqual({ findings: [], proven: 1, never: [] })
  })
})
