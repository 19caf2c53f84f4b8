import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMns } from '../../local/mns/server.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { mnsClient } from '../../shared/adapters/mns/client.ts'
import { queueOver } from '../../shared/adapters/queue.ts'
import type { Credentials } from '../../shared/config.ts'
import { type AnyEvent, event, parseEvent } from '../../shared/events.ts'
import { consumerOf, deadLetters, type QueuedStep, queueOf } from '../../shared/flow.ts'
import type { Queue } from '../../shared/ports.ts'
import { fakeQueue } from '../fakes/queue.ts'
import { atOnce, clock, credentials, empty, expectNoSecret, hangUp, html, principals, session, stranger, toldMeddler } from './cloud.ts'

const due = event('RenewalsDue', { plan: 'p1' })
const approved = event('RenewalApproved', { plan: 'p1', renewal: 'r1' })
const attention = event('AttentionNeeded', { reason: 'Stuck', subject: 'rm-1', approvers: 'dba', detail: '<卡> & "stuck"', mend: 'look' })
const queues = [...new Set(Object.values(consumerOf)), 'dead-letters' as const]

type World = {
  queue: Queue
  /** What the consumer of a step will read, with what it must wait. */
  waiting(step: QueuedStep): { text: string; delaySeconds: number }[]
  buried(): unknown[]
  close(): Promise<void>
}

async function startReal() {
  const model = mnsModel()
  const told = toldMeddler()
  const serving = await startMns({ model, principals, meddler: told.meddler, clock })
  for (const step of queues) model.createQueue(step === 'dead-letters' ? deadLetters : queueOf(step), {}, Date.now())
  const as = async (who: Credentials) =>
    queueOver(await mnsClient({ queue: { endpoint: serving.url }, accountId: session.accountId }, who), atOnce)
  const bodies = (name: string) => {
    const listed = model.messages(name, Date.now())
    return listed.map(one => ({
      text: Buffer.from(one.body, 'base64').toString(),
      delaySeconds: Math.round((one.visibleAt - one.enqueuedAt) / 1000),
    }))
  }
  return { ...told, model, as, bodies, queue: await as(credentials), close: serving.close }
}

const worlds: [string, () => Promise<World>][] = [
  [
    'the fake queue',
    async () => {
      const queue = fakeQueue()
      return {
        queue,
        waiting: step =>
          queue.sent
            .filter(one => consumerOf[one.event.type] === step)
            .map(({ event: one, delaySeconds }) => ({ text: JSON.stringify(one), delaySeconds })),
        buried: () => [...queue.buried],
        close: async () => {},
      }
    },
  ],
  [
    'the queue over @alicloud/mns',
    async () => {
      const real = await startReal()
      return {
        queue: real.queue,
        waiting: step => real.bodies(queueOf(step)),
        buried: () => real.bodies(deadLetters).map(one => JSON.parse(one.text)),
        close: real.close,
      }
    },
  ],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  test('each event goes to the queue of its consumer alone, and is read there as it was', async () => {
    await world.queue.send([due, approved, attention])
    const read = (step: QueuedStep): AnyEvent[] => world.waiting(step).map(one => parseEvent(one.text))
    expect(read('request-approval')).toEqual([due])
    expect(read('update-validity')).toEqual([approved])
    expect(read('notify')).toEqual([attention])
    expect(read('publish-bundle')).toEqual([])
  })

  test('an event with a delay is seen after it, and without one at once', async () => {
    await world.queue.send([approved], 60)
    await world.queue.send([due])
    expect(world.waiting('update-validity').map(one => one.delaySeconds)).toEqual([60])
    expect(world.waiting('request-approval').map(one => one.delaySeconds)).toEqual([0])
  })

  test('a hundred events of one consumer all arrive', async () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      event('ProofDue', { region: 'cn-hangzhou', instance: `rm-${at}`, week: '2026-W48' }),
    )
    await world.queue.send(many)
    const arrived = world.waiting('prove-renewal').map(one => parseEvent(one.text).id)
    expect(arrived.sort()).toEqual(many.map(one => one.id).sort())
  })

  test('sending nothing is nothing', async () => {
    await expect(world.queue.send([])).resolves.toBeUndefined()
  })

  test.each([-1, 0.5, 604_801, Number.NaN])('a delay of %d s is refused before anything is sent', async delay => {
    await expect(world.queue.send([due], delay)).rejects.toThrow()
    expect(world.waiting('request-approval')).toEqual([])
  })

  test('a letter that is buried lies in the dead-letter queue with its code', async () => {
    const letter = { step: 'notify', code: 'BadEvent', message: 'no such type', envelope: '[{"data":"…"}]' }
    await world.queue.bury(letter)
    expect(world.buried()).toEqual([letter])
  })
})

