import { Fault, type FaultCode } from '../../shared/errors.ts'
import type { Card, Chat } from '../../shared/ports.ts'

export type FakeChat = Chat & {
  readonly posted: readonly { channel: string; card: Card }[]
  /** The next post to `channel` fails so. */
  fail(channel: string, code?: FaultCode): void
}

/** Records cards. Only the named channels exist; without names every channel does. */
export function fakeChat(channels?: readonly string[]): FakeChat {
  const posted: { channel: string; card: Card }[] = []
  const failing: { channel: string; code: FaultCode }[] = []
  return {
    posted,
    fail: (channel, code = 'Busy') => void failing.push({ channel, code }),
    async post(channel, card) {
      if (channels !== undefined && !channels.includes(channel)) throw new Fault('BadConfig', `channel ${channel} is not in the secrets`)
      const at = failing.findIndex(one => one.channel === channel)
      const [trip] = at < 0 ? [] : failing.splice(at, 1)
      if (trip) throw new Fault(trip.code, `channel ${channel}: told to fail`)
      posted.push({ channel, card: structuredClone(card) })
    },
  }
}
