import { describe, expect, test } from 'vitest'
import { operate } from '../../functions/operate.ts'
import type { Operation } from '../../shared/operation.ts'
import { fakeOffice } from '../fakes/operator.ts'
import { look, no, order, yes } from './operate-scene.ts'
import { now, said, scene, versionOf } from './scene.ts'

describe('accept bundle', () => {
  const root = { fingerprint: 'ab'.repeat(32), subject: 'CN=Another Root', notAfter: '2046-01-01T00:00:00Z' }
  const next = '9'.repeat(64)
  const accept = (...harms: string[]): Operation => ({ do: 'accept bundle', version: next, harms })
  async function refusedOffice(...harmed: string[]) {
    const office = fakeOffice(await scene())
    const instead = await versionOf(office)
    const fact = { fact: 'Refused', version: next, instead, rootsAdded: [root], rootsRemoved: [], harmed }
    await office.journal.append('bundle', { n: 1, attempt: 'a-night', at: now, fact })
    return { office, instead }
  }
  test('journals who lets which bundle replace which, once', async () => {
    const { office, instead } = await refusedOffice()
    expect(await look({ do: 'bundle' }, office)).toMatchObject({ result: { waits: { version: next, rootsAdded: [root], harmed: [] } } })
    expect(await order(accept(), office)).toEqual(yes({ version: next, instead, harms: [] }))
    expect(said(office, 'bundle').at(-1)).toEqual({ fact: 'Accepted', version: next, instead, harms: [], by: 'user/li.wei' })
    expect(await look({ do: 'bundle' }, office)).toMatchObject({ result: { waits: { acceptedBy: 'user/li.wei' } } })
    expect(await order(accept(), office)).toMatchObject(no('Same', /user\/li\.wei/))
    expect(said(office, 'bundle')).toHaveLength(2)
  })
  test('takes a person, as every act', async () => {
    const { office } = await refusedOffice()
    expect(await operate({ operation: accept() }, office)).toMatchObject(no('NoProof'))
    expect(said(office, 'bundle')).toHaveLength(1)
  })
  test.each<[string, string[], Operation, string]>([
    ['another version than the one that waits', [], { do: 'accept bundle', version: '8'.repeat(64), harms: [] }, 'NoSuchBundle'],
    ['one that harms an instance which nobody named', ['rm-1', 'rm-2'], accept('rm-1'), 'HarmUnnamed'],
    ['an instance that would not be harmed', ['rm-1'], accept('rm-1', 'rm-2'), 'UnknownItem'],
  ])('not %s', async (_, harmed, operation, reason) => {
    const { office } = await refusedOffice(...harmed)
    expect(await order(operation, office)).toMatchObject(no(reason))
    expect(said(office, 'bundle')).toHaveLength(1)
  })
  test('with the instances named that it harms, it is journalled so', async () => {
    const { office } = await refusedOffice('rm-1', 'rm-2')
    expect(await order(accept('rm-2', 'rm-1'), office)).toMatchObject({ ok: true, result: { harms: ['rm-2', 'rm-1'] } })
  })
  test('nothing where none was refused, or the published one was seen at the source since', async () => {
    expect(await order(accept(), fakeOffice(await scene()))).toMatchObject(no('NoSuchBundle'))
    const { office } = await refusedOffice()
    const manifest = await office.bundles.manifest()
    if (!manifest) throw new Error('it was seeded')
    await office.bundles.checked({ ...manifest, checkedAt: '2026-11-10T00:00:00Z' })
    expect(await order(accept(), office)).toMatchObject(no('NoSuchBundle'))
    expect(await look({ do: 'bundle' }, office)).not.toHaveProperty('result.waits')
  })
})
