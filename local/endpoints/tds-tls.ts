import { Duplex } from 'node:stream'
import { bodyLength, framed, types } from './tds-packets.ts'
import { Hangup, Wire } from './wire.ts'

const alert = 0x15
const applicationData = 0x17

/**
 * Carries TLS records for SQL Server (MS-TDS 3.3.5.2): those of the handshake travel inside PRELOGIN packets, those after it bare, with
 * TDS packets inside.
 */
export class TdsTls extends Duplex {
  readonly #socket: Duplex
  #partial = Buffer.alloc(0)
  #established = false

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.once('close', () => this.destroy())
    this.#receive(new Wire(socket)).catch(error => (error instanceof Hangup ? this.push(null) : this.destroy(error)))
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done)
  }

  /** A flight comes as several chunks in one go. Clients wait for the end of a message, so one flight must be one message. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(one => one.chunk)), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  /** Tells packets from records by their first byte: 0x12 is no type of a TLS record. */
  async #receive(wire: Wire): Promise<void> {
    for (;;) {
      const type = (await wire.take(1)).readUInt8()
      if (type === types.prelogin) {
        const header = Buffer.concat([Buffer.from([type]), await wire.take(7)])
        this.push(await wire.take(bodyLength(header)))
      } else if (type > types.prelogin && type <= applicationData) {
        if (type === applicationData) this.#established = true
        const rest = await wire.take(4)
        this.push(Buffer.concat([Buffer.from([type]), rest, await wire.take(rest.readUInt16BE(2))]))
      } else throw new Hangup('the client sent neither TDS nor TLS')
    }
  }

  #send(chunk: Buffer, done: (error?: Error | null) => void): void {
    const bytes = Buffer.concat([this.#partial, chunk])
    const out: Buffer[] = []
    let flight: Buffer[] = []
    let at = 0
    for (let end = recordEnd(bytes, at); end !== undefined; at = end, end = recordEnd(bytes, at)) {
      const record = bytes.subarray(at, end)
      const bare = record[0] === applicationData || (record[0] === alert && this.#established)
      if (!bare) flight.push(record)
      else {
        this.#established = true
        if (flight.length > 0) out.push(framed(types.prelogin, Buffer.concat(flight)))
        flight = []
        out.push(record)
      }
    }
    if (flight.length > 0) out.push(framed(types.prelogin, Buffer.concat(flight)))
    this.#partial = bytes.subarray(at)
    if (out.length === 0 || !this.#socket.writable) done()
    else this.#socket.write(Buffer.concat(out), done)
  }
}

/** Where the TLS record that begins at `at` ends; undefined where it is not whole yet. */
function recordEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 5) return undefined
  const end = at + 5 + bytes.readUInt16BE(at + 3)
  return end <= bytes.length ? end : undefined
}
