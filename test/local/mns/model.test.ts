import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MnsModel, mnsModel } from '../../../local/model/mns.ts'

const start = Date.parse('2026-05-10T00:00:00Z')
const seconds = (count: number) => start + count * 1000
const days = (count: number) => seconds(count * 86_400)

function withQueue(attributes: Parameters<MnsModel['createQueue']>[1] = {}): MnsModel {
  const model = mnsModel()
  expect(model.createQueue('q', attributes, start)).toEqual({ ok: true, value: 'created' })
  return model
}

function value<T>(outcome: { ok: true; value: T } | { ok: false; fault: { code: string } }): T {
  if (!outcome.ok) throw new Error(`the model refused: ${outcome.fault.code}`)
  return outcome.value
}

const code = (outcome: { ok: true } | { ok: false; fault: { code: string } }) => (outcome.ok ? 'ok' : outcome.fault.code)

describe('a message in time', () => {
  test('is not received one millisecond before its delay ends, and is at its end', () => {
    const model = withQueue()
    model.send('q', { body: 'b', delaySeconds: 60 }, start)
    expect(code(model.receive('q', seconds(60) - 1))).toBe('MessageNotExist')
    expect(value(model.receive('q', seconds(60))).body).toBe('b')
  })

  test('sent with delay 0 is visible at once even where the queue delays', () => {
    const model = withQueue({ delaySeconds: 60 })
    model.send('q', { body: 'queue' }, start)
    model.send('q', { body: 'own', delaySeconds: 0 }, start)
    expect(value(model.receiveBatch('q', 16, start)).map(one => one.body)).toEqual(['own'])
  })

  test('comes back when its visibility ends, counted once more, under another handle', () => {
    const model = withQueue({ visibilityTimeout: 30 })
    model.send('q', { body: 'b' }, start)
    const first = value(model.receive('q', start))
    expect(first).toMatchObject({ receiveCount: 1, nextVisibleAt: seconds(30), firstReceivedAt: start })
    expect(code(model.receive('q', seconds(30) - 1))).toBe('MessageNotExist')
    const second = value(model.receive('q', seconds(30)))
    expect(second).toMatchObject({ messageId: first.messageId, receiveCount: 2, firstReceivedAt: start })
    expect(second.receiptHandle).not.toBe(first.receiptHandle)
    expect(code(model.delete('q', first.receiptHandle, seconds(31)))).toBe('MessageNotExist')
    expect(code(model.delete('q', second.receiptHandle, seconds(31)))).toBe('ok')
    expect(model.messages('q', seconds(31))).toEqual([])
  })

  test('is deleted until the last millisecond of its visibility and not after it', () => {
    const model = withQueue({ visibilityTimeout: 30 })
    model.send('q', { body: 'a' }, start)
    model.send('q', { body: 'b' }, start)
    const [a, b] = value(model.receiveBatch('q', 2, start))
    expect(code(model.delete('q', a?.receiptHandle ?? '', seconds(30) - 1))).toBe('ok')
    expect(code(model.delete('q', b?.receiptHandle ?? '', seconds(30)))).toBe('MessageNotExist')
  })

  test('held longer is held under a new handle, and the old one is void', () => {
    const model = withQueue({ visibilityTimeout: 30 })
    model.send('q', { body: 'b' }, start)
    const { receiptHandle } = value(model.receive('q', start))
    const longer = value(model.changeVisibility('q', receiptHandle, 600, seconds(10)))
    expect(longer.nextVisibleAt).toBe(seconds(610))
    expect(code(model.changeVisibility('q', receiptHandle, 600, seconds(11)))).toBe('MessageNotExist')
    expect(code(model.receive('q', seconds(609)))).toBe('MessageNotExist')
    expect(value(model.receive('q', seconds(610))).receiveCount).toBe(2)
  })

  test('ends with its retention, whether it waits, is visible or is held', () => {
    const model = withQueue({ messageRetentionPeriod: 60, visibilityTimeout: 600 })
    model.send('q', { body: 'held' }, start)
    const { receiptHandle } = value(model.receive('q', start))
    model.send('q', { body: 'visible' }, start)
    model.send('q', { body: 'waiting', delaySeconds: 3600 }, start)
    expect(model.messages('q', seconds(60) - 1).map(({ body, state }) => [body, state])).toEqual([
      ['held', 'Inactive'],
      ['visible', 'Active'],
      ['waiting', 'Delayed'],
    ])
    expect(code(model.delete('q', receiptHandle, seconds(60)))).toBe('MessageNotExist')
    expect(code(model.receive('q', seconds(60)))).toBe('MessageNotExist')
    expect(code(model.receive('q', seconds(3600)))).toBe('MessageNotExist')
    expect(model.messages('q', seconds(60))).toEqual([])
  })

  test('keeps its retention where the queue is set to a shorter one after it was sent', () => {
    const model = withQueue({ messageRetentionPeriod: 604_800 })
    model.send('q', { body: 'b' }, start)
    model.setAttributes('q', { messageRetentionPeriod: 60 }, start)
    expect(value(model.receive('q', days(7) - 1)).body).toBe('b')
  })

  test('tells when the next one becomes visible', () => {
    const model = withQueue({ visibilityTimeout: 30 })
    expect(model.nextVisible('q', start)).toBeUndefined()
    model.send('q', { body: 'later', delaySeconds: 100 }, start)
    expect(model.nextVisible('q', start)).toBe(seconds(100))
    model.send('q', { body: 'now' }, start)
    expect(model.nextVisible('q', start)).toBe(start)
    const { receiptHandle } = value(model.receive('q', start))
    expect(model.nextVisible('q', start)).toBe(seconds(30))
    model.delete('q', receiptHandle, start)
    expect(model.nextVisible('q', start)).toBe(seconds(100))
  })
})

