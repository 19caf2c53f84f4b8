import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { framed, readMessage } from '../../../local/endpoints/tds-packets.ts'
import { TdsTls } from '../../../local/endpoints/tds-tls.ts'
import { Wire } from '../../../local/endpoints/wire.ts'

const alert = 0x15
const handshake = 0x16
const data = 0x17

function record(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, type)
  bytes.writeUInt16BE(0x0303, 1)
  bytes.writeUInt16BE(length, 3)
  return bytes
}

/** What stands for the socket: everything written to it, and a way to say what arrives. */
function socketOf() {
  const sent: Buffer[] = []
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      sent.push(chunk)
      done()
    },
  })
  return { socket, sent: () => Buffer.concat(sent), arrive: (bytes: Buffer | null) => socket.push(bytes) }
}

/** The packets in the bytes, as far as they are PRELOGIN packets; then the rest. */
function packets(bytes: Buffer) {
  const found: { last: boolean; length: number; body: Buffer }[] = []
  let at = 0
  while (bytes[at] === 0x12) {
    const length = bytes.readUInt16BE(at + 2)
    found.push({ last: bytes.readUInt8(at + 1) === 1, length, body: bytes.subarray(at + 8, at + length) })
    at += length
  }
  return { found, rest: bytes.subarray(at) }
}

function write(stream: Duplex, ...chunks: Buffer[]): Promise<void> {
  return new Promise(resolve => {
    stream.cork()
    for (const [index, chunk] of chunks.entries()) stream.write(chunk, index === chunks.length - 1 ? () => resolve() : undefined)
    stream.uncork()
  })
}

/** The bytes cut at arbitrary places. */
function cuts(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 }).map(places => {
    const edges = [0, ...places.sort((a, b) => a - b), bytes.length]
    return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
  })
}

describe('sending', () => {
  test('a flight is one message in packets of at most 4096 bytes, whatever chunks and records it is made of', async () => {
    const flight = fc
      .array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 4 })
      .map(lengths => Buffer.concat(lengths.map(length => record(handshake, length))))
      .chain(bytes => cuts(bytes).map(chunks => ({ bytes, chunks })))
    await fc.assert(
      fc.asyncProperty(flight, async ({ bytes, chunks }) => {
        const { socket, sent } = socketOf()
        await write(new TdsTls(socket), ...chunks)
        const { found, rest } = packets(sent())
        expect(Buffer.concat(found.map(packet => packet.body)).equals(bytes)).toBe(true)
        expect(found.map(packet => packet.last)).toEqual(found.map((_packet, index) => index === found.length - 1))
        expect(Math.max(...found.map(packet => packet.length))).toBeLessThanOrEqual(4096)
        expect(rest).toHaveLength(0)
      }),
      { numRuns: 50 },
    )
  })

  test('application data travels bare, and a flight before it in the same go is a message of its own', async () => {
    const { socket, sent } = socketOf()
    await write(new TdsTls(socket), record(handshake, 10), record(data, 20))
    const { found, rest } = packets(sent())
    expect(found.map(packet => packet.last)).toEqual([true])
    expect(rest.equals(record(data, 20))).toBe(true)
  })

  test('an alert is wrapped while the handshake lasts and bare after it', async () => {
    const { socket, sent, arrive } = socketOf()
    const stream = new TdsTls(socket)
    await write(stream, record(alert, 2))
    expect(packets(sent()).rest).toHaveLength(0)
    arrive(record(data, 1))
    await new Promise(resolve => stream.once('readable', resolve))
    await write(stream, record(alert, 2))
    expect(packets(sent()).rest.equals(record(alert, 2))).toBe(true)
  })

  test('a record that is not whole yet waits for its rest', async () => {
    const { socket, sent } = socketOf()
    const stream = new TdsTls(socket)
    await write(stream, record(handshake, 100).subarray(0, 3))
    expect(sent()).toHaveLength(0)
    await write(stream, record(handshake, 100).subarray(3))
    expect(packets(sent()).found.map(packet => packet.body)).toEqual([record(handshake, 100)])
  })
})

describe('receiving', () => {
  const said = [framed(0x12, record(handshake, 5000)), framed(0x12, record(handshake, 40)), record(data, 300), record(alert, 2)]
  const meant = Buffer.concat([record(handshake, 5000), record(handshake, 40), record(data, 300), record(alert, 2)])

  test('packets and bare records give their records, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(cuts(Buffer.concat(said)), async chunks => {
        const { socket, arrive } = socketOf()
        const stream = new TdsTls(socket)
        for (const chunk of [...chunks, null]) arrive(chunk)
        const received: Buffer[] = []
        for await (const chunk of stream) received.push(chunk)
        expect(Buffer.concat(received).equals(meant)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('what is neither a packet nor a record ends the stream', async () => {
    const { socket, arrive } = socketOf()
    const stream = new TdsTls(socket)
    arrive(Buffer.from('GET / HTTP/1.1\r\n'))
    const received: Buffer[] = []
    for await (const chunk of stream) received.push(chunk)
    expect(received).toEqual([])
  })
})

test('reading a message inverts framing it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 3, 0x10), fc.uint8Array({ maxLength: 10_000 }), async (type, body) => {
      const { socket, arrive } = socketOf()
      arrive(framed(type, Buffer.from(body)))
      expect(await readMessage(new Wire(socket))).toEqual({ type, body: Buffer.from(body) })
    }),
    { numRuns: 50 },
  )
})
