import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { journalOver } from '../../shared/adapters/journal.ts'
import type { Entry, Journal } from '../../shared/ports.ts'
import { fakeJournal } from '../fakes/journal.ts'
import { startBucket } from './buckets.ts'
import { atOnce, empty, expectNoSecret, hangUp, html, stranger } from './cloud.ts'

const entry = (n: number, fact: unknown = { fact: `number ${n}` }, attempt = 'a1'): Entry => ({
  n,
  attempt,
  at: '2026-11-24T00:00:00Z',
  fact,
})
const log = 'renewals/1000.cn-hangzhou.rm-1.instance.20261201T0312Z'

async function fill(journal: Journal, entries: number) {
  for (let n = 1; n <= entries; n++) await journal.append(log, entry(n))
}

type World = { journal: Journal; close(): Promise<void> }

const worlds: [string, () => Promise<World>][] = [
  ['the fake journal', async () => ({ journal: fakeJournal(), close: async () => {} })],
  [
    'the journal over ali-oss',
    async () => {
      const bucket = await startBucket('journal')
      return { journal: journalOver(bucket.store, atOnce, 'journal'), close: bucket.close }
    },
  ],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  test('a log that nobody wrote to is empty, and has no newest entry', async () => {
    expect(await world.journal.read(log)).toEqual([])
    expect(await world.journal.newest(log)).toBeUndefined()
  })

  test('what was appended is read back in order, with attempt and instant', async () => {
    await fill(world.journal, 3)
    expect(await world.journal.read(log)).toEqual([entry(1), entry(2), entry(3)])
  })

  test('logs are apart, even where one name begins with the other', async () => {
    await world.journal.append('plans/p', entry(1, 'of p'))
    await world.journal.append('plans/p1', entry(1, 'of p1'))
    expect((await world.journal.read('plans/p')).map(one => one.fact)).toEqual(['of p'])
  })

  test.each([1, 7, 8, 9, 16, 17, 25])('the newest of %i entries is found', async entries => {
    await fill(world.journal, entries)
    expect(await world.journal.newest(log)).toEqual(entry(entries))
  })

  test('an entry that another attempt holds is taken, and stays as it was', async () => {
    await world.journal.append(log, entry(1, 'first', 'a1'))
    expect(await world.journal.append(log, entry(1, 'second', 'a2'))).toBe('taken')
    expect(await world.journal.read(log)).toEqual([entry(1, 'first', 'a1')])
  })

  test('another attempt that says the very same does not own the entry', async () => {
    await world.journal.append(log, entry(1, 'same', 'a1'))
    expect(await world.journal.append(log, entry(1, 'same', 'a2'))).toBe('taken')
  })

  test('appending once more what one wrote is no second entry, and not taken', async () => {
    await world.journal.append(log, entry(1))
    expect(await world.journal.append(log, entry(1))).toBe('appended')
    expect(await world.journal.read(log)).toHaveLength(1)
  })

  test('the same attempt with another fact does not own the entry', async () => {
    await world.journal.append(log, entry(1, 'before'))
    expect(await world.journal.append(log, entry(1, 'after'))).toBe('taken')
  })

  test('of ten that append the same number at once exactly one owns it', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => world.journal.append(log, entry(1, `by ${at}`, `attempt-${at}`))),
    )
    const [winner] = await world.journal.read(log)
    expect(outcomes.filter(one => one === 'appended')).toHaveLength(1)
    expect(winner?.attempt).toBe(`attempt-${outcomes.indexOf('appended')}`)
  })

  test('hints come back when they are due, oldest first, and the instant itself is due', async () => {
    await world.journal.remind('2026-11-24T02:00:00Z', 'renewals/later')
    await world.journal.remind('2026-11-24T01:00:00.500Z', 'renewals/half')
    await world.journal.remind('2026-11-24T01:00:00Z', 'renewals/whole')
    const due = await world.journal.due('2026-11-24T01:00:00.500Z', 10)
    expect(due.map(one => one.id)).toEqual(['renewals/whole', 'renewals/half'])
    expect(await world.journal.due('2026-11-24T00:59:59Z', 10)).toEqual([])
  })

  test('a hint written twice is there once, and is gone when it is forgotten as it came back', async () => {
    await world.journal.remind('2026-11-24T01:00:00Z', 'plans/p')
    await world.journal.remind('2026-11-24T01:00:00.000Z', 'plans/p')
    const [due, ...more] = await world.journal.due('2027-01-01T00:00:00Z', 10)
    expect(more).toEqual([])
    if (due === undefined) throw new Error('no hint came back')
    await world.journal.forget(due.look, due.id)
    expect(await world.journal.due('2027-01-01T00:00:00Z', 10)).toEqual([])
  })

  test('forgetting a hint that is not there is no fault', async () => {
    await expect(world.journal.forget('2026-11-24T01:00:00Z', 'plans/none')).resolves.toBeUndefined()
  })

  test('at most as many hints come back as were asked for', async () => {
    for (const id of ['c', 'a', 'b']) await world.journal.remind('2026-11-24T01:00:00Z', `plans/${id}`)
    expect((await world.journal.due('2027-01-01T00:00:00Z', 2)).map(one => one.id)).toEqual(['plans/a', 'plans/b'])
    expect(await world.journal.due('2027-01-01T00:00:00Z', 0)).toEqual([])
  })

  test.each(['plans/a b', 'plans/100%', 'plans/计划', 'plans/a~b', 'plans/a+b'])('the id %s comes back as it went in', async id => {
    await world.journal.remind('2026-11-24T01:00:00Z', id)
    expect((await world.journal.due('2027-01-01T00:00:00Z', 10)).map(one => one.id)).toEqual([id])
  })
})

