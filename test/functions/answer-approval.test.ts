import { describe, expect, test } from 'vitest'
import { answerApproval, answering } from '../../functions/answer-approval.ts'
import type { PlanFact } from '../../shared/domain/plan.ts'
import { Fault } from '../../shared/errors.ts'
import { event } from '../../shared/events.ts'
import type { Connect } from '../../shared/host.ts'
import { readHttpEvent } from '../../shared/http-event.ts'
import type { FakeWorld } from '../fakes/world.ts'
import { type HttpParts, http } from '../shared/envelopes.ts'
import { approved, asked, closedOf, emitted, hints, itemOf, plan, planned, rejected, renewal, renewalOf, said, scene } from './scene.ts'

const two = [itemOf('rm-1'), itemOf('rm-2')]
const second = renewalOf('rm-2')
const token = `token.${plan}.2026-11-30T21:20:00Z`
const path = `/plans/${plan}`
const planSays = (world: FakeWorld) => said(world, `plans/${plan}`)
const yes = (...renewals: string[]): PlanFact => approved(...renewals)

async function askedScene(...more: PlanFact[]) {
  const world = await scene({ page: 'https://renew.example.com' })
  world.journal.seed(`plans/${plan}`, [closedOf(two), asked, ...more])
  for (const item of two) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  return world
}

function request(parts: HttpParts) {
  const read = readHttpEvent(http(parts))
  if (read === 'TooLarge') throw new Error('it is small')
  return read
}
const look = (world: FakeWorld, change: HttpParts = {}) => answerApproval(request({ path, query: { token }, ...change }), world)

type Form = { decision?: string; items?: string[]; count?: string; token?: string }
const formOf = ({ decision = 'approve', items = [renewal, second], count = String(items.length), token: held = token }: Form) =>
  new URLSearchParams([
    ...items.map((item): [string, string] => ['item', item]),
    ['decision', decision],
    ['count', count],
    ['token', held],
    ['lang', 'en'],
  ]).toString()
const post = (world: FakeWorld, form: Form = {}) =>
  answerApproval(request({ method: 'POST', path, body: formOf(form), base64: true }), world)

/** Everything that a look might have changed. */
const everything = (world: FakeWorld) => ({
  log: planSays(world),
  appended: world.journal.appended.length,
  sent: emitted(world),
  hints: hints(world),
})

describe('a GET', () => {
  test.each(['GET', 'HEAD'])('by %s shows the plan, and changes nothing', async method => {
    const world = await askedScene()
    const before = everything(world)
    const reply = await look(world, { method })
    expect(reply).toMatchObject({ statusCode: 200, isBase64Encoded: false })
    expect(reply.body).toContain('rm-1')
    expect(reply.body).toContain('rm-2')
    expect(everything(world)).toEqual(before)
  })
  test('with a whole answer in its query answers nothing: previews follow links', async () => {
    const world = await askedScene()
    const before = everything(world)
    const query = Object.fromEntries(new URLSearchParams(formOf({ items: [renewal] })))
    expect((await look(world, { query })).statusCode).toBe(200)
    expect((await look(world, { body: formOf({}) })).statusCode).toBe(200)
    expect(everything(world)).toEqual(before)
  })
  test('shows what is answered already', async () => {
    const world = await askedScene(yes(renewal))
    const { body } = await look(world)
    expect(body).toMatch(/approved/i)
  })
  test('keeps the token from leaking by referrer, and the page from any frame or cache', async () => {
    const { headers } = await look(await askedScene())
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    expect(lower).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': expect.stringContaining('no-store') })
  })
})

