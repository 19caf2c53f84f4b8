import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { publishAfterUpdate, publishNightly } from '../../functions/publish-bundle.ts'
import { updateValidity } from '../../functions/update-validity.ts'
import type { Certificate } from '../../shared/formats/certificate.ts'
import { bundleNames, writeTrustBundle } from '../../shared/formats/trust.ts'
import { type FakeWorld, fakeWorld } from '../fakes/world.ts'
import {
  approvedScene,
  emitted,
  lastSaidOf,
  leaves,
  planned,
  proofOf,
  published,
  renewal,
  said,
  saidOf,
  says,
  scene,
  updated,
  updatedScene,
  versionOf,
} from './scene.ts'

const at = '2026-11-09T18:30:00.000Z'
const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)

describe('the nightly publication', () => {
  test('publishes the bundle on the first night, before any policy is in force and anything is renewed', async () => {
    const world = fakeWorld({ now: at, bundleUrl: 'https://ca.example.com' })
    const { bundle } = await leaves()
    world.source.set(bundle)
    const { version, pem } = writeTrustBundle(bundle)
    expect(await publishNightly({}, world)).toEqual({ do: 'published', version })
    expect(await world.bundles.pem(version)).toBe(pem.toString())
    expect(emitted(world)).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
  test('publishes the four formats with words for developers, and a manifest that says what each is', async () => {
    const world = await scene()
    const { grown } = await leaves()
    world.source.set(grown)
    await publishNightly({}, world)
    const [one] = world.bundles.published
    const files = one?.files ?? {}
    expect(Object.keys(files).sort()).toEqual([...Object.values(bundleNames), 'HOWTO.txt', 'pull.ps1', 'pull.sh'].sort())
    expect(Buffer.from(files['HOWTO.txt'] ?? []).toString()).toContain('https://ca.example.com/ca/latest/ApsaraDB-CA-Chain.pem')
    expect(one?.manifest).toEqual({
      version: writeTrustBundle(grown).version,
      publishedAt: at,
      checkedAt: at,
      certificates: 3,
      roots: [grown[0]?.fingerprint],
      expired: [],
      files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')])),
    })
  })
  test('only looks where the source holds what is published, and says when it looked', async () => {
    const world = await scene()
    await publishNightly({}, world)
    const before = await world.bundles.manifest()
    const [times, checks] = [world.bundles.published.length, world.bundles.checks.length]
    expect(await publishNightly({}, world)).toEqual({ do: 'kept', version: before?.version })
    expect(world.bundles.published).toHaveLength(times)
    expect(world.bundles.checks.slice(checks)).toEqual([{ ...before, checkedAt: at }])
  })
  test('publishes the words and scripts of a new release beside an unchanged bundle, under its old date', async () => {
    const world = await scene()
    await publishNightly({}, world)
    const before = await world.bundles.manifest()
    const moved = { ...world, settings: { ...world.settings, bundleUrl: 'https://elsewhere.example.com' } }
    expect(await publishNightly({}, moved)).toEqual({ do: 'kept', version: before?.version })
    const last = world.bundles.published.at(-1)
    expect(Buffer.from(last?.files['pull.sh'] ?? []).toString()).toContain('https://elsewhere.example.com')
    expect(last?.manifest).toMatchObject({ version: before?.version, publishedAt: before?.publishedAt, checkedAt: at })
    expect(last?.manifest.files['pull.sh']).not.toBe(before?.files['pull.sh'])
  })
  test('leaves words and scripts alone where a format of the same version would have other bytes', async () => {
    const world = await scene()
    await publishNightly({}, world)
    const [one] = world.bundles.published
    if (!one) throw new Error('nothing was published')
    const files = { ...one.manifest.files, [bundleNames.jks]: '00'.repeat(32), 'pull.sh': '00'.repeat(32) }
    await world.bundles.checked({ ...one.manifest, files })
    const times = world.bundles.published.length
    await publishNightly({}, world)
    expect(world.bundles.published).toHaveLength(times)
  })
  test('keeps what is published where the source cannot be read', async () => {
    const world = await scene()
    world.source.fail('fetch', 'BadArchive')
    await expect(publishNightly({}, world)).rejects.toMatchObject({ code: 'BadArchive' })
    expect([world.bundles.published, world.bundles.checks]).toEqual([[], []])
  })
})

describe('a bundle that would harm somebody', () => {
  test('by a new root is not published, and people are told each night', async () => {
    const world = await scene()
    const { bundle, otherRoot } = await leaves()
    const current = await versionOf(world)
    const next = [...bundle, otherRoot]
    world.source.set(next)
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused', version: current, waits: writeTrustBundle(next).version })
    world.clock.pass('1d')
    await publishNightly({}, { ...world, attempt: 'attempt-2' })
    expect([world.bundles.published, world.bundles.checks]).toEqual([[], []])
    expect(await versionOf(world)).toBe(current)
    const word = (day: string) => ({
      reason: 'BundleRefused',
      subject: writeTrustBundle(next).version.slice(0, 12),
      approvers: 'dba',
      detail: expect.stringContaining('1 new, 0 gone'),
      mend: '',
      day,
    })
    expect(words(world)).toEqual([word('2026-11-09'), word('2026-11-10')])
  })
  test('by an endpoint that would no longer verify is not published', async () => {
    const world = await scene()
    const { bundle, old } = await leaves()
    const [root] = bundle
    if (!root) throw new Error('a bundle has a root')
    const [leafAlone] = old
    world.bundles.seedProof(proofOf({ chain: [Buffer.from(leafAlone ?? []).toString('base64')] }))
    world.source.set([root])
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused' })
    expect(words(world)).toMatchObject([{ detail: '1 endpoint that verifies now would no longer: rm-1' }])
  })
  test('holds up no update that is done: it is proven against what is published', async () => {
    const world = await updatedScene()
    const current = await versionOf(world)
    const { bundle, otherRoot } = await leaves()
    world.source.set([...bundle, otherRoot])
    await publishAfterUpdate(says.updated, world)
    expect(lastSaidOf(world)).toEqual(published(current))
    expect(emitted(world).map(one => one.type)).toEqual(['AttentionNeeded', 'BundlePublished'])
  })
})

describe('a bundle that a person accepted', () => {
  const word = (version: string, instead: string, ...harms: string[]) => ({ fact: 'Accepted', version, instead, harms, by: 'user/li.wei' })
  async function refusedScene(next: (of: Awaited<ReturnType<typeof leaves>>) => Certificate[], proofs: Parameters<typeof proofOf> = []) {
    const world = await scene()
    for (const proof of proofs) world.bundles.seedProof(proofOf(proof))
    const current = await versionOf(world)
    const certificates = next(await leaves())
    world.source.set(certificates)
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused' })
    return { world, current, version: writeTrustBundle(certificates).version }
  }
  const rooted = () => refusedScene(({ bundle, otherRoot }) => [...bundle, otherRoot])

  test('is published by the next look at the source', async () => {
    const { world, current, version } = await rooted()
    world.journal.seed('bundle', [word(version, current)])
    expect(await publishNightly({}, world)).toEqual({ do: 'published', version })
    expect(await versionOf(world)).toBe(version)
  })
  test('lets restarts begin once it is published, and none since its refusal', async () => {
    const world = await approvedScene()
    const current = await versionOf(world)
    const { bundle, otherRoot } = await leaves()
    world.source.set([...bundle, otherRoot])
    const { version } = writeTrustBundle([...bundle, otherRoot])
    await publishNightly({}, world)
    const waits = { do: 'wait', for: 'Bundle', because: expect.stringContaining(`rds-tls bundle accept ${version.slice(0, 12)}`) }
    expect(await updateValidity(says.approved, world)).toMatchObject(waits)
    world.journal.seed('bundle', [word(version, current)])
    expect(await updateValidity(says.approved, world)).toMatchObject(waits)
    expect(world.rds.updates).toEqual([])
    await publishNightly({}, world)
    expect(await updateValidity(says.approved, world)).toMatchObject({ reply: 'accepted' })
  })
  test('is just that one: another is refused, and undoes the word', async () => {
    const { world, current, version } = await rooted()
    world.journal.seed('bundle', [word(version, current)])
    const { grown, bundle, otherRoot } = await leaves()
    world.source.set([...grown, otherRoot])
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused', version: current })
    world.source.set([...bundle, otherRoot])
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused', version: current })
    expect(world.bundles.published).toEqual([])
  })
  test('takes the place of just the one that the person saw', async () => {
    const { world, version } = await rooted()
    world.journal.seed('bundle', [word(version, '00'.repeat(32))])
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused' })
  })
  test('harms only the instances that the word names: one more, and it is refused again', async () => {
    const { old } = await leaves()
    const served = [Buffer.from(old[0] ?? []).toString('base64')]
    const { world, current, version } = await refusedScene(({ bundle }) => bundle.slice(0, 1), [{ chain: served }])
    world.bundles.seedProof(proofOf({ instance: 'rm-2', chain: served }))
    world.journal.seed('bundle', [word(version, current, 'rm-1')])
    expect(await publishNightly({}, world)).toMatchObject({ do: 'refused', because: expect.stringContaining('rm-1, rm-2') })
    world.journal.seed('bundle', [word(version, current, 'rm-1', 'rm-2')])
    expect(await publishNightly({}, world)).toEqual({ do: 'published', version })
  })
  test('may harm fewer instances than the word names, and each more is journalled for a person to see', async () => {
    const { old } = await leaves()
    const served = [Buffer.from(old[0] ?? []).toString('base64')]
    const { world, current, version } = await refusedScene(({ bundle }) => bundle.slice(0, 1), [{ chain: served }])
    const harmed = () => (said(world, 'bundle') as { harmed?: string[] }[]).map(fact => fact.harmed)
    world.bundles.seedProof(proofOf({ instance: 'rm-2', chain: served }))
    await publishNightly({}, world)
    expect(harmed()).toEqual([['rm-1'], ['rm-1', 'rm-2']])
    world.journal.seed('bundle', [word(version, current, 'rm-1', 'rm-2')])
    world.bundles.seedProof(proofOf({ instance: 'rm-2', verdict: 'unreached', chain: served }))
    expect(await publishNightly({}, world)).toEqual({ do: 'published', version })
  })
  test('is journalled as refused once, however often it is looked at, and again once its source held the published one since', async () => {
    const { world } = await rooted()
    const { bundle, otherRoot } = await leaves()
    const refusals = () => said(world, 'bundle').length
    await publishNightly({}, { ...world, attempt: 'attempt-2' })
    expect(refusals()).toBe(1)
    world.clock.pass('1m')
    world.source.set(bundle)
    expect(await publishNightly({}, world)).toMatchObject({ do: 'kept' })
    world.clock.pass('1m')
    world.source.set([...bundle, otherRoot])
    await publishNightly({}, { ...world, attempt: 'attempt-3' })
    expect(refusals()).toBe(2)
  })
})

describe('after an update', () => {
  test('the bundle is published first, then journalled, then said', async () => {
    const world = await updatedScene()
    const { grown } = await leaves()
    world.source.set(grown)
    const { version } = writeTrustBundle(grown)
    expect(await publishAfterUpdate(says.updated, world)).toEqual({ do: 'published', version })
    expect(await versionOf(world)).toBe(version)
    expect(lastSaidOf(world)).toEqual(published(version))
    expect(emitted(world)).toEqual([says.published(version)])
  })
  test('a bundle that did not change is said all the same', async () => {
    const world = await updatedScene()
    expect(await publishAfterUpdate(says.updated, world)).toMatchObject({ do: 'kept' })
    expect(emitted(world)).toEqual([says.published(await versionOf(world))])
  })
  test('nothing is journalled or said of a bundle that could not be published', async () => {
    const world = await updatedScene()
    world.source.set((await leaves()).grown)
    world.bundles.fail('publish')
    await expect(publishAfterUpdate(says.updated, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(lastSaidOf(world)).toEqual(updated)
    expect(emitted(world)).toEqual([])
  })
  test('a source that cannot be read holds up no proof: it is made against what is published', async () => {
    const world = await updatedScene()
    const current = await versionOf(world)
    world.source.fail('fetch')
    expect(await publishAfterUpdate(says.updated, world)).toMatchObject({ do: 'kept', because: expect.stringMatching(/^Unreachable: /) })
    expect(lastSaidOf(world)).toEqual(published(current))
    expect(emitted(world)).toEqual([says.published(current)])
    expect(world.bundles.checks).toEqual([])
  })
  test('where no bundle was ever published, the message comes again until the source can be read', async () => {
    const world = fakeWorld({ now: at })
    world.source.fail('fetch')
    await expect(publishAfterUpdate(says.updated, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(emitted(world)).toEqual([])
  })
  test('a lost word is made up for, with the version that was journalled, even where a newer one is published by then', async () => {
    const world = await updatedScene()
    const first = await versionOf(world)
    world.queue.fail('send')
    await expect(publishAfterUpdate(says.updated, world)).rejects.toMatchObject({ code: 'Unreachable' })
    world.source.set((await leaves()).grown)
    await publishAfterUpdate(says.updated, { ...world, attempt: 'attempt-2' })
    expect(emitted(world)).toEqual([says.published(first)])
    expect(saidOf(world).filter(fact => (fact as { fact: string }).fact === 'Published')).toEqual([published(first)])
  })
  test.each([
    ['was never planned', []],
    ['was not updated', [planned()]],
  ])('a message about a renewal that %s publishes the bundle, and goes no further', async (_, facts) => {
    const world = await scene()
    world.journal.seed(`renewals/${renewal}`, facts)
    await publishAfterUpdate(says.updated, world)
    expect(saidOf(world)).toEqual(facts)
    expect(emitted(world)).toEqual([])
  })
})
