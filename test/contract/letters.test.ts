import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMns } from '../../local/mns/server.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { lettersOver } from '../../shared/adapters/letters.ts'
import { letterBox } from '../../shared/adapters/mns/letter-box.ts'
import { deadLetters } from '../../shared/flow.ts'
import type { Letters } from '../../shared/ports.ts'
import { fakeLetters } from '../fakes/letters.ts'
import { atOnce, clock, credentials, expectNoSecret, html, principals, session, stranger, toldMeddler } from './cloud.ts'

type World = { letters: Letters; put(text: string, base64?: boolean): void; close(): Promise<void> }

async function real() {
  const model = mnsModel()
  const told = toldMeddler()
  const serving = await startMns({ model, principals, meddler: told.meddler, clock })
  const as = async (who: typeof credentials) =>
    lettersOver(await letterBox({ queue: { endpoint: serving.url }, accountId: session.accountId }, who), atOnce)
  model.createQueue(deadLetters, { visibilityTimeout: 600 }, Date.now())
  const put = (text: string, base64 = true) =>
    void model.send(deadLetters, { body: base64 ? Buffer.from(text).toString('base64') : text }, Date.now())
  return { ...told, as, put, letters: await as(credentials), close: serving.close }
}

const worlds: [string, () => Promise<World>][] = [
  [
    'the fake letters',
    async () => {
      const letters = fakeLetters()
      return { letters, put: text => letters.put(text), close: async () => {} }
    },
  ],
  ['the letters over @alicloud/mns', real],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())
  const bodies = (list: readonly { body: string }[]) => list.map(one => one.body).sort()

  test('where none lies, there is none: no fault', async () => {
    expect(await world.letters.peek()).toEqual([])
    expect(await world.letters.take()).toEqual([])
    expect(await world.letters.count()).toEqual({ waiting: 0, hidden: 0 })
  })

  test('one and several are read alike, whatever they hold', async () => {
    world.put('{"a":"<一>&"}')
    expect(bodies(await world.letters.peek())).toEqual(['{"a":"<一>&"}'])
    world.put('{"b":2}')
    expect(bodies(await world.letters.peek())).toEqual(['{"a":"<一>&"}', '{"b":2}'])
  })

  test('looking hides nothing; taking hides until it is removed or put back', async () => {
    for (const text of ['{"n":1}', '{"n":2}']) world.put(text)
    await world.letters.peek()
    expect(await world.letters.count()).toEqual({ waiting: 2, hidden: 0 })
    const taken = await world.letters.take()
    expect(bodies(taken)).toEqual(['{"n":1}', '{"n":2}'])
    expect(await world.letters.peek()).toEqual([])
    expect(await world.letters.count()).toEqual({ waiting: 0, hidden: 2 })
    for (const one of taken) await world.letters.remove(one.handle)
    expect(await world.letters.count()).toEqual({ waiting: 0, hidden: 0 })
  })

  test('of many, sixteen come at once', async () => {
    for (let n = 0; n < 20; n++) world.put(`{"n":${n}}`)
    expect(await world.letters.peek()).toHaveLength(16)
    expect(await world.letters.take()).toHaveLength(16)
    expect(await world.letters.take()).toHaveLength(4)
  })
})

describe('over @alicloud/mns alone', () => {
  test('a body that is no base64 is read as it is', async () => {
    const world = await real()
    world.put('{"plain":true}', false)
    expect((await world.letters.peek())[0]).toMatchObject({ body: '{"plain":true}', received: 0 })
    await world.close()
  })

  test('a letter put back is seen again after a second', async () => {
    const world = await real()
    world.put('{"n":1}')
    const [taken] = await world.letters.take()
    await world.letters.putBack(taken?.handle ?? '')
    await expect.poll(() => world.letters.peek(), { timeout: 3000 }).toHaveLength(1)
    await world.close()
  })

  test('a stranger, a page of a proxy, and a queue that is not there are faults without secrets', async () => {
    const world = await real()
    await expect((await world.as(stranger)).peek()).rejects.toMatchObject({ code: 'Refused' })
    world.next('GetQueueAttributes', { ...html(502), times: 9 })
    const fault = await world.letters.count().then(
      () => '',
      (error: Error) => error.message,
    )
    expectNoSecret(fault)
    expect(fault).not.toBe('')
    await world.close()
  })
})
