import { describe, expect, test } from 'vitest'
import { tellApproval, tellAttention, tellProven } from '../../functions/notify.ts'
import type { PlanFact } from '../../shared/domain/plan.ts'
import type { RenewalFact } from '../../shared/domain/renewal-log.ts'
import { event } from '../../shared/events.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approved,
  asked,
  closedOf,
  emitted,
  itemOf,
  plan,
  planned,
  published,
  renewal,
  renewalOf,
  said,
  says,
  scene,
  updated,
} from './scene.ts'

const page = 'https://renew.example.com'
const link = `${page}/plans/${plan}?token=token.${plan}.2026-11-30T21%3A20%3A00Z`
const cards = ({ chat }: FakeWorld) => chat.posted.map(({ channel, card }) => `${card.id} → ${channel}`)
const notices = (world: FakeWorld, channel = 'dingtalk-dba', id = says.asked.id) => said(world, `notices/${id}.${channel}`)
const claimed = (by: string) => ({ fact: 'Claimed', by })
const posted = { fact: 'Posted' }

async function askedScene(of: { page?: string; closed?: ReturnType<typeof closedOf> } = { page }, ...more: PlanFact[]) {
  const world = await scene(of.page ? { page: of.page } : {})
  world.journal.seed(`plans/${plan}`, [of.closed ?? closedOf(), asked, ...more])
  return world
}

describe('a plan that is asked for', () => {
  test('becomes one card for its owner, with the link to its page', async () => {
    const world = await askedScene()
    expect(await tellApproval(says.asked, world)).toEqual({ do: 'post', card: says.asked.id, channels: ['dingtalk-dba'] })
    expect(world.chat.posted).toMatchObject([
      { channel: 'dingtalk-dba', card: { id: says.asked.id, text: expect.stringContaining('rm-1'), button: { url: link } } },
    ])
    expect(emitted(world)).toEqual([])
  })
  test('where no page is deployed carries the command instead', async () => {
    const world = await askedScene({})
    await tellApproval(says.asked, world)
    expect(world.chat.posted).toMatchObject([{ card: { button: undefined, text: expect.stringContaining(plan) } }])
  })
  test('is told on every channel of its owner', async () => {
    const world = await askedScene({ page, closed: closedOf([itemOf()], { approvers: 'shop' }) })
    await tellApproval(says.asked, world)
    expect(cards(world)).toEqual([`${says.asked.id} → hook-shop`, `${says.asked.id} → dingtalk-shop`])
  })
  test('whose owner is no longer in the policy is told to those who answer for everything', async () => {
    const world = await askedScene({ page, closed: closedOf([itemOf()], { approvers: 'gone' }) })
    await tellApproval(says.asked, world)
    expect(cards(world)).toEqual([`${says.asked.id} → dingtalk-dba`])
  })
  test.each<[string, PlanFact[]]>([
    ['was answered meanwhile', [closedOf(), asked, approved()]],
    ['was never closed', []],
  ])('and that %s is left', async (_, facts) => {
    const world = await scene({ page })
    world.journal.seed(`plans/${plan}`, facts)
    expect(await tellApproval(says.asked, world)).toMatchObject({ do: 'leave' })
    expect(world.chat.posted).toEqual([])
  })
  test('is reminded of by another card', async () => {
    const world = await askedScene()
    await tellApproval(says.asked, world)
    const second = event('ApprovalRequested', { plan, ask: 2 })
    await tellApproval(second, world)
    expect(cards(world)).toEqual([`${says.asked.id} → dingtalk-dba`, `${second.id} → dingtalk-dba`])
  })
})