describe('a dead-letter queue', () => {
  function withDeadLetters(maxReceiveCount: number): MnsModel {
    const model = withQueue({ visibilityTimeout: 30, messageRetentionPeriod: 3600, deadLetter: { queue: 'dead', maxReceiveCount } })
    model.createQueue('dead', { visibilityTimeout: 30, messageRetentionPeriod: 604_800 }, start)
    return model
  }

  test('gets a message that was received as often as allowed and came back once more', () => {
    const model = withDeadLetters(3)
    model.send('q', { body: 'b' }, start)
    for (const at of [0, 30, 60]) expect(value(model.receive('q', seconds(at))).body).toBe('b')
    expect(code(model.receive('dead', seconds(90) - 1))).toBe('MessageNotExist')
    expect(code(model.receive('q', seconds(90)))).toBe('MessageNotExist')
    expect(model.messages('dead', seconds(90))).toMatchObject([{ body: 'b', deadFrom: 'q', state: 'Active', receiveCount: 0 }])
  })

  test('is filled even where nobody asks the source queue again', () => {
    const model = withDeadLetters(1)
    const { messageId } = value(model.send('q', { body: 'b' }, start))
    model.receive('q', start)
    expect(value(model.receive('dead', seconds(30)))).toMatchObject({ messageId, enqueuedAt: start })
  })

  test('does not make a message younger: its life ends when it would have ended in its own queue', () => {
    const model = withDeadLetters(1)
    model.send('q', { body: 'b' }, start)
    model.receive('q', start)
    expect(model.messages('dead', seconds(3600) - 1)).toHaveLength(1)
    expect(model.messages('dead', seconds(3600))).toEqual([])
  })

  test('that does not exist loses nothing: the source keeps delivering', () => {
    const model = withQueue({ visibilityTimeout: 30, deadLetter: { queue: 'nowhere', maxReceiveCount: 1 } })
    model.send('q', { body: 'b' }, start)
    model.receive('q', start)
    expect(value(model.receive('q', seconds(30))).receiveCount).toBe(2)
  })
})

