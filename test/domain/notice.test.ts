import { describe, expect, test } from 'vitest'
import { evolveNotice, evolveProgress, isMilestone, type NoticeFact, noNotice } from '../../shared/domain/notice.ts'

const notice = (...facts: [NoticeFact, string][]) => facts.reduce((state, [fact, at]) => evolveNotice(state, fact, at), noNotice)

describe('a card on a channel', () => {
  test('is claimed by the last who took it, since then', () =>
    expect(notice([{ fact: 'Claimed', by: 'a1' }, 't1'], [{ fact: 'Claimed', by: 'a2' }, 't2'])).toEqual({
      claimedBy: 'a2',
      claimedAt: 't2',
      posted: false,
    }))
  test('is posted for good, whoever claims it afterwards', () =>
    expect(notice([{ fact: 'Claimed', by: 'a1' }, 't1'], [{ fact: 'Posted' }, 't2'], [{ fact: 'Claimed', by: 'a2' }, 't3']).posted).toBe(
      true,
    ))
})

test('the progress of a plan counts each renewal once, in the order in which they were told', () => {
  const told = ['r2', 'r1', 'r2'].reduce((state: readonly string[], renewal) => evolveProgress(state, { fact: 'Proven', renewal }), [])
  expect(told).toEqual(['r2', 'r1'])
})

test.each([
  [1, [1]],
  [5, [1, 2, 3, 4, 5]],
  [6, [1, 2, 3, 5, 6]],
  [8, [1, 2, 4, 6, 8]],
  [100, [1, 25, 50, 75, 100]],
])('of %i renewals these are told: %j', (of, milestones) => {
  const all = Array.from({ length: of }, (_, at) => at + 1)
  expect(all.filter(k => isMilestone(k, of))).toEqual(milestones)
})