describe('a POST with the typed count', () => {
  test('approves what it chose: journalled with where it came from, then said for each renewal', async () => {
    const world = await askedScene()
    const reply = await post(world)
    expect(reply.statusCode).toBe(200)
    expect(planSays(world)).toEqual([closedOf(two), asked, { ...yes(renewal, second), by: { kind: 'link', from: '10.0.0.1' } }])
    expect(emitted(world)).toEqual(two.map(item => event('RenewalApproved', { plan, renewal: item.renewal })))
    expect(world.rds.calls).toEqual([])
  })
  test('gives each approved renewal a hint of its own', async () => {
    const world = await askedScene()
    await post(world, { items: [renewal] })
    expect(hints(world)).toContain(`2026-11-09T18:34:59Z renewals/${renewal}`)
    expect(hints(world)).not.toContain(`2026-11-09T18:34:59Z renewals/${second}`)
  })
  test('may answer for a part, and leaves the rest open', async () => {
    const world = await askedScene()
    await post(world, { items: [second] })
    expect(emitted(world)).toEqual([event('RenewalApproved', { plan, renewal: second })])
    await post({ ...world, attempt: 'attempt-2' }, { items: [renewal], decision: 'reject' })
    expect(planSays(world).slice(2)).toEqual([yes(second), rejected(renewal)])
  })
  test('rejects, and nothing follows', async () => {
    const world = await askedScene()
    expect((await post(world, { decision: 'reject' })).statusCode).toBe(200)
    expect(planSays(world).at(-1)).toEqual(rejected(renewal, second))
    expect(emitted(world)).toEqual([])
  })
  test('takes the full-width digits of a Chinese keyboard', async () => {
    const world = await askedScene()
    expect((await post(world, { count: '２' })).statusCode).toBe(200)
  })
})

describe('a POST answers nothing', () => {
  test.each<[string, Form, number]>([
    ['with a wrong count', { count: '1' }, 422],
    ['with no count, as a scanner that submits forms would send it', { count: '' }, 422],
    ['without a decision', { decision: '' }, 422],
    ['with nothing chosen', { items: [], count: '0' }, 422],
    ['with an item of another plan among its own', { items: [renewal, 'other'] }, 422],
    ['without a token', { token: '' }, 400],
    ['with a token that is none', { token: 'rubbish' }, 400],
    ['with the token of another plan', { token: 'token.dba.required.2026-11-02.2026-11-30T21:20:00Z' }, 403],
  ])('%s', async (_, form, status) => {
    const world = await askedScene()
    const before = everything(world)
    const reply = await post(world, form)
    expect(reply.statusCode).toBe(status)
    expect(everything(world)).toEqual(before)
  })
  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s instead', async method => {
    const world = await askedScene()
    const before = everything(world)
    const reply = await answerApproval(request({ method, path, query: { token }, body: formOf({}) }), world)
    expect(reply.statusCode).toBe(405)
    expect(everything(world)).toEqual(before)
  })
  test.each([
    ['of an unknown plan', '/plans/dba.required.2026-11-02'],
    ['that names no plan', '/'],
    ['that climbs', '/plans/../policy'],
  ])('at an address %s', async (_, address) => {
    const world = await askedScene()
    const form = formOf({ token: `token.${address.slice('/plans/'.length)}.2026-11-30T21:20:00Z` })
    const reply = await answerApproval(request({ method: 'POST', path: address, body: form }), world)
    expect(reply.statusCode).toBe(404)
    expect(emitted(world)).toEqual([])
  })
  test('once the items can no longer be answered, and says that they lapsed', async () => {
    const world = await askedScene()
    world.clock.set('2026-11-30T21:20:01Z')
    expect((await post(world)).statusCode).toBe(410)
    expect(planSays(world)).toEqual([closedOf(two), asked])
  })
  test('up to the last instant of its validity it does', async () => {
    const world = await askedScene()
    world.clock.set('2026-11-30T21:20:00Z')
    expect((await post(world)).statusCode).toBe(200)
  })
})