describe('limits', () => {
  const ofSending: [string, Parameters<MnsModel['send']>[1], string][] = [
    ['a delay of 604,800 s', { body: 'b', delaySeconds: 604_800 }, 'ok'],
    ['a delay of 604,801 s', { body: 'b', delaySeconds: 604_801 }, 'InvalidArgument'],
    ['a delay below 0', { body: 'b', delaySeconds: -1 }, 'InvalidArgument'],
    ['a delay in fractions', { body: 'b', delaySeconds: 1.5 }, 'InvalidArgument'],
    ['65,536 bytes', { body: 'x'.repeat(65_536) }, 'ok'],
    ['65,537 bytes', { body: 'x'.repeat(65_537) }, 'InvalidArgument'],
    ['32,768 characters of three bytes each', { body: '中'.repeat(32_768) }, 'InvalidArgument'],
    ['an empty body', { body: '' }, 'InvalidArgument'],
    ['priority 16', { body: 'b', priority: 16 }, 'ok'],
    ['priority 17', { body: 'b', priority: 17 }, 'InvalidArgument'],
  ]
  test.each(ofSending)('sending %s', (_, sending, expected) => {
    expect(code(withQueue().send('q', sending, start))).toBe(expected)
  })

  test.each([
    [1, 'ok'],
    [43_200, 'ok'],
    [0, 'InvalidArgument'],
    [43_201, 'InvalidArgument'],
  ])('holding for %i s', (held, expected) => {
    const model = withQueue()
    model.send('q', { body: 'b' }, start)
    const { receiptHandle } = value(model.receive('q', start))
    expect(code(model.changeVisibility('q', receiptHandle, held, start))).toBe(expected)
  })

  test('a batch of 16 is sent, of 17 or 0 is not, and of too many bytes together is not', () => {
    const model = withQueue()
    const batch = (count: number, body = 'b') => model.sendBatch('q', new Array(count).fill({ body }), start)
    expect(value(batch(16))).toHaveLength(16)
    expect([code(batch(17)), code(batch(0)), code(batch(2, 'x'.repeat(40_000)))]).toEqual(new Array(3).fill('InvalidArgument'))
    expect(model.messages('q', start)).toHaveLength(16)
  })

  test('a queue with an attribute out of its limits is not made', () => {
    const model = mnsModel()
    const made = (attributes: Parameters<MnsModel['createQueue']>[1]) => code(model.createQueue('q', attributes, start))
    expect(made({ visibilityTimeout: 0 })).toBe('InvalidArgument')
    expect(made({ messageRetentionPeriod: 604_801 })).toBe('InvalidArgument')
    expect(made({ deadLetter: { queue: 'q', maxReceiveCount: 3 } })).toBe('InvalidArgument')
    expect(code(model.createQueue('no spaces', {}, start))).toBe('InvalidQueueName')
    expect(model.listQueues().names).toEqual([])
  })
})

describe('queues', () => {
  test('made again with the same attributes are unchanged, with others refused', () => {
    const model = withQueue({ visibilityTimeout: 600 })
    expect(model.createQueue('q', { visibilityTimeout: 600 }, start)).toEqual({ ok: true, value: 'unchanged' })
    expect(code(model.createQueue('q', { visibilityTimeout: 601 }, start))).toBe('QueueAlreadyExist')
    expect(code(model.createQueue('q', { visibilityTimeout: 600, deadLetter: { queue: 'd', maxReceiveCount: 1 } }, start))).toBe(
      'QueueAlreadyExist',
    )
  })

  test('are listed by prefix, page by page', () => {
    const model = mnsModel()
    for (const name of ['b-2', 'a-1', 'b-1', 'b-3']) model.createQueue(name, {}, start)
    const first = model.listQueues({ prefix: 'b-', limit: 2 })
    expect(first).toEqual({ names: ['b-1', 'b-2'], next: 'b-2' })
    expect(model.listQueues({ prefix: 'b-', limit: 2, marker: first.next })).toEqual({ names: ['b-3'], next: undefined })
  })

  test('that are gone take their messages with them, and say so', () => {
    const model = withQueue()
    model.send('q', { body: 'b' }, start)
    const { receiptHandle } = value(model.receive('q', start))
    model.deleteQueue('q')
    expect(code(model.send('q', { body: 'b' }, start))).toBe('QueueNotExist')
    model.createQueue('q', {}, start)
    expect(code(model.delete('q', receiptHandle, start))).toBe('MessageNotExist')
    expect(model.messages('q', start)).toEqual([])
  })

  test('do not honour each other’s handles, and tell a malformed handle from a void one', () => {
    const model = withQueue()
    model.createQueue('other', {}, start)
    model.send('q', { body: 'b' }, start)
    const { receiptHandle } = value(model.receive('q', start))
    expect(code(model.delete('other', receiptHandle, start))).toBe('MessageNotExist')
    expect(code(model.delete('q', 'nonsense', start))).toBe('ReceiptHandleError')
    expect(value(model.deleteBatch('q', ['nonsense', receiptHandle], start)).map(one => one.fault.code)).toEqual(['ReceiptHandleError'])
  })

  test('count what is active, held and delayed', () => {
    const model = withQueue()
    model.sendBatch('q', [{ body: 'a' }, { body: 'b' }, { body: 'c', delaySeconds: 9 }], start)
    model.receive('q', start)
    expect(value(model.queueState('q', start))).toMatchObject({ active: 1, inactive: 1, delayed: 1 })
  })
})

