import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Caller, Connection, Served, TlsVersions } from './connection.ts'
import { HostCache } from './host-cache.ts'
import { refuseHost, serveMysql } from './mysql.ts'
import { servePostgres } from './postgres.ts'
import { serveTds } from './tds.ts'
import { Hangup } from './wire.ts'

export type Engine = 'MySQL' | 'SQLServer' | 'PostgreSQL'

/** What a caller meets who is not admitted: a connection closed without a word, one that stays silent, or MySQL's error 1130. */
export type Refusal = 'close' | 'hang' | 'host-not-allowed'

export type EndpointOptions = {
  engine: Engine
  /** As the engine announces it. Defaults: 8.0.36, 15.0.4430, 15.5; a MySQL of `8.` greets with caching_sha2_password. */
  version?: string
  /** Asked at each new connection, for that connection alone; undefined where SSL is not enabled. */
  certificate: () => Promise<Served | undefined>
  admits: (from: Caller) => boolean
  /** `close` unless told. */
  refusal?: (from: Caller) => Refusal
  /** While restarting, a connection breaks off as soon as it is made. */
  state: () => 'running' | 'restarting'
  /** Who may log in, with any password; `app` unless told. */
  accounts?: readonly string[]
  /** MySQL's setting; 100 unless told. */
  maxConnectErrors?: number
  /** TLS 1.2 and 1.3 unless told; SQL Server never goes beyond 1.2. */
  tls?: TlsVersions
  /** How long a client may take to log in, in milliseconds; 10 s unless told. */
  loginTimeout?: number
  /** Hears of faults of the endpoint itself, such as a certificate that could not be had. A warning of the process unless told. */
  failed?: (error: Error) => void
}

export type Endpoint = {
  port: number
  /** What a restart does to whoever is connected: every connection breaks off, and MySQL forgets its blocked hosts. */
  cut(): void
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

const versions: Record<Engine, string> = { MySQL: '8.0.36', SQLServer: '15.0.4430', PostgreSQL: '15.5' }
const servers: Record<Engine, (socket: Duplex, connection: Connection) => Promise<Duplex>> = {
  MySQL: serveMysql,
  SQLServer: serveTds,
  PostgreSQL: servePostgres,
}

/** A database's endpoint on 127.0.0.1 as real drivers know it: its protocol, its TLS, its login, and answers to trivial queries. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const hostCache = new HostCache(options.maxConnectErrors)
  const sockets = new Set<Socket>()
  const failed = options.failed ?? (error => process.emitWarning(error))
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    receive(socket, options, hostCache).catch(error => {
      socket.destroy()
      // A RangeError is a message that ends before its own fields do: the client's fault, as a Hangup is.
      if (!(error instanceof Hangup || error instanceof RangeError)) failed(error instanceof Error ? error : new Error(String(error)))
    })
  })
  const cut = () => {
    hostCache.flush()
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return { port: await listen(server), cut, close: () => close(server, sockets) }
}

async function receive(socket: Socket, options: EndpointOptions, hostCache: HostCache): Promise<void> {
  const from: Caller = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
  const restarting = () => options.state() === 'restarting'
  if (restarting()) {
    hostCache.flush()
    socket.resetAndDestroy()
    return
  }
  if (!options.admits(from)) return refuse(socket, from, options.refusal?.(from) ?? 'close')
  const deadline = setTimeout(() => socket.destroy(), options.loginTimeout ?? 10_000)
  try {
    const accounts = options.accounts ?? ['app']
    const stream = await servers[options.engine](socket, {
      from,
      version: options.version ?? versions[options.engine],
      certificate: await options.certificate(),
      tls: options.tls ?? { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
      hostCache,
      knows: user => accounts.includes(user),
      loggedIn: () => clearTimeout(deadline),
      restarting,
    })
    leave(socket, stream)
  } finally {
    clearTimeout(deadline)
  }
}

function refuse(socket: Socket, from: Caller, refusal: Refusal): void {
  switch (refusal) {
    case 'close':
      leave(socket, socket)
      return
    case 'hang':
      socket.resume()
      return
    case 'host-not-allowed':
      leave(socket, refuseHost(socket, from.address))
      return
    default:
      unreachable(refusal)
  }
}

/** Ends in order, and reads on: an end that nobody reads is never seen, and unread bytes would turn the close into a reset. */
function leave(socket: Socket, stream: Duplex): void {
  stream.end()
  stream.resume()
  const linger = setTimeout(() => socket.destroy(), 1000)
  socket.once('close', () => clearTimeout(linger))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}

function unreachable(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`)
}
