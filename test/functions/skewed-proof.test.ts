import { expect, test } from 'vitest'
import { proveRenewal } from '../../functions/prove-renewal.ts'
import { lastSaidOf, publishedScene, restarts, says, versionOf } from './scene.ts'

/** The renewed leaf begins at 18:31:00Z; `at` is what this function's clock says. */
async function prove(at: string) {
  const world = await publishedScene({ at })
  await proveRenewal(says.published(await versionOf(world)), world)
  return { said: lastSaidOf(world), halts: restarts(world) }
}

test.each(['2026-11-09T18:31:00Z', '2026-11-09T18:30:59Z', '2026-11-09T18:16:00Z'])(
  'a leaf that was issued at 18:31 is proven by a clock that says %s',
  async at => {
    const { said, halts } = await prove(at)
    expect(said).toMatchObject({ fact: 'Proven' })
    expect(halts).toEqual([])
  },
)

test('a leaf that begins in more than a quarter of an hour is refuted, whatever the clock', async () => {
  const { said, halts } = await prove('2026-11-09T18:15:59Z')
  expect(said).toMatchObject({ fact: 'Refuted', code: 'NotYetValid' })
  expect(halts).toMatchObject([{ fact: 'RolloutHalted' }])
})