describe('order', () => {
  test('is by priority, then by when a message became visible', () => {
    const model = withQueue()
    model.send('q', { body: 'late', delaySeconds: 5 }, start)
    model.send('q', { body: 'early', delaySeconds: 2 }, start)
    model.send('q', { body: 'urgent', priority: 1, delaySeconds: 9 }, start)
    const order = ['urgent', 'early', 'late']
    expect(value(model.peekBatch('q', 16, seconds(10))).map(one => one.body)).toEqual(order)
    expect(value(model.receiveBatch('q', 16, seconds(10))).map(one => one.body)).toEqual(order)
  })

  test('peeking changes nothing', () => {
    const model = withQueue()
    model.send('q', { body: 'b' }, start)
    expect(value(model.peek('q', start))).toMatchObject({ body: 'b', receiveCount: 0 })
    expect(value(model.receive('q', start)).receiveCount).toBe(1)
  })
})

describe('faults for simulations', () => {
  test('a redelivered message comes at once although it is held, and voids the first handle', () => {
    const model = withQueue()
    model.send('q', { body: 'b' }, start)
    const first = value(model.receive('q', start))
    expect(model.redeliver('q', first.messageId, start)).toBe(true)
    expect(value(model.receive('q', start))).toMatchObject({ messageId: first.messageId, receiveCount: 2 })
    expect(code(model.delete('q', first.receiptHandle, start))).toBe('MessageNotExist')
    expect(code(model.receive('q', start))).toBe('MessageNotExist')
  })

  test('a lost message never comes', () => {
    const model = withQueue()
    const { messageId } = value(model.send('q', { body: 'b' }, start))
    expect([model.lose('q', messageId, start), model.lose('q', messageId, start)]).toEqual([true, false])
    expect(code(model.receive('q', days(1)))).toBe('MessageNotExist')
  })

  test('a clock that was set back hides what it had shown', () => {
    const model = withQueue()
    model.send('q', { body: 'b', delaySeconds: 60 }, start)
    expect(value(model.peek('q', seconds(60))).body).toBe('b')
    expect(code(model.receive('q', seconds(59)))).toBe('MessageNotExist')
    expect(value(model.receive('q', seconds(60))).body).toBe('b')
  })
})

/** A slow model that says only the rules: scan everything, every time. */
function plain(visibilityTimeout: number) {
  type One = { body: string; priority: number; visibleAt: number; seq: number }
  let all: One[] = []
  let seq = 0
  return {
    send: (body: string, delay: number, priority: number, now: number) => {
      all.push({ body, priority, visibleAt: now + delay * 1000, seq: seq++ })
    },
    receive: (now: number) => {
      const visible = all.filter(one => one.visibleAt <= now)
      const [first] = visible.sort((a, b) => a.priority - b.priority || a.visibleAt - b.visibleAt || a.seq - b.seq)
      if (first) first.visibleAt = now + visibilityTimeout * 1000
      return first
    },
    delete: (body: string) => {
      all = all.filter(one => one.body !== body)
    },
  }
}

test('whatever is sent, received, deleted and waited for, the model does what the plain rules say', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), delay: fc.integer({ min: 0, max: 40 }), priority: fc.integer({ min: 7, max: 9 }) }),
    fc.record({ do: fc.constant('receive' as const), keep: fc.boolean() }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 25 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const model = withQueue({ visibilityTimeout: 30 })
      const rules = plain(30)
      let now = start
      for (const [at, taken] of steps.entries()) {
        if (taken.do === 'wait') now += taken.seconds * 1000
        else if (taken.do === 'send') {
          model.send('q', { body: `m${at}`, delaySeconds: taken.delay, priority: taken.priority }, now)
          rules.send(`m${at}`, taken.delay, taken.priority, now)
        } else {
          const received = model.receive('q', now)
          const expected = rules.receive(now)
          expect(received.ok ? received.value.body : undefined).toBe(expected?.body)
          if (received.ok && !taken.keep) {
            expect(code(model.delete('q', received.value.receiptHandle, now))).toBe('ok')
            rules.delete(received.value.body)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('the same calls at the same times give the same ids and handles', () => {
  const run = () => {
    const model = withQueue()
    model.send('q', { body: 'a' }, start)
    return value(model.receive('q', seconds(1)))
  }
  expect(run()).toEqual(run())
})