describe('a second answer', () => {
  test.each(['approve', 'reject'])('to %s what was answered changes nothing, and says so', async decision => {
    const world = await askedScene(yes(renewal, second))
    const reply = await post(world, { decision })
    expect(reply.statusCode).toBe(409)
    expect(planSays(world)).toEqual([closedOf(two), asked, yes(renewal, second)])
    expect(emitted(world)).toEqual([])
  })
  test('to a part that was answered says so too, while the rest is still open', async () => {
    const world = await askedScene(rejected(renewal))
    expect((await post(world, { items: [renewal] })).statusCode).toBe(409)
    expect(planSays(world)).toEqual([closedOf(two), asked, rejected(renewal)])
  })
  test('that overlaps the first counts for what was still open alone', async () => {
    const world = await askedScene(rejected(renewal))
    expect((await post(world)).statusCode).toBe(200)
    expect(planSays(world).at(-1)).toEqual(yes(second))
    expect(emitted(world)).toEqual([event('RenewalApproved', { plan, renewal: second })])
  })
  test('that another person gives in the same moment loses to the first', async () => {
    const world = await askedScene()
    world.journal.race(`plans/${plan}`, rejected(renewal, second))
    expect((await post(world)).statusCode).toBe(409)
    expect(emitted(world)).toEqual([])
  })
})

describe('an answer is never lost', () => {
  test('when its event is: the answer stands, and the plan and each renewal have their hints', async () => {
    const world = await askedScene()
    world.queue.fail('send')
    await expect(post(world, { items: [renewal] })).rejects.toMatchObject({ code: 'Unreachable' })
    expect(planSays(world).at(-1)).toEqual(yes(renewal))
    expect(hints(world)).toEqual([`2026-11-09T18:34:59Z plans/${plan}`, `2026-11-09T18:34:59Z renewals/${renewal}`])
  })
  test('when the process ends right after it: the plan’s hint stood before', async () => {
    const world = await askedScene()
    world.journal.fail('append', 'Unreachable', 'done')
    await expect(post(world, { items: [renewal] })).rejects.toMatchObject({ code: 'Unreachable' })
    expect(planSays(world).at(-1)).toEqual(yes(renewal))
    expect(hints(world)).toEqual([`2026-11-09T18:34:59Z plans/${plan}`])
  })
})

describe('as Function Compute calls it, every trouble is a page', () => {
  const hosted = (connect: Connect) => {
    const lines: unknown[] = []
    const handler = answering(connect, line => void lines.push(line))
    return {
      lines,
      call: async (bytes: Uint8Array) => JSON.parse(await handler(bytes, { requestId: 'a7' })) as { statusCode: number; body: string },
    }
  }
  const to =
    (world: FakeWorld): Connect =>
    async (_, attempt) =>
      ({ ...world, attempt }) as never

  test('an answer is taken from its envelope', async () => {
    const world = await askedScene()
    const { call } = hosted(to(world))
    expect((await call(http({ method: 'POST', path, body: formOf({}), base64: true }))).statusCode).toBe(200)
    expect(world.journal.appended.at(-1)?.entry.attempt).toBe('a7')
  })
  test.each<[string, Connect]>([
    [
      'a configuration that lacks something',
      async () => {
        throw new Fault('BadConfig', 'JOURNAL_BUCKET is missing')
      },
    ],
    [
      'a defect',
      async () => {
        throw new TypeError('https://secret.example.com')
      },
    ],
  ])('%s is told to try again, and nothing of it is told', async (_, connect) => {
    const { call, lines } = hosted(connect)
    const reply = await call(http({ path, query: { token } }))
    expect(reply.statusCode).toBe(503)
    expect(reply.body).not.toMatch(/JOURNAL|secret/)
    expect(lines).toEqual([expect.objectContaining({ level: 'error', code: expect.stringMatching(/BadConfig|Crashed/) })])
    expect(JSON.stringify(lines)).not.toContain(token)
  })
  test('a journal that does not answer is told to try again', async () => {
    const world = await askedScene()
    world.journal.fail('read')
    expect((await hosted(to(world)).call(http({ path, query: { token } }))).statusCode).toBe(503)
  })
  test('what is no request is told to try again, and what is too large says so', async () => {
    const { call } = hosted(to(await askedScene()))
    expect((await call(Buffer.from('<html>'))).statusCode).toBe(503)
    expect((await call(http({ method: 'POST', path, body: 'x'.repeat(300_000) }))).statusCode).toBe(413)
  })
})
