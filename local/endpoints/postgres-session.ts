import { failure, int16, int32, message, ready, text } from './postgres-messages.ts'
import { type Cell, type Reply, replyTo, unsupported } from './sql.ts'

const int4 = 23
const textType = 25

type Portal = { reply: Reply; binary: boolean }

/** The queries of one logged-in client: the simple protocol, and the extended one without parameters. */
export class PgSession {
  readonly #version: string
  readonly #statements = new Map<string, Reply>()
  readonly #portals = new Map<string, Portal>()
  /** After an error everything is passed over until Sync. */
  #failed = false

  constructor(version: string) {
    this.#version = version
  }

  /** The messages that answer one message of the client. */
  answer(type: string, body: Buffer): Buffer[] {
    if (type === 'Q') return [...run({ reply: replyTo(word(body, 0), this.#version), binary: false }, true), ready]
    if (type === 'S') {
      this.#failed = false
      return [ready]
    }
    return this.#failed ? [] : this.#extended(type, body)
  }

  #extended(type: string, body: Buffer): Buffer[] {
    switch (type) {
      case 'P': {
        const name = word(body, 0)
        this.#statements.set(name, replyTo(word(body, after(name)), this.#version))
        return [message('1')]
      }
      case 'B':
        return this.#bind(body)
      case 'D':
        return this.#describe(body.toString('latin1', 0, 1), word(body, 1))
      case 'E': {
        const portal = this.#portals.get(word(body, 0))
        if (portal === undefined) return this.#fail('34000', 'there is no such portal')
        if (portal.reply.kind === 'unsupported') return this.#fail('0A000', unsupported)
        return run(portal, false)
      }
      case 'C':
        return [message('3')]
      case 'H': // Flush: nothing is held back
        return []
      default:
        return this.#fail('08P01', `invalid frontend message type ${type.charCodeAt(0)}`)
    }
  }

  /** Portal, statement, parameters, then the result formats, the first of which is enough here. */
  #bind(body: Buffer): Buffer[] {
    const portal = word(body, 0)
    const reply = this.#statements.get(word(body, after(portal)))
    if (reply === undefined) return this.#fail('26000', 'there is no such prepared statement')
    const binary = body.readInt16BE(body.length - 4) > 0 && body.readInt16BE(body.length - 2) === 1
    this.#portals.set(portal, { reply, binary })
    return [message('2')]
  }

  #describe(kind: string, name: string): Buffer[] {
    const statement = this.#statements.get(name)
    if (kind === 'S' && statement) return [message('t', int16(0)), description({ reply: statement, binary: false })]
    const portal = this.#portals.get(name)
    return kind === 'P' && portal ? [description(portal)] : this.#fail('26000', 'there is no such prepared statement')
  }

  #fail(state: string, detail: string): Buffer[] {
    this.#failed = true
    return [failure('ERROR', state, detail)]
  }
}

function run({ reply, binary }: Portal, described: boolean): Buffer[] {
  switch (reply.kind) {
    case 'unsupported':
      return [failure('ERROR', '0A000', unsupported)]
    case 'done':
      return [reply.verb === '' ? message('I') : message('C', text(reply.verb))]
    case 'row': {
      const row = message('D', int16(reply.cells.length), ...reply.cells.map(cell => value(cell, binary)))
      return [...(described ? [description({ reply, binary })] : []), row, message('C', text('SELECT 1'))]
    }
  }
}

/** RowDescription, or NoData. */
function description({ reply, binary }: Portal): Buffer {
  if (reply.kind !== 'row') return message('n')
  const columns = reply.cells.map(({ name, integer }) =>
    Buffer.concat([
      text(name ?? '?column?'),
      int32(0),
      int16(0),
      int32(integer ? int4 : textType),
      int16(integer ? 4 : -1),
      int32(-1),
      int16(binary ? 1 : 0),
    ]),
  )
  return message('T', int16(columns.length), ...columns)
}

function value(cell: Cell, binary: boolean): Buffer {
  const bytes = binary && cell.integer ? int32(Number(cell.value)) : Buffer.from(cell.value)
  return Buffer.concat([int32(bytes.length), bytes])
}

const after = (name: string) => Buffer.byteLength(name) + 1

function word(body: Buffer, from: number): string {
  const end = body.indexOf(0, from)
  return body.toString('utf8', from, end < 0 ? body.length : end)
}
