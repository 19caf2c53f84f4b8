import type { Duplex } from 'node:stream'
import { type Connection, secure } from './connection.ts'
import { replyTo, unsupported } from './sql.ts'
import { framed, readMessage, types } from './tds-packets.ts'
import { TdsTls } from './tds-tls.ts'
import { cancelled, failure, nothing, readBatch, readLogin, readRpc, rows, transacted, welcome } from './tds-tokens.ts'
import { Hangup, Wire } from './wire.ts'

const encryption = { notSupported: 2, required: 3 } as const

/** PRELOGIN → TLS within TDS → LOGIN7 → batches and calls, as SQL Server does it with encryption forced; any password is right. */
export async function serveTds(socket: Duplex, connection: Connection): Promise<Duplex> {
  const wire = new Wire(socket)
  const server = numbers(connection.version)
  const { type, body } = await readMessage(wire)
  if (type !== types.prelogin) throw new Hangup('the client did not begin with PRELOGIN')
  const { certificate } = connection
  wire.write(framed(types.reply, prelogin(server, certificate ? encryption.required : encryption.notSupported)))
  if (certificate === undefined) return session(wire.release(), server, connection)
  if (wanted(body) === encryption.notSupported) throw new Hangup('the client cannot encrypt')
  // TDS 7 has no place for TLS 1.3, whose handshake goes on after the server believes it finished.
  const maxVersion = connection.tls.maxVersion === 'TLSv1.3' ? 'TLSv1.2' : connection.tls.maxVersion
  const minVersion = connection.tls.minVersion === 'TLSv1.3' ? 'TLSv1.2' : connection.tls.minVersion
  return session(await secure(new TdsTls(wire.release()), certificate, { minVersion, maxVersion }), server, connection)
}

async function session(stream: Duplex, server: Version, connection: Connection): Promise<Duplex> {
  const wire = new Wire(stream)
  const send = (body: Buffer) => wire.write(framed(types.reply, body))
  const first = await readMessage(wire)
  const login = first.type === types.login ? readLogin(first.body) : undefined
  if (login === undefined) throw new Hangup('the client sent no LOGIN7')
  if (!connection.knows(login.user)) {
    send(failure(login.version, 18456, 14, `Login failed for user '${login.user}'.`))
    return wire.release()
  }
  send(welcome(login, server))
  connection.loggedIn()
  for (;;) {
    const { type, body } = await readMessage(wire)
    if (connection.restarting()) throw new Hangup('the server restarts')
    send(type === types.attention ? cancelled(login.version) : answer(type, body, login.version, connection.version))
  }
}

function answer(type: number, body: Buffer, tds: number, version: string): Buffer {
  const ended = type === types.transaction ? transacted(body, tds) : undefined
  if (ended !== undefined) return ended
  const procedure = type === types.rpc
  const sql = procedure ? readRpc(body, tds) : type === types.batch ? readBatch(body, tds) : undefined
  if (sql === undefined) return failure(tds, 40510, 16, `this request is not supported: ${unsupported}`)
  const reply = replyTo(sql, `Microsoft SQL Server ${version}`)
  switch (reply.kind) {
    case 'row':
      return rows(tds, reply.cells, procedure)
    case 'done':
      return nothing(tds, procedure)
    case 'unsupported':
      return failure(tds, 40510, 16, `this statement is not supported: ${unsupported}`)
  }
}

/** The answer's options: VERSION, ENCRYPTION, and MARS off (MS-TDS 2.2.6.5). Each names its kind, offset and length; 0xff ends them. */
function prelogin([major, minor, build]: Version, encrypt: number): Buffer {
  const head = [0, 0, 16, 0, 6, 1, 0, 22, 0, 1, 4, 0, 23, 0, 1, 0xff]
  return Buffer.from([...head, major, minor, build >>> 8, build & 0xff, 0, 0, encrypt, 0])
}

/** The ENCRYPTION option of the client. */
function wanted(body: Buffer): number | undefined {
  for (let at = 0; at + 5 <= body.length && body[at] !== 0xff; at += 5) {
    if (body[at] === 1) return body[body.readUInt16BE(at + 1)]
  }
  return undefined
}

type Version = readonly [number, number, number]

function numbers(version: string): Version {
  const [major = 0, minor = 0, build = 0] = version.split('.').map(Number)
  return [major, minor, build]
}
