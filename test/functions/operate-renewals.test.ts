import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import type { Operation } from '../../shared/operation.ts'
import { type FakeOffice, fakeOffice } from '../fakes/operator.ts'
import { no, order, yes } from './operate-scene.ts'
import {
  approvedScene,
  emitted,
  hints,
  lastSaidOf,
  now,
  publishedScene,
  renewal,
  restartingScene,
  says,
  scene,
  seedRollout,
  slotOf,
  slots,
} from './scene.ts'

describe('retry', () => {
  const retry: Operation = { do: 'retry', of: 'rm-1' }
  const ended = (reason: string) => ({ fact: 'Ended', reason, detail: 'x' })

  test.each(['RefusedByService', 'Abandoned'])('reopens what ended as %s, by its answer, and by a name', async reason => {
    const office = fakeOffice(await approvedScene())
    office.journal.seed(`renewals/${renewal}`, [ended(reason)])
    expect(await order(retry, office)).toEqual(yes({ renewal, did: 'reopened', woke: 'RenewalApproved' }))
    expect(lastSaidOf(office)).toEqual({ fact: 'Reopened', by: 'user/li.wei' })
    expect(hints(office).some(hint => hint.endsWith(`renewals/${renewal}`))).toBe(true)
    expect(await updateValidity(says.approved, office)).toMatchObject({ reply: 'accepted' })
    expect(office.rds.updates).toHaveLength(1)
  })
  test('wakes what waits, by whatever comes next', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order(retry, office)).toEqual(yes({ renewal, did: 'woken', woke: 'RenewalApproved' }))
    const later = fakeOffice(await publishedScene())
    later.journal.seed(`renewals/${renewal}`, [{ fact: 'Unreached', detail: 'x', mend: 'y' }])
    expect(await order(retry, later)).toMatchObject({ ok: true, result: { did: 'woken', woke: 'BundlePublished' } })
  })
  test.each<[string, string, (office: FakeOffice) => void]>([
    ['a no of the people asked', 'Rejected', office => office.journal.seed(`renewals/${renewal}`, [ended('Rejected')])],
    ['a promise that changed', 'Rejected', office => office.journal.seed(`renewals/${renewal}`, [ended('PromiseChanged')])],
    [
      'what is proven',
      'Done',
      office =>
        office.journal.seed(`renewals/${renewal}`, [
          { fact: 'Updated', notAfter: now, adopted: false },
          { fact: 'Proven', fingerprint: 'f', serial: '1', notAfter: now, from: 'vpc-1' },
        ]),
    ],
    [
      'a restart that is stuck',
      'UnderWay',
      office =>
        seedRollout(office, [
          { fact: 'RestartStarted', slot: slotOf() },
          { fact: 'RestartStuck', renewal },
        ]),
    ],
    [
      'an answer that has lapsed',
      'Lapsed',
      office => {
        office.journal.seed(`renewals/${renewal}`, [ended('Abandoned')])
        office.clock.set('2026-12-01T00:00:00Z')
      },
    ],
  ])('does not undo %s', async (_, reason, arrange) => {
    const office = fakeOffice(await approvedScene())
    arrange(office)
    expect(await order(retry, office)).toMatchObject(no(reason))
    expect(emitted(office)).toEqual([])
  })
  test('of an instance nobody knows says so', async () => {
    expect(await order({ do: 'retry', of: 'rm-404' }, fakeOffice(await scene()))).toMatchObject(no('NoSuchRenewal'))
  })
})

describe('abandon', () => {
  const abandon: Operation = { do: 'abandon', of: renewal, why: 'ticket 42' }
  const stuckOffice = async () => {
    const office = fakeOffice(await restartingScene())
    seedRollout(office, [{ fact: 'RestartStuck', renewal }])
    office.journal.seed('restarts', [
      { what: { fact: 'RestartStuck', renewal }, after: { slots: [slotOf({ stuck: true })], failures: [] } },
    ])
    return office
  }
  test('frees the place of a stuck restart, and ends the renewal by a name', async () => {
    const office = await stuckOffice()
    expect(await order(abandon, office)).toEqual(yes({ renewal, did: 'freed' }))
    expect(slots(office)).toEqual([])
    expect(lastSaidOf(office)).toEqual({ fact: 'Ended', reason: 'Abandoned', detail: 'user/li.wei gave it up: ticket 42' })
    expect(await order(abandon, office)).toMatchObject(no('Done'))
  })
  test('ends before it frees: killed in between, nothing begins it again', async () => {
    const office = await stuckOffice()
    const at = office.journal.appended.length
    await order(abandon, office)
    expect(office.journal.appended.slice(at).map(one => one.log.split('/')[0])).toEqual(['proofs', 'renewals', 'restarts'])
  })
  test('leaves a restart alone that is watched', async () => {
    const office = fakeOffice(await restartingScene())
    expect(await order(abandon, office)).toMatchObject(no('NotStuck'))
    expect(slots(office)).toHaveLength(1)
  })
  test('of what has not begun keeps it from beginning', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order(abandon, office)).toMatchObject({ ok: true, result: { did: 'abandoned' } })
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'leave' })
    expect(office.rds.updates).toEqual([])
  })
})
