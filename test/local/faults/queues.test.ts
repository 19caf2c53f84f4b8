import { describe, expect, test } from 'vitest'
import { readFault } from '../../../local/model/fault-text.ts'
import { Faults } from '../../../local/model/faults.ts'
import { faultyQueues } from '../../../local/model/faulty-queues.ts'
import { mnsModel } from '../../../local/model/mns.ts'
import { seededRandom } from '../../../local/model/rds.ts'

function queues(...texts: string[]) {
  const model = mnsModel()
  for (const name of ['work', 'other']) model.createQueue(name, {}, 0)
  const faults = texts.map(text => {
    const fault = readFault(text, [])
    if (typeof fault === 'string') throw new Error(fault)
    return fault
  })
  const faulty = faultyQueues(model, new Faults(faults, seededRandom(1)), seededRandom(2))
  const bodies = (queue: string, now: number) => {
    const found: string[] = []
    for (let taken = faulty.receive(queue, now); taken.ok; taken = faulty.receive(queue, now)) found.push(taken.value.body)
    return found
  }
  return { model, faulty, bodies }
}

describe('a queue with faults', () => {
  test('is a queue like any other where none strikes', () => {
    const { faulty, bodies } = queues('mns:send@other:loss')
    expect(faulty.send('work', { body: 'a', delaySeconds: 2 }, 0).ok).toBe(true)
    expect([bodies('work', 1999), bodies('work', 2000)]).toEqual([[], ['a']])
    expect(faulty.send('nowhere', { body: 'a' }, 0)).toMatchObject({ ok: false, fault: { code: 'QueueNotExist' } })
  })

  test('gives a message twice', () => {
    const { faulty, bodies } = queues('mns:send:duplicate')
    faulty.send('work', { body: 'a' }, 0)
    faulty.send('work', { body: 'b' }, 0)
    expect(bodies('work', 0)).toEqual(['a', 'a', 'b'])
  })

  test('loses a message whose sender was told its id', () => {
    const { faulty, bodies } = queues('mns:send:loss')
    const sent = faulty.send('work', { body: 'a' }, 0)
    expect(sent.ok && sent.value.messageId).toMatch(/^[0-9A-F]{32}$/)
    expect(bodies('work', 60_000)).toEqual([])
  })

  test('gives a message late, on top of the delay that was asked for', () => {
    const { faulty, bodies } = queues('mns:send:delay=5s')
    faulty.send('work', { body: 'a', delaySeconds: 2 }, 0)
    expect([bodies('work', 6999), bodies('work', 7000)]).toEqual([[], ['a']])
  })

  test('lets a message be overtaken by those that follow within seconds', () => {
    const { faulty, bodies } = queues('mns:send:reorder')
    faulty.send('work', { body: 'a' }, 0)
    faulty.send('work', { body: 'b' }, 100)
    expect([bodies('work', 100), bodies('work', 5000)]).toEqual([['b'], ['a']])
  })

  test('befalls each message of a batch by itself', () => {
    const { faulty, bodies } = queues('mns:send:loss:every=2')
    const sent = faulty.sendBatch('work', [{ body: 'a' }, { body: 'b' }, { body: 'c' }, { body: 'd' }], 0)
    expect(sent.ok && sent.value).toHaveLength(4)
    expect(bodies('work', 0)).toEqual(['a', 'c'])
  })

  test('befalls only the queue that is named', () => {
    const { faulty, bodies } = queues('mns:send@work:loss:9')
    for (const queue of ['work', 'other']) faulty.send(queue, { body: queue }, 0)
    expect([bodies('work', 0), bodies('other', 0)]).toEqual([[], ['other']])
  })
})
