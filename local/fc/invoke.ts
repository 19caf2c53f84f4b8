import type { Meddler } from '../meddler.ts'
import { perform } from '../perform.ts'
import type { Principals } from '../principals.ts'
import { callerFaults, verifyAcs3 } from '../rds/acs3.ts'
import type { Nonces } from '../rds/nonces.ts'
import type { Answer, Request } from '../serve.ts'
import { largest, refusal } from './http.ts'
import type { Ran } from './instances.ts'
import { newRequestId, told } from './invocation.ts'
import type { FunctionSpec } from './spec.ts'

export type InvokeOptions = {
  functions: readonly FunctionSpec[]
  principals: Principals
  nonces: Nonces
  meddler: Meddler
  now: () => number
  run: (fn: FunctionSpec, requestId: string, event: Buffer) => Promise<Ran>
  /** Delivers in the background, with the retries of an asynchronous invocation. */
  later: (fn: FunctionSpec, event: Buffer) => void
}

/** The InvokeFunction call of the API of 2023-03-30. */
export async function answerInvoke(request: Request, of: InvokeOptions): Promise<Answer | 'hang-up'> {
  const requestId = newRequestId(of.now())
  const refuse = (status: number, code: string, message: string) => refusal(status, requestId, code, message)
  const verified = verifyAcs3(request, of.principals, of.nonces, of.now())
  if ('fault' in verified) {
    const [status, message] = callerFaults[verified.fault]
    return refuse(status, verified.fault, verified.detail === undefined ? message : `${message} (${verified.detail})`)
  }
  const [, name] = /^\/2023-03-30\/functions\/([^/]+)\/invocations$/.exec(request.rawPath) ?? []
  if (name === undefined || request.method !== 'POST') {
    return refuse(404, 'PathNotSupported', `${request.method} ${request.rawPath} is not served: only InvokeFunction is`)
  }
  const fn = of.functions.find(one => one.name === decodeURIComponent(name))
  if (fn === undefined) return refuse(404, 'FunctionNotFound', `function '${name}' does not exist`)
  if (request.body.length > largest) {
    return refuse(413, 'RequestEntityTooLarge', `the event has ${request.body.length} bytes; at most ${largest} are taken`)
  }
  const call = { service: 'fc', action: 'InvokeFunction', resource: fn.name, principal: verified.principal.name } as const
  return perform(of.meddler, call, () => {
    const type = request.headers['x-fc-invocation-type'] ?? 'Sync'
    if (type === 'Sync') return invoke(fn, requestId, request, of)
    if (type !== 'Async') return refuse(400, 'InvalidArgument', `x-fc-invocation-type is ${type}; it is Sync or Async`)
    of.later(fn, request.body)
    return { status: 202, headers: { 'x-fc-request-id': requestId } }
  })
}

/** A function's failure is a success of the call: 200, told apart by X-Fc-Error-Type alone. */
async function invoke(fn: FunctionSpec, requestId: string, request: Request, of: InvokeOptions): Promise<Answer> {
  const { outcome, ms, lines } = await of.run(fn, requestId, request.body)
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'x-fc-request-id': requestId,
    'x-fc-invocation-duration': String(Math.round(ms)),
  }
  if (request.headers['x-fc-log-type'] === 'Tail') {
    const log = lines.map(({ text }) => `${text}\n`)
    headers['x-fc-log-result'] = Buffer.from(log.join('')).subarray(-4096).toString('base64')
  }
  if (outcome.end === 'returned') return { status: 200, headers, body: outcome.body }
  const { type, body } = told(outcome)
  if (outcome.end === 'throttled') return refusal(429, requestId, type, body.errorMessage)
  return { status: 200, headers: { ...headers, 'content-type': 'application/json', 'x-fc-error-type': type }, body: JSON.stringify(body) }
}
