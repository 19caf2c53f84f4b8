import { describe, expect, test } from 'vitest'
import type { Death } from './cuts.ts'
import type { Point } from './fate.ts'
import type { Life } from './life.ts'
import { type Lab, loadLab } from './load.ts'

/**
 * Every crash point. Each scenario is lived once whole, and every port call in it is a point: (step, delivery, method, call). Then it is lived
 * anew for each point, cut there: the process dies before the call's effect or after it, and what it handled is never delivered again, comes
 * again, or comes twice at once. The timers and the sweep go on, and the life is lived to its end. Whatever dies where, the renewal must come to
 * its end, and the database must not restart twice: told from the service, the published objects and the chat alone (judge.ts).
 *
 * Deaths that leave the same behind are lived once (cuts.ts says why they do; the last test here, that they do). A failing case is lived alone by
 * its name: npx vitest run test/simulation/exhaustive/crash-points.test.ts -t 'its name'.
 */

const lab = await loadLab()
const known = new Set<string>()
const lives: { scenario: Lab['scenarios'][number]; whole: Life; points: readonly Point[]; deaths: readonly Death[] }[] = []
for (const scenario of lab.scenarios) {
  const whole = await lab.live(scenario)
  const points = lab.newPoints(whole.trace, whole.courses, known)
  lives.push({ scenario, whole, points, deaths: lab.distinctDeaths(points, whole.trace) })
}
const again = [0, 1, 2] as const

test('the scenarios reach every method of every port, and it is said of every point whether it changes anything', () => {
  const reached = new Set(lives.flatMap(({ whole }) => [...whole.methods]))
  expect(lab.allMethods.filter(method => !reached.has(method))).toEqual([])
  expect(lives.flatMap(({ whole }) => lab.unknownPoints(whole.trace))).toEqual([])
})

describe.each(lives)('$scenario.name', ({ scenario, whole, deaths }) => {
  test('comes to its end', () => {
    expect(whole.found).toEqual([])
    expect(whole.ends).toEqual(scenario.instances.map(() => scenario.ends[0]))
  })
  for (const cut of deaths.flatMap(death => again.map(again => ({ ...death, again })))) {
    test(lab.nameOf(cut, whole.trace), async () => {
      const { struck, found } = await lab.live(scenario, cut)
      expect(found).toEqual([])
      expect(struck).toBe(true)
    })
  }
})

/** Points, and the distinct deaths at them. Each point is two deaths, and each death three kills: one for each way in which it comes again. */
const counted: Readonly<Record<string, readonly [points: number, deaths: number]>> = {
  'approved update': [166, 70],
  'a wait for the window': [31, 12],
  'automatic update': [32, 14],
  'two updates, one after the other': [146, 56],
  'adopted renewal': [29, 7],
  "Alibaba's own task": [16, 4],
  'a task of theirs that our update leaves over': [14, 5],
  'a second attempt after a call that never came': [59, 19],
  'a call whose answer never came': [24, 8],
  'throttled, and tried again': [55, 17],
  'refused for good': [55, 23],
  rejected: [11, 5],
  'nobody answers': [92, 37],
  'every message lost once': [15, 8],
  'a proof refuted': [42, 19],
  'an endpoint that nobody reached for a day': [51, 19],
  'an instance that vanishes while it restarts': [11, 4],
  'a restart without an end': [13, 6],
  'the first day': [47, 16],
  'a nightly publication': [27, 9],
  'a bundle with another root': [8, 3],
  'a drift': [10, 3],
  'a fleet that cannot be listed': [23, 7],
  'a message that nobody can read': [1, 2],
}

test('so many points are cut, so many kills are lived through, and no fewer', () => {
  expect(Object.fromEntries(lives.map(({ scenario, points, deaths }) => [scenario.name, [points.length, deaths.length]]))).toEqual(counted)
  const sum = (of: (one: (typeof lives)[number]) => number) => lives.reduce((all, one) => all + of(one), 0)
  const [points, deaths] = [sum(one => one.points.length), sum(one => one.deaths.length)]
  console.log(`${points} points, ${points * 6} kills, of which ${deaths * 3} differ and were lived through`)
})

test.each(['a drift', 'a nightly publication'])('deaths that are lived once leave the same: %s', async name => {
  const found = lives.find(one => one.scenario.name === name)
  if (!found) throw new Error(`no scenario is called ${name}`)
  const { scenario, whole, points } = found
  const lived = new Map<string, ReturnType<typeof lab.live>>()
  for (const death of lab.allDeaths(points)) {
    const one = lab.standsFor(death, whole.trace)
    for (const times of again) {
      const key = JSON.stringify({ ...one, times })
      const expected = lived.get(key) ?? lab.live(scenario, { ...one, again: times })
      lived.set(key, expected)
      const { ends, remains } = await expected
      const life = await lab.live(scenario, { ...death, again: times })
      expect({ ends: life.ends, remains: life.remains }, lab.nameOf({ ...death, again: times }, whole.trace)).toEqual({ ends, remains })
    }
  }
})
