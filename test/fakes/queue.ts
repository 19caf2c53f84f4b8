import { type AnyEvent, type EventOf, type EventType, parseEvent } from '../../shared/events.ts'
import type { Queue } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

type Letter = Parameters<Queue['bury']>[0]

export type FakeQueue = Queue &
  Pick<Trips<keyof Queue>, 'fail'> & {
    readonly sent: readonly { event: AnyEvent; delaySeconds: number }[]
    /** The events sent, of one type or of all. */
    emitted(): AnyEvent[]
    emitted<T extends EventType>(type: T): EventOf<T>[]
    readonly buried: readonly Letter[]
    /** Forgets what was sent, so that a second delivery is seen alone. */
    clear(): void
  }

/** Records what is sent. An event that its consumer could not read is refused here, as it would be there. */
export function fakeQueue(): FakeQueue {
  const trips = new Trips<keyof Queue>()
  const sent: { event: AnyEvent; delaySeconds: number }[] = []
  const buried: Letter[] = []
  return {
    fail: (...of) => trips.fail(...of),
    sent,
    buried,
    emitted: (type?: EventType) => sent.map(one => one.event).filter(event => type === undefined || event.type === type) as never,
    clear: () => {
      sent.length = 0
      buried.length = 0
    },
    send: (events, delaySeconds = 0) =>
      trips.run('send', () => {
        if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > 604_800) throw new Error(`a delay of ${delaySeconds} s`)
        for (const event of events) sent.push({ event: parseEvent(JSON.stringify(event)), delaySeconds })
      }),
    bury: letter => trips.run('bury', () => void buried.push(letter)),
  }
}
