import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { unreachable } from '../errors.ts'
import { failureOf, type ProbeFailure, ProbeStop } from './failure.ts'
import { type Line, open, until } from './line.ts'
import { negotiateMySql, refuseLogin } from './mysql.ts'
import { negotiatePostgres } from './postgres.ts'
import { checkTarget, type Target } from './target.ts'
import { negotiateTds } from './tds.ts'

/** What OpenSSL itself thinks of the served chain under the bundle that was given, at the present time. */
export type OpenSslVerdict = { authorized: true } | { authorized: false; code: string }

export type Handshake =
  | {
      reached: true
      /** As the server sent it: leaf first, DER, nothing added from the bundle. 1 to 16 certificates. */
      chain: Buffer[]
      /** `TLSv1.2`, `TLSv1.3`. */
      protocol: string
      /** IANA's name of the cipher suite. */
      cipher: string
      /** The address that was spoken to. */
      peer: { ip: string; port: number }
      /** A second witness beside `verifyChain`, bound to the real clock. */
      openssl: OpenSslVerdict
      /** Whether leave was taken in the engine's own way. On MySQL a `cut` may count towards `max_connect_errors`: bound the retries. */
      ended: 'clean' | 'cut'
    }
  | { reached: false; failure: ProbeFailure }

/** The part of Node's TLS options in which one attempt differs from another. */
export type TlsTerms = Pick<ConnectionOptions, 'ca' | 'minVersion' | 'maxVersion' | 'ciphers' | 'minDHSize'>

/** The engine's own way into TLS: over which stream, and how to leave once the certificate has been seen. */
type Way = { stream: Duplex; leave(tls: TLSSocket): Promise<void> }

/** How long a server may take to close its side after it was told goodbye. */
const graceMs = 1000

/**
 * Connects, speaks the engine's words, shakes hands, takes leave.
 *
 * @throws TargetFault for a target that cannot be
 */
export async function attempt(target: Target, terms: TlsTerms): Promise<Handshake> {
  checkTarget(target)
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), target.timeoutMs)
  let line: Line | undefined
  try {
    line = await open(target, deadline.signal)
    const way = await negotiate(line)
    line.phase = 'tls'
    const tls = await secure(line, way, terms)
    const { remoteAddress: ip = '', remotePort: port = 0 } = line.socket
    const seen = { chain: servedChain(tls), protocol: tls.getProtocol() ?? 'unknown', cipher: tls.getCipher().standardName }
    const openssl = verdictOf(tls)
    return { reached: true, ...seen, peer: { ip, port }, openssl, ended: await takeLeave(line, way, tls) }
  } catch (error) {
    if (!(error instanceof ProbeStop)) throw error
    return { reached: false, failure: error.failure }
  } finally {
    clearTimeout(timer)
    line?.socket.destroy()
  }
}

async function negotiate(line: Line): Promise<Way> {
  switch (line.target.engine) {
    case 'SQLServer': {
      const { stream, bare } = await negotiateTds(line)
      return { stream, leave: async () => bare() }
    }
    case 'MySQL': {
      const { stream, greeting } = await negotiateMySql(line)
      return { stream, leave: tls => refuseLogin(tls, greeting, 2, line) }
    }
    case 'PostgreSQL':
      return { stream: await negotiatePostgres(line), leave: async () => {} }
    default:
      return unreachable(line.target.engine)
  }
}

async function secure(line: Line, way: Way, terms: TlsTerms): Promise<TLSSocket> {
  const { host } = line.target
  try {
    const tls = connect({
      ...(line.target.engine === 'SQLServer' ? { maxVersion: 'TLSv1.2' } : {}), // TLS 1.3 has no place inside TDS packets
      ...terms,
      socket: way.stream,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // The certificate is wanted most when it is bad: nothing is refused here, and nothing secret is sent.
      rejectUnauthorized: false,
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    })
    tls.on('error', () => {})
    await until(tls, 'secureConnect', line)
    return tls
  } catch (error) {
    throw error instanceof ProbeStop ? error : new ProbeStop(failureOf(error, line.target, 'tls'))
  }
}

/** Node hands the peer's chain over once per socket, and as sent; `issuerCertificate` links to the next that came, not to an issuer found. */
function servedChain(tls: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  for (let next: X509Certificate | undefined = tls.getPeerX509Certificate(); next && chain.length < 16; next = next.issuerCertificate) {
    chain.push(next.raw)
  }
  return chain
}

function verdictOf(tls: TLSSocket): OpenSslVerdict {
  return tls.authorized ? { authorized: true } : { authorized: false, code: String(tls.authorizationError) }
}

/** TLS is ended, never cut: PostgreSQL logs "could not accept SSL connection" for a cut, MySQL counts a connect error. */
async function takeLeave(line: Line, way: Way, tls: TLSSocket): Promise<'clean' | 'cut'> {
  // Listened for from the start: MySQL closes in the same breath as it refuses the login.
  const closed = new Promise<'clean'>(resolve => line.socket.once('close', () => resolve('clean')))
  try {
    await way.leave(tls)
    let timer: NodeJS.Timeout | undefined
    const impatient = new Promise<'cut'>(resolve => {
      timer = setTimeout(() => resolve('cut'), graceMs)
    })
    tls.resume()
    tls.end()
    const ended = await Promise.race([closed, impatient])
    clearTimeout(timer)
    return ended
  } catch (error) {
    if (error instanceof ProbeStop) return 'cut'
    throw error
  }
}
