import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderStore } from '../../cli/folder-store.ts'
import { journalOver, logNamesOver } from '../../shared/adapters/journal.ts'
import { json } from '../../shared/adapters/store.ts'
import { atOnce } from '../contract/cloud.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-store-'))
})
afterAll(() => rm(folder, { recursive: true }))
const fresh = (name: string) => folderStore(join(folder, name))
const bytes = (text: string) => Buffer.from(text)

test('of many that create one key at once exactly one does, and its bytes are whole', async () => {
  const store = fresh('race')
  for (let round = 0; round < 20; round++) {
    const key = `journal/restarts/${round}.json`
    const racers = Array.from({ length: 12 }, (_, n) => store.create(key, bytes(`${n}`.repeat(5000)), json))
    const outcomes = await Promise.all(racers)
    expect(outcomes.filter(one => one === 'created')).toHaveLength(1)
    const winner = outcomes.indexOf('created')
    expect(Buffer.from((await store.get(key)) ?? []).toString()).toBe(`${winner}`.repeat(5000))
  }
})

test('lists what begins so, in the order of bytes, page by page, and nothing half written', async () => {
  const store = fresh('list')
  for (const key of ['open/b~x', 'open/a~renewals%2Fr', 'open/c', 'other/a']) await store.put(key, bytes('.'), json)
  const first = await store.list('open/', 2)
  expect(first).toEqual({ keys: ['open/a~renewals%2Fr', 'open/b~x'], next: 'open/b~x' })
  expect(await store.list('open/', 2, first.next)).toEqual({ keys: ['open/c'] })
  await store.remove('open/c')
  await store.remove('open/c')
  expect((await store.list('open/', 9)).keys).toHaveLength(2)
  expect(await store.list('nowhere/', 9)).toEqual({ keys: [] })
})

test('a key cannot leave the folder, and what is not there is undefined', async () => {
  const store = fresh('keys')
  await store.put('../../escaped', bytes('x'), json)
  await expect(stat(join(folder, '..', 'escaped'))).rejects.toThrow()
  expect((await store.list('../', 9)).keys).toEqual(['../../escaped'])
  expect(await store.get('never')).toBeUndefined()
})

test('a journal over it reads what another process appended, and knows its own entry again', async () => {
  const [a, b] = [journalOver(fresh('journal'), atOnce, 'a'), journalOver(fresh('journal'), atOnce, 'b')]
  const entry = { n: 1, attempt: 'one', at: '2026-11-24T00:00:00.000Z', fact: { x: 1 } }
  expect(await a.append('renewals/r1', entry)).toBe('appended')
  expect(await b.append('renewals/r1', { ...entry, attempt: 'two' })).toBe('taken')
  expect(await b.append('renewals/r1', entry)).toBe('appended')
  expect(await b.read('renewals/r1')).toEqual([entry])
  await a.remind('2026-11-24T01:00:00Z', 'renewals/r1')
  expect(await b.due('2026-11-24T02:00:00Z', 9)).toEqual([{ look: '2026-11-24T01:00:00.000Z', id: 'renewals/r1' }])
  expect(await logNamesOver(fresh('journal'), 'f').under('renewals/r')).toEqual(['renewals/r1'])
})
