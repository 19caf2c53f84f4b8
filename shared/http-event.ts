import { Fault, faultsOf } from './errors.ts'
import * as z from './schema.ts'

const httpEvent = z.object({
  rawPath: z.string(),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
  queryParameters: z._default(z.record(z.string(), z.string()), {}),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z._default(z.string(), 'unknown') }) }),
})

/** A request as an HTTP trigger delivers it. */
export type HttpRequest = { method: string; path: string; query: URLSearchParams; form: URLSearchParams; from: string }

/** Longer bodies than this are no answer form. */
const mostBytes = 256 * 1024

/** @throws Fault BadEnvelope */
export function readHttpEvent(bytes: Uint8Array): HttpRequest | 'TooLarge' {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new Fault('BadEnvelope', 'the function was woken with something that is no HTTP event: check its trigger')
  }
  const read = httpEvent.safeParse(json)
  if (!read.success) throw new Fault('BadEnvelope', `the function was woken with no HTTP event: ${faultsOf(read.error)}`)
  const { rawPath, body, isBase64Encoded, queryParameters, requestContext } = read.data
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body
  if (text.length > mostBytes) return 'TooLarge'
  const { method, sourceIp } = requestContext.http
  return { method, path: rawPath, query: new URLSearchParams(queryParameters), form: new URLSearchParams(text), from: sourceIp }
}

export type HttpReply = { statusCode: number; headers: Record<string, string>; body: string; isBase64Encoded: false }
