import { expect, test } from 'vitest'
import { hunt, unmutated } from './hunt.ts'
import { mutants } from './mutants.ts'

/** Those that are found within few seeds; `npm run simulate -- --mutants` hunts them all. */
const quick = [
  'calls before the intent stands in the journal',
  'the window is ignored',
  'the margin is off by one minute',
  'a window that crosses midnight is taken for one that does not',
]
const ground = { from: 1, most: 25, jobs: 1 }

test.each(quick)('storms find by its own rule: %s', async name => {
  const mutant = mutants.find(one => one.name === name)
  if (mutant === undefined) throw new Error(`no mutant is called “${name}”`)
  const { found } = await hunt(mutant, ground)
  expect(found?.rule).toBe(mutant.rule)
})

test('on the same seeds the product itself breaks nothing', async () => {
  expect(await unmutated(ground)).toEqual([])
})
