import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'

const places = mutants.flatMap(({ name, also = [], ...first }) => [first, ...also].map(patch => ({ name, ...patch })))

test.each(places)('$name: its place stands once in $file', ({ file, search, replace }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  expect(source.split(search).length - 1).toBe(1)
  expect(replace).not.toBe(search)
})

test('no two mutants have one name', () => {
  expect(new Set(mutants.map(one => one.name)).size).toBe(mutants.length)
})
