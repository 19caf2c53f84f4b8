import type { Answer, Request } from '../serve.ts'
import { httpEvent, type Origin } from './envelope.ts'
import { type Failure, type Outcome, told } from './invocation.ts'
import type { HttpTrigger } from './triggers.ts'

/** What a request and a reply may weigh, in bytes. */
export const largest = 6 * 1024 * 1024

/** What a built-in runtime's function answers with; anything else is a whole body. */
type Reply = { statusCode?: number; headers?: Record<string, unknown>; body?: unknown; isBase64Encoded?: boolean }

/** Turns a request to a function's own address into its event and the function's reply into an answer. */
export async function answerHttp(
  request: Request,
  { methods }: HttpTrigger,
  origin: Origin,
  run: (event: Buffer) => Promise<Outcome>,
): Promise<Answer> {
  const { requestId } = origin
  if (!methods.includes(request.method)) {
    return refusal(403, requestId, 'AccessDenied', `the function's HTTP trigger takes ${methods.join(', ')}, not ${request.method}`)
  }
  if (request.body.length > largest) {
    return refusal(413, requestId, 'RequestEntityTooLarge', `the body has ${request.body.length} bytes; at most ${largest} are taken`)
  }
  const outcome = await run(httpEvent(request, origin))
  if (outcome.end !== 'returned') return failed(outcome, requestId)
  if (outcome.body.length > largest) {
    return refusal(
      502,
      requestId,
      'ResponseSizeTooLarge',
      `the function's reply has ${outcome.body.length} bytes; at most ${largest} are passed on`,
    )
  }
  return answerOf(outcome.body, requestId)
}

function answerOf(returned: Buffer, requestId: string): Answer {
  const reply = replyOf(returned)
  if (reply === undefined)
    return { status: 200, headers: { 'content-type': 'application/json', 'x-fc-request-id': requestId }, body: returned }
  const headers: Record<string, string> = { 'x-fc-request-id': requestId }
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (!hopByHop.has(name.toLowerCase())) headers[name.toLowerCase()] = String(value)
  }
  const text = typeof reply.body === 'string' ? reply.body : (JSON.stringify(reply.body) ?? '')
  return { status: reply.statusCode ?? 200, headers, body: reply.isBase64Encoded ? Buffer.from(text, 'base64') : text }
}

/** The platform sets these itself. */
const hopByHop = new Set(['connection', 'content-length', 'date', 'keep-alive', 'server', 'transfer-encoding', 'upgrade'])

function replyOf(returned: Buffer): Reply | undefined {
  try {
    const value: unknown = JSON.parse(returned.toString())
    return value !== null && typeof value === 'object' && 'statusCode' in value && Number.isInteger(value.statusCode)
      ? (value as Reply)
      : undefined
  } catch {
    return undefined
  }
}

/** A caller by HTTP sees a function's failure as 502, or 429 where no instance was free, with what was thrown. */
function failed(failure: Failure, requestId: string): Answer {
  const { type, body } = told(failure)
  return {
    status: failure.end === 'throttled' ? 429 : 502,
    headers: { 'content-type': 'application/json', 'x-fc-request-id': requestId, 'x-fc-error-type': type },
    body: JSON.stringify(body),
  }
}

/** What the platform itself answers, before or instead of a function. */
export function refusal(status: number, requestId: string, Code: string, Message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-fc-request-id': requestId, 'x-fc-error-type': 'FcCommonError' },
    body: JSON.stringify({ Code, Message, RequestId: requestId }),
  }
}
