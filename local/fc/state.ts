import type { Deliveries } from './deliveries.ts'
import type { Instances } from './instances.ts'
import type { Depth, QueueSource } from './queues.ts'
import type { Stream } from './stream.ts'

/** `rest` is true where nothing runs, nothing waits for a retry, and the queues that are consumed are empty, delayed messages included. */
export type State = {
  rest: boolean
  running: { function: string; requestId: string }[]
  /** Deliveries under way, those that wait for their next try included. */
  deliveries: number
  queues: (Depth & { queue: string; consumer: string | undefined })[]
  /** Queues that hold messages and that nothing consumes; dead-letter queues are none. */
  stalled: string[]
  /** Functions whose stream stopped at a message. */
  blocked: string[]
}

export type Watched = { instances: Instances; deliveries: Deliveries; streams: readonly Stream[]; queues: QueueSource }

export function stateOf({ instances, deliveries, streams, queues }: Watched, now: number): State {
  const letters = new Set(streams.map(({ trigger }) => trigger.deadLetters))
  const depths = queues.names().map(queue => {
    const consumer = streams.find(({ trigger }) => trigger.queue === queue)?.fn.name
    return { queue, consumer, ...queues.depth(queue, now) }
  })
  const filled = depths.filter(({ waiting, delayed, held }) => waiting + delayed + held > 0)
  const running = instances.running()
  return {
    rest: running.length === 0 && deliveries.underWay === 0 && filled.every(({ consumer }) => consumer === undefined),
    running,
    deliveries: deliveries.underWay,
    queues: depths,
    stalled: filled.filter(({ queue, consumer }) => consumer === undefined && !letters.has(queue)).map(({ queue }) => queue),
    blocked: streams.filter(({ blocked }) => blocked).map(({ fn }) => fn.name),
  }
}
