import { describe, expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { sweep } from '../../shared/sweep.ts'
import { unreached } from '../fakes/probes.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approvedScene,
  hints,
  host,
  lastSaidOf,
  leaves,
  planned,
  policyText,
  renewalOf,
  restarts,
  saidOf,
  says,
  seedRollout,
  slotOf,
} from './scene.ts'
import { id, poll, protection, run, word, words } from './update-scene.ts'

describe('an approved renewal waits', () => {
  test.each<[string, (world: FakeWorld) => void, string, string]>([
    ['for its window', world => world.clock.set('2026-11-09T17:59:59Z'), 'MaintenanceWindow', '2026-11-09T18:00:00Z'],
    ['until its instance runs', world => world.rds.change('rm-1', { status: 'BACKING_UP' }), 'Running', '2026-11-09T18:40:00Z'],
    [
      'for a task of Alibaba’s',
      world => world.rds.task('rm-1', { switchTime: '2026-11-10T18:00:00Z' }),
      'VendorTask',
      '2026-11-10T18:40:00Z',
    ],
    [
      'for the slot of another instance of its group',
      world =>
        seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2' }) }]),
      'Slot',
      '2026-11-09T18:31:00Z',
    ],
    ['for the bundle to be checked again', world => world.clock.set('2026-11-10T19:30:01Z'), 'Bundle', '2026-11-10T19:40:00Z'],
  ])('%s: as a hint, not as a message, and without a word', async (_, change, reason, until) => {
    const world = await approvedScene()
    change(world)
    expect(await run(world)).toMatchObject({ do: 'wait', for: reason, until })
    expect(hints(world)).toEqual([`${until} ${id}`])
    expect(world.queue.sent).toEqual([])
    expect(world.rds.updates).toEqual([])
    expect(world.journal.appended).toEqual([])
  })
  test('while the policy only observes', async () => {
    const world = await approvedScene({ policy: policyText.replace('mode: act', 'mode: observe') })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Act' })
    expect(world.rds.updates).toEqual([])
  })
  test('until it is known who issued its certificate, and people hear of it each day', async () => {
    const world = await approvedScene()
    world.probes.set(host, unreached)
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer' })
    expect(words(world)).toEqual([word('IssuerUnseen', expect.stringContaining('no probe reached') as never, { day: '2026-11-09' })])
  })
  test.each([
    ['ConnectionRefused', '2026-11-09T18:40:00Z'],
    ['HungUp', '2026-11-09T18:40:00Z'],
    ['TimedOut', '2026-11-09T18:40:00Z'],
    ['HostNotAllowed', '2026-11-09T19:00:00Z'],
    ['NoTlsOffered', '2026-11-09T19:00:00Z'],
  ])('for that as long as a restart may be the reason, or until a person may have mended it: %s, until %s', async (code, until) => {
    const world = await approvedScene()
    world.probes.set(host, { reached: false, code, detail: 'it did not answer', mend: 'look at it' })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer', until })
    expect(hints(world)).toEqual([`${until} ${id}`])
  })
  test('for that until a probe is deployed, where there is none', async () => {
    const world = await approvedScene({ policy: policyText.replace('vpc: vpc-1', 'vpc: vpc-9') })
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Issuer', until: '2026-11-09T19:00:00Z' })
  })
  test('until a person resumes, and people hear each day that everything is halted', async () => {
    const world = await approvedScene()
    seedRollout(world, [{ fact: 'RolloutHalted', why: 'rm-2: OldLeafServed' }])
    expect(await run(world)).toMatchObject({ do: 'wait', for: 'Resume' })
    const { plan: _, ...halted } = word('Halted', 'halted: rm-2: OldLeafServed', { subject: 'all restarts', day: '2026-11-09' })
    expect(words(world)).toEqual([halted])
    expect(world.rds.updates).toEqual([])
  })
  test('and hears of its own halt alone, where another restart is stuck', async () => {
    const world = await approvedScene()
    const other = slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2' })
    seedRollout(world, [
      { fact: 'RestartStarted', slot: other },
      { fact: 'RestartStuck', renewal: other.renewal },
    ])
    await run(world)
    expect(words(world)).toMatchObject([{ reason: 'Halted', subject: 'all restarts' }])
  })
  test('with one hint, the ones before it being gone', async () => {
    const world = await approvedScene()
    await world.journal.remind('2026-11-09T18:34:59Z', id)
    world.rds.change('rm-1', { status: 'BACKING_UP' })
    await run(world)
    expect(hints(world)).toEqual([`2026-11-09T18:40:00Z ${id}`])
  })
  test('and leaves the answer of a sweep that was quicker than it could forget', async () => {
    const world = await approvedScene()
    const other = slotOf({ renewal: renewalOf('rm-2'), instance: 'rm-2', family: 'rm-2' })
    seedRollout(world, [{ fact: 'RestartStarted', slot: other }])
    const { journal } = world
    const remind: typeof journal.remind = async (look, id) => {
      await journal.remind(look, id)
      world.clock.set('2026-11-09T18:32:00Z')
      await sweep(world)
    }
    expect(await updateValidity(says.approved, { ...world, journal: { ...journal, remind } })).toMatchObject({
      until: '2026-11-09T18:31:00Z',
    })
    expect(hints(world)).toEqual([`2026-11-09T18:39:59Z ${id}`])
  })
})

