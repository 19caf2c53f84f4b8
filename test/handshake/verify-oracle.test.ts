import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shake, type Target } from '../../shared/handshake/handshake.ts'
import { type ChainVerdict, type DistrustCode, verifyChain } from '../../shared/handshake/verify.ts'
import { needs } from '../oracle.ts'
import { type Made, make, makeKeys, pemChain } from './authority.ts'
import { anyHierarchy, type Built, builder, faultsIn, type Hierarchy } from './hierarchies.ts'
import * as servers from './servers.ts'

const now = new Date('2026-06-01T00:00:00Z')

let build: (one: Hierarchy) => Promise<Built>
beforeAll(async () => {
  build = await builder()
})

function judge({ chain, bundle, host }: Built): ChainVerdict {
  const der = (made: Made) => made.der
  return verifyChain(chain.map(der), bundle.map(der), host, now)
}

test('the verdict agrees with what OpenSSL says within a real handshake, over generated hierarchies', async () => {
  await fc.assert(
    fc.asyncProperty(anyHierarchy, async one => {
      const built = await build(one)
      const serving = await servers.postgres(built.chain)
      const target: Target = { engine: 'PostgreSQL', host: built.host, port: serving.port, address: { ip: '127.0.0.1' }, timeoutMs: 10_000 }
      const bundle = built.bundle.map(made => made.der)
      const { openssl } = servers.reached(await shake(target, bundle))
      await serving.close()
      const ours = judge(built)
      expect(ours.trusted, JSON.stringify({ openssl, ours })).toBe(openssl.authorized)
    }),
    { numRuns: 60, seed: 20260601 },
  )
})

describe.skipIf(!needs('openssl'))('the verdict agrees with openssl verify at any time', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'verify-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The numbers of x509_vfy.h, in our words. */
  const codes: Record<number, DistrustCode[]> = {
    2: ['UnknownIssuer'],
    7: ['BadSignature'],
    9: ['NotYetValid'],
    10: ['Expired'],
    20: ['UnknownIssuer'],
    21: ['UnknownIssuer'],
    24: ['NotAnIssuer'],
    25: ['PathTooLong'],
    26: ['NotForServers', 'NotAnIssuer'],
    34: ['UnjudgedExtension'],
    62: ['NameMismatch'],
    79: ['NotAnIssuer'],
  }

  test('on whether, and where one thing is wrong also on what, over generated hierarchies', async () => {
    await fc.assert(
      fc.asyncProperty(anyHierarchy, async one => {
        const built = await build(one)
        const openssl = ask(built)
        const ours = judge(built)
        expect(ours.trusted, JSON.stringify({ openssl, ours })).toBe(openssl === 0)
        if (!ours.trusted && faultsIn(one) === 1) expect(codes[openssl], JSON.stringify({ openssl, ours })).toContain(ours.code)
      }),
      { numRuns: 60, seed: 20260602 },
    )
  })

  test.each([
    ['at its first second', '2026-06-01T00:00:00Z', '2027-01-01T00:00:00Z', 0],
    ['a second before it', '2026-06-01T00:00:01Z', '2027-01-01T00:00:00Z', 9],
    ['a second before its end', '2026-01-01T00:00:00Z', '2026-06-01T00:00:01Z', 0],
    ['at its end', '2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', 10],
  ])('of a leaf, %s', async (_, from, until, expected) => {
    const root = await make({ subject: 'CN=Root', ca: true })
    const built = { chain: [await make({ subject: 'CN=db.test', issuer: root, from, until })], bundle: [root], host: 'db.test' }
    const ours = judge(built)
    expect(ask(built)).toBe(expected)
    expect(ours.trusted ? undefined : [ours.code]).toEqual(codes[expected])
  })

  test('that a renewed intermediate does not help where the bundle holds the expired one', async () => {
    const root = await make({ subject: 'CN=Root', ca: true })
    const old = await make({ subject: 'CN=Region', ca: true, issuer: root, until: '2025-01-01T00:00:00Z' })
    const renewed = await make({ subject: 'CN=Region', ca: true, issuer: root, keys: old.keys })
    const chain = [await make({ subject: 'CN=db.test', issuer: renewed }), renewed]
    const bundles = [[root, old], [root], [root, old, renewed]]
    expect(bundles.map(bundle => ask({ chain, bundle, host: 'db.test' }))).toEqual([10, 0, 0])
    expect(bundles.map(bundle => judge({ chain, bundle, host: 'db.test' }).trusted)).toEqual([false, true, true])
  })

  test('that a SHA-1 signature below the root is refused', async () => {
    const root = await make({ subject: 'CN=Root', ca: true, keys: await makeKeys('RSA-SHA1') })
    const built = { chain: [await make({ subject: 'CN=db.test', issuer: root })], bundle: [root], host: 'db.test' }
    expect(ask(built)).toBe(68)
    expect(judge(built)).toMatchObject({ code: 'WeakSignature' })
  })

  /** The number of OpenSSL's first error, or 0: at a fixed time, at security level 1, as a client verifies a server. */
  function ask({ chain, bundle, host }: Built): number {
    const [leaf, ...others] = chain
    const files = { leaf: pemChain(...(leaf ? [leaf] : [])), others: pemChain(...others), bundle: pemChain(...bundle) }
    for (const [file, pem] of Object.entries(files)) writeFileSync(join(folder, file), pem)
    const terms = `-no-CAfile -no-CApath -no-CAstore -auth_level 1 -purpose sslserver -verify_hostname ${host} -attime ${now.getTime() / 1000}`
    const untrusted = others.length > 0 ? ['-untrusted', 'others'] : []
    try {
      execFileSync('openssl', ['verify', ...terms.split(' '), '-trusted', 'bundle', ...untrusted, 'leaf'], { cwd: folder, stdio: 'pipe' })
      return 0
    } catch (refused) {
      return Number(/error (\d+) at/.exec(String(refused instanceof Error && 'stderr' in refused ? refused.stderr : refused))?.[1])
    }
  }
})
