import { attributesFault, defaultAttributes, outOfRange, type QueueAttributes, sameAttributes } from './mns-attributes.ts'
import { comesFirst, MnsStore, type Peeked, type Queue, type Stored } from './mns-store.ts'

export type { DeadLetterPolicy, QueueAttributes } from './mns-attributes.ts'
export type { Peeked } from './mns-store.ts'

export type MnsFault = {
  code: 'QueueNotExist' | 'QueueAlreadyExist' | 'InvalidQueueName' | 'MessageNotExist' | 'ReceiptHandleError' | 'InvalidArgument'
  message: string
}

export type MnsOutcome<T> = { ok: true; value: T } | { ok: false; fault: MnsFault }

export type Sending = { body: string; delaySeconds?: number; priority?: number }

/** A hold on a received message: valid until `nextVisibleAt` (ms), a further receive or a change of visibility. */
export type Receipt = { receiptHandle: string; nextVisibleAt: number }

export type Received = Peeked & Receipt

/** A message as it lies in its queue. `deadFrom` names the queue whose policy moved it here. */
export type Message = Peeked & {
  state: 'Delayed' | 'Active' | 'Inactive'
  visibleAt: number
  expiresAt: number
  deadFrom: string | undefined
}

export type QueueState = QueueAttributes & {
  name: string
  createdAt: number
  modifiedAt: number
  active: number
  inactive: number
  delayed: number
}

export type MnsModel = ReturnType<typeof mnsModel>

/**
 * The queues of one account in one region, as a state machine: every method is synchronous, `now` is ms and told, ids derive from `seed`
 * (16 hex digits) and a counter.
 */