describe('an approved renewal ends where', () => {
  test.each<[string, (world: FakeWorld) => void | Promise<void>, string]>([
    ['its instance is gone', world => world.rds.release('rm-1'), 'InstanceGone'],
    ['TLS is off', world => world.rds.protect('rm-1', { enabled: false }), 'EncryptionOff'],
    ['another endpoint is protected', world => world.rds.protect('rm-1', protection({ host: 'rm-1-public' })), 'EndpointMoved'],
    ['its window is another than promised', world => world.rds.change('rm-1', { maintainTime: '02:00Z-06:00Z' }), 'PromiseChanged'],
    ['its certificate is its owner’s', world => world.rds.protect('rm-1', protection({ issuedBy: 'custom' })), 'CustomCertificate'],
    ['its issuer is none of Alibaba’s', async world => world.probes.serve(host, (await leaves()).foreign), 'PossiblyCustom'],
    ['its answer is no longer valid', world => world.clock.set('2026-11-30T21:20:01Z'), 'ApprovalLapsed'],
  ])('%s: journalled, then told, and nothing is called', async (_, change, reason) => {
    const world = await approvedScene()
    await change(world)
    expect(await run(world)).toMatchObject({ do: 'refuse', reason })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason })
    expect(words(world)).toEqual([
      word(reason === 'ApprovalLapsed' ? 'Lapsed' : 'Refused', expect.stringContaining(`${reason}: `) as never),
    ])
    expect(world.rds.updates).toEqual([])
    expect(restarts(world)).toEqual([])
  })
  test('and its word is lost at first, it is told by the next delivery', async () => {
    const world = await approvedScene()
    world.rds.protect('rm-1', { enabled: false })
    world.queue.fail('send')
    await expect(run(world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended' })
    expect(await run(world, 'attempt-2')).toMatchObject({ do: 'leave' })
    expect(words(world)).toEqual([word('Refused', 'EncryptionOff: TLS is off')])
  })
  test('but not where another delivery began its restart meanwhile, which explains what was seen', async () => {
    const world = await approvedScene()
    world.rds.protect('rm-1', { enabled: false })
    const { instance } = world.rds
    const rds: FakeWorld['rds'] = {
      ...world.rds,
      instance: (...of) => {
        seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf() }])
        return instance(...of)
      },
    }
    expect(await updateValidity(says.approved, { ...world, rds })).toEqual({ do: 'lost' })
    expect(saidOf(world)).toEqual([planned()])
    expect(world.queue.sent).toEqual([poll])
  })
})
