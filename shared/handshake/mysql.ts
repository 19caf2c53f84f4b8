import type { Duplex } from 'node:stream'
import { failures, ProbeStop, printable } from './failure.ts'
import { type Line, notThisProtocol, take } from './line.ts'

// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
const capability = { longPassword: 0x1, ssl: 0x800, protocol41: 0x200, secureConnection: 0x8000, pluginAuth: 0x80000 }
const greetingLimit = 1024
const replyLimit = 4096

export type MySqlGreeting = { offersTls: boolean; plugin: string }

/** Greeting → SSLRequest: the stream is ready for TLS. Whoever takes it from here owes the server a login (see `refuseLogin`). */
export async function negotiateMySql(line: Line): Promise<{ stream: Duplex; greeting: MySqlGreeting }> {
  const greeting = await readGreeting(line)
  if (!greeting.offersTls) {
    await refuseLogin(line.socket, greeting, 1, line).catch(ignoreStop)
    throw new ProbeStop(failures.noTlsOffered(line.target))
  }
  line.socket.write(packet(1, loginHead(greeting, capability.ssl)))
  return { stream: line.socket, greeting }
}

function ignoreStop(error: unknown): void {
  if (!(error instanceof ProbeStop)) throw error
}

async function readGreeting(line: Line): Promise<MySqlGreeting> {
  const header = await take(line.socket, 4, line)
  const length = header.readUIntLE(0, 3)
  if (header[3] !== 0 || length < 3 || length > greetingLimit) throw notThisProtocol(header, line)
  const body = await take(line.socket, length, line)
  if (body[0] === 0xff) throw refusal(body, line)
  // Bytes beyond the greeting would be read as TLS: no honest server sends any before it is asked.
  if (body[0] !== 10 || line.socket.readableLength > 0) throw notThisProtocol(Buffer.concat([header, body]), line)
  const version = body.indexOf(0, 1)
  const flags = version + 1 + 4 + 8 + 1
  if (version < 0 || body.length < flags + 2) throw notThisProtocol(Buffer.concat([header, body]), line)
  const pluginEnds = body.length - 1
  const pluginStarts = body.lastIndexOf(0, pluginEnds - 1) + 1
  const named = body.length > flags + 18 && (body.readUInt16LE(flags + 5) << 16) & capability.pluginAuth
  return {
    offersTls: (body.readUInt16LE(flags) & capability.ssl) !== 0,
    plugin: named ? printable(body.subarray(pluginStarts, pluginEnds)) : '',
  }
}

/** An error packet in place of the greeting: two bytes of code, then words. */
function refusal(body: Buffer, line: Line): ProbeStop {
  const code = body.readUInt16LE(1)
  const said = printable(body.subarray(body[3] === 0x23 ? 9 : 3))
  if (code === 1130) return new ProbeStop(failures.hostNotAllowed(line.target, said))
  if (code === 1129) return new ProbeStop(failures.hostBlocked(line.target, said))
  return new ProbeStop(failures.serverRefused(line.target, String(code), said))
}

/**
 * Logs in as nobody, so that the server refuses. A connection that only closes after the greeting counts against `max_connect_errors`, and
 * at its limit the server locks out every client behind the address (error 1129); a refused login does not count.
 *
 * @param sequence of the next packet: 2 after an SSLRequest, 1 without
 */
export async function refuseLogin(stream: Duplex, greeting: MySqlGreeting, sequence: number, line: Line): Promise<void> {
  const name = Buffer.from('rds-tls-probe\0')
  const plugin = Buffer.from(greeting.plugin === '' ? '' : `${greeting.plugin}\0`)
  const flags = sequence === 1 ? 0 : capability.ssl
  stream.write(packet(sequence, Buffer.concat([loginHead(greeting, flags), name, Buffer.from([0]), plugin])))
  // A server may ask for another method, or more data, before it refuses an unknown user; it always gets an empty password.
  for (let round = 0; round < 4; round += 1) {
    const header = await take(stream, 4, line)
    const length = header.readUIntLE(0, 3)
    if (length < 1 || length > replyLimit) return
    const reply = await take(stream, length, line)
    const next = ((header[3] ?? 0) + 1) & 0xff
    if (reply[0] === 0xfe) stream.write(packet(next, Buffer.alloc(0)))
    else if (reply[0] === 0x01) stream.write(packet(next, Buffer.from([0])))
    else if (reply[0] === 0x00)
      return void stream.write(packet(0, Buffer.from([0x01]))) // an anonymous account let us in: COM_QUIT
    else return
  }
}

/** What SSLRequest is, and what a HandshakeResponse41 begins with: flags, greatest packet, character set, 23 zeros. */
function loginHead(greeting: MySqlGreeting, more: number): Buffer {
  const head = Buffer.alloc(32)
  const plugin = greeting.plugin === '' ? 0 : capability.pluginAuth
  head.writeUInt32LE(capability.longPassword | capability.protocol41 | capability.secureConnection | plugin | more, 0)
  head.writeUInt32LE(0x0100_0000, 4)
  head[8] = 33 // utf8_general_ci, known to every version
  return head
}

function packet(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, body])
}
