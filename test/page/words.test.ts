import { expect, test } from 'vitest'
import { endReason } from '../../shared/domain/renewal-log.ts'
import { attentionReason } from '../../shared/events.ts'
import { commands } from '../../shared/page/commands.ts'
import { statusOfProblem } from '../../shared/page/problem.ts'
import { languageOf, languages, wordsOf } from '../../shared/page/words.ts'

type Leaf = { path: string; text: string }

/** Every text of a language, its functions called with each of some arguments, which are all that they take. */
function leaves(value: unknown, path = ''): Leaf[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value === 'function')
    return samples(path).map(args => ({ path: `${path}(${JSON.stringify(args)})`, text: String(value(...args)) }))
  if (value !== null && typeof value === 'object') return Object.entries(value).flatMap(([name, of]) => leaves(of, `${path}.${name}`))
  throw new Error(`${path} is neither a text nor a function`)
}

function samples(path: string): unknown[][] {
  if (path.endsWith('.away')) {
    return [true, false].flatMap(past =>
      (['days', 'hours', 'minutes'] as const).flatMap(unit => [0, 1, 2].map(count => [{ past, count, unit }])),
    )
  }
  if (path.endsWith('.line')) return [[{ engine: 'MySQL 8.0', region: 'cn-x', notAfter: '2026-12-01', impact: 'none' }]]
  return [
    [1, 1],
    [0, 2],
    [1, 2],
    [2, 2],
  ]
}

const keys = (value: unknown, path = ''): string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([name, of]) => keys(of, `${path}.${name}`))
    : [`${path}: ${typeof value}`]

test('both languages have the same keys', () => {
  expect(keys(wordsOf('zh')).sort()).toEqual(keys(wordsOf('en')).sort())
  expect(keys(wordsOf('en')).length).toBeGreaterThan(150)
})

test.each(languages)('in %s, every reason has a sentence and a mend', language => {
  const words = wordsOf(language)
  expect(Object.keys(words.ends).sort()).toEqual([...endReason.options].sort())
  expect(Object.keys(words.attention).sort()).toEqual([...attentionReason.options].sort())
  expect(Object.keys(words.problems).sort()).toEqual(Object.keys(statusOfProblem).sort())
  for (const { path, text } of leaves([words.ends, words.attention, words.problems])) {
    if (path.endsWith('.title')) expect(text, path).not.toMatch(/[.。]$/)
    else expect(text, path).toMatch(/[.。]$/)
  }
})

test('no text is empty, but the gap between two Chinese sentences', () => {
  for (const language of languages) {
    const empty = leaves(wordsOf(language)).filter(one => one.text === '')
    expect(empty.map(one => one.path)).toEqual(language === 'zh' ? ['.gap'] : [])
  }
})

test('every Chinese text is Chinese, and no English text is', () => {
  const notWritten = ['.tag', '.gap', '.page.answeredBy']
  for (const { path, text } of leaves(wordsOf('zh')).filter(one => !notWritten.some(name => one.path.startsWith(name))))
    expect(text, path).toMatch(/\p{Script=Han}/u)
  for (const { path, text } of leaves(wordsOf('en'))) expect(text, path).not.toMatch(/\p{Script=Han}|[，。：；（）]/u)
})

test('English counts one as one', () => {
  for (const { path, text } of leaves(wordsOf('en')))
    expect(text, path).not.toMatch(/\b1 (instances|certificates|renewals|certificate renewals|days|hours|minutes|have|wait)\b/)
})

test('every command that a text names is one of the product’s', () => {
  const known = Object.values(commands).map(command => (typeof command === 'string' ? command : command('').trim()))
  for (const language of languages) {
    for (const { path, text } of leaves(wordsOf(language))) {
      for (const [named] of text.matchAll(/rds-tls [a-z ]+[a-z]/g))
        expect(
          known.some(command => named.startsWith(command)),
          `${path}: ${named}`,
        ).toBe(true)
    }
  }
})

test('no text holds markup of its own, but the bold of the cards', () => {
  for (const language of languages) {
    for (const { path, text } of leaves(wordsOf(language))) {
      expect(text, path).not.toMatch(/[<>`[\]]/)
      if (!path.startsWith('.cards')) expect(text, path).not.toContain('*')
      expect((text.match(/\*\*/g) ?? []).length % 2, path).toBe(0)
    }
  }
})

test.each([
  ['en', 'en'],
  ['zh', 'zh'],
  ['fr', undefined],
  ['constructor', undefined],
  ['', undefined],
  [null, undefined],
])('lang=%s is read as %s', (text, expected) => {
  expect(languageOf(text)).toBe(expected)
})
