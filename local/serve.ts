import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Serving = { port: number; url: string; close(): Promise<void> }

export type Answer = { status: number; headers?: Record<string, string>; body?: string | Uint8Array }

/** A request whole: `rawPath` and `rawQuery` are as they came, undecoded, as signatures need them. */
export type Request = { method: string; rawPath: string; rawQuery: string; headers: Record<string, string>; body: Buffer }

/** `hang-up` closes the socket without an answer. */
export type Handler = (request: Request) => Promise<Answer | 'hang-up'>

/** Serves `handler` on 127.0.0.1 only; the port comes from the system unless one is given. */
export async function serve(handler: Handler, port = 0): Promise<Serving> {
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as AddressInfo).port
  return { port: bound, url: `http://127.0.0.1:${bound}`, close: () => closeAll(server) }
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse) {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const [rawPath = '/', rawQuery = ''] = split(incoming.url ?? '/')
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(incoming.headers)) headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '')
    const reply = await handler({ method: incoming.method ?? 'GET', rawPath, rawQuery, headers, body: Buffer.concat(chunks) })
    if (reply === 'hang-up') return void incoming.socket.destroy()
    outgoing.writeHead(reply.status, reply.headers ?? {})
    outgoing.end(reply.body)
  } catch (error) {
    if (incoming.socket.destroyed) return
    outgoing.writeHead(500, { 'content-type': 'text/plain' })
    outgoing.end(`the embedded cloud failed: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function split(url: string): [string, string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

function closeAll(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