describe('a card is posted once', () => {
  test('claimed before, and marked after', async () => {
    const world = await askedScene()
    await tellApproval(says.asked, world)
    expect(notices(world)).toEqual([claimed('attempt-1'), posted])
  })
  test('however often its event is delivered', async () => {
    const world = await askedScene()
    await tellApproval(says.asked, world)
    await tellApproval(says.asked, { ...world, attempt: 'attempt-2' })
    expect(world.chat.posted).toHaveLength(1)
    expect(notices(world)).toHaveLength(2)
  })
  test('by one of two deliveries at once: the other comes again', async () => {
    const world = await askedScene()
    world.journal.race(`notices/${says.asked.id}.dingtalk-dba`, claimed('attempt-2'), { at: '2026-11-09T18:29:59Z' })
    await expect(tellApproval(says.asked, world)).rejects.toMatchObject({ code: 'Contended' })
    expect(world.chat.posted).toEqual([])
  })
  test.each([
    ['2026-11-09T18:29:30.001Z', 0],
    ['2026-11-09T18:29:30.000Z', 1],
  ])('by whoever comes 30 s after a claim that was never followed up: claimed at %s, posted %i times', async (at, times) => {
    const world = await askedScene()
    world.journal.seed(`notices/${says.asked.id}.dingtalk-dba`, [claimed('a-dead-one')], { at })
    await tellApproval(says.asked, world).catch(() => {})
    expect(world.chat.posted).toHaveLength(times)
  })
  test('not before it could be claimed', async () => {
    const world = await askedScene()
    world.journal.fail('append')
    await expect(tellApproval(says.asked, world)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(world.chat.posted).toEqual([])
  })
  test('by a later delivery, where the chat did not take it', async () => {
    const world = await askedScene()
    world.chat.fail('dingtalk-dba', 'Busy')
    await expect(tellApproval(says.asked, world)).rejects.toMatchObject({ code: 'Busy' })
    expect(notices(world)).toEqual([claimed('attempt-1')])
    world.clock.pass('30s')
    await tellApproval(says.asked, { ...world, attempt: 'attempt-2' })
    expect(cards(world)).toEqual([`${says.asked.id} → dingtalk-dba`])
    expect(notices(world)).toEqual([claimed('attempt-1'), claimed('attempt-2'), posted])
  })
  test('on each channel for itself: one that fails keeps no other waiting, and is made up for alone', async () => {
    const world = await askedScene({ page, closed: closedOf([itemOf()], { approvers: 'shop' }) })
    world.chat.fail('hook-shop', 'Refused')
    await expect(tellApproval(says.asked, world)).rejects.toMatchObject({ code: 'Refused' })
    expect(cards(world)).toEqual([`${says.asked.id} → dingtalk-shop`])
    world.clock.pass('30s')
    await tellApproval(says.asked, { ...world, attempt: 'attempt-2' })
    expect(cards(world)).toEqual([`${says.asked.id} → dingtalk-shop`, `${says.asked.id} → hook-shop`])
  })
})

describe('a renewal that is proven', () => {
  const proof: RenewalFact = { fact: 'Proven', fingerprint: 'f', serial: '0B', notAfter: '2027-11-09T18:31:00Z', from: 'vpc-1' }
  const names = (count: number) => Array.from({ length: count }, (_, at) => `rm-${at + 1}`)
  async function provenScene(count: number) {
    const world = await scene({ page })
    const items = names(count).map(name => itemOf(name))
    world.journal.seed(`plans/${plan}`, [closedOf(items), asked, approved(...items.map(item => item.renewal))])
    for (const item of items) world.journal.seed(`renewals/${item.renewal}`, [planned(item), updated, published('v1'), proof])
    return world
  }
  const tell = (world: FakeWorld, name: string) => tellProven(event('RenewalProven', { plan, renewal: renewalOf(name) }), world)

  test('is told with what was seen, from where, and where applications find the bundle', async () => {
    const world = await provenScene(1)
    expect(await tell(world, 'rm-1')).toMatchObject({ do: 'post' })
    const [{ card }] = world.chat.posted as [(typeof world.chat.posted)[number]]
    expect(card.text).toContain('0B')
    expect(card.text).toContain('vpc-1')
    expect(card.text).toContain('https://ca.example.com/ca/latest/')
    expect(card.id).toBe(says.proven.id)
  })
  test('counts within its plan, in the order in which they were proven', async () => {
    const world = await provenScene(3)
    for (const name of ['rm-2', 'rm-1', 'rm-2', 'rm-3']) await tell(world, name)
    expect(said(world, `progress/${plan}`)).toEqual(['rm-2', 'rm-1', 'rm-3'].map(name => ({ fact: 'Proven', renewal: renewalOf(name) })))
    const titles = world.chat.posted.map(({ card }) => card.title)
    expect(titles).toEqual([expect.stringContaining('1 of 3'), expect.stringContaining('2 of 3'), expect.stringMatching(/\b3\b/)])
  })
  test('is told at milestones alone, where the plan is large, and counted all the same', async () => {
    const world = await provenScene(8)
    const done: unknown[] = []
    for (const name of names(8)) done.push((await tell(world, name)).do)
    expect(done).toEqual(['post', 'post', 'count', 'post', 'count', 'post', 'count', 'post'])
  })
  test('told again after others is the same card, with the number that it had', async () => {
    const world = await provenScene(3)
    await tell(world, 'rm-1')
    await tell(world, 'rm-2')
    expect(await tell({ ...world, attempt: 'attempt-2' }, 'rm-1')).toMatchObject({ do: 'post' })
    expect(world.chat.posted).toHaveLength(2)
  })
  test('by a message alone is told to nobody', async () => {
    const world = await provenScene(1)
    world.journal.seed(`renewals/${renewalOf('rm-9')}`, [planned(itemOf('rm-9')), updated, published('v1')])
    expect(await tell(world, 'rm-9')).toMatchObject({ do: 'leave' })
    expect(await tellProven(event('RenewalProven', { plan: 'another', renewal }), world)).toMatchObject({ do: 'leave' })
    expect(world.chat.posted).toEqual([])
  })
})

describe('what needs a person', () => {
  const needed = event('AttentionNeeded', {
    reason: 'Stuck',
    subject: 'rm-1',
    approvers: 'shop',
    detail: 'no end of the restart after 2 h',
    mend: '',
    plan,
  })

  test('is told to the people concerned, urgently where it is', async () => {
    const world = await scene()
    expect(await tellAttention(needed, world)).toEqual({ do: 'post', card: needed.id, channels: ['hook-shop', 'dingtalk-shop'] })
    expect(world.chat.posted[0]?.card).toMatchObject({ urgent: true, text: expect.stringContaining('no end of the restart after 2 h') })
  })
  test('is told once, and again as the word of another day', async () => {
    const world = await scene()
    const ofDay = (day: string) => event('AttentionNeeded', { ...needed.data, approvers: 'dba', day })
    for (const day of ['2026-11-09', '2026-11-09', '2026-11-10']) await tellAttention(ofDay(day), world)
    expect(cards(world)).toEqual([`${ofDay('2026-11-09').id} → dingtalk-dba`, `${ofDay('2026-11-10').id} → dingtalk-dba`])
  })
  test('is told even to nobody’s own people: those of the defaults', async () => {
    const world = await scene()
    await tellAttention(event('AttentionNeeded', { ...needed.data, approvers: 'nobody' }), world)
    expect(cards(world)).toHaveLength(1)
  })
})
