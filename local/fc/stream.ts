import type { Clock } from '../clock.ts'
import type { Deliveries } from './deliveries.ts'
import { queueEvent } from './envelope.ts'
import { newRequestId } from './invocation.ts'
import type { QueueSource, Taken } from './queues.ts'
import { backoff, exponentialDecay } from './retries.ts'
import type { Slots } from './slots.ts'
import type { FunctionSpec } from './spec.ts'
import type { StreamTrigger } from './triggers.ts'

export type StreamOptions = {
  region: string
  accountId: string
  queues: QueueSource
  clock: Clock
  slots: Slots
  deliveries: Deliveries
}

/** How many messages of one queue a stream holds at once, those that wait for a retry included. */
const held = 16

/** One event stream from one queue to one function: one message a delivery, several deliveries at once, as the real one does. */
export class Stream {
  readonly fn: FunctionSpec
  readonly trigger: StreamTrigger
  /** At a message that kept failing, where errors are not tolerated: only a new deployment starts it again. */
  blocked = false
  private readonly options: StreamOptions
  private carrying = 0

  constructor(fn: FunctionSpec, trigger: StreamTrigger, options: StreamOptions) {
    this.fn = fn
    this.trigger = trigger
    this.options = options
  }

  /** Takes what waits in the queue, as far as there is room. */
  look(): void {
    const { queues, clock, slots } = this.options
    const room = this.trigger.tolerance === 'ALL' ? held : 1
    while (!this.blocked && this.carrying < room && slots.tryTake()) {
      const taken = queues.receive(this.trigger.queue, clock.now())
      if (taken === undefined) {
        slots.give()
        return
      }
      this.carrying++
      void this.carry(taken).finally(() => this.carrying--)
    }
  }

  private async carry({ receiptHandle, ...message }: Taken): Promise<void> {
    const { region, accountId, queues, clock, deliveries } = this.options
    const { queue, name, base64, retry, tolerance, deadLetters } = this.trigger
    const at = clock.now()
    const origin = { region, accountId, at, requestId: newRequestId(at) }
    const event = queueEvent({ queue, stream: `${this.fn.name}-${name}`, base64, ...message }, origin)
    const end = await deliveries.deliver({
      fn: this.fn,
      trigger: name,
      messageId: message.messageId,
      event,
      waits: retry === 'BACKOFF_RETRY' ? backoff : exponentialDecay,
      givingUp: tolerance === 'NONE' ? 'block' : deadLetters === undefined ? 'drop' : 'dead-letter',
    })
    if (end === 'closed') return
    if (end === 'given-up' && tolerance === 'NONE') {
      this.blocked = true
      return
    }
    // What lies in the dead-letter queue is the event as it was delivered, in base64 like every body there.
    if (end === 'given-up' && deadLetters !== undefined) queues.send(deadLetters, event.toString('base64'), clock.now())
    queues.delete(queue, receiptHandle, clock.now())
  }
}
