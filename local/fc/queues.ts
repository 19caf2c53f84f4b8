import type { MnsModel } from '../model/mns.ts'

export type Taken = { receiptHandle: string; messageId: string; body: string; enqueuedAt: number }

/** How many messages wait, are held back until later, or are in a consumer's hands. */
export type Depth = { waiting: number; delayed: number; held: number }

/** What event streams need of the queues. Bodies are as they lie there (so mostly base64); times are ms of the embedded clock. */
export type QueueSource = {
  names(): string[]
  depth(queue: string, now: number): Depth
  receive(queue: string, now: number): Taken | undefined
  /** Does nothing where the hold has lapsed: the message then comes again. */
  delete(queue: string, receiptHandle: string, now: number): void
  /** False where the queue does not take it. */
  send(queue: string, body: string, now: number): boolean
}

export function queuesOf(model: MnsModel): QueueSource {
  return {
    names: () => model.listQueues().names,
    depth(queue, now) {
      const state = model.queueState(queue, now)
      if (!state.ok) return { waiting: 0, delayed: 0, held: 0 }
      return { waiting: state.value.active, delayed: state.value.delayed, held: state.value.inactive }
    },
    receive(queue, now) {
      const received = model.receive(queue, now)
      return received.ok ? received.value : undefined
    },
    delete: (queue, receiptHandle, now) => void model.delete(queue, receiptHandle, now),
    send: (queue, body, now) => model.send(queue, { body }, now).ok,
  }
}