describe('the journal over ali-oss, where answers go astray', () => {
  let bucket: Awaited<ReturnType<typeof startBucket>>
  let journal: Journal
  beforeEach(async () => {
    bucket = await startBucket('journal')
    journal = journalOver(bucket.store, atOnce, 'journal')
  })
  afterEach(() => bucket.close())

  test('the keys are those of the documented layout, numbered in four digits', async () => {
    await fill(journal, 8)
    expect(bucket.bytes(`journal/${log}/0001.json`)?.toString()).toBe(JSON.stringify(entry(1)))
    expect(bucket.bytes(`journal/${log}/head`)?.toString()).toBe('8')
    await journal.remind('2026-11-24T01:00:00Z', 'plans/p')
    expect(bucket.bytes('open/2026-11-24T01:00:00.000Z~plans%2Fp')).toBeDefined()
  })

  const lost: [string, Parameters<typeof bucket.next>[1]][] = [
    ['a hang-up after it took effect', { ...hangUp, phase: 'after' }],
    ['a hang-up before it took effect', hangUp],
    ['an HTML page after it took effect', { ...html(502), phase: 'after' }],
    ['an HTML page with 200 that hides that nothing happened', html(200)],
    ['three hang-ups in a row', { ...hangUp, times: 3 }],
  ]
  test.each(lost)('an append that met %s is settled by reading the key, and owned', async (_, fate) => {
    bucket.next('PutObject', fate)
    expect(await journal.append(log, entry(1))).toBe('appended')
    expect(await journal.read(log)).toEqual([entry(1)])
  })

  test('an append whose answer is lost while another attempt wins is taken', async () => {
    bucket.put(`journal/${log}/0001.json`, JSON.stringify(entry(1, 'theirs', 'a2')))
    bucket.next('PutObject', hangUp)
    expect(await journal.append(log, entry(1))).toBe('taken')
  })

  test('an append that never gets an answer says so, and does not pretend', async () => {
    bucket.next('PutObject', { ...hangUp, times: 99 })
    await expect(journal.append(log, entry(1))).rejects.toMatchObject({ code: 'Unreachable', retry: true })
  })

  const strangers404: [string, Parameters<typeof bucket.next>[1]][] = [
    ['an HTML page', { ...html(404), times: 99 }],
    ['an empty answer', { ...empty(404), times: 99 }],
  ]
  test.each(strangers404)('a 404 with %s, from something in between, is not the end of a log', async (_, fate) => {
    await fill(journal, 2)
    bucket.next('GetObject', fate)
    await expect(journal.read(log)).rejects.toMatchObject({ code: 'BadReply', retry: true })
  })

  test('a bucket that is not there is not an empty log', async () => {
    const other = journalOver(await (await startBucketGone()).store, atOnce, 'journal')
    await expect(other.read(log)).rejects.toMatchObject({ code: 'Refused', cloudCode: 'NoSuchBucket' })
  })

  async function startBucketGone() {
    bucket.model.deleteBucket('journal')
    return bucket
  }

  test('a read that is hung up on once is tried again', async () => {
    await fill(journal, 2)
    bucket.next('GetObject', hangUp)
    expect(await journal.read(log)).toHaveLength(2)
  })

  test.each(['enabled', 'suspended'] as const)('with versioning %s nothing is written, and the mend is told', async versioning => {
    bucket.model.putVersioning('journal', versioning)
    await expect(journal.append(log, entry(1))).rejects.toMatchObject({
      code: 'BadConfig',
      message: expect.stringContaining('JOURNAL_BUCKET'),
    })
    await expect(journal.remind('2026-11-24T01:00:00Z', 'plans/p')).rejects.toMatchObject({ code: 'BadConfig' })
    expect(bucket.bytes(`journal/${log}/0001.json`)).toBeUndefined()
  })

  test('whether the bucket keeps versions is asked once', async () => {
    await fill(journal, 3)
    expect(bucket.calls.filter(call => call.action === 'GetBucketVersioning')).toHaveLength(1)
  })

  test('an append is one request more than the first check', async () => {
    await journal.append(log, entry(1))
    bucket.calls.length = 0
    await journal.append(log, entry(2))
    expect(bucket.calls.map(call => call.action)).toEqual(['PutObject'])
  })

  test.each(['3', '25', '999999999', 'rubbish', ''])('with the hint %j the newest entry is still found', async hint => {
    await fill(journal, 17)
    bucket.put(`journal/${log}/head`, hint)
    expect(await journal.newest(log)).toEqual(entry(17))
  })

  test('a hint that cannot be written does not undo the append', async () => {
    await fill(journal, 7)
    const puts = bucket.calls.filter(call => call.action === 'PutObject').length
    bucket.next('PutObject', { do: 'pass' })
    bucket.next('PutObject', { ...hangUp, times: 99 })
    expect(await journal.append(log, entry(8))).toBe('appended')
    expect(bucket.calls.filter(call => call.action === 'PutObject').length).toBeGreaterThan(puts + 1)
    expect(bucket.bytes(`journal/${log}/head`)).toBeUndefined()
  })

  test.each([
    ['rubbish', 'not JSON'],
    ['{"n":1}', 'attempt'],
    ['{"n":2,"attempt":"a","at":"2026-11-24T00:00:00Z","fact":{}}', 'holds entry 2'],
  ])('an entry that holds %s is a fault that names its key, and no retry helps', async (text, problem) => {
    bucket.put(`journal/${log}/0001.json`, text)
    const read = journal.read(log)
    await expect(read).rejects.toMatchObject({ code: 'BadJournal', retry: false, message: expect.stringContaining(problem) })
    await expect(read).rejects.toThrow(`journal/${log}/0001.json`)
  })

  test.each(['', 'a//b', '../a', 'a/..', 'a/./b', 'a b', 'a?b', 'a/'])('%j names no log', async name => {
    await expect(journal.read(name)).rejects.toMatchObject({ code: 'BadJournal' })
  })

  test('a key that the service does not know is refused, and nothing secret is told', async () => {
    const refused = journalOver(await bucket.storeAs(stranger), atOnce, 'journal').read(log)
    await expect(refused).rejects.toMatchObject({ code: 'Refused', cloudCode: 'InvalidAccessKeyId' })
    expectNoSecret(await refused.then(String, String), [stranger.accessKeyId])
  })

  test('objects under open/ that are no hints are passed over', async () => {
    bucket.put('open/readme.txt', 'x')
    bucket.put('open/2026-11-24T01:00:00.000Z~%E0%A4', 'x')
    await journal.remind('2026-11-24T01:00:00Z', 'plans/p')
    expect(await journal.due('2027-01-01T00:00:00Z', 3)).toEqual([{ look: '2026-11-24T01:00:00.000Z', id: 'plans/p' }])
  })
})
