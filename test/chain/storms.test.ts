import { expect, test } from 'vitest'
import { minute, seed, start, worldOf } from '../local/model-rds/worlds.ts'
import { unhurried } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'
import { drawChainStorm, judgeRestarts } from './storm.ts'

/** STORMS=17,18 lives through these instead. */
const seeds = process.env.STORMS?.split(',').map(Number) ?? [2]

test.skipIf(!unhurried('storms over the built bundles')).each(seeds)(
  'storm %i ends well over the built bundles',
  { timeout: 180_000 },
  async seed => {
    const { texts, faults, ...storm } = drawChainStorm(seed)
    const about = `storm ${seed}: ${[...storm.only, ...storm.scenarios].join(', ')} under ${texts.join(', ')}`
    let wrongs: string[] = []
    let restarts = 0
    let struck = 0
    const { findings } = await smallDay({
      ...storm,
      faults,
      seed,
      patience: 120_000,
      afterwards: async ({ world, faultHits }) => {
        wrongs = judgeRestarts(world)
        restarts = world.inspect().restarts.filter(({ cause }) => cause === 'update').length
        struck = faultHits().filter(({ hits }) => hits > 0).length
      },
    })
    expect({ about, findings, wrongs }).toEqual({ about, findings: [], wrongs: [] })
    expect(restarts).toBeGreaterThan(0)
    expect(struck).toBeGreaterThan(2)
  },
)

test('the judge of a storm finds two updates, an update outside the window, and one beside its family', () => {
  const family = (window: string) => [
    seed('MySQL', { engineVersion: '5.7', maintainTime: window }),
    { ...seed('MySQL', { engineVersion: '5.7', maintainTime: window }), id: 'rm-2', type: 'Readonly', masterId: 'rm-1' } as const,
  ]
  const told = (window: string, ...calls: readonly (readonly [id: string, minutes: number])[]) => {
    const { world, update } = worldOf(family(window))
    for (const [DBInstanceId, at] of calls) update({ DBInstanceId, SSLEnabled: '1' }, start + at * minute)
    world.advance(start + 90 * minute)
    return judgeRestarts(world)
  }
  expect(told('00:00Z-01:00Z', ['rm-1', 0], ['rm-2', 4])).toEqual([])
  expect(told('00:00Z-01:00Z', ['rm-1', 0], ['rm-1', 6])).toEqual(['rm-1 was restarted twice'])
  expect(told('00:00Z-01:00Z', ['rm-1', 57])).toEqual(['rm-1 was restarted at 2026-05-10T00:58:00.000Z, outside 00:00Z-01:00Z'])
  expect(told('00:00Z-01:00Z', ['rm-1', 0], ['rm-2', 2])).toHaveLength(2)
})
