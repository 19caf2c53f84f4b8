import { Fault } from '../../errors.ts'
import type { UpdateReply } from '../../ports.ts'
import { networkProblem, neverOpened } from '../network.ts'
import { scrub } from '../scrub.ts'

/** What became of a call, as far as the SDK's error tells. */
export type Failure =
  | { kind: 'answered'; status: number; code: string; message: string }
  | { kind: 'unreadable' }
  | { kind: 'unopened'; problem: string }
  | { kind: 'unanswered'; problem: string }

/** Sorts what the SDK throws. Its messages hold URLs and its errors hold replies, so nothing of them is kept unscrubbed. */
export function failureOf(error: unknown): Failure {
  const seen: { code?: unknown; statusCode?: unknown; message?: unknown } = error !== null && typeof error === 'object' ? error : {}
  // The SDK writes a missing code as the text "undefined": such an answer came from something between us and the service.
  if (typeof seen.statusCode === 'number' && typeof seen.code === 'string' && seen.code !== 'undefined') {
    return { kind: 'answered', status: seen.statusCode, code: scrub(seen.code), message: scrub(String(seen.message ?? '')) }
  }
  if (typeof seen.statusCode === 'number' || couldNotRead(error)) return { kind: 'unreadable' }
  return { kind: neverOpened(error) ? 'unopened' : 'unanswered', problem: networkProblem(error) }
}

/** Not JSON, JSON that is no object, or an object whose fields have other types than the SDK's models. */
function couldNotRead(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof TypeError) return true
  return error instanceof Error && /^(can not cast to Map|type of \w+ is mismatch)/.test(error.message)
}

const throttled = [/Throttling/, /^ServiceUnavailable/, /^ConcurrentLimit/]
/** The instance is restarting or changing: minutes, not seconds. */
const inMotion = ['IncorrectDBInstanceState', 'OperationDenied.DBInstanceStatus']
const gone = ['InvalidDBInstanceId.NotFound', 'InvalidDBInstanceName.NotFound']
const withoutTls = [
  'InvaildEngineInRegion.ValueNotSupported',
  'InstanceEngineType.NotSupport',
  'OperationDenied.DBInstanceType',
  // "Specified region does not support enable ssl."
  'EnabledSSLNotSupport',
]

/** The fault that a failed read is; `what` is the API's name. */
export function faultOfRead(failure: Failure, what: string): Fault {
  switch (failure.kind) {
    case 'answered': {
      const { status, code, message } = failure
      const told = `${what}: ${status} ${code}: ${message}`
      if (status === 429 || throttled.some(one => one.test(code)) || inMotion.includes(code))
        return new Fault('Busy', told, { cloudCode: code })
      if (status >= 500 || code.startsWith('InternalError')) return new Fault('Unreachable', told, { cloudCode: code })
      return new Fault('Refused', told, { cloudCode: code })
    }
    case 'unreadable':
      return new Fault('BadReply', `${what}: the answer is not the service's JSON: an HTML page, an empty body or a missing code`)
    case 'unopened':
    case 'unanswered':
      return new Fault('Unreachable', `${what}: ${failure.problem}`)
  }
}

/** Worth another try within seconds: an instance in motion is for the queue to come back to. */
export const passesSoon = ({ cloudCode }: Fault): boolean => cloudCode === undefined || !inMotion.includes(cloudCode)

/** The instance is not there (any more). */
export const saysGone = (failure: Failure): boolean => failure.kind === 'answered' && gone.includes(failure.code)

/** The engine or the edition has no TLS to speak of. The first code is spelt so by the service. */
export const saysNoTls = (failure: Failure): boolean => failure.kind === 'answered' && withoutTls.includes(failure.code)

/**
 * No page says what the service answers where there is no database proxy: any no of the service that is not about rights or rates. That costs
 * nothing, since nothing is done to a proxy here.
 */
export const saysNoProxy = (failure: Failure): boolean =>
  failure.kind === 'answered' &&
  failure.status >= 400 &&
  failure.status < 500 &&
  failure.status !== 429 &&
  ![...throttled, /^(Forbidden|NoPermission|Invalid(AccessKeyId|SecurityToken|TimeStamp)|SignatureDoesNotMatch|IncompleteSignature)/].some(
    one => one.test(failure.code),
  ) &&
  !inMotion.includes(failure.code)

/**
 * What a failed Update Validity means. Only a parsed 4xx, a throttling answer or a connection that never opened says that nothing happened;
 * of all else it may have happened, and a second call would restart the database again.
 */
export function updateReplyOf(failure: Failure): UpdateReply {
  switch (failure.kind) {
    case 'answered': {
      const { status, code, message } = failure
      const refused = (status >= 400 && status < 500) || /Throttling/.test(code)
      return refused ? { reply: 'refused', code, message } : { reply: 'unknown', cause: `${status} ${code}` }
    }
    case 'unreadable':
      return { reply: 'unknown', cause: 'an unreadable answer' }
    case 'unopened':
      return { reply: 'refused', code: 'NotConnected', message: `${failure.problem}: no connection was opened` }
    case 'unanswered':
      return { reply: 'unknown', cause: failure.problem }
  }
}