describe('the queue over @alicloud/mns, where answers go astray', () => {
  let real: Awaited<ReturnType<typeof startReal>>
  beforeEach(async () => {
    real = await startReal()
  })
  afterEach(() => real.close())

  const once: [string, Parameters<typeof real.next>[1]][] = [
    ['a hang-up', hangUp],
    ['a 503 without a body, which the SDK resolves', empty(503)],
    ['a 500 HTML page, which the SDK resolves', html(500)],
    ['a 200 HTML page in the place of 201', html(200)],
    ['a 201 that is not from MNS', html(201)],
  ]
  test.each(once)('%s is not taken for success: the message is sent again', async (_, fate) => {
    real.next('SendMessage', fate)
    await real.queue.send([due])
    expect(real.bodies(queueOf('request-approval'))).toHaveLength(1)
  })

  test('after a lost answer the message may be there twice, never not at all', async () => {
    real.next('SendMessage', { ...hangUp, phase: 'after' })
    await real.queue.send([due])
    expect(real.bodies(queueOf('request-approval'))).toHaveLength(2)
  })

  const always: [string, Parameters<typeof real.next>[1], string][] = [
    ['hang-ups', hangUp, 'Unreachable'],
    ['503 without a body', empty(503), 'Busy'],
    ['403 without a body', empty(403), 'BadReply'],
    ['400 HTML', html(400), 'BadReply'],
  ]
  test.each(always)('endless %s are a fault worth another try', async (_, fate, code) => {
    real.next('SendMessage', { ...fate, times: 99 })
    await expect(real.queue.send([due])).rejects.toMatchObject({ code, retry: true })
  })

  test('of several events one that is not accepted fails the whole, so that the step is delivered again', async () => {
    real.model.deleteQueue(queueOf('notify'))
    await expect(real.queue.send([due, attention])).rejects.toMatchObject({ code: 'Refused', cloudCode: 'QueueNotExist' })
  })

  test('a key that the service does not know is refused, and nothing secret is told', async () => {
    const refused = (await real.as(stranger)).send([due])
    await expect(refused).rejects.toMatchObject({ code: 'Refused', retry: false })
    expectNoSecret(await refused.then(String, String), [stranger.accessKeyId])
  })

  test('a secret that does not fit its key is refused', async () => {
    const refused = (await real.as({ ...credentials, accessKeySecret: 'another' })).send([due])
    await expect(refused).rejects.toMatchObject({ code: 'Refused', cloudCode: 'SignatureDoesNotMatch' })
  })

  test('an event too large for a message is refused before it is sent', async () => {
    const large = event('AttentionNeeded', { reason: 'Stuck', subject: 'rm-1', approvers: 'dba', detail: 'x'.repeat(50_000), mend: 'look' })
    await expect(real.queue.send([large])).rejects.toMatchObject({ code: 'BadEvent', message: expect.stringContaining('65536') })
    expect(real.calls).toEqual([])
  })

  test.each(['{"a":"', '\u0001', '计'])('an envelope of a hundred thousand %j is buried, cut', async piece => {
    await real.queue.bury({ step: 'notify', code: 'BadEvent', message: 'm'.repeat(9_000), envelope: piece.repeat(100_000) })
    const [letter] = real.bodies(deadLetters).map(one => JSON.parse(one.text) as { envelope: string })
    expect(letter?.envelope).toMatch(/… \(cut\)$/)
  })
})
