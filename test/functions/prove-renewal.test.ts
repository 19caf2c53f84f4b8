import { describe, expect, test } from 'vitest'
import { proveRenewal, proveWeekly } from '../../functions/prove-renewal.ts'
import { event } from '../../shared/events.ts'
import { unreached } from '../fakes/probes.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approvedScene,
  emitted,
  host,
  lastSaidOf,
  leaves,
  newEnd,
  plan,
  planned,
  policyText,
  proofOf,
  published,
  publishedScene,
  renewal,
  restarts,
  saidOf,
  says,
  scene,
  seedRollout,
  updated,
  versionOf,
} from './scene.ts'

const prove = async (world: FakeWorld, attempt = world.attempt) =>
  proveRenewal(says.published(await versionOf(world)), { ...world, attempt })
const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)
const base64 = (chain: readonly Uint8Array[]) => chain.map(der => Buffer.from(der).toString('base64'))
const verdicts = (world: FakeWorld) => world.bundles.proofsWritten.map(one => one.verdict)

describe('a renewed endpoint', () => {
  test('that got another name since is looked at under that name', async () => {
    const world = await publishedScene()
    const renamed = 'new.mysql.rds.aliyuncs.com'
    world.rds.protect('rm-1', { enabled: true, host: renamed, notAfter: newEnd, issuedBy: 'unknown', changing: false, settings: {} })
    world.probes.serve(renamed, await (await leaves()).renewedOf(renamed))
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Proven' })
    expect(world.bundles.proofsWritten).toMatchObject([{ host: renamed, verdict: 'proven' }])
  })
  test('of an instance that is gone ends, for there is nothing left to prove, and is said to', async () => {
    const world = await publishedScene()
    world.rds.release('rm-1')
    expect(await prove(world)).toMatchObject({ do: 'leave' })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason: 'InstanceGone' })
    expect(words(world)).toMatchObject([{ reason: 'Refused', subject: 'rm-1' }])
    await prove(world, 'attempt-2')
    expect(saidOf(world).filter(one => (one as { fact: string }).fact === 'Ended')).toHaveLength(1)
  })
  test('is looked at from the probe of its VPC, at its own port', async () => {
    const world = await publishedScene()
    await prove(world)
    expect(world.probes.shaken).toEqual([{ from: 'probe-1', engine: 'MySQL', host, port: 3306, timeoutMs: 10_000 }])
  })
  test('that serves a new, later leaf of the published bundle is proven: published, journalled, then said', async () => {
    const world = await publishedScene()
    const { renewed } = await leaves()
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Proven' })
    const { fingerprint } = world.trust.describe(renewed)
    expect(world.bundles.proofsWritten).toEqual([
      {
        region: 'cn-hangzhou',
        instance: 'rm-1',
        host,
        verdict: 'proven',
        reason: undefined,
        chain: base64(renewed),
        fingerprint,
        serial: expect.stringMatching(/0B$/i),
        notAfter: expect.stringContaining('2027-11-09T18:31:00'),
        protocol: 'TLSv1.2',
        bundle: await versionOf(world),
        from: 'vpc-1',
        at: '2026-11-09T18:40:00.000Z',
      },
    ])
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Proven', fingerprint, from: 'vpc-1' })
    expect(emitted(world)).toEqual([says.proven])
    expect(restarts(world)).toEqual([])
  })
  test.each<[string, (world: FakeWorld) => Promise<void>, string]>([
    ['the leaf that the last look saw', async world => serveOld(world), 'OldLeafServed'],
    ['a leaf of a root that is not in the bundle', async world => world.probes.serve(host, (await leaves()).foreign), 'UnknownRoot'],
    [
      'a leaf for another name',
      async world => world.probes.serve(host, await (await leaves()).renewedOf('rm-2.mysql.rds.aliyuncs.com')),
      'NameMismatch',
    ],
  ])('that serves %s is refuted: everything halts, and people hear why', async (_, change, code) => {
    const world = await publishedScene()
    await change(world)
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Refuted' })
    expect(verdicts(world)).toEqual(['refuted'])
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Refuted', code })
    expect(restarts(world)).toEqual([{ fact: 'RolloutHalted', why: expect.stringContaining(`${renewal}: ${code}: `) }])
    expect(words(world)).toMatchObject([
      { reason: 'Refuted', subject: 'rm-1', approvers: 'dba', plan, detail: expect.stringContaining(`${code}: `) },
    ])
    expect(world.queue.emitted('RenewalProven')).toEqual([])
  })
  test.each<[string, (world: FakeWorld) => void, string]>([
    ['does not answer', world => world.probes.set(host, unreached), 'TimedOut'],
    ['is none of the instance’s any more', world => world.rds.protect('rm-1', { enabled: false }), 'NoEndpoint'],
  ])('that %s is unreached: never called done, halts nobody, and names its mend', async (_, change, code) => {
    const world = await publishedScene()
    change(world)
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Unreached' })
    expect(verdicts(world)).toEqual(['unreached'])
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Unreached', detail: expect.stringContaining(code) })
    expect(restarts(world)).toEqual([])
    expect(words(world)).toMatchObject([
      { reason: 'Unreached', detail: expect.stringContaining(code), mend: expect.stringMatching(/.{10}/) },
    ])
  })
  test('in a VPC without a probe is unreached, and its mend names the line that is missing', async () => {
    const world = await publishedScene({ policy: policyText.replace('vpc: vpc-1', 'vpc: vpc-2') })
    await prove(world)
    expect(world.probes.shaken).toEqual([])
    expect(words(world)).toMatchObject([
      { detail: 'NoProbe: no probe is deployed for {region: cn-hangzhou, vpc: vpc-1}', mend: expect.stringContaining('policy.yaml') },
    ])
  })
  test('that is reached later is proven then, and unreached twice is one fact', async () => {
    const world = await publishedScene()
    world.probes.set(host, unreached)
    await prove(world)
    await prove(world, 'attempt-2')
    expect(saidOf(world).filter(fact => (fact as { fact: string }).fact === 'Unreached')).toHaveLength(1)
    expect(new Set(emitted(world).map(one => one.id)).size).toBe(1)
    world.probes.serve(host, (await leaves()).renewed)
    expect(await prove(world, 'attempt-3')).toEqual({ do: 'tell', verdict: 'Proven' })
  })
  test('that somebody else renewed is proven against the look that saw the old leaf, not the one that saw the new', async () => {
    const world = await publishedScene()
    world.bundles.seedProof(proofOf({ chain: base64((await leaves()).renewed) }))
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Proven' })
  })

  test('that serves the very leaf which was seen before the call is refuted, whatever the last look saw', async () => {
    const { old } = await leaves()
    const world = await approvedScene({ at: '2026-11-09T18:40:00Z' })
    const { fingerprint } = world.trust.describe(old)
    const before = { fingerprint, notBefore: '2025-12-01T03:12:45Z' }
    world.journal.seed(`renewals/${renewal}`, [{ ...updated, before }, published('v1')])
    world.rds.settle('rm-1', newEnd)
    world.bundles.fail('proof', 'BadReply')
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Refuted' })
    expect(lastSaidOf(world)).toMatchObject({ code: 'OldLeafServed' })
  })
  test.each<[string, Uint8Array[]]>([
    ['no certificate at all', []],
    ['rubbish for a certificate', [Buffer.from('rubbish')]],
  ])('that serves %s is unreached, by a named code', async (_, chain) => {
    const world = await publishedScene()
    world.probes.serve(host, chain)
    expect(await prove(world)).toEqual({ do: 'tell', verdict: 'Unreached' })
    expect(words(world)).toMatchObject([
      { reason: 'Unreached', detail: expect.stringContaining('Malformed: '), mend: expect.stringContaining('openssl') },
    ])
  })

  async function serveOld(world: FakeWorld) {
    const { old } = await leaves()
    world.bundles.seedProof(proofOf({ chain: base64(old) }))
    world.probes.serve(host, old)
  }
})

