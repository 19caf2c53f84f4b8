import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type Connection, secure } from './connection.ts'
import { failure, message, ready, text } from './postgres-messages.ts'
import { PgSession } from './postgres-session.ts'
import { Hangup, Wire } from './wire.ts'

const protocol3 = 196608
const cancelRequest = 80877102
const sslRequest = 80877103
const gssRequest = 80877104

/** (SSLRequest → 'S' → TLS) → StartupMessage → AuthenticationOk → queries; any password would be right, so none is asked for. */
export async function servePostgres(socket: Duplex, connection: Connection): Promise<Duplex> {
  let wire = new Wire(socket)
  let secured = false
  for (;;) {
    const length = (await wire.take(4)).readUInt32BE()
    if (length < 8 || length > 10_000) throw new Hangup('the client sent no startup packet')
    const body = await wire.take(length - 4)
    switch (body.readUInt32BE(0)) {
      case sslRequest:
        if (secured) throw new Hangup('the client asked for TLS within TLS')
        if (connection.certificate) {
          wire.write(Buffer.from('S'))
          const stream = await secure(wire.release(), connection.certificate, connection.tls)
          wire = new Wire(stream)
          secured = true
        } else wire.write(Buffer.from('N'))
        break
      case gssRequest:
        wire.write(Buffer.from('N'))
        break
      case protocol3:
        await session(wire, parameters(body), connection)
        return wire.release()
      case cancelRequest:
        return wire.release()
      default:
        throw new Hangup('the client speaks another protocol')
    }
  }
}

async function session(wire: Wire, startup: Map<string, string>, connection: Connection): Promise<void> {
  const user = startup.get('user') ?? ''
  if (!connection.knows(user)) {
    wire.write(failure('FATAL', '28P01', `password authentication failed for user "${user}"`))
    return
  }
  const status = {
    server_version: connection.version,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  }
  const key = Buffer.alloc(8)
  key.writeUInt32BE(randomInt(1, 2 ** 31), 0)
  key.writeUInt32BE(randomInt(1, 2 ** 31), 4)
  wire.write(
    message('R', Buffer.alloc(4)),
    ...Object.entries(status).map(([name, value]) => message('S', text(name), text(value))),
    message('K', key),
    ready,
  )
  connection.loggedIn()
  const queries = new PgSession(connection.version)
  for (;;) {
    const type = String.fromCharCode(await byte(wire))
    const length = (await wire.take(4)).readUInt32BE()
    if (length < 4 || length > 1 << 20) throw new Hangup('the client sent a message of more than 1 MB')
    const body = await wire.take(length - 4)
    if (connection.restarting()) throw new Hangup('the server restarts')
    if (type === 'X') return
    wire.write(...queries.answer(type, body))
  }
}

async function byte(wire: Wire): Promise<number> {
  return (await wire.take(1)).readUInt8()
}

function parameters(startup: Buffer): Map<string, string> {
  const words = startup.toString('utf8', 4).split('\0')
  const pairs = new Map<string, string>()
  for (let at = 0; at + 1 < words.length; at += 2) pairs.set(words[at] ?? '', words[at + 1] ?? '')
  return pairs
}
