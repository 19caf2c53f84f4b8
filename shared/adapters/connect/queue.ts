import type { QueueClient } from '../mns/client.ts'
import { realTiming } from '../timing.ts'
import { type Connector, signing } from './connecting.ts'
import { memory } from './kept.ts'

/** Many deliveries send nothing: the SDK is loaded by the first that does. */
export const queue: Connector<'queue'> = ({ accountId, queue: at, credentials }) =>
  memory.keep('queue', [at, accountId, credentials], async () => {
    const { queueOver } = await import('../queue.ts')
    const signed = signing(credentials)
    let client: Promise<QueueClient> | undefined
    const send: QueueClient['send'] = async (...message) => {
      client ??= import('../mns/client.ts').then(({ mnsClient }) => mnsClient({ accountId, queue: at }, signed))
      return (await client).send(...message)
    }
    return queueOver({ send }, realTiming)
  })
