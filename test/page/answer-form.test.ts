import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswer } from '../../shared/page/answer-form.ts'
import { numbered, planOf } from './plans.ts'

const closed = planOf(numbered(4))
const all = closed.items.map(item => item.renewal)
const [first = '', second = ''] = all

type Fields = { decision?: string[]; items?: string[]; count?: string[] }
function form({ decision = ['approve'], items = all, count = [String(items.length)] }: Fields): URLSearchParams {
  const named = (name: string, values: string[]) => values.map((value): [string, string] => [name, value])
  return new URLSearchParams([...named('decision', decision), ...named('item', items), ...named('count', count)])
}

test('the whole plan is approved by its number', () => {
  expect(readAnswer(form({}), closed)).toEqual({ ok: true, decision: 'approve', renewals: all })
})

test('a part of the plan is answered by the number of the part, in the order of the plan', () => {
  expect(readAnswer(form({ decision: ['reject'], items: [second, first] }), closed)).toEqual({
    ok: true,
    decision: 'reject',
    renewals: [first, second],
  })
})

test.each([
  ['no decision', { decision: [] }, 'NoDecision'],
  ['a decision that is none', { decision: ['maybe'] }, 'NoDecision'],
  ['both decisions', { decision: ['approve', 'reject'] }, 'NoDecision'],
  ['nothing chosen', { items: [] }, 'NothingChosen'],
  ['nothing chosen and 0 typed', { items: [], count: ['0'] }, 'NothingChosen'],
  ['an item of another plan', { items: [first, 'other'], count: ['2'] }, 'UnknownItem'],
  ['an item of another plan, not counted', { items: [first, 'other'], count: ['1'] }, 'UnknownItem'],
  ['no number', { count: [] }, 'NoCount'],
  ['an empty number', { count: [''] }, 'NoCount'],
  ['a word', { count: ['four'] }, 'NoCount'],
  ['a negative number', { count: ['-4'] }, 'NoCount'],
  ['a number with a fraction', { count: ['4.0'] }, 'NoCount'],
  ['a number as computers write it', { count: ['4e0'] }, 'NoCount'],
  ['two numbers', { count: ['4', '4'] }, 'NoCount'],
  ['one too few', { count: ['3'] }, 'WrongCount'],
  ['one too many', { count: ['5'] }, 'WrongCount'],
  ['the number of the plan for a part of it', { items: [first], count: ['4'] }, 'WrongCount'],
] as [string, Fields, string][])('%s answers nothing', (_, fields, problem) => {
  expect(readAnswer(form(fields), closed)).toMatchObject({ ok: false, problem })
})

test('a wrong number keeps what was chosen, and only what the plan has', () => {
  expect(readAnswer(form({ items: [second], count: ['9'] }), closed)).toEqual({ ok: false, problem: 'WrongCount', renewals: [second] })
  expect(readAnswer(form({ items: [second, 'other'] }), closed)).toEqual({ ok: false, problem: 'UnknownItem', renewals: [second] })
})

test('an item sent twice is one item', () => {
  expect(readAnswer(form({ items: [first, first], count: ['1'] }), closed)).toMatchObject({ ok: true, renewals: [first] })
})

test('a number typed on a Chinese keyboard, or with spaces, is that number', () => {
  expect(readAnswer(form({ count: ['４'] }), closed)).toMatchObject({ ok: true })
  expect(readAnswer(form({ count: [' 4 '] }), closed)).toMatchObject({ ok: true })
})

test('for every choice, exactly its own number is an answer', () => {
  fc.assert(
    fc.property(fc.subarray(all, { minLength: 1 }), fc.integer({ min: 0, max: 6 }), (items, count) => {
      expect(readAnswer(form({ items, count: [String(count)] }), closed).ok).toBe(count === items.length)
    }),
  )
})