export function mnsModel({ seed = '5F290C926D472878' }: { seed?: string } = {}) {
  const store = new MnsStore()
  let counter = 0

  /** A queue that exists with the same attributes is `unchanged`, with others QueueAlreadyExist. Its dead-letter queue may come later. */
  function createQueue(name: string, wanted: Partial<QueueAttributes>, now: number): MnsOutcome<'created' | 'unchanged'> {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,119}$/.test(name)) {
      return no('InvalidQueueName', 'The queue name must be 1 to 120 letters, digits or hyphens and begin with a letter or a digit')
    }
    const attributes = { ...defaultAttributes, ...wanted }
    const fault = attributesFault(name, attributes)
    if (fault !== undefined) return no('InvalidArgument', fault)
    const there = store.queues.get(name)
    if (there === undefined) {
      store.open(name, attributes, now)
      return yes('created')
    }
    if (sameAttributes(there.attributes, attributes)) return yes('unchanged')
    return no('QueueAlreadyExist', 'The queue you want to create is already exist with other attributes')
  }

  /** Messages that are in the queue keep the end of life they were sent with. */
  function setAttributes(name: string, wanted: Partial<QueueAttributes>, now: number): MnsOutcome<undefined> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const attributes = { ...queue.attributes, ...wanted }
    const fault = attributesFault(name, attributes)
    if (fault !== undefined) return no('InvalidArgument', fault)
    queue.attributes = attributes
    queue.modifiedAt = now
    return yes(undefined)
  }

  function deleteQueue(name: string): MnsOutcome<undefined> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    store.close(queue)
    return yes(undefined)
  }

  /** Names in order, after `marker`; `next` is the marker of the next page where there is one. */
  function listQueues({ prefix = '', marker = '', limit = 1000 } = {}): { names: string[]; next: string | undefined } {
    const names = [...store.queues.keys()].filter(name => name.startsWith(prefix) && name > marker).sort()
    return { names: names.slice(0, limit), next: names.length > limit ? names[limit - 1] : undefined }
  }

  function queueState(name: string, now: number): MnsOutcome<QueueState> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const counts = { Active: 0, Inactive: 0, Delayed: 0 }
    for (const message of store.alive(queue, now)) counts[stateOf(message, now)]++
    const { attributes, createdAt, modifiedAt } = queue
    return yes({ ...attributes, name, createdAt, modifiedAt, active: counts.Active, inactive: counts.Inactive, delayed: counts.Delayed })
  }

  function send(name: string, sending: Sending, now: number): MnsOutcome<{ messageId: string }> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const fault = sendingFault(sending) ?? sizeFault(queue, [sending])
    return fault === undefined ? yes({ messageId: put(queue, sending, now) }) : no('InvalidArgument', fault)
  }

  /** 1 to 16 messages, all or none; their bodies together must not exceed the queue's maximum. */
  function sendBatch(name: string, sendings: readonly Sending[], now: number): MnsOutcome<{ messageId: string }[]> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const fault = outOfRange('batch', sendings.length) ?? sendings.map(sendingFault).find(Boolean) ?? sizeFault(queue, sendings)
    if (fault !== undefined) return no('InvalidArgument', fault)
    return yes(sendings.map(sending => ({ messageId: put(queue, sending, now) })))
  }

  function put(queue: Queue, { body, delaySeconds = queue.attributes.delaySeconds, priority = 8 }: Sending, now: number): string {
    const seq = ++counter
    const messageId = seed + seq.toString(16).toUpperCase().padStart(16, '0')
    store.put(queue, {
      seq,
      messageId,
      body,
      priority,
      enqueuedAt: now,
      firstReceivedAt: undefined,
      receiveCount: 0,
      visibleAt: now + delaySeconds * 1000,
      expiresAt: now + queue.attributes.messageRetentionPeriod * 1000,
      deadFrom: undefined,
      held: false,
      stamp: 0,
    })
    return messageId
  }

  function receive(name: string, now: number): MnsOutcome<Received> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const received = take(queue, now)
    return received === undefined ? noMessage : yes(received)
  }

  /** Between 1 and `most` (≤ 16) messages; MessageNotExist where there is none. */
  function receiveBatch(name: string, most: number, now: number): MnsOutcome<Received[]> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const fault = outOfRange('batch', most)
    if (fault !== undefined) return no('InvalidArgument', fault)
    const all: Received[] = []
    while (all.length < most) {
      const received = take(queue, now)
      if (received === undefined) break
      all.push(received)
    }
    return all.length > 0 ? yes(all) : noMessage
  }

  function take(queue: Queue, now: number): Received | undefined {
    const message = store.next(queue, now)
    if (message === undefined) return undefined
    message.receiveCount++
    message.firstReceivedAt ??= now
    store.schedule(queue, message, now + queue.attributes.visibilityTimeout * 1000, true)
    return { ...peeked(message), ...receiptOf(message) }
  }

  function peek(name: string, now: number): MnsOutcome<Peeked> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const message = store.next(queue, now)
    return message === undefined ? noMessage : yes(peeked(message))
  }

  /** Up to `most` (≤ 16) messages as the next consumers would get them, changing nothing. */
  function peekBatch(name: string, most: number, now: number): MnsOutcome<Peeked[]> {
    const queue = store.queues.get(name)
    if (queue === undefined) return noQueue
    const fault = outOfRange('batch', most)
    if (fault !== undefined) return no('InvalidArgument', fault)
    const active = store.alive(queue, now).filter(message => message.visibleAt <= now)
    const first = active.sort((a, b) => (comesFirst(a, b) ? -1 : 1)).slice(0, most)
    return first.length > 0 ? yes(first.map(peeked)) : noMessage
  }

  function remove(name: string, receiptHandle: string, now: number): MnsOutcome<undefined> {
    const held = find(name, receiptHandle, now)
    if (!held.ok) return held
    store.forget(held.value.message)
    return yes(undefined)
  }

  /** The handles (1 to 16) that failed, each with its reason; none where all messages are deleted. */
  function removeBatch(name: string, handles: readonly string[], now: number): MnsOutcome<{ receiptHandle: string; fault: MnsFault }[]> {
    if (!store.queues.has(name)) return noQueue
    const fault = outOfRange('batch', handles.length)
    if (fault !== undefined) return no('InvalidArgument', fault)
    const outcomes = handles.map(receiptHandle => ({ receiptHandle, removed: remove(name, receiptHandle, now) }))
    return yes(outcomes.flatMap(({ receiptHandle, removed }) => (removed.ok ? [] : [{ receiptHandle, fault: removed.fault }])))
  }

  /** Holds a received message for 1 to 43,200 `seconds` from now on, under a new receipt handle. */
  function changeVisibility(name: string, receiptHandle: string, seconds: number, now: number): MnsOutcome<Receipt> {
    const fault = outOfRange('visibilityTimeout', seconds)
    if (fault !== undefined) return no('InvalidArgument', fault)
    const held = find(name, receiptHandle, now)
    if (!held.ok) return held
    const { queue, message } = held.value
    store.schedule(queue, message, now + seconds * 1000, true)
    return yes(receiptOf(message))
  }

  function find(name: string, receiptHandle: string, now: number): MnsOutcome<{ message: Stored; queue: Queue }> {
    if (!store.queues.has(name)) return noQueue
    const parsed = parseHandle(receiptHandle)
    if (parsed === undefined) return no('ReceiptHandleError', 'The receipt handle you provide is not valid')
    const found = store.home(parsed.seq)
    if (found === undefined || found.queue.name !== name) return noMessage
    const { message } = found
    const valid = message.stamp === parsed.stamp && message.held && message.visibleAt > now && message.expiresAt > now
    return valid ? yes(found) : noMessage
  }

  /** What lies in the queue, oldest first; nothing where there is no such queue. */
  function messages(name: string, now: number): Message[] {
    const queue = store.queues.get(name)
    if (queue === undefined) return []
    return store.alive(queue, now).map(message => {
      const { visibleAt, expiresAt, deadFrom } = message
      return { ...peeked(message), state: stateOf(message, now), visibleAt, expiresAt, deadFrom }
    })
  }

  /** The moment (ms) at which a message of this queue becomes visible next; `now` where one is, undefined where none waits. */
  function nextVisible(name: string, now: number): number | undefined {
    const queue = store.queues.get(name)
    return queue && store.nextVisible(queue, now)
  }

  /** A fault of the service, for simulations: the message becomes visible now, as if its delay or its hold had lapsed. */
  function redeliver(name: string, messageId: string, now: number): boolean {
    const queue = store.queues.get(name)
    const message = queue && store.alive(queue, now).find(one => one.messageId === messageId)
    if (message === undefined) return false
    store.schedule(queue as Queue, message, now, false)
    return true
  }

  /** A fault of the service, for simulations: the message is lost. */
  function lose(name: string, messageId: string, now: number): boolean {
    const queue = store.queues.get(name)
    const message = queue && store.alive(queue, now).find(one => one.messageId === messageId)
    if (message !== undefined) store.forget(message)
    return message !== undefined
  }

  return {
    createQueue,
    setAttributes,
    deleteQueue,
    listQueues,
    queueState,
    send,
    sendBatch,
    receive,
    receiveBatch,
    peek,
    peekBatch,
    delete: remove,
    deleteBatch: removeBatch,
    changeVisibility,
    messages,
    nextVisible,
    redeliver,
    lose,
  }
}

