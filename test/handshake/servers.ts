import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { Handshake } from '../../shared/handshake/handshake.ts'
import { type Made, pemChain } from './authority.ts'

export type Serving = { port: number; close(): Promise<void> }

/** Listens on a port of the system's choice; `close` ends what is still open. */
export async function listen(serve: (socket: Socket) => void): Promise<Serving> {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server has a port')
  return {
    port: bound.port,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port at which nobody listens. */
export async function closedPort(): Promise<number> {
  const { port, close } = await listen(() => {})
  await close()
  return port
}

/** What the engines' servers below tell of their clients. */
export type Seen = {
  /** MySQL: what came inside TLS. */
  logins: string[]
  /** SNI names. */
  names: string[]
  /** TDS: the first byte after the handshake. */
  afterwards: number[]
  /** Connections that ended in an error rather than in an end. */
  broken: string[]
}

type Terms = Pick<TLSSocketOptions, 'minVersion' | 'maxVersion'> & { ciphers?: string; secureOptions?: number }

function tlsOver(stream: Duplex, chain: Made[], seen: Seen, terms: Terms): TLSSocket {
  const secureContext = createSecureContext({ cert: pemChain(...chain), key: chain[0]?.key, ...terms })
  const tls = new TLSSocket(stream as Socket, {
    isServer: true,
    secureContext,
    SNICallback: (name, answer) => {
      seen.names.push(name)
      answer(null, secureContext)
    },
  })
  tls.on('error', error => seen.broken.push(error.message))
  return tls
}

export function nothingSeen(): Seen {
  return { logins: [], names: [], afterwards: [], broken: [] }
}

export function postgres(chain: Made[], seen = nothingSeen(), terms: Terms = {}): Promise<Serving> {
  return listen(async socket => {
    const request = await bytes(socket, 8)
    if (request.toString('hex') !== '0000000804d2162f') return void socket.destroy()
    socket.write('S')
    tlsOver(socket, chain, seen, terms)
      .on('end', () => {})
      .resume()
  })
}

export const mysqlGreeting = (flags = 0xffff_ffff, plugin = 'mysql_native_password') => {
  const head = Buffer.from('\x0a8.0.36\0\x2a\0\0\0saltsalt\0', 'latin1')
  const low = Buffer.alloc(2)
  low.writeUInt16LE(flags & 0xffff)
  const high = Buffer.alloc(2)
  high.writeUInt16LE(flags >>> 16)
  const tail = Buffer.concat([Buffer.from([33, 2, 0]), high, Buffer.from([21]), Buffer.alloc(10), Buffer.from(`saltsaltsalt\0${plugin}\0`)])
  return mysqlPacket(0, Buffer.concat([head, low, tail]))
}

export function mysqlPacket(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, body])
}

export function mysqlError(sequence: number, code: number, words: string): Buffer {
  const head = Buffer.from([0xff, 0, 0])
  head.writeUInt16LE(code, 1)
  return mysqlPacket(sequence, Buffer.concat([head, Buffer.from(words)]))
}

export const accessDenied = Buffer.from("#28000Access denied for user 'x'@'y'").toString()

/** `replies` go out one after each packet that comes inside TLS; each gets the next sequence number. */
export function mysql(
  chain: Made[],
  seen = nothingSeen(),
  terms: Terms = {},
  replies = [mysqlError(3, 1045, accessDenied)],
): Promise<Serving> {
  return listen(async socket => {
    socket.write(mysqlGreeting())
    const request = await bytes(socket, 36)
    if (request.readUIntLE(0, 3) !== 32 || request[3] !== 1 || (request.readUInt32LE(4) & 0x800) === 0) return void socket.destroy()
    const tls = tlsOver(socket, chain, seen, terms)
    const waiting = [...replies]
    tls.on('data', data => {
      seen.logins.push(data.toString('latin1'))
      const reply = waiting.shift()
      if (reply !== undefined) tls.write(reply)
      if (waiting.length === 0) tls.end()
    })
  })
}

export const tdsPacket = (type: number, body: Buffer, last = true) => {
  const header = Buffer.from([type, last ? 1 : 0, 0, 0, 0, 0, 1, 0])
  header.writeUInt16BE(8 + body.length, 2)
  return Buffer.concat([header, body])
}

/** PRELOGIN's answer: VERSION 16.0, ENCRYPTION as given, terminator. */
export const tdsPrelogin = (encryption: number) =>
  tdsPacket(4, Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 255, 16, 0, 3, 232, 0, 0, encryption]))

/** `piece`: what the server writes at once, so that packets arrive broken. */
export function tds(
  chain: Made[],
  seen = nothingSeen(),
  terms: Terms = {},
  encryption = 3,
  piece = Number.POSITIVE_INFINITY,
): Promise<Serving> {
  return listen(async socket => {
    const send = (data: Buffer) => {
      for (let at = 0; at < data.length; at += piece) socket.write(data.subarray(at, at + piece))
    }
    const header = await bytes(socket, 8)
    const prelogin = await bytes(socket, header.readUInt16BE(2) - 8)
    if (header[0] !== 0x12 || prelogin[prelogin.length - 1] !== 1) return void socket.destroy()
    send(tdsPrelogin(encryption))
    const records = new Duplex({
      read() {},
      writev(chunks, done) {
        const flight = Buffer.concat(chunks.map(({ chunk }) => chunk))
        // Application data alone is never wrapped: the last flight of the handshake may be written after the handshake is called done.
        if (flight[0] === 0x17) send(flight)
        else
          for (let at = 0; at < flight.length; at += 4088) {
            send(tdsPacket(0x12, flight.subarray(at, at + 4088), at + 4088 >= flight.length))
          }
        done()
      },
    })
    tlsOver(records, chain, seen, { maxVersion: 'TLSv1.2', ...terms })
    for (;;) {
      const first = await bytes(socket, 1).catch(() => undefined)
      if (first === undefined) return void socket.end()
      if (first[0] !== 0x12) {
        seen.afterwards.push(first[0] ?? -1)
        return void socket.end()
      }
      const rest = await bytes(socket, 7)
      records.push(await bytes(socket, rest.readUInt16BE(1) - 8))
    }
  })
}

/** Exactly so many; what came beyond goes back. */
export async function bytes(socket: Socket, count: number): Promise<Buffer> {
  let all = Buffer.alloc(0)
  while (all.length < count) {
    const chunk: Buffer | null = socket.read()
    if (chunk !== null) all = Buffer.concat([all, chunk])
    else if (socket.readableEnded || socket.destroyed) throw new Error('the client left')
    else await new Promise<void>(resolve => ['readable', 'end', 'close'].map(event => socket.once(event, () => resolve())))
  }
  if (all.length > count) socket.unshift(all.subarray(count))
  return all.subarray(0, count)
}

/** @throws where there was no handshake, with the reason */
export function reached(seen: Handshake): Extract<Handshake, { reached: true }> {
  if (!seen.reached) throw new Error(`${seen.failure.code}: ${seen.failure.sentence}`)
  return seen
}
