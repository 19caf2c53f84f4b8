import * as fc from 'fast-check'
import { clientAuth, type Keys, type Made, make, makeKeys, type Recipe } from './authority.ts'

type FaultKind = 'none' | 'ended' | 'early' | 'forged' | 'clients' | 'critical' | 'plain' | 'narrow'

/** A hierarchy with what is wrong in it, and which of its members the server sends and the bundle holds. */
export type Hierarchy = {
  leaf: FaultKind
  intermediates: { fault: FaultKind; served: boolean; known: boolean }[]
  rootKnown: boolean
  rightHost: boolean
}

const faultOfLeaf = fc.constantFrom<FaultKind>('none', 'none', 'none', 'ended', 'early', 'forged', 'clients', 'critical')
const faultOfIssuer = fc.constantFrom<FaultKind>(
  ...(['none', 'none', 'none', 'none', 'ended', 'early', 'forged', 'clients', 'critical', 'plain', 'narrow'] as const),
)
const intermediate = fc.record({ fault: faultOfIssuer, served: mostly(true), known: fc.boolean() })

export const anyHierarchy: fc.Arbitrary<Hierarchy> = fc.record({
  leaf: faultOfLeaf,
  intermediates: fc.array(intermediate, { maxLength: 3 }),
  rootKnown: mostly(true),
  rightHost: mostly(true),
})

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, !value)
}

export function faultsIn(one: Hierarchy): number {
  const missing = one.intermediates.filter(({ served, known }) => !served && !known).length
  const faulty = one.intermediates.filter(({ fault }) => fault !== 'none').length
  return missing + faulty + (one.leaf === 'none' ? 0 : 1) + (one.rootKnown ? 0 : 1) + (one.rightHost ? 0 : 1)
}

export type Built = { chain: Made[]; bundle: Made[]; host: string }

/** Makes hierarchies true; strangers, one of them expired, are in every bundle. */
export async function builder(): Promise<(one: Hierarchy) => Promise<Built>> {
  const pool = await Promise.all(Array.from({ length: 6 }, () => makeKeys()))
  const unrelated = await make({ subject: 'CN=Unrelated', ca: true })
  const old = await make({ subject: 'CN=Old', ca: true, issuer: unrelated, from: '2010-01-01T00:00:00Z', until: '2015-01-01T00:00:00Z' })

  return async one => {
    const root = await make({ subject: 'CN=Root', ca: true, keys: key(0) })
    const made: Made[] = []
    for (const [n, { fault }] of one.intermediates.entries()) {
      const wish: Recipe = { subject: `CN=I${n}`, ca: true, issuer: made.at(-1) ?? root, keys: key(n + 1) }
      made.push(await make(spoil(wish, fault)))
    }
    const leaf = await make(spoil({ subject: 'CN=db.test', issuer: made.at(-1) ?? root, keys: key(4) }, one.leaf))
    const picked = (which: 'served' | 'known') => made.filter((_, n) => one.intermediates[n]?.[which])
    return {
      chain: [leaf, ...picked('served').reverse()],
      bundle: [unrelated, old, ...(one.rootKnown ? [root] : []), ...picked('known')],
      host: one.rightHost ? 'db.test' : 'other.test',
    }
  }

  /** Dates are far enough away for a test to use the present time as well as a fixed one. */
  function spoil(wish: Recipe, fault: FaultKind): Recipe {
    switch (fault) {
      case 'none':
        return wish
      case 'ended':
        return { ...wish, until: '2021-01-01T00:00:00Z' }
      case 'early':
        return { ...wish, from: '2048-01-01T00:00:00Z' }
      case 'forged':
        return { ...wish, forgedWith: key(5) }
      case 'clients':
        return { ...wish, extendedKeyUsage: [clientAuth] }
      case 'critical':
        return { ...wish, extra: { oid: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) } }
      case 'plain':
        return { ...wish, ca: false, names: null }
      case 'narrow':
        return { ...wish, pathLength: 0 }
    }
  }

  function key(n: number): Keys {
    const keys = pool[n]
    if (keys === undefined) throw new RangeError(`no key ${n}`)
    return keys
  }
}
