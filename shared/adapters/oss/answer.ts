import { Fault } from '../../errors.ts'
import { networkProblem } from '../network.ts'
import { scrub } from '../scrub.ts'

/** What ali-oss throws, as far as it is safe to look at: it attaches the request with its content. */
type Thrown = { status?: unknown; code?: unknown; name?: unknown; message?: unknown; hostId?: unknown }

const seen = (error: unknown): Thrown => (error !== null && typeof error === 'object' ? error : {})

/** The service's own error document has a HostId. Without it, ali-oss read a page from something in between, or made the code up itself. */
const fromService = ({ code, hostId }: Thrown): boolean => typeof code === 'string' && typeof hostId === 'string'

/**
 * The service says that there is no such key. ali-oss calls every 404 with an empty body NoSuchKey: a walk through a log would end too early.
 */
export const saysNoSuchKey = (error: unknown): boolean => seen(error).code === 'NoSuchKey' && fromService(seen(error))

/** Create-once: the key is taken. */
export const saysExists = (error: unknown): boolean => seen(error).code === 'FileAlreadyExists' && fromService(seen(error))

const busy = new Set(['SlowDown', 'ServiceUnavailable', 'QpsLimitExceeded', 'TooManyRequests', 'RequestThrottled'])

/** The fault that a failed request is; `what` is the API's name and key. */
export function faultOfOss(error: unknown, what: string): Fault {
  const { status, code, name, message } = seen(error)
  if (name === 'ResponseTimeoutError' || name === 'ConnectionTimeoutError') return new Fault('Unreachable', `${what}: ${name}`)
  if (typeof status !== 'number' || status < 100) return new Fault('Unreachable', `${what}: ${networkProblem(error)}`)
  if (typeof code !== 'string' || !fromService(seen(error))) {
    // HTML and empty bodies: the status is all there is.
    if (status >= 500) return new Fault('Unreachable', `${what}: ${status}`)
    return new Fault('BadReply', `${what}: ${status} without the service's own error code`)
  }
  const told = `${what}: ${status} ${scrub(code)}: ${scrub(String(message ?? ''))}`
  if (busy.has(code) || status === 429) return new Fault('Busy', told, { cloudCode: scrub(code) })
  if (status >= 500) return new Fault('Unreachable', told, { cloudCode: scrub(code) })
  return new Fault('Refused', told, { cloudCode: scrub(code) })
}
