import type { Duplex } from 'node:stream'
import { Hangup, type Wire } from './wire.ts'

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
export const capabilities = {
  longPassword: 1,
  longFlag: 1 << 2,
  connectWithDb: 1 << 3,
  protocol41: 1 << 9,
  ssl: 1 << 11,
  transactions: 1 << 13,
  secureConnection: 1 << 15,
  multiStatements: 1 << 16,
  multiResults: 1 << 17,
  pluginAuth: 1 << 19,
  connectAttributes: 1 << 20,
  pluginAuthLenenc: 1 << 21,
} as const

const offered = Object.values(capabilities).reduce((all, one) => all | one, 0)
const autocommit = 2

/** Packets of the MySQL protocol: 3 bytes of length, 1 of sequence, which both sides count on through an exchange. */
export class Packets {
  readonly #wire: Wire
  #sequence: number

  constructor(wire: Wire, sequence = 0) {
    this.#wire = wire
    this.#sequence = sequence
  }

  /** The number that the next packet gets: it counts on through the change to TLS. */
  get sequence(): number {
    return this.#sequence
  }

  /** Leaves the stream to somebody else, as Wire does. */
  release(): Duplex {
    return this.#wire.release()
  }

  async read(): Promise<Buffer> {
    const header = await this.#wire.take(4)
    const length = header.readUIntLE(0, 3)
    if (length > 1 << 20) throw new Hangup('the client sent a packet of more than 1 MB')
    this.#sequence = (header.readUInt8(3) + 1) & 0xff
    return this.#wire.take(length)
  }

  write(...payloads: readonly Buffer[]): void {
    for (const payload of payloads) {
      const header = Buffer.alloc(4)
      header.writeUIntLE(payload.length, 0, 3)
      header.writeUInt8(this.#sequence, 3)
      this.#sequence = (this.#sequence + 1) & 0xff
      this.#wire.write(header, payload)
    }
  }
}

/** Protocol::HandshakeV10. `nonce` is 20 bytes without a zero. */
export function greeting(version: string, id: number, nonce: Buffer, plugin: string, tls: boolean): Buffer {
  const flags = tls ? offered : offered & ~capabilities.ssl
  const fixed = Buffer.alloc(18)
  fixed.writeUInt16LE(flags & 0xffff, 0)
  fixed.writeUInt8(33, 2) // utf8
  fixed.writeUInt16LE(autocommit, 3)
  fixed.writeUInt16LE(flags >>> 16, 5)
  fixed.writeUInt8(nonce.length + 1, 7)
  const thread = Buffer.alloc(4)
  thread.writeUInt32LE(id)
  return Buffer.concat([
    Buffer.from([10]),
    terminated(version),
    thread,
    nonce.subarray(0, 8),
    Buffer.from([0]),
    fixed,
    nonce.subarray(8),
    Buffer.from([0]),
    terminated(plugin),
  ])
}

export type Login = { flags: number; user: string; password: boolean; plugin: string }

/** Reads an SSLRequest (its first 32 bytes alone) or a HandshakeResponse41; undefined for anything else. */
export function readLogin(payload: Buffer): { kind: 'tls' } | { kind: 'login'; login: Login } | undefined {
  if (payload.length < 32) return undefined
  const flags = payload.readUInt32LE(0)
  if (!(flags & capabilities.protocol41)) return undefined
  if (payload.length === 32) return flags & capabilities.ssl ? { kind: 'tls' } : undefined
  const end = payload.indexOf(0, 32)
  if (end < 0) return undefined
  const lengthAt = end + 1
  const length =
    flags & (capabilities.secureConnection | capabilities.pluginAuthLenenc) ? payload[lengthAt] : payload.indexOf(0, lengthAt) - lengthAt
  if (length === undefined || length < 0 || length > 250) return undefined
  const rest = payload.subarray(lengthAt + 1 + length)
  const database = flags & capabilities.connectWithDb ? rest.indexOf(0) + 1 : 0
  const plugin = flags & capabilities.pluginAuth ? (rest.subarray(database).toString('latin1').split('\0', 1)[0] ?? '') : ''
  return { kind: 'login', login: { flags, user: payload.toString('utf8', 32, end), password: length > 0, plugin } }
}

export function ok(): Buffer {
  return Buffer.from([0, 0, 0, autocommit, 0, 0, 0])
}

/** Before the login the client's capabilities are unknown, and the SQL state is left out. */
export function failure(code: number, message: string, state?: string): Buffer {
  const head = Buffer.from([0xff, code & 0xff, code >>> 8])
  return Buffer.concat([head, Buffer.from(state === undefined ? message : `#${state}${message}`)])
}

/** A text result set of one row. */
export function resultSet(cells: readonly { name: string; value: string; integer: boolean }[]): Buffer[] {
  const end = Buffer.from([0xfe, 0, 0, autocommit, 0])
  const columns = cells.map(({ name, integer }) => {
    const fixed = Buffer.from([0x0c, integer ? 63 : 33, 0, 255, 0, 0, 0, integer ? 8 : 253, 0, 0, 0, 0, 0])
    return Buffer.concat([counted('def'), counted(''), counted(''), counted(''), counted(name), counted(''), fixed])
  })
  return [Buffer.from([cells.length]), ...columns, end, Buffer.concat(cells.map(({ value }) => counted(value))), end]
}

/** A length-encoded string; what is served here stays under 251 bytes. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 250)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

const terminated = (text: string) => Buffer.from(`${text}\0`)
