import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import type { Operation } from '../../shared/operation.ts'
import { type FakeOffice, fakeOffice } from '../fakes/operator.ts'
import { look, no, order, yes } from './operate-scene.ts'
import { approvedScene, emitted, policyText, renewal, restarts, said, says, scene } from './scene.ts'

describe('a pushed policy', () => {
  const observes = policyText.replace('mode: act', 'mode: observe')
  const push = (text: string, after: number, act = false): Operation => ({ do: 'push policy', text, after, act })
  const policies = (office: FakeOffice) => said(office, 'policy') as { text: string; by: string }[]

  test('is in force by the name of who pushed it', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(observes, 1), office)).toEqual(yes({ n: 2, mode: 'observe', was: 'act' }))
    expect(policies(office).at(-1)).toEqual({ text: observes, document: readPolicy(observes).document, by: 'user/li.wei' })
  })
  test('may be the first', async () => {
    const office = fakeOffice(await scene())
    const empty = fakeOffice({ ...office, journal: (await import('../fakes/journal.ts')).fakeJournal() })
    expect(await order(push(observes, 0), empty)).toEqual(yes({ n: 1, mode: 'observe', was: 'none' }))
  })
  test('begins to act only where the person said so, from observing or from nothing', async () => {
    const office = fakeOffice(await scene({ policy: observes }))
    expect(await order(push(policyText, 1), office)).toMatchObject(no('ActUnconfirmed', /restart databases/))
    expect(policies(office)).toHaveLength(1)
    expect(await order(push(policyText, 1, true), office)).toMatchObject({ ok: true, result: { was: 'observe', mode: 'act' } })
    const changed = policyText.replace('concurrency: 1', 'concurrency: 2')
    expect(await order(push(changed, 2), office)).toMatchObject({ ok: true, result: { was: 'act' } })
  })
  test('with faults is refused with the line of each', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(policyText.replace('mode: act', 'mode: auto'), 1), office)).toMatchObject(
      no('BadPolicy', /policy\.yaml:1: mode/),
    )
  })
  test('over another than was looked at is refused, also where that came at the same moment', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(observes, 0), office)).toMatchObject(no('PolicyMoved', /entry 1/))
    office.journal.race('policy', { text: observes, document: readPolicy(observes).document, by: 'user/chen.yu' })
    expect(await order(push(policyText.replace('zh', 'en').replace('30d', '31d'), 1), office)).toMatchObject(
      no('PolicyMoved', /user\/chen\.yu/),
    )
  })
  test('that is in force already is not pushed again', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(policyText, 1), office)).toMatchObject(no('Same'))
  })
  test('is shown with who put it there', async () => {
    const office = fakeOffice(await scene())
    expect(await look({ do: 'policy' }, office)).toMatchObject({
      ok: true,
      result: { policy: { n: 1, mode: 'act', by: 'a test', text: policyText } },
    })
  })
})

describe('pause, resume, stop all', () => {
  test('a pause lets nothing begin, is by a name, and is said once', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order({ do: 'pause', why: 'release night' }, office)).toMatchObject({ ok: true })
    expect(restarts(office)).toEqual([{ fact: 'RolloutHalted', why: 'user/li.wei paused: release night', by: 'user/li.wei' }])
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'wait', for: 'Resume' })
    expect(office.rds.updates).toEqual([])
    expect(await order({ do: 'pause', why: '' }, office)).toMatchObject(no('Halted', /release night/))
  })
  test('resume ends it, and what waits looks again at once', async () => {
    const office = fakeOffice(await approvedScene())
    await order({ do: 'pause', why: '' }, office)
    await office.journal.remind('2026-11-09T19:30:00Z', `renewals/${renewal}`)
    expect(await order({ do: 'resume' }, office)).toEqual(yes({ rollout: { slots: [], failures: [] }, woken: 1 }))
    expect(emitted(office)).toEqual([says.approved])
    expect(await updateValidity(says.approved, office)).toMatchObject({ reply: 'accepted' })
    expect(await order({ do: 'resume' }, office)).toMatchObject(no('NotHalted'))
  })
  test('stop all takes the policy back to observing: resume alone does not undo it', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order({ do: 'stop all', why: 'incident' }, office)).toMatchObject({
      ok: true,
      result: { observes: true, rollout: { halted: {} } },
    })
    const { text, document, by } = said(office, 'policy').at(-1) as { text: string; document: { mode: string }; by: string }
    expect([document.mode, by, text]).toEqual(['observe', 'user/li.wei', policyText.replace('mode: act', 'mode: observe')])
    await order({ do: 'resume' }, office)
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'wait', for: 'Act' })
  })
  test('stop all while it observes already only halts', async () => {
    const office = fakeOffice(await scene({ policy: policyText.replace('mode: act', 'mode: observe') }))
    expect(await order({ do: 'stop all', why: '' }, office)).toMatchObject({ ok: true })
    expect(said(office, 'policy')).toHaveLength(1)
  })
})
