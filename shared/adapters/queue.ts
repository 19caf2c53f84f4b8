import { Fault } from '../errors.ts'
import type { AnyEvent } from '../events.ts'
import { consumerOf, deadLetters, queueOf } from '../flow.ts'
import type { Queue } from '../ports.ts'
import { eachOf } from './concurrency.ts'
import type { QueueClient } from './mns/client.ts'
import { retrying } from './retry.ts'
import type { Timing } from './timing.ts'

/** MNS counts the body as sent, which is base64. */
const bodyLimit = 65_536
const longestDelay = 604_800
const lanes = 16

/** The Queue port over MNS: one message per event. Sending again after a lost answer only wakes a step twice. */
export function queueOver(client: QueueClient, timing: Timing): Queue {
  async function sendOne(queue: string, text: string, delaySeconds: number): Promise<void> {
    const body = Buffer.from(text).toString('base64')
    await retrying(() => client.send(queue, { body, delaySeconds }), timing)
  }

  return {
    async send(events, delaySeconds = 0) {
      if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > longestDelay) {
        throw new Fault('BadEvent', `delaySeconds is ${delaySeconds}: MNS takes whole seconds from 0 to ${longestDelay}`)
      }
      const letters = events.map(event => ({ event, text: JSON.stringify(event) }))
      for (const { event, text } of letters) demandRoom(event, text)
      await eachOf(letters, lanes, ({ event, text }) => sendOne(queueOf(consumerOf[event.type]), text, delaySeconds))
    },

    async bury({ step, code, message, envelope }) {
      // Read by people: a cut envelope is better than none. JSON writes one character in at most six bytes.
      const room = Math.floor(((bodyLimit * 3) / 4 - 6_000) / 6)
      const cut = envelope.length > room ? `${envelope.slice(0, room)}… (cut)` : envelope
      await sendOne(deadLetters, JSON.stringify({ step, code, message: message.slice(0, 500), envelope: cut }), 0)
    },
  }
}

function demandRoom(event: AnyEvent, text: string): void {
  const size = Math.ceil(Buffer.byteLength(text) / 3) * 4
  if (size > bodyLimit) throw new Fault('BadEvent', `${event.id} takes ${size} bytes in base64: MNS takes ${bodyLimit}`)
}
