import { describe, expect, test } from 'vitest'
import { evolveScan, noScan, type ScanFact } from '../../shared/domain/scan.ts'

const started: ScanFact = { fact: 'Started', regions: ['cn-hangzhou', 'cn-beijing', 'eu-central-1'], policy: 1 }
const page = (region: string, instance: string, next?: string): ScanFact => ({
  fact: 'Page',
  region,
  ...(next === undefined ? {} : { next }),
  verdicts: [{ due: false, region, instance, description: '', engine: 'MySQL', reason: 'NotDue', detail: '' }],
})
const broken = (region: string): ScanFact => ({ fact: 'RegionFailed', region, code: 'Forbidden.RAM', message: 'no' })
const proxies: ScanFact = {
  ...page('cn-hangzhou', 'a'),
  proxies: [{ instance: 'a', approvers: 'dba', unread: 'Forbidden.RAM' }],
} as ScanFact
const scan = (...facts: ScanFact[]) => facts.reduce(evolveScan, noScan)

describe('a scan goes on', () => {
  test.each<[string, ScanFact[], { region: string; next: string | undefined } | undefined]>([
    ['nowhere before it started', [], undefined],
    ['nowhere where it has no region', [{ ...started, regions: [] }], undefined],
    ['nowhere by a page from before it started', [page('cn-hangzhou', 'a')], undefined],
    ['at its first region', [started], { region: 'cn-hangzhou', next: undefined }],
    ['at the next page of a region', [started, page('cn-hangzhou', 'a', 't1')], { region: 'cn-hangzhou', next: 't1' }],
    ['at the next region after a last page', [started, page('cn-hangzhou', 'a')], { region: 'cn-beijing', next: undefined }],
    ['at the next region after one that failed', [started, broken('cn-hangzhou')], { region: 'cn-beijing', next: undefined }],
    ['nowhere after the last region', [started, page('cn-hangzhou', 'a'), broken('cn-beijing'), page('eu-central-1', 'b')], undefined],
    ['nowhere once it ended', [started, { fact: 'Ended', plans: [] }], undefined],
  ])('%s', (_, facts, cursor) => expect(scan(...facts).cursor).toEqual(cursor))
})

test('a scan keeps the verdicts of every page, what failed, and the plans that it ended with', () => {
  const state = scan(started, page('cn-hangzhou', 'a', 't1'), page('cn-hangzhou', 'b'), broken('cn-beijing'), page('eu-central-1', 'c'), {
    fact: 'Ended',
    plans: ['p1'],
  })
  expect(state.verdicts.map(one => !one.due && one.instance)).toEqual(['a', 'b', 'c'])
  expect(state.failed).toEqual([{ region: 'cn-beijing', code: 'Forbidden.RAM', message: 'no' }])
  expect(state.ended).toEqual(['p1'])
  expect(scan(started)).toMatchObject({ started: true, ended: undefined })
  expect(scan(started, page('cn-hangzhou', 'a', 't1'), proxies, proxies).proxies.map(one => one.instance)).toEqual(['a', 'a'])
  expect(scan()).toEqual({ started: false, regions: [], cursor: undefined, verdicts: [], proxies: [], failed: [], ended: undefined })
})
