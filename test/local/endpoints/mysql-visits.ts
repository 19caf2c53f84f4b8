import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/**
 * How a client's visit goes: it leaves after the greeting, breaks off, leaves within TLS or after it, sends rubbish, or logs in as somebody
 * unknown or known.
 */
export type Visit = 'leave' | 'leave-after-tls' | 'distrust' | 'rubbish' | 'denied' | 'login'
export type Outcome = 'greeted' | 'blocked' | 'denied' | 'rejected' | 'in' | 'not-allowed' | 'silent'

const longPassword = 1
const protocol41 = 1 << 9
const ssl = 1 << 11
const secureConnection = 1 << 15
const pluginAuth = 1 << 19

/** Makes one visit by hand, over a raw socket, and resolves once the server has closed it. */
export function visit(port: number, from: string, how: Visit): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let outcome: Outcome = 'silent'
    const socket = connect({ host: '127.0.0.1', port, localAddress: from })
    socket.once('close', () => resolve(outcome))
    socket.once('error', reject)
    onPacket(socket, greeting => {
      if (greeting[0] === 0xff) {
        outcome = greeting.readUInt16LE(1) === 1129 ? 'blocked' : 'not-allowed'
        socket.end()
        return
      }
      outcome = 'greeted'
      if (how === 'leave') socket.end()
      else if (how === 'rubbish') socket.write(packet(1, Buffer.from('no login')))
      else if (how === 'denied' || how === 'login') socket.write(packet(1, login(how === 'login' ? 'app' : 'rds_tls_probe')))
      else startTls(socket, how)
      if (how === 'leave-after-tls' || how === 'distrust' || how === 'leave') return
      onPacket(socket, answer => {
        if (answer[0] === 0) outcome = 'in'
        else outcome = answer.readUInt16LE(1) === 1045 ? 'denied' : 'rejected'
        if (outcome === 'in') socket.write(packet(0, Buffer.from([1])))
        socket.end()
      })
    })
  })
}

function startTls(socket: Socket, how: 'leave-after-tls' | 'distrust') {
  socket.write(packet(1, head(ssl)))
  const secured = connectTls({ socket, rejectUnauthorized: how === 'distrust' }, () => secured.end())
  secured.on('error', () => {})
}

function onPacket(socket: Socket, take: (payload: Buffer) => void) {
  let bytes = Buffer.alloc(0)
  const collect = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length < 4 || bytes.length < 4 + bytes.readUIntLE(0, 3)) return
    socket.off('data', collect)
    take(bytes.subarray(4))
  }
  socket.on('data', collect)
}

function head(more = 0): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32LE(longPassword | protocol41 | secureConnection | pluginAuth | more, 0)
  bytes.writeUInt32LE(1 << 24, 4)
  bytes.writeUInt8(33, 8)
  return bytes
}

function login(user: string): Buffer {
  return Buffer.concat([head(), Buffer.from(`${user}\0\0mysql_native_password\0`)])
}

function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(sequence, 3)
  return Buffer.concat([header, payload])
}
