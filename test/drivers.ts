import { connect, Socket } from 'node:net'
import { checkServerIdentity, TLSSocket } from 'node:tls'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { Connection, Request } from 'tedious'

/** `code` is the innermost cause's: OpenSSL's verification error rather than the driver's wrapping. The fingerprint is SHA-256, lower-case hex. */
export type Connected =
  | { ok: true; serverSubject: string; fingerprint: string; notAfter: string }
  | { ok: false; code: string; message: string }

/** `from` is the loopback address to call from (any of 127/8); `timeout` is in ms. */
export type DriverOptions = { from?: string; user?: string; timeout?: number }

/**
 * Connects as an application does, through 127.0.0.1:`port`, verifies the certificate against `caPem` alone and its name against `host`,
 * logs in as `app` and runs one query.
 */
export type Driver = (host: string, port: number, caPem: string, options?: DriverOptions) => Promise<Connected>

export const connectTedious: Driver = (host, port, caPem, options = {}) => {
  return attempt(
    () =>
      new Promise((resolve, reject) => {
        let peer: TLSSocket | undefined
        const connection = new Connection({
          server: host,
          authentication: { type: 'default', options: { userName: options.user ?? 'app', password: 'secret' } },
          options: {
            encrypt: true,
            trustServerCertificate: false,
            cryptoCredentialsDetails: { ca: caPem },
            connector: () => dial(port, options),
            connectTimeout: options.timeout ?? 5000,
          },
        })
        connection.on('error', ignore)
        connection.on('secure', secured => {
          if (secured instanceof TLSSocket) peer = secured
        })
        connection.connect(failed => {
          if (failed) return reject(failed)
          const request = new Request('select 1', error => {
            const shown = peer && identify(peer)
            connection.close()
            if (error) reject(error)
            else if (shown === undefined) reject(new Error('the driver did not use TLS'))
            else if (answers.join() !== '1') reject(new Error(`select 1 gave ${answers.join()}`))
            else resolve(shown)
          })
          const answers: unknown[] = []
          request.on('row', (columns: { value: unknown }[]) => answers.push(...columns.map(column => column.value)))
          connection.execSql(request)
        })
      }),
  )
}

export const connectMysql2: Driver = (host, port, caPem, options = {}) => {
  return attempt(async () => {
    const connection = await createConnection({
      host,
      user: options.user ?? 'app',
      password: 'secret',
      ssl: { ca: caPem, verifyIdentity: true },
      stream: () => connect({ host: '127.0.0.1', port, localAddress: options.from }),
      connectTimeout: options.timeout ?? 5000,
    })
    connection.on('error', ignore)
    const [rows] = await connection.query('select 1 as one')
    const shown = identify(Reflect.get(Reflect.get(connection, 'connection'), 'stream'))
    await connection.end()
    if (JSON.stringify(rows) !== '[{"one":1}]') throw new Error(`select 1 gave ${JSON.stringify(rows)}`)
    return shown
  })
}

export const connectPg: Driver = (host, port, caPem, options = {}) => {
  return attempt(async () => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: options.user ?? 'app',
      password: 'secret',
      database: 'app',
      ssl: { ca: caPem, servername: host, checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) },
      stream: () => boundSocket(options.from),
      connectionTimeoutMillis: options.timeout ?? 5000,
    })
    client.on('error', ignore)
    try {
      await client.connect()
      const { rows } = await client.query('select 1 as one')
      if (JSON.stringify(rows) !== '[{"one":1}]') throw new Error(`select 1 gave ${JSON.stringify(rows)}`)
      return identify(Reflect.get(Reflect.get(client, 'connection'), 'stream'))
    } finally {
      await client.end()
    }
  })
}

/** What breaks is told by the call that was under way. */
const ignore = () => {}

type Shown = { serverSubject: string; fingerprint: string; notAfter: string }

async function attempt(work: () => Promise<Shown>): Promise<Connected> {
  try {
    return { ok: true, ...(await work()) }
  } catch (error) {
    return { ok: false, ...innermost(error) }
  }
}

function innermost(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) }
  if (error.cause instanceof Error) return innermost(error.cause)
  const code = 'code' in error ? String(error.code) : 'UNKNOWN'
  return { code: code === 'HANDSHAKE_SSL_ERROR' ? verificationCode(error.message) : code, message: error.message }
}

/** mysql2 writes its own code over Node's; the message stays. */
function verificationCode(message: string): string {
  const known: Record<string, string> = {
    'unable to get local issuer certificate': 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'unable to verify the first certificate': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'self-signed certificate in certificate chain': 'SELF_SIGNED_CERT_IN_CHAIN',
    'certificate has expired': 'CERT_HAS_EXPIRED',
    'certificate is not yet valid': 'CERT_NOT_YET_VALID',
  }
  return known[message] ?? (message.startsWith('Hostname/IP does not match') ? 'ERR_TLS_CERT_ALTNAME_INVALID' : 'HANDSHAKE_SSL_ERROR')
}

function identify(stream: unknown): Shown {
  if (!(stream instanceof TLSSocket)) throw new Error('the driver did not use TLS')
  const certificate = stream.getPeerX509Certificate()
  if (certificate === undefined) throw new Error('the server showed no certificate')
  return {
    serverSubject: certificate.subject.split('\n').join(', '),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: new Date(certificate.validTo).toISOString(),
  }
}

function dial(port: number, options: DriverOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: options.from }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** pg connects the socket itself, by port and host: the address to call from is slipped in. */
function boundSocket(from: string | undefined): Socket {
  const socket = new Socket()
  const dialled = socket.connect
  const call = (port: number, host: string) => Reflect.apply(dialled, socket, [{ port, host, localAddress: from }])
  return Object.defineProperty(socket, 'connect', { value: call })
}
