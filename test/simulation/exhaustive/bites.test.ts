import { expect, test } from 'vitest'
import { mutants } from '../mutants.ts'
import { type Lab, loadLab } from './load.ts'

/** The same tests on a product that is broken on purpose: they must name it. */

/** On a machine that does much else besides. */
const patience = 120_000

const mutant = (name: string) => {
  const found = mutants.find(one => one.name === name)
  if (!found) throw new Error(`no mutant is called ${name}`)
  return found
}

/** The first death of update-validity in an approved update after which something is not as it must be. */
async function firstFound(lab: Lab): Promise<string> {
  const scenario = lab.scenarios.find(one => one.name === 'approved update')
  if (!scenario) throw new Error('no update is approved')
  const { trace } = await lab.live(scenario)
  const points = trace.filter(one => one.step === 'update-validity')
  for (const death of lab.distinctDeaths(points, trace)) {
    for (const again of [0, 1, 2] as const) {
      const { found } = await lab.live(scenario, { ...death, again })
      if (found.length > 0) return `${lab.nameOf({ ...death, again }, trace)}: ${found.join('; ')}`
    }
  }
  return 'nothing'
}

test.each([
  ['calls before the intent stands in the journal', /called again|updates took effect/],
  ['emits before it appends: updated is said, then recorded', /journal first/],
])('crash points find that it %s', { timeout: patience }, async (name, what) => {
  expect(await firstFound(await loadLab(mutant(name)))).toMatch(what)
})

test('interleavings find that a rival attempt calls too', { timeout: patience }, async () => {
  const lab = await loadLab(mutant('a rival attempt calls too, though another one holds the slot'))
  const { begin, judge } = await lab.twoDeliveries({ visibilityLagMs: 120_000 })
  const found: string[] = []
  await lab.explore(begin, undefined, async ended => found.push(...(await judge(ended))) > 0)
  expect(found.join('\n')).toMatch(/called again|updates took effect/)
})
