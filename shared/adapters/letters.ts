import { iso } from '../domain/duration.ts'
import { Fault } from '../errors.ts'
import { consumerOf, deadLetters, queueOf } from '../flow.ts'
import type { Letter, Letters } from '../ports.ts'
import { eachOf } from './concurrency.ts'
import type { LetterBox, Lying } from './mns/letter-box.ts'
import { retrying } from './retry.ts'
import type { Timing } from './timing.ts'

const queues = [...new Set(Object.values(consumerOf).map(queueOf)), deadLetters]

/** MNS hands over no more at once. */
const most = 16
/** While somebody redrives them, others must not. */
const hiddenFor = 60

/** The Letters port over the dead-letter queue. */
export function lettersOver(box: LetterBox, timing: Timing): Letters {
  return {
    async count() {
      const { active, inactive } = await retrying(() => box.attributes(deadLetters), timing)
      return { waiting: active, hidden: inactive }
    },
    depths() {
      return eachOf(queues, 3, async queue => {
        try {
          const { active, inactive } = await retrying(() => box.attributes(queue), timing)
          return { queue, waiting: active, hidden: inactive }
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          return { queue, fault: error.cloudCode ?? error.code }
        }
      })
    },
    async peek() {
      return (await retrying(() => box.peek(deadLetters, most), timing)).map(letterOf)
    },
    async take() {
      const found = await box.receive(deadLetters, most)
      return Promise.all(
        found.map(async one => ({ ...letterOf(one), handle: await retrying(() => box.hide(deadLetters, one.handle, hiddenFor), timing) })),
      )
    },
    async remove(handle) {
      await retrying(() => box.remove(deadLetters, handle), timing)
    },
    async putBack(handle) {
      await box.hide(deadLetters, handle, 1)
    },
  }
}

function letterOf({ id, body, enqueuedAt, received }: Lying): Letter {
  return { id, body: decoded(body), enqueuedAt: iso(enqueuedAt), received }
}

/** This product writes base64; what the platform writes is not documented. */
function decoded(body: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(body)) return body
  const text = Buffer.from(body, 'base64').toString('utf8')
  return text.includes('\ufffd') ? body : text
}
