import type { Clock } from '../clock.ts'
import type { Instances } from './instances.ts'
import { newRequestId, type Outcome, told } from './invocation.ts'
import type { Waits } from './retries.ts'
import type { Slots } from './slots.ts'
import type { FunctionSpec } from './spec.ts'

/** What follows when the last try has failed. `block` stops the stream at this message. */
export type GivingUp = 'dead-letter' | 'drop' | 'block'

/** One try of one delivery, told when it has ended. */
export type Delivery = {
  function: string
  trigger: string
  /** The message it carried, where it came from a queue. */
  messageId: string | undefined
  requestId: string
  /** 1 for the first try. */
  attempt: number
  end: Outcome['end']
  /** What the platform says of a failure. */
  error: string | undefined
  next: 'done' | 'retry' | GivingUp
  cold: boolean
  ms: number
}

export type DeliveryOptions = {
  instances: Instances
  clock: Clock
  /** How many deliveries run at once; invocations by callers who wait are not counted, or a step that waits for a probe could starve it. */
  slots: Slots
  /** What a wait before a retry is multiplied by; 1 is as in production. */
  retryScale: number
  random: () => number
  onDelivery: (delivery: Delivery) => void
}

export type Parcel = { fn: FunctionSpec; trigger: string; messageId?: string; event: Uint8Array; waits: Waits; givingUp: GivingUp }

/** Brings events to functions as triggers do: again after a failure, until it is done or the strategy is at its end. */
export class Deliveries {
  private readonly options: DeliveryOptions
  private readonly pauses = new Map<NodeJS.Timeout, () => void>()
  private closed = false
  /** Under way, those that wait for their next try included. */
  underWay = 0

  constructor(options: DeliveryOptions) {
    this.options = options
  }

  /** Takes over a slot that the caller has taken. `closed` where the end came first: nothing may follow from it. */
  async deliver({ fn, trigger, messageId, event, waits, givingUp }: Parcel): Promise<'done' | 'given-up' | 'closed'> {
    const { instances, clock, slots, retryScale, random, onDelivery } = this.options
    const pauses = waits(random)[Symbol.iterator]()
    this.underWay++
    try {
      for (let attempt = 1; ; attempt++) {
        const requestId = newRequestId(clock.now())
        const { outcome, cold, ms } = await instances.run(fn, requestId, event).finally(() => slots.give())
        if (this.closed) return 'closed'
        const failed = outcome.end === 'returned' ? undefined : told(outcome).body.errorMessage
        const pause = failed === undefined ? undefined : pauses.next()
        const next = pause === undefined ? 'done' : pause.done ? givingUp : 'retry'
        onDelivery({ function: fn.name, trigger, messageId, requestId, attempt, end: outcome.end, error: failed, next, cold, ms })
        if (pause === undefined) return 'done'
        if (pause.done) return 'given-up'
        await this.pause(pause.value * retryScale)
        await slots.take()
        if (this.closed) return 'closed'
      }
    } finally {
      this.underWay--
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.pauses.delete(timer)
        resolve()
      }, ms)
      this.pauses.set(timer, resolve)
    })
  }

  close(): void {
    this.closed = true
    for (const [timer, resolve] of this.pauses) {
      clearTimeout(timer)
      resolve()
    }
  }
}
