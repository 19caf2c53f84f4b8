import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type Connection, secure } from './connection.ts'
import { failure, greeting, type Login, ok, Packets, readLogin, resultSet } from './mysql-packets.ts'
import { replyTo, unsupported } from './sql.ts'
import { Hangup, Wire } from './wire.ts'

let connections = 0

/** greeting → (SSLRequest → TLS) → login → commands, as MySQL 5.7 and 8.0 do it; any password is right. */
export async function serveMysql(socket: Duplex, connection: Connection): Promise<Duplex> {
  const { hostCache, from } = connection
  if (hostCache.blocks(from.address)) return refuse(socket, 1129, blocked(from.address))
  const { packets, login } = await handshake(socket, connection).catch(error => {
    hostCache.interrupted(from.address)
    throw error
  })
  if (!connection.knows(login.user)) {
    const using = `(using password: ${login.password ? 'YES' : 'NO'})`
    packets.write(failure(1045, `Access denied for user '${login.user}'@'${from.address}' ${using}`, '28000'))
    return packets.release()
  }
  hostCache.loggedIn(from.address)
  // Fast authentication: the server says that it knows the password's hash already. An empty password has no hash to confirm.
  if (login.plugin === sha2 && login.password) packets.write(Buffer.from([1, 3]))
  packets.write(ok())
  connection.loggedIn()
  await commands(packets, connection)
  return packets.release()
}

/** Error 1130: what a server says, in place of a greeting, to an address from which nobody may log in. */
export function refuseHost(socket: Duplex, address: string): Duplex {
  return refuse(socket, 1130, `Host '${address}' is not allowed to connect to this MySQL server`)
}

function refuse(socket: Duplex, code: number, message: string): Duplex {
  const packets = new Packets(new Wire(socket))
  packets.write(failure(code, message))
  return packets.release()
}

const sha2 = 'caching_sha2_password'

async function handshake(socket: Duplex, connection: Connection): Promise<{ packets: Packets; login: Login }> {
  const { version, certificate } = connection
  let packets = new Packets(new Wire(socket))
  connections += 1
  const plugin = version.startsWith('8.') ? sha2 : 'mysql_native_password'
  packets.write(greeting(version, connections, nonce(), plugin, certificate !== undefined))
  let asked = readLogin(await packets.read())
  if (asked?.kind === 'tls' && certificate) {
    const stream = await secure(packets.release(), certificate, connection.tls)
    packets = new Packets(new Wire(stream), packets.sequence)
    asked = readLogin(await packets.read())
  }
  if (asked?.kind === 'login') return { packets, login: asked.login }
  packets.write(failure(1043, 'Bad handshake', '08S01'))
  throw new Hangup('the client sent no login')
}

async function commands(packets: Packets, connection: Connection): Promise<void> {
  for (;;) {
    const packet = await packets.read()
    if (connection.restarting()) throw new Hangup('the server restarts')
    switch (packet[0]) {
      case 0x01: // COM_QUIT
        return
      case 0x02: // COM_INIT_DB
      case 0x0e: // COM_PING
      case 0x1f: // COM_RESET_CONNECTION
        packets.write(ok())
        break
      case 0x03: // COM_QUERY
        packets.write(...answer(packet.toString('utf8', 1), connection.version))
        break
      case 0x16: // COM_STMT_PREPARE
        packets.write(failure(1295, 'This command is not supported in the prepared statement protocol yet', 'HY000'))
        break
      default:
        packets.write(failure(1047, 'Unknown command', '08S01'))
    }
  }
}

function answer(sql: string, version: string): Buffer[] {
  const reply = replyTo(sql, version)
  switch (reply.kind) {
    case 'row':
      return resultSet(reply.cells.map(cell => ({ ...cell, name: cell.name ?? cell.value })))
    case 'done':
      return [ok()]
    case 'unsupported':
      return [failure(1235, `This version of MySQL doesn't yet support this statement: ${unsupported}`, '42000')]
  }
}

function blocked(address: string): string {
  return `Host '${address}' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'`
}

/** Clients read it as a string: no byte may be zero. */
function nonce(): Buffer {
  return Buffer.from(randomBytes(20).map(byte => (byte % 255) + 1))
}
