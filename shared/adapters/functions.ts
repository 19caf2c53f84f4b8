import type { Credentials, Parts } from '../config.ts'
import { Fault } from '../errors.ts'
import { defaultOf } from './interop.ts'
import { failureOf, faultOfRead } from './rds/answer.ts'

/** Invokes a function and waits for its answer, parsed. `timeoutMs` is for the whole call. */
export type Invoke = (name: string, payload: unknown, timeoutMs: number) => Promise<unknown>

/** A probe's answer has a few KB. */
const probeLimit = 1_000_000

/** Invocations over @alicloud/fc20230330, which speaks to FC 3.0. */
export async function functionsAt(config: Parts['probes'], credentials: Credentials, answerLimit = probeLimit): Promise<Invoke> {
  const [sdk, { $OpenApiUtil }] = await Promise.all([import('@alicloud/fc20230330'), import('@alicloud/openapi-core')])
  const Client = defaultOf(sdk)
  const { Readable } = await import('node:stream')

  return async (name, payload, timeoutMs) => {
    const client = new Client(
      new $OpenApiUtil.Config({
        ...credentials,
        endpoint: config.endpoint,
        protocol: config.protocol,
        connectTimeout: timeoutMs,
        readTimeout: timeoutMs,
        retryOptions: { retryable: false, retryCondition: [], noRetryCondition: [] },
        userAgent: 'rds-tls-renewal',
      }),
    )
    const what = `InvokeFunction ${name}`
    const request = new sdk.InvokeFunctionRequest({ body: Readable.from([Buffer.from(JSON.stringify(payload))]) })
    let body: Buffer
    let headers: Record<string, string>
    try {
      const reply = await client.invokeFunction(name, request)
      body = await wholeOf(reply.body ?? Readable.from([]), what, answerLimit)
      headers = reply.headers ?? {}
    } catch (error) {
      throw error instanceof Fault ? error : faultOfRead(failureOf(error), what)
    }
    // The function ran and failed: its answer is FC's own description, and says what its code printed. Keep to the kind of it.
    const failed = headers['x-fc-error-type']
    if (failed !== undefined) throw new Fault('Unreachable', `${what}: the function itself failed (${failed.slice(0, 60)}): see its log`)
    return parse(body, what)
  }
}

async function wholeOf(stream: AsyncIterable<unknown>, what: string, answerLimit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    if (size > answerLimit) throw new Fault('BadReply', `${what}: more than ${answerLimit} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function parse(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new Fault('BadReply', `${what}: the answer is not JSON`)
  }
}
