import type { QueueAttributes } from './mns-attributes.ts'
import { Heap } from './mns-heap.ts'

/** What a message says of itself. Times are ms. */
export type Peeked = {
  messageId: string
  body: string
  priority: number
  enqueuedAt: number
  firstReceivedAt: number | undefined
  receiveCount: number
}

export type Stored = Peeked & {
  seq: number
  visibleAt: number
  expiresAt: number
  /** The queue whose policy moved it to this one. */
  deadFrom: string | undefined
  /** It was received under the present stamp: tells Inactive from Delayed, and whether a handle exists. */
  held: boolean
  /** Counts the changes of its state. A receipt handle or a heap entry is void once the stamp it was made under has passed. */
  stamp: number
}

export type Queue = {
  name: string
  attributes: QueueAttributes
  createdAt: number
  modifiedAt: number
  messages: Map<number, Stored>
  waiting: Heap<Entry>
  ready: Heap<Entry>
}

/** Keeps its own copy of what it is ordered by: a heap whose keys change under it loses its order. */
type Entry = Order & { message: Stored; stamp: number }

type Order = Pick<Stored, 'priority' | 'visibleAt' | 'seq'>

/** Where messages lie and how time moves them: waiting → ready → held → waiting, until deleted, expired or moved to a dead-letter queue. */
export class MnsStore {
  readonly queues = new Map<string, Queue>()
  private readonly homes = new Map<number, { message: Stored; queue: Queue }>()

  open(name: string, attributes: QueueAttributes, now: number): void {
    const waiting = new Heap<Entry>((a, b) => a.visibleAt < b.visibleAt || (a.visibleAt === b.visibleAt && a.seq < b.seq))
    const ready = new Heap<Entry>(comesFirst)
    this.queues.set(name, { name, attributes, createdAt: now, modifiedAt: now, messages: new Map(), waiting, ready })
  }

  close(queue: Queue): void {
    for (const message of queue.messages.values()) this.forget(message)
    this.queues.delete(queue.name)
  }

  put(queue: Queue, message: Stored): void {
    this.homes.set(message.seq, { message, queue })
    queue.messages.set(message.seq, message)
    queue.waiting.push(entryOf(message))
  }

  home(seq: number): { message: Stored; queue: Queue } | undefined {
    return this.homes.get(seq)
  }

  forget(message: Stored): void {
    message.stamp++
    this.homes.get(message.seq)?.queue.messages.delete(message.seq)
    this.homes.delete(message.seq)
  }

  /** Lets it become visible at `visibleAt`; every handle made before is void. */
  schedule(queue: Queue, message: Stored, visibleAt: number, held: boolean): void {
    message.visibleAt = visibleAt
    message.held = held
    message.stamp++
    queue.waiting.push(entryOf(message))
  }

  /** The next message for a consumer, which must `schedule` or `forget` it before it takes another. */
  next(queue: Queue, now: number): Stored | undefined {
    this.settle(queue, now)
    for (let entry = queue.ready.least; entry !== undefined; entry = queue.ready.least) {
      const { message } = entry
      if (entry.stamp === message.stamp && message.expiresAt > now && message.visibleAt <= now) return message
      queue.ready.pop()
      if (entry.stamp !== message.stamp) continue
      if (message.expiresAt <= now) this.forget(message)
      else queue.waiting.push(entry) // the clock was set back after it had become ready
    }
    return undefined
  }

  /** What has not expired, oldest first. */
  alive(queue: Queue, now: number): Stored[] {
    this.settle(queue, now)
    for (const message of [...queue.messages.values()]) if (message.expiresAt <= now) this.forget(message)
    return [...queue.messages.values()]
  }

  /** When the next message becomes visible; `now` where one is. */
  nextVisible(queue: Queue, now: number): number | undefined {
    if (this.next(queue, now) !== undefined) return now
    while (queue.waiting.least && queue.waiting.least.stamp !== queue.waiting.least.message.stamp) queue.waiting.pop()
    return queue.waiting.least?.visibleAt
  }

  /** Brings a queue to `now`, and first those whose dead letters it receives. */
  private settle(queue: Queue, now: number): void {
    for (const source of this.queues.values()) if (source.attributes.deadLetter?.queue === queue.name) this.ripen(source, now)
    this.ripen(queue, now)
  }

  private ripen(queue: Queue, now: number): void {
    for (let entry = queue.waiting.least; entry !== undefined && entry.visibleAt <= now; entry = queue.waiting.least) {
      queue.waiting.pop()
      const { message } = entry
      if (entry.stamp !== message.stamp) continue
      const { deadLetter } = queue.attributes
      const target = deadLetter && this.queues.get(deadLetter.queue)
      if (message.expiresAt <= now) this.forget(message)
      else if (target && message.receiveCount >= deadLetter.maxReceiveCount) this.bury(queue, target, message)
      else queue.ready.push(entry)
    }
  }

  /** It keeps its id, its enqueue time and its end of life. That it is counted anew is our choice: the manual does not say. */
  private bury(from: Queue, target: Queue, message: Stored): void {
    from.messages.delete(message.seq)
    target.messages.set(message.seq, message)
    this.homes.set(message.seq, { message, queue: target })
    message.receiveCount = 0
    message.firstReceivedAt = undefined
    message.deadFrom = from.name
    message.held = false
    message.stamp++
    target.ready.push(entryOf(message))
  }
}

/** By priority, then by the moment it became visible. The real service promises no order at all. */
export function comesFirst(a: Order, b: Order): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority
  if (a.visibleAt !== b.visibleAt) return a.visibleAt < b.visibleAt
  return a.seq < b.seq
}

function entryOf(message: Stored): Entry {
  const { stamp, priority, visibleAt, seq } = message
  return { message, stamp, priority, visibleAt, seq }
}
