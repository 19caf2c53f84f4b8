import { expect, test } from 'vitest'
import { dayInZone, distance, inZone, windowInZone, zoned } from '../../shared/page/times.ts'

test.each([
  ['2026-11-24T18:03:00Z', 'Asia/Shanghai', 'en', '2026-11-25 02:03 CST (11-24 18:03 UTC)'],
  ['2026-11-24T18:03:00Z', 'Asia/Shanghai', 'zh', '2026-11-25 02:03 北京时间（11-24 18:03 UTC）'],
  ['2026-11-24T03:12:00Z', 'Asia/Shanghai', 'en', '2026-11-24 11:12 CST (03:12 UTC)'],
  ['2026-11-24T16:00:00Z', 'Asia/Shanghai', 'en', '2026-11-25 00:00 CST (11-24 16:00 UTC)'],
  ['2026-11-24T03:12:00Z', 'UTC', 'en', '2026-11-24 03:12 UTC'],
  ['2026-07-01T03:12:00Z', 'America/New_York', 'en', '2026-06-30 23:12 EDT (07-01 03:12 UTC)'],
  ['2026-12-31T18:00:00Z', 'Asia/Singapore', 'zh', '2027-01-01 02:00 新加坡时间（12-31 18:00 UTC）'],
  ['2026-12-01T03:12:00Z', 'Europe/Berlin', 'zh', '2026-12-01 04:12 GMT+1（03:12 UTC）'],
] as const)('%s in %s (%s) is %s', (iso, timezone, language, expected) => {
  expect(inZone(iso, timezone, language)).toBe(expected)
})

test('an instant in UTC is not said twice', () => {
  expect(zoned('2026-11-24T03:12:00Z', 'Etc/UTC', 'en')).toEqual({ local: '2026-11-24 03:12 UTC', utc: undefined })
})

test('the day is the reader’s', () => {
  expect(dayInZone('2026-11-24T18:03:00Z', 'Asia/Shanghai')).toBe('2026-11-25')
})

const [summer, winter] = [new Date('2026-07-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z')]
test.each([
  ['18:00Z-22:00Z', 'Asia/Shanghai', 'en', winter, { local: '02:00–06:00 CST', utc: '18:00–22:00 UTC' }],
  ['18:00Z-22:00Z', 'Asia/Shanghai', 'zh', winter, { local: '北京时间 02:00–06:00', utc: '18:00–22:00 UTC' }],
  ['22:00Z-02:00Z', 'Asia/Shanghai', 'en', winter, { local: '06:00–10:00 CST', utc: '22:00–02:00 UTC' }],
  ['20:00Z-24:00Z', 'Asia/Shanghai', 'en', winter, { local: '04:00–08:00 CST', utc: '20:00–24:00 UTC' }],
  ['01:00Z-02:00Z', 'Europe/Berlin', 'en', summer, { local: '03:00–04:00 GMT+2', utc: '01:00–02:00 UTC' }],
  ['01:00Z-02:00Z', 'Europe/Berlin', 'en', winter, { local: '02:00–03:00 GMT+1', utc: '01:00–02:00 UTC' }],
  ['01:00Z-02:00Z', 'UTC', 'en', winter, { local: '01:00–02:00 UTC', utc: undefined }],
  ['any', 'Asia/Shanghai', 'en', winter, { local: 'any', utc: undefined }],
] as const)('the window %s in %s (%s) on %o is %o', (window, timezone, language, on, expected) => {
  expect(windowInZone(window, timezone, language, on)).toEqual(expected)
})

const now = new Date('2026-11-10T04:00:00Z')
test.each([
  ['2026-11-12T04:00:00Z', { past: false, count: 2, unit: 'days' }],
  ['2026-11-12T03:59:59Z', { past: false, count: 47, unit: 'hours' }],
  ['2026-11-10T05:00:00Z', { past: false, count: 1, unit: 'hours' }],
  ['2026-11-10T04:59:59Z', { past: false, count: 59, unit: 'minutes' }],
  ['2026-11-10T04:00:00Z', { past: true, count: 0, unit: 'minutes' }],
  ['2026-11-07T03:00:00Z', { past: true, count: 3, unit: 'days' }],
] as const)('from 04:00 on the 10th, %s is %o away', (iso, expected) => {
  expect(distance(iso, now)).toEqual(expected)
})
