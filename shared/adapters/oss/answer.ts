import { Fault } from '../../errors.ts'
import { networkProblem } from '../network.ts'
import { scrub } from '../scrub.ts'

/** What ali-oss throws, as far as it is safe to look at: it attaches the request with its content. */
type Thrown = { status?: unknown; code?: unknown; name?: unknown; message?: unknown; requestId?: unknown }

const seen = (error: unknown): Thrown => (error !== null && typeof error === 'object' ? error : {})

/**
 * The service says that there is no such key. A 404 without the service's request id came from something in between; ali-oss calls it
 * NoSuchKey all the same when its body is empty, and a walk through a log would end too early.
 */
export function saysNoSuchKey(error: unknown): boolean {
  const { code, requestId } = seen(error)
  return code === 'NoSuchKey' && typeof requestId === 'string' && requestId !== ''
}

/** Create-once: the key is taken. */
export const saysExists = (error: unknown): boolean => seen(error).code === 'FileAlreadyExists'

const busy = new Set(['SlowDown', 'ServiceUnavailable', 'QpsLimitExceeded', 'TooManyRequests', 'RequestThrottled'])

/** The fault that a failed request is; `what` is the API's name and key. */
export function faultOfOss(error: unknown, what: string): Fault {
  const { status, code, name, message, requestId } = seen(error)
  if (name === 'ResponseTimeoutError' || name === 'ConnectionTimeoutError') return new Fault('Unreachable', `${what}: ${name}`)
  if (typeof status !== 'number' || status < 100) return new Fault('Unreachable', `${what}: ${networkProblem(error)}`)
  if (typeof code !== 'string' || typeof requestId !== 'string') {
    // HTML and empty bodies: the status is all there is.
    if (status >= 500) return new Fault('Unreachable', `${what}: ${status}`)
    return new Fault('BadReply', `${what}: ${status} without the service's own error code`)
  }
  const told = `${what}: ${status} ${scrub(code)}: ${scrub(String(message ?? ''))}`
  if (busy.has(code) || status === 429) return new Fault('Busy', told, { cloudCode: scrub(code) })
  if (status >= 500) return new Fault('Unreachable', told, { cloudCode: scrub(code) })
  return new Fault('Refused', told, { cloudCode: scrub(code) })
}