describe('a verdict', () => {
  test('is told again without another look', async () => {
    const world = await publishedScene()
    await prove(world)
    await prove(world, 'attempt-2')
    expect(world.probes.shaken).toHaveLength(1)
    expect(world.bundles.proofsWritten).toHaveLength(1)
    expect(emitted(world)).toEqual([says.proven, says.proven])
  })
  test('is journalled before it is told, so that a lost word is made up for', async () => {
    const world = await publishedScene()
    world.queue.fail('send')
    await expect(prove(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Proven' })
    await prove(world, 'attempt-2')
    expect(emitted(world)).toEqual([says.proven])
  })
  test('that refutes halts before it is journalled: no end of the process in between can keep the rollout going', async () => {
    const world = await publishedScene()
    world.probes.serve(host, (await leaves()).foreign)
    world.bundles.fail('writeProof')
    await expect(prove(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(restarts(world)).toMatchObject([{ fact: 'RolloutHalted' }])
    await prove(world, 'attempt-2')
    expect(restarts(world)).toHaveLength(1)
    expect(words(world)).toMatchObject([{ reason: 'Refuted' }])
  })
  test('that refuted, told again, does not undo a person’s resume', async () => {
    const world = await publishedScene()
    world.probes.serve(host, (await leaves()).foreign)
    await prove(world)
    seedRollout(world, [{ fact: 'RolloutResumed', by: 'li.wei' }])
    await prove(world, 'attempt-2')
    expect(restarts(world).at(-1)).toEqual({ fact: 'RolloutResumed', by: 'li.wei' })
    expect(words(world)).toHaveLength(2)
  })
  test('that refutes leaves an older halt its reason', async () => {
    const world = await publishedScene()
    seedRollout(world, [{ fact: 'RolloutHalted', why: 'by hand' }])
    world.probes.serve(host, (await leaves()).foreign)
    await prove(world)
    expect(restarts(world)).toEqual([{ fact: 'RolloutHalted', why: 'by hand' }])
  })
})

describe('nothing is judged', () => {
  test('before a bundle is published', async () => {
    const world = await publishedScene()
    const version = await versionOf(world)
    const bundles = { ...world.bundles, manifest: async () => undefined }
    expect(await proveRenewal(says.published(version), { ...world, bundles })).toMatchObject({ do: 'leave' })
    const due = event('ProofDue', { region: 'cn-hangzhou', instance: 'rm-1', week: '2026-W46' })
    expect(await proveWeekly(due, { ...world, bundles })).toMatchObject({ do: 'leave' })
    expect(world.probes.shaken).toEqual([])
    expect(world.bundles.proofsWritten).toEqual([])
  })
  test.each<[string, (world: FakeWorld) => void]>([
    ['that was never planned', world => void world],
    ['that was not updated', world => world.journal.seed(`renewals/${renewal}`, [planned()])],
  ])('of a renewal %s', async (_, seed) => {
    const world = await scene()
    seed(world)
    expect(await prove(world)).toMatchObject({ do: 'leave' })
    expect(world.probes.shaken).toEqual([])
    expect(emitted(world)).toEqual([])
  })
})

describe('the weekly look', () => {
  const week = '2026-W46'
  const due = event('ProofDue', { region: 'cn-hangzhou', instance: 'rm-1', week })
  const look = (world: FakeWorld) => proveWeekly(due, world)

  test('at what the service says is served publishes the proof, and says nothing', async () => {
    const world = await scene()
    expect(await look(world)).toEqual({ do: 'look', verdict: 'proven' })
    expect(world.bundles.proofsWritten).toMatchObject([
      { instance: 'rm-1', verdict: 'proven', from: 'vpc-1', chain: base64((await leaves()).old) },
    ])
    expect(emitted(world)).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
  test.each<[string, (world: FakeWorld) => Promise<void>, string]>([
    ['another end than the service says', async world => world.rds.settle('rm-1', newEnd), 'NotAsSaid'],
    ['a foreign root', async world => world.probes.serve(host, (await leaves()).foreign), 'UnknownRoot'],
  ])('at %s is a drift, told by its week', async (_, change, code) => {
    const world = await scene()
    await change(world)
    expect(await look(world)).toEqual({ do: 'look', verdict: 'refuted' })
    expect(words(world)).toMatchObject([
      { reason: 'Drift', subject: 'rm-1', approvers: 'dba', detail: expect.stringContaining(`${week}: ${code}: `) },
    ])
    expect(restarts(world)).toEqual([])
  })
  test('at a certificate that expired, as the service says, is no drift: the scan announces it', async () => {
    const world = await scene()
    world.clock.set('2026-12-01T03:12:45Z')
    expect(await look(world)).toEqual({ do: 'look', verdict: 'refuted' })
    expect(emitted(world)).toEqual([])
  })
  test('at a certificate that expired, though the service says it did not, is one', async () => {
    const world = await scene()
    world.clock.set('2026-12-02T00:00:00Z')
    world.rds.settle('rm-1', newEnd)
    await look(world)
    expect(words(world)).toMatchObject([{ reason: 'Drift', detail: expect.stringContaining('Expired') }])
  })
  test('that reaches nothing is written down, and is no drift', async () => {
    const world = await scene()
    world.probes.set(host, unreached)
    expect(await look(world)).toEqual({ do: 'look', verdict: 'unreached' })
    expect(world.bundles.proofsWritten).toMatchObject([{ verdict: 'unreached', reason: expect.stringContaining('TimedOut'), chain: [] }])
    expect(emitted(world)).toEqual([])
  })
  test.each<[string, (world: FakeWorld) => void]>([
    ['is gone', world => world.rds.release('rm-1')],
    ['has no TLS', world => world.rds.protect('rm-1', { enabled: false })],
    ['has an engine that nobody probes', world => world.rds.change('rm-1', { engine: 'MariaDB' })],
  ])('at an instance that %s is left', async (_, change) => {
    const world = await scene()
    change(world)
    expect(await look(world)).toMatchObject({ do: 'leave' })
    expect(world.bundles.proofsWritten).toEqual([])
  })
  test('whose word is lost at first looks again', async () => {
    const world = await scene()
    world.rds.settle('rm-1', newEnd)
    world.queue.fail('send')
    await expect(look(world)).rejects.toMatchObject({ code: 'Unreachable' })
    await look(world)
    expect(words(world)).toMatchObject([{ reason: 'Drift' }])
  })
})