const noQueue = no('QueueNotExist', 'The queue name you provided is not exist.')
const noMessage = no('MessageNotExist', 'Message not exist.')

function yes<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

function no(code: MnsFault['code'], message: string): { ok: false; fault: MnsFault } {
  return { ok: false, fault: { code, message } }
}

function sendingFault({ body, delaySeconds = 0, priority = 8 }: Sending): string | undefined {
  if (body === '') return 'The value of MessageBody should between 1 and 65536 seconds/bytes'
  return outOfRange('delaySeconds', delaySeconds) ?? outOfRange('priority', priority)
}

function sizeFault({ attributes: { maximumMessageSize } }: Queue, sendings: readonly Sending[]): string | undefined {
  const bytes = sendings.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
  return bytes > maximumMessageSize ? `The value of MessageBody should between 1 and ${maximumMessageSize} seconds/bytes` : undefined
}

function peeked({ messageId, body, priority, enqueuedAt, firstReceivedAt, receiveCount }: Stored): Peeked {
  return { messageId, body, priority, enqueuedAt, firstReceivedAt, receiveCount }
}

function stateOf({ visibleAt, held }: Stored, now: number): Message['state'] {
  if (visibleAt <= now) return 'Active'
  return held ? 'Inactive' : 'Delayed'
}

/** The handle is shaped like the service's own, base64 that ends in `==`: clients put it into a query without encoding it. */
function receiptOf({ seq, stamp, visibleAt }: Stored): Receipt {
  const text = `${seq}-${stamp}`
  const padded = text.padStart(text.length + ((4 - (text.length % 3)) % 3), '0')
  return { receiptHandle: `1-${Buffer.from(padded).toString('base64')}`, nextVisibleAt: visibleAt }
}

function parseHandle(receiptHandle: string): { seq: number; stamp: number } | undefined {
  const inner = /^1-([A-Za-z0-9+/]+={0,2})$/.exec(receiptHandle)?.[1]
  const [, seq, stamp] = /^([0-9]+)-([0-9]+)$/.exec(Buffer.from(inner ?? '', 'base64').toString()) ?? []
  return seq === undefined || stamp === undefined ? undefined : { seq: Number(seq), stamp: Number(stamp) }
}
