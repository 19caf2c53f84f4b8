import type { Cell } from './sql.ts'

/** What a client tells in LOGIN7 of itself. `version` is big-endian, 0x74000004 for TDS 7.4. */
export type TdsLogin = { version: number; user: string }

const lengths = { headers: 36 + 12, tokenized: 0x72000000 }
const more = 0x0001
const failed = 0x0002
const counted = 0x0010
const attention = 0x0020

/** LOGIN7, MS-TDS 2.2.6.4; undefined where the message is something else. */
export function readLogin(body: Buffer): TdsLogin | undefined {
  if (body.length < lengths.headers) return undefined
  const at = body.readUInt16LE(40)
  return { version: body.readUInt32LE(4), user: body.toString('utf16le', at, at + 2 * body.readUInt16LE(42)) }
}

/** The SQL text of a batch. From TDS 7.2 on it stands behind headers, whose length comes first. */
export function readBatch(body: Buffer, version: number): string {
  return body.toString('utf16le', headersEnd(body, version))
}

/** The statement of a call of sp_executesql by number (10), as drivers send it; undefined for other calls. */
export function readRpc(body: Buffer, version: number): string | undefined {
  const at = headersEnd(body, version)
  if (body.length < at + 17 || body.readUInt16LE(at) !== 0xffff || body.readUInt16LE(at + 2) !== 10) return undefined
  const type = at + 6 + 1 + 2 * body.readUInt8(at + 6) + 1
  if (body[type] !== 0xe7) return undefined
  const value = type + 8 // the type, its length and the collation
  if (body.readUInt16LE(type + 1) !== 0xffff) return body.toString('utf16le', value + 2, value + 2 + body.readUInt16LE(value))
  return body.toString('utf16le', value + 12, value + 12 + body.readUInt32LE(value + 8)) // in chunks, of which the first is enough here
}

function headersEnd(body: Buffer, version: number): number {
  return version >= lengths.tokenized && body.length >= 4 ? body.readUInt32LE(0) : 0
}

/** The tokens that answer a login. jTDS wants the collation (ENVCHANGE 7), which it maps to its character set. */
export function welcome(login: TdsLogin, server: readonly [number, number, number]): Buffer {
  const [major, minor, build] = server
  const version = Buffer.alloc(4)
  version.writeUInt32BE(login.version)
  const program = Buffer.from([major, minor, build >>> 8, build & 0xff])
  const acknowledged = Buffer.concat([Buffer.from([1]), version, short('Microsoft SQL Server'), program])
  return Buffer.concat([
    change(1, short('master'), short('master')),
    change(7, Buffer.from([5, 0x09, 0x04, 0xd0, 0x00, 0x34]), Buffer.from([0])),
    change(4, short('4096'), short('4096')),
    token(0xad, acknowledged),
    done(0xfd, login.version, 0),
  ])
}

/** ERROR and the DONE after it. */
export function failure(version: number, number: number, severity: number, message: string): Buffer {
  const head = Buffer.alloc(6)
  head.writeInt32LE(number)
  head.writeUInt8(1, 4)
  head.writeUInt8(severity, 5)
  const text = Buffer.from(message, 'utf16le')
  const line = Buffer.alloc(version >= lengths.tokenized ? 4 : 2)
  line.writeUInt8(1)
  const body = Buffer.concat([head, uint16(message.length), text, short('endpoint'), short(''), line])
  return Buffer.concat([token(0xaa, body), done(0xfd, version, failed)])
}

/** One row, closed as a batch closes it or as a procedure does. */
export function rows(version: number, cells: readonly Cell[], procedure: boolean): Buffer {
  const columns = cells.map(({ name, integer }) => {
    const type = integer ? Buffer.from([0x38]) : Buffer.from([0xe7, 0x40, 0x1f, 0x09, 0x04, 0xd0, 0x00, 0x34])
    return Buffer.concat([Buffer.alloc(version >= lengths.tokenized ? 4 : 2), uint16(0), type, short(name ?? '')])
  })
  const values = cells.map(({ value, integer }) => {
    if (!integer) return Buffer.concat([uint16(2 * value.length), Buffer.from(value, 'utf16le')])
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(Number(value))
    return bytes
  })
  const set = [Buffer.from([0x81]), uint16(cells.length), ...columns, Buffer.from([0xd1]), ...values]
  return Buffer.concat([
    ...set,
    ...(procedure ? [done(0xff, version, more | counted, 1), returned(version)] : [done(0xfd, version, counted, 1)]),
  ])
}

/** A statement without a result. */
export function nothing(version: number, procedure: boolean): Buffer {
  return procedure ? returned(version) : done(0xfd, version, 0)
}

/** What follows a cancelled request. */
export function cancelled(version: number): Buffer {
  return done(0xfd, version, attention)
}

/**
 * What answers a transaction manager's request, MS-TDS 2.2.6.9: begin (5), commit (7), which may begin the next at once, and roll back (8).
 * The endpoint has no transactions: the client must only see its descriptor change. Undefined for other requests.
 */
export function transacted(body: Buffer, version: number): Buffer | undefined {
  const at = headersEnd(body, version)
  if (body.length < at + 2) return undefined
  const begun = change(8, descriptor, Buffer.from([0]))
  switch (body.readUInt16LE(at)) {
    case 5:
      return Buffer.concat([begun, done(0xfd, version, 0)])
    case 7:
      return Buffer.concat([change(9, Buffer.from([0]), descriptor), ...(next(body, at) ? [begun] : []), done(0xfd, version, 0)])
    case 8:
      return Buffer.concat([change(10, Buffer.from([0]), descriptor), ...(next(body, at) ? [begun] : []), done(0xfd, version, 0)])
    default:
      return undefined
  }
}

/** One length byte and eight of its own. */
const descriptor = Buffer.from([8, 1, 0, 0, 0, 1, 0, 0, 0])

/** Behind the request's type stand the transaction's name and flags, of which the first asks for the next transaction. */
function next(body: Buffer, at: number): boolean {
  const flags = at + 3 + (body[at + 2] ?? 0)
  return ((body[flags] ?? 0) & 1) === 1
}

function returned(version: number): Buffer {
  return Buffer.concat([Buffer.from([0x79, 0, 0, 0, 0]), done(0xfe, version, 0)])
}

/** DONE, DONEPROC (0xfe) or DONEINPROC (0xff); the row count grew to eight bytes with TDS 7.2. */
function done(kind: number, version: number, status: number, count = 0): Buffer {
  const bytes = Buffer.alloc(version >= lengths.tokenized ? 13 : 9)
  bytes.writeUInt8(kind)
  bytes.writeUInt16LE(status, 1)
  bytes.writeUInt32LE(count, 5)
  return bytes
}

function change(type: number, now: Buffer, before: Buffer): Buffer {
  return token(0xe3, Buffer.concat([Buffer.from([type]), now, before]))
}

function token(kind: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), uint16(body.length), body])
}

/** A length in one byte, counted in characters, before UTF-16. */
function short(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
