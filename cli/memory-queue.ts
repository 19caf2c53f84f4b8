import { Fault } from '../shared/errors.ts'
import { type AnyEvent, parseEvent } from '../shared/events.ts'
import type { Queue } from '../shared/ports.ts'

export type MemoryQueue = Queue & {
  /** The event that is due first, and when, in ms since 1970. */
  next(): { event: AnyEvent; at: number } | undefined
}

/** The queues of one process: what is said goes round here, and is gone with the process. The journal knows what was under way. */
export function memoryQueue(now: () => number): MemoryQueue {
  let waiting: { event: AnyEvent; at: number }[] = []
  return {
    async send(events, delaySeconds = 0) {
      const at = now() + delaySeconds * 1000
      for (const event of events) {
        // Said again it is the same event, and the earlier time counts.
        const known = waiting.find(one => one.event.id === event.id)
        if (known) known.at = Math.min(known.at, at)
        else waiting.push({ event: parseEvent(JSON.stringify(event)), at })
      }
    },
    async bury({ code, message }) {
      throw new Fault('BadEvent', `${code}: ${message}`)
    },
    next() {
      waiting.sort((a, b) => a.at - b.at)
      const [first, ...rest] = waiting
      waiting = rest
      return first
    },
  }
}
