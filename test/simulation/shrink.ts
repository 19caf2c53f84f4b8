import type { Rule } from './rules.ts'
import { runSeed } from './simulation.ts'

/** The command that lives a seed again with these troubles and acts alone. */
export const replayOf = (seed: number, ids: readonly string[], faults: readonly string[] = []): string =>
  `npm run simulate -- --replay ${seed} --only ${ids.join(',') || 'none'}${faults.map(one => ` --fault ${one}`).join('')}`

/**
 * The fewest troubles and acts of a seed that still break the rule, as far as leaving out halves, quarters, … and single ones finds them.
 * Ids stay what they are when others are left out: the rest of the storm is drawn by name.
 */
export async function shrink(seed: number, rule: Rule, faults: readonly string[] = [], most = 300): Promise<string[]> {
  let runs = 0
  const breaks = async (ids: readonly string[]): Promise<boolean> => {
    runs++
    const { violations } = await runSeed(seed, { only: new Set(ids), until: rule, faults })
    return violations.some(one => one.rule === rule)
  }
  const { struck, acts, violations } = await runSeed(seed, { until: rule, faults })
  if (!violations.some(one => one.rule === rule))
    throw new Error(`seed ${seed} lives another life here than in its storm: it breaks no ${rule}`)
  let kept = [...new Set([...struck.map(one => one.id), ...acts.map(act => act.id)])]
  if (!(await breaks(kept))) return kept
  for (let size = Math.ceil(kept.length / 2); size >= 1 && runs < most; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && runs < most; ) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (await breaks(fewer)) kept = fewer
      else at += size
    }
  }
  return kept
}
