import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DistrustCode, verifyChain } from '../../shared/handshake/verify.ts'
import { needs } from '../oracle.ts'
import { clientAuth, type Keys, type Made, make, makeKeys, pemChain, type Recipe } from './authority.ts'

const now = new Date('2026-06-01T00:00:00Z')
const host = 'db.test'

type FaultKind = 'none' | 'ended' | 'early' | 'forged' | 'clients' | 'critical' | 'plain' | 'narrow'
type Case = { leaf: FaultKind; intermediates: { fault: FaultKind; served: boolean; known: boolean }[]; rootKnown: boolean; host: boolean }

/** What OpenSSL calls each fault (x509_vfy.h), in our words. */
const codes: Record<number, DistrustCode[]> = {
  2: ['UnknownIssuer'],
  7: ['BadSignature'],
  9: ['NotYetValid'],
  10: ['Expired'],
  18: ['SelfSigned'],
  19: ['UnknownRoot'],
  20: ['UnknownIssuer'],
  21: ['UnknownIssuer'],
  24: ['NotAnIssuer'],
  25: ['PathTooLong'],
  26: ['NotForServers', 'NotAnIssuer'],
  34: ['UnjudgedExtension'],
  62: ['NameMismatch'],
  79: ['NotAnIssuer'],
}

describe.skipIf(!needs('openssl'))('the verdict agrees with openssl verify', () => {
  let folder: string
  let pool: Keys[]
  let strangers: Made[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'verify-'))
    pool = await Promise.all(Array.from({ length: 6 }, () => makeKeys()))
    const unrelated = await make({ subject: 'CN=Unrelated', ca: true })
    const old = await make({ subject: 'CN=Old', ca: true, issuer: unrelated, from: '2010-01-01T00:00:00Z', until: '2015-01-01T00:00:00Z' })
    strangers = [unrelated, old]
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const faultOfLeaf = fc.constantFrom<FaultKind>('none', 'none', 'none', 'ended', 'early', 'forged', 'clients', 'critical')
  const faultOfIssuer = fc.constantFrom<FaultKind>(
    'none',
    'none',
    'none',
    'none',
    'ended',
    'early',
    'forged',
    'clients',
    'critical',
    'plain',
    'narrow',
  )
  const intermediate = fc.record({ fault: faultOfIssuer, served: mostly(true), known: fc.boolean() })
  const anyCase: fc.Arbitrary<Case> = fc.record({
    leaf: faultOfLeaf,
    intermediates: fc.array(intermediate, { maxLength: 3 }),
    rootKnown: mostly(true),
    host: mostly(true),
  })

  test('on whether, and where one thing is wrong also on what, over generated hierarchies', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async one => {
        const { chain, bundle } = await build(one)
        const name = one.host ? host : 'other.test'
        const openssl = ask(chain, bundle, name)
        const ours = verifyChain(chain.map(der), bundle.map(der), name, now)
        expect(ours.trusted, JSON.stringify({ openssl, ours })).toBe(openssl === 0)
        if (!ours.trusted && faultsIn(one) === 1) expect(codes[openssl], JSON.stringify({ openssl, ours })).toContain(ours.code)
      }),
      { numRuns: 60, seed: 20260601 },
    )
  })

  test('that a renewed intermediate does not help where the bundle holds the expired one', async () => {
    const root = await make({ subject: 'CN=Root', ca: true })
    const old = await make({ subject: 'CN=Region', ca: true, issuer: root, until: '2025-01-01T00:00:00Z' })
    const renewed = await make({ subject: 'CN=Region', ca: true, issuer: root, keys: old.keys })
    const leaf = await make({ subject: 'CN=db.test', issuer: renewed })
    expect(ask([leaf, renewed], [root, old], host)).toBe(10)
    expect(ask([leaf, renewed], [root], host)).toBe(0)
    expect(ask([leaf, renewed], [root, old, renewed], host)).toBe(0)
  })

  test('that a SHA-1 signature below the root is refused', async () => {
    const root = await make({ subject: 'CN=Root', ca: true, keys: await makeKeys('RSA-SHA1') })
    const leaf = await make({ subject: 'CN=db.test', issuer: root })
    expect(ask([leaf], [root], host)).toBe(68)
    expect(verifyChain([leaf.der], [root.der], host, now)).toMatchObject({ code: 'WeakSignature' })
  })

  /** Root first, each by the one before; the leaf last. */
  async function build(one: Case): Promise<{ chain: Made[]; bundle: Made[] }> {
    const root = await make({ subject: 'CN=Root', ca: true, keys: key(0) })
    const made: Made[] = []
    for (const [n, { fault }] of one.intermediates.entries()) {
      const wish: Recipe = { subject: `CN=I${n}`, ca: true, issuer: made.at(-1) ?? root, keys: key(n + 1) }
      made.push(await make(spoil(wish, fault)))
    }
    const leaf = await make(spoil({ subject: 'CN=db.test', issuer: made.at(-1) ?? root, keys: key(4) }, one.leaf))
    const picked = (which: 'served' | 'known') => made.filter((_, n) => one.intermediates[n]?.[which])
    return { chain: [leaf, ...picked('served').reverse()], bundle: [...strangers, ...(one.rootKnown ? [root] : []), ...picked('known')] }
  }

  function spoil(wish: Recipe, fault: FaultKind): Recipe {
    switch (fault) {
      case 'none':
        return wish
      case 'ended':
        return { ...wish, until: '2025-01-01T00:00:00Z' }
      case 'early':
        return { ...wish, from: '2027-01-01T00:00:00Z' }
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

  /** The number of OpenSSL's first error, or 0: at a fixed time, at security level 1, as a client verifies a server. */
  function ask(chain: Made[], bundle: Made[], name: string): number {
    const [leaf, ...others] = chain
    const files = { leaf: pemChain(...(leaf ? [leaf] : [])), others: pemChain(...others, ...strangers), bundle: pemChain(...bundle) }
    for (const [file, pem] of Object.entries(files)) writeFileSync(join(folder, file), pem)
    const terms = `-no-CAfile -no-CApath -no-CAstore -auth_level 1 -purpose sslserver -verify_hostname ${name} -attime ${now.getTime() / 1000}`
    const args = ['verify', ...terms.split(' '), '-trusted', 'bundle', '-untrusted', 'others', 'leaf']
    try {
      execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
      return 0
    } catch (refused) {
      return Number(/error (\d+) at/.exec(String(refused instanceof Error && 'stderr' in refused ? refused.stderr : refused))?.[1])
    }
  }
})

function der(made: Made): Buffer {
  return made.der
}

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, !value)
}

function faultsIn(one: Case): number {
  const missing = one.intermediates.filter(({ served, known }) => !served && !known).length
  const faulty = one.intermediates.filter(({ fault }) => fault !== 'none').length
  return missing + faulty + (one.leaf === 'none' ? 0 : 1) + (one.rootKnown ? 0 : 1) + (one.host ? 0 : 1)
}
