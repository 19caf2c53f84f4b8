import { rm } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { unhurried } from '../oracle.ts'
import { minimums, rarities } from './minimums.ts'
import { buildWorker, loadWorker, runSeeds, type Total } from './pool.ts'
import { replayOf } from './shrink.ts'

const from = 1
/** The minimum counts hold from 250 on; CI lives through four times as many. */
const count = unhurried('the storms beyond the first 250') ? 1000 : 250

let total: Total
beforeAll(async () => {
  const file = await buildWorker()
  total = await runSeeds({ file, from, count, jobs: 2 })
  await rm(file)
}, 300_000)

test(`${count} storms break no rule`, async () => {
  const [failure] = total.failures
  if (failure === undefined) return expect(total.seeds).toBe(count)
  const { shrink } = await loadWorker()
  const command = replayOf(failure.seed, await shrink(failure.seed, failure.rule, [], 100))
  expect.fail(`seed ${failure.seed} breaks ${failure.rule}: ${failure.detail}\n${command}`)
}, 300_000)

test('each kind of trouble struck, and each rule had its occasions', () => {
  expect(rarities(total.counts, total.seeds)).toEqual([])
  expect(minimums.every(({ perThousand }) => perThousand >= 1)).toBe(true)
})

test('one and the same seed is one and the same life, to the last event', async () => {
  const { runSeed } = await loadWorker()
  const [one, other] = [await runSeed(7, { trace: true }), await runSeed(7, { trace: true })]
  expect(other).toEqual(one)
  expect(one.events).toBeGreaterThan(50)
})

test('a fault named as npm start names it strikes a storm too', async () => {
  const { runSeed } = await loadWorker()
  const text = 'rds:modify:hang-after-effect:99'
  let struck = 0
  for (let seed = 1; seed <= 60 && struck === 0; seed++) {
    const { counts, violations } = await runSeed(seed, { faults: [text] })
    expect(violations).toEqual([])
    struck = counts.get(`fault ${text}`) ?? 0
  }
  expect(struck).toBeGreaterThan(0)
})
