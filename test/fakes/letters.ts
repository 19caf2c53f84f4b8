import type { Letter, Letters } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

export type FakeLetters = Letters & Pick<Trips<keyof Letters>, 'fail'> & { put(body: string): void; readonly left: () => string[] }

/** Dead letters in memory. What was taken stays hidden until it is removed or put back: no time passes here. */
export function fakeLetters(): FakeLetters {
  const trips = new Trips<keyof Letters>()
  const lying = new Map<string, Letter & { hidden: boolean }>()
  const seen = () => [...lying.values()].filter(one => !one.hidden).slice(0, 16)
  const bare = ({ hidden: _hidden, ...letter }: Letter & { hidden: boolean }): Letter => ({ ...letter })
  let next = 1
  return {
    fail: (...of) => trips.fail(...of),
    put(body) {
      const id = `M${String(next++).padStart(4, '0')}`
      lying.set(id, { id, body, enqueuedAt: '2026-11-24T00:00:00Z', received: 0, hidden: false })
    },
    left: () => [...lying.values()].map(one => one.body),
    count: () =>
      trips.run('count', () => {
        const waiting = [...lying.values()].filter(one => !one.hidden).length
        return { waiting, hidden: lying.size - waiting }
      }),
    depths: () => trips.run('depths', () => [{ queue: 'rds-tls-dead-letters', waiting: lying.size, hidden: 0 }]),
    peek: () => trips.run('peek', () => seen().map(bare)),
    take: () =>
      trips.run('take', () =>
        seen().map(one => {
          lying.set(one.id, { ...one, hidden: true })
          return { ...bare(one), handle: one.id }
        }),
      ),
    remove: handle => trips.run('remove', () => void lying.delete(handle)),
    putBack: handle =>
      trips.run('putBack', () => {
        const one = lying.get(handle)
        if (one) lying.set(handle, { ...one, hidden: false })
      }),
  }
}
