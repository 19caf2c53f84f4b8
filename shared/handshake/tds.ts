import { Duplex } from 'node:stream'
import { failures, ProbeStop } from './failure.ts'
import { type Line, notThisProtocol, take } from './line.ts'

// [MS-TDS] 2.2.3.1 (packet header), 2.2.6.5 (PRELOGIN)
const type = { response: 0x04, prelogin: 0x12 }
const endOfMessage = 0x01
const packetSize = 4096
const headerSize = 8
const encryption = { on: 1, notSupported: 2 }
// A TLS alert record without encryption: type, version, length 2, level, description (RFC 5246 §6.2.1, §7.2).
const alert = 0x15
const alertSize = 7

/** The stream to speak TLS over; `bare` ends the wrapping, as both sides do once the handshake is complete. */
export type TdsTunnel = { stream: Duplex; bare(): void }

/** PRELOGIN with encryption on → the server agrees: TLS follows, its records inside TDS packets. No LOGIN7 is ever sent. */
export async function negotiateTds(line: Line): Promise<TdsTunnel> {
  line.socket.write(Buffer.concat(packets(prelogin())))
  const body = await readPacket(line)
  if (encryptionOf(body, line) === encryption.notSupported) throw new ProbeStop(failures.noTlsOffered(line.target))
  return tunnel(line)
}

/** Options VERSION (0) and ENCRYPTION (1): token, offset, length each; then 0xFF; then the values. */
function prelogin(): Buffer {
  return Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, encryption.on])
}

function encryptionOf(body: Buffer, line: Line): number {
  for (let at = 0; at + 5 <= body.length && body[at] !== 0xff; at += 5) {
    const offset = body.readUInt16BE(at + 1)
    const value = body[offset]
    if (body[at] === 1 && body.readUInt16BE(at + 3) === 1 && value !== undefined && value <= 3) return value
  }
  throw notThisProtocol(body, line)
}

async function readPacket(line: Line): Promise<Buffer> {
  const kind = await take(line.socket, 1, line)
  if (kind[0] !== type.response && kind[0] !== type.prelogin) throw notThisProtocol(kind, line)
  const header = Buffer.concat([kind, await take(line.socket, headerSize - 1, line)])
  const length = header.readUInt16BE(2)
  if (length <= headerSize || length > 0x7fff) throw notThisProtocol(header, line)
  return take(line.socket, length - headerSize, line)
}

/** TLS records out of a TDS packet, or a bare alert: a server that gives up on the handshake may already have left the packets. */
async function readRecords(line: Line): Promise<Buffer> {
  const kind = await take(line.socket, 1, line)
  if (kind[0] === alert) return Buffer.concat([kind, await take(line.socket, alertSize - 1, line)])
  line.socket.unshift(kind)
  return readPacket(line)
}

function tunnel(line: Line): TdsTunnel {
  let wrapped = true
  const stream = new Duplex({
    read() {
      readRecords(line).then(
        body => stream.push(body),
        (stop: Error) => (wrapped ? stream.destroy(stop) : stream.push(null)),
      )
    },
    // All that TLS hands over at once is one flight: one TDS message, with EOM on its last packet only, or servers wait for the rest.
    writev(chunks, written) {
      const flight = Buffer.concat(chunks.map(({ chunk }) => chunk))
      line.socket.write(wrapped ? Buffer.concat(packets(flight)) : flight, written)
    },
    final(ended) {
      line.socket.end(() => ended())
    },
  })
  return {
    stream,
    bare() {
      wrapped = false
    },
  }
}

function packets(message: Buffer): Buffer[] {
  const room = packetSize - headerSize
  const count = Math.max(1, Math.ceil(message.length / room))
  return Array.from({ length: count }, (_, n) => {
    const body = message.subarray(n * room, (n + 1) * room)
    const header = Buffer.from([type.prelogin, n === count - 1 ? endOfMessage : 0, 0, 0, 0, 0, (n + 1) & 0xff, 0])
    header.writeUInt16BE(headerSize + body.length, 2)
    return Buffer.concat([header, body])
  })
}
