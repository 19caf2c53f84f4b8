import { describe, expect, test } from 'vitest'
import { event } from '../../shared/events.ts'
import { fakeOffice } from '../fakes/operator.ts'
import { askedOffice, look, no, order } from './operate-scene.ts'
import { emitted, hints, itemOf, plan, policyText, renewal, restartingScene, says, scene, seedRollout, slotOf } from './scene.ts'

describe('a look', () => {
  test('needs no proof, and changes nothing', async () => {
    const office = await askedOffice()
    const before = [office.journal.appended.length, hints(office)]
    for (const operation of [
      { do: 'overview' },
      { do: 'plan', plan },
      { do: 'history', of: 'rm-1' },
      { do: 'policy' },
      { do: 'letters' },
      { do: 'bundle' },
    ] as const)
      expect(await look(operation, office)).toMatchObject({ ok: true })
    expect([office.journal.appended.length, hints(office)]).toEqual(before)
    expect(emitted(office)).toEqual([])
  })
  test('over everything tells the open plans, what waits, and who put the policy in force', async () => {
    const office = await askedOffice()
    await office.journal.remind('2026-11-09T19:00:00Z', `renewals/${renewal}`)
    expect(await look({ do: 'overview' }, office)).toMatchObject({
      result: {
        policy: { n: 1, by: 'a test' },
        plans: [{ plan, items: 2, open: 2, restarting: 2, asks: 1 }],
        renewals: [{ renewal, look: '2026-11-09T19:00:00.000Z' }],
        rollout: { slots: [], failures: [] },
      },
    })
  })
  test('over a deployment that observes counts what it would have done, each renewal once', async () => {
    const office = fakeOffice(await scene({ policy: policyText.replace('mode: act', 'mode: observe') }))
    const due = (instance: string, change = {}) => ({ due: true, approvers: 'dba', approval: 'required', item: itemOf(instance, change) })
    const { deadline: _, ...late } = itemOf('rm-3')
    const scan = (verdicts: unknown[]) => [
      { fact: 'Started', regions: ['cn-hangzhou'], policy: 1 },
      { fact: 'Page', region: 'cn-hangzhou', verdicts },
      { fact: 'Ended', plans: [] },
    ]
    const runsOn = { promise: { restarts: false, window: 'any', updateValue: 1 } }
    office.journal.seed('scans/2026-11-09', scan([due('rm-1'), due('rm-2', runsOn)]))
    office.journal.seed('scans/2026-11-10', scan([due('rm-1'), due('rm-2', runsOn), { ...due('rm-3'), item: late }]))
    expect(await look({ do: 'overview' }, office)).toMatchObject({ result: { observed: { nights: 2, renewals: 2, restarts: 1, late: 1 } } })
    expect(await look({ do: 'overview' }, fakeOffice(await scene()))).not.toHaveProperty('result.observed')
  })
  test('at a plan and at a history gives what the logs say, with their times', async () => {
    const office = fakeOffice(await restartingScene())
    seedRollout(office, [{ fact: 'SecondNotTaken', first: slotOf() }])
    expect(await look({ do: 'plan', plan }, office)).toMatchObject({
      result: { plan, entries: [{ n: 1 }, { n: 2 }, { n: 3, fact: { fact: 'Answered' } }] },
    })
    expect(await look({ do: 'history', of: 'rm-1' }, office)).toMatchObject({
      result: {
        renewals: [
          {
            renewal,
            entries: [{ fact: { fact: 'Planned' } }, { fact: { fact: 'Accepted' } }],
            restarts: [{ fact: { fact: 'RestartStarted' } }, { fact: { fact: 'SecondNotTaken' } }],
            held: { renewal },
          },
        ],
      },
    })
    expect(await look({ do: 'history', of: 'rm-404' }, office)).toMatchObject(no('NoSuchRenewal'))
    expect(await look({ do: 'plan', plan: 'x' }, office)).toMatchObject(no('NoSuchPlan'))
  })
})

describe('dead letters', () => {
  const buriedOne = (envelope: string) => JSON.stringify({ step: 'update-validity', code: 'BadJournal', message: 'policy/1: x', envelope })
  const enveloped = JSON.stringify([
    { id: '1', source: 's', specversion: '1.0', type: 'mns', data: { messageBody: JSON.stringify(says.due) } },
  ])

  async function withThree() {
    const office = fakeOffice(await scene())
    office.letters.put(buriedOne(JSON.stringify(says.approved)))
    office.letters.put(enveloped)
    office.letters.put('<html>')
    return office
  }

  test('are told with the step, its reason and what they hold, whoever buried them', async () => {
    const office = await withThree()
    expect(await look({ do: 'letters' }, office)).toMatchObject({
      result: {
        waiting: 3,
        letters: [
          { step: 'update-validity', code: 'BadJournal', events: [{ type: 'RenewalApproved' }] },
          { events: [{ type: 'RenewalsDue' }] },
          { events: [], unreadable: expect.stringContaining('not JSON') },
        ],
      },
    })
  })
  test('are sent again to the steps that take them, and removed; what cannot be read stays', async () => {
    const office = await withThree()
    expect(await order({ do: 'redrive' }, office)).toMatchObject({
      ok: true,
      result: {
        sent: [{ events: ['RenewalApproved → update-validity'] }, { events: ['RenewalsDue → request-approval'] }],
        kept: [{ why: expect.any(String) }],
      },
    })
    expect(emitted(office)).toEqual([says.approved, says.due])
    expect(office.letters.left()).toEqual(['<html>'])
    expect(await office.letters.peek()).toHaveLength(1)
  })
  test('are not removed where sending fails', async () => {
    const office = fakeOffice(await scene())
    office.letters.put(enveloped)
    office.queue.fail('send')
    await expect(order({ do: 'redrive' }, office)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(office.letters.left()).toHaveLength(1)
  })
  test('may be sent one at a time, and the others are seen again', async () => {
    const office = fakeOffice(await scene())
    for (let n = 0; n < 3; n++) office.letters.put(JSON.stringify(event('RenewalsDue', { plan: `p${n}` })))
    expect(await order({ do: 'redrive', letter: 'M0002' }, office)).toMatchObject({ ok: true, result: { sent: [{ letter: 'M0002' }] } })
    expect(await office.letters.peek()).toHaveLength(2)
    expect(await order({ do: 'redrive', letter: 'M0009' }, office)).toMatchObject(no('NoSuchLetter'))
  })
  test('all of many are sent, not only those that come at once', async () => {
    const office = fakeOffice(await scene())
    for (let n = 0; n < 40; n++) office.letters.put(JSON.stringify(event('RenewalsDue', { plan: `p${n}` })))
    await order({ do: 'redrive' }, office)
    expect(emitted(office)).toHaveLength(40)
    expect(office.letters.left()).toEqual([])
  })
})
