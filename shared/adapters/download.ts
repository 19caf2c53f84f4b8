import { Fault } from '../errors.ts'
import { networkProblem } from './network.ts'

export type Fetch = typeof fetch

export type Limits = { bytes: number; ms: number }

export type Download = { found: true; bytes: Uint8Array; etag: string | undefined } | { found: false } | { found: 'unchanged' }

/**
 * One plain GET, as an application makes it, within caps on size and time. 404 is a value; so is 304 where `etag` was sent. `what` stands for
 * the URL in messages.
 *
 * @throws Fault Unreachable (no answer, 5xx), Busy (429), Refused (another 4xx), BadReply (too large)
 */
export async function download(url: string, what: string, limits: Limits, fetch: Fetch, etag?: string): Promise<Download> {
  const signal = AbortSignal.timeout(limits.ms)
  try {
    const response = await fetch(url, { signal, headers: etag === undefined ? {} : { 'If-None-Match': etag } })
    if (response.status === 200)
      return { found: true, bytes: await readWhole(response, what, limits), etag: response.headers.get('etag') ?? undefined }
    await response.body?.cancel()
    if (response.status === 404) return { found: false }
    if (response.status === 304 && etag !== undefined) return { found: 'unchanged' }
    throw faultOfStatus(response.status, what)
  } catch (error) {
    if (error instanceof Fault) throw error
    if (signal.aborted) throw new Fault('Unreachable', `${what}: not read within ${limits.ms} ms`)
    throw new Fault('Unreachable', `${what}: ${networkProblem(error)}`)
  }
}

/** Counts while reading: a Content-Length may lie, and a compressed body may be a bomb. */
async function readWhole(response: Response, what: string, { bytes: most }: Limits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > most) throw new Fault('BadReply', `${what}: more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function faultOfStatus(status: number, what: string): Fault {
  if (status === 429) return new Fault('Busy', `${what}: ${status}`)
  if (status >= 500) return new Fault('Unreachable', `${what}: ${status}`)
  return new Fault('Refused', `${what}: ${status}`)
}
