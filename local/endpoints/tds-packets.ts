import { Hangup, type Wire } from './wire.ts'

/** Message types, MS-TDS 2.2.3.1.1. */
export const types = { batch: 0x01, rpc: 0x03, reply: 0x04, attention: 0x06, transaction: 0x0e, login: 0x10, prelogin: 0x12 } as const

const endOfMessage = 1
const headerLength = 8
const packetSize = 4096

export type TdsMessage = { type: number; body: Buffer }

/** Reads packets until the one that ends the message. */
export async function readMessage(wire: Wire): Promise<TdsMessage> {
  const parts: Buffer[] = []
  for (let total = 0; total < 1 << 20; ) {
    const header = await wire.take(headerLength)
    const part = await wire.take(bodyLength(header))
    parts.push(part)
    total += part.length
    if (header.readUInt8(1) & endOfMessage) return { type: header.readUInt8(0), body: Buffer.concat(parts) }
  }
  throw new Hangup('the client sent a message of more than 1 MB')
}

/** How many bytes follow a packet's header, whose length field counts itself. */
export function bodyLength(header: Buffer): number {
  const length = header.readUInt16BE(2)
  if (length < headerLength) throw new Hangup('the client sent no TDS packet')
  return length - headerLength
}

/** One message in packets of 4096 bytes, the last of which alone ends it. */
export function framed(type: number, body: Buffer): Buffer {
  const packets: Buffer[] = []
  const room = packetSize - headerLength
  for (let at = 0, id = 1; at === 0 || at < body.length; at += room, id += 1) {
    const part = body.subarray(at, at + room)
    const header = Buffer.alloc(headerLength)
    header.writeUInt8(type, 0)
    header.writeUInt8(at + room >= body.length ? endOfMessage : 0, 1)
    header.writeUInt16BE(headerLength + part.length, 2)
    header.writeUInt8(id & 0xff, 6)
    packets.push(header, part)
  }
  return Buffer.concat(packets)
}
