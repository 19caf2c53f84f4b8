import type { Config, Credentials } from '../../config.ts'
import { Fault } from '../../errors.ts'
import { defaultOf } from '../interop.ts'
import { fromNetwork, networkProblem } from '../network.ts'
import { scrub } from '../scrub.ts'

/** What this product asks of MNS. `body` is base64: the SDK puts it into XML unescaped. */
export type QueueClient = { send(queue: string, message: { body: string; delaySeconds: number }): Promise<void> }

/** The SDK's own client. Its replies are not to be trusted: an error without XML **resolves**, with the status as its `code`. */
export async function sdkClient({ queue, accountId }: Pick<Config<'queue'>, 'queue' | 'accountId'>, credentials: Credentials) {
  const Mns = defaultOf(await import('@alicloud/mns'))
  return new Mns(accountId, {
    endpoint: queue.endpoint,
    accessKeyId: credentials.accessKeyId,
    accessKeySecret: credentials.accessKeySecret,
    securityToken: credentials.securityToken,
    readTimeout: 15_000,
    // Also the idle time-out.
    connectTimeout: 15_000,
  })
}

/** The SDK behind a wrapper that checks each reply. */
export async function mnsClient(config: Pick<Config<'queue'>, 'queue' | 'accountId'>, credentials: Credentials): Promise<QueueClient> {
  const client = await sdkClient(config, credentials)
  return {
    async send(queue, { body, delaySeconds }) {
      let reply: Awaited<ReturnType<typeof client.sendMessage>>
      try {
        reply = await client.sendMessage(queue, { MessageBody: body, DelaySeconds: delaySeconds })
      } catch (error) {
        throw faultOfMns(error, `SendMessage ${queue}`)
      }
      if (reply.code !== 201 || !reply.body?.MessageId) throw faultOfCode(reply.code, `SendMessage ${queue}`)
    },
  }
}

const busy = new Set(['TooManyRequests', 'QpsLimitExceeded', 'ServiceUnavailable', 'RequestTooFrequent'])

/** A rejected call. The service's code stands only in the error's name, `MNSQueueNotExistError`; the status only in its message, after the URL. */
export function faultOfMns(error: unknown, what: string): Fault {
  if (!(error instanceof Error)) return new Fault('Unreachable', `${what}: no answer`)
  const named = /^MNS(\w+?)Error$/.exec(error.name)?.[1]
  if (named === undefined) {
    if (fromNetwork(error)) return new Fault('Unreachable', `${what}: ${networkProblem(error)}`)
    return new Fault('BadReply', `${what}: the answer is not the service's XML`)
  }
  const status = Number(/ failed with (\d{3})\./.exec(error.message)?.[1] ?? 0)
  const told = `${what}: ${status} ${named}: ${scrub(/message: (.*)$/s.exec(error.message)?.[1] ?? '')}`
  if (busy.has(named) || status === 429) return new Fault('Busy', told, { cloudCode: named })
  if (status >= 500 || named.startsWith('Internal')) return new Fault('Unreachable', told, { cloudCode: named })
  return new Fault('Refused', told, { cloudCode: named })
}

/** A reply that resolved though it is no success: HTML, an empty body, a gateway's page. */
export function faultOfCode(code: number, what: string): Fault {
  if (code === 429 || code === 503) return new Fault('Busy', `${what}: ${code} without the service's own answer`)
  if (code >= 500) return new Fault('Unreachable', `${what}: ${code} without the service's own answer`)
  return new Fault('BadReply', `${what}: ${code} without the service's own answer`)
}
