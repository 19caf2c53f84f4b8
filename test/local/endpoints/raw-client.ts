import { connect } from 'node:net'

/** A client that speaks no protocol. */
export function call(port: number, from?: string) {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from })
  const connected = new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  const closed = new Promise<Buffer>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
  // Whoever does not ask how it ended does not care.
  connected.catch(() => {})
  closed.catch(() => {})
  return {
    connected,
    /** All that the server said, once it closed; rejects where it reset. */
    untilClosed: () => closed,
    first: () => new Promise<Buffer>(resolve => socket.once('data', resolve)),
    write: (bytes: Uint8Array) => void socket.write(bytes),
    leave: () => void socket.destroy(),
    /** Says this and leaves; resolves once the server has closed too. */
    say: (bytes: Uint8Array) => {
      socket.end(bytes)
      return closed
    },
  }
}
