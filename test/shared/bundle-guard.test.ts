import { beforeAll, describe, expect, test } from 'vitest'
import { guardBundle, objectionWords } from '../../shared/bundle-guard.ts'
import { type Certificate, readCertificate } from '../../shared/formats/certificate.ts'
import { fakeWorld } from '../fakes/world.ts'
import { host, leaves, now, proofOf } from '../functions/scene.ts'
import { type Made, make } from '../handshake/authority.ts'

let root: Certificate
let region: Certificate
let second: Certificate
let other: Certificate
let servesAll: string[]
let servesLeaf: string[]
let foreign: string[]

beforeAll(async () => {
  const made = await leaves()
  ;[root, region, second] = made.grown as [Certificate, Certificate, Certificate]
  other = made.otherRoot
  const base64 = (chain: readonly Uint8Array[]) => chain.map(der => Buffer.from(der).toString('base64'))
  ;[servesAll, servesLeaf, foreign] = [base64(made.old), base64(made.old.slice(0, 1)), base64(made.foreign)]
})

type Proof = Parameters<typeof proofOf>[0]

/** What is said against `next`, where `before` is published and these proofs were seen. */
async function objection(before: Certificate[], next: Certificate[], proofs: Proof[] = [], at = now) {
  const world = fakeWorld({ now: at })
  world.bundles.seed(before, now)
  for (const proof of proofs) world.bundles.seedProof(proofOf(proof))
  const manifest = await world.bundles.manifest()
  if (!manifest) throw new Error('it was seeded')
  const against = await guardBundle(next, manifest, world)
  return against && objectionWords(against)
}

describe('nothing speaks against a bundle', () => {
  test('that only grew by an intermediate', async () => expect(await objection([root, region], [root, region, second])).toBeUndefined())
  test('that lost an intermediate which no proven endpoint needs, since it is served', async () =>
    expect(await objection([root, region], [root], [{ chain: servesAll }])).toBeUndefined())
  test('that harms an endpoint which did not verify before either', async () =>
    expect(await objection([root, region], [root], [{ chain: foreign }])).toBeUndefined())
  test('that harms an endpoint which was not proven', async () =>
    expect(await objection([root, region], [root], [{ chain: servesLeaf, verdict: 'refuted' }])).toBeUndefined())
  test('that harms an endpoint whose certificate has expired meanwhile', async () =>
    expect(await objection([root, region], [root], [{ chain: servesLeaf }], '2026-12-02T00:00:00Z')).toBeUndefined())
})

describe('a person must decide about a bundle', () => {
  test('with a new root', async () =>
    expect(await objection([root, region], [root, region, other])).toMatch(/1 new, 0 gone: a person must compare/))
  test('without an old root', async () => expect(await objection([root, region, other], [root, region])).toMatch(/0 new, 1 gone/))
  test('with a new member that none of its roots signed, which Java would trust as a root', async () => {
    const stray: Made = await make({
      subject: 'CN=Elsewhere Region',
      ca: true,
      issuer: await make({ subject: 'CN=Elsewhere Root', ca: true }),
    })
    expect(await objection([root, region], [root, region, readCertificate(new Uint8Array(stray.der))])).toMatch(/1 new, 0 gone/)
  })
  test('with a root in the place of another', async () => expect(await objection([root, region], [other, region])).toMatch(/1 new, 1 gone/))
  test('with another root of the same subject and serial', async () => {
    const twin: Made = await make({ subject: 'CN=Test Root', ca: true, serial: '01' })
    expect(await objection([root], [readCertificate(new Uint8Array(twin.der))])).toMatch(/1 new, 1 gone/)
  })
  test('with which an endpoint that verifies would no longer, by its name', async () =>
    expect(await objection([root, region], [root], [{ chain: servesLeaf }])).toBe('1 endpoint that verifies now would no longer: rm-1'))
  test('by both at once, where a root went that a proven endpoint needs', async () =>
    expect(await objection([root, region], [other, region], [{ chain: servesAll }])).toMatch(
      /1 new, 1 gone.*; 1 endpoint that verifies now/,
    ))
  test('naming five of many', async () => {
    const proofs = ['a', 'b', 'c', 'd', 'e', 'f'].map(instance => ({ instance, host, chain: servesLeaf }))
    expect(await objection([root, region], [root], proofs)).toBe('6 endpoints that verify now would no longer: a, b, c, d, e, …')
    expect(await objection([root, region], [root], proofs.slice(1))).toBe('5 endpoints that verify now would no longer: b, c, d, e, f')
  })
})
