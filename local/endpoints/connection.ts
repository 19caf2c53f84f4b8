import type { Duplex } from 'node:stream'
import { createServer, type SecureVersion, type TLSSocket } from 'node:tls'
import type { HostCache } from './host-cache.ts'
import { Hangup } from './wire.ts'

/** Who calls: loopback addresses stand for places in a network (network.ts). */
export type Caller = { address: string; port: number }

/** What a server presents, and the key to it. */
export type Served = { keyPem: string; chainPem: string }

export type TlsVersions = { minVersion: SecureVersion; maxVersion: SecureVersion }

/** One admitted connection, as the server of an engine gets it. */
export type Connection = {
  from: Caller
  /** The engine's version as the endpoint announces it. */
  version: string
  /** Undefined where SSL is not enabled. */
  certificate: Served | undefined
  tls: TlsVersions
  hostCache: HostCache
  knows(user: string): boolean
  /** The login is over: the client may be silent now for as long as it likes. */
  loggedIn(): void
  restarting(): boolean
}

/**
 * Completes the server's side of a TLS handshake on any stream. The certificate is that of this one connection, and nothing can be
 * resumed: every connection sees the certificate that is served now.
 *
 * @throws Hangup when there is no handshake, which is also how a client leaves that does not trust the certificate.
 */
export function secure(stream: Duplex, certificate: Served, versions: TlsVersions): Promise<TLSSocket> {
  // OpenSSL's default security level refuses TLS 1.0 and 1.1 whatever minVersion says.
  const old = versions.minVersion === 'TLSv1' || versions.minVersion === 'TLSv1.1'
  const options = { key: certificate.keyPem, cert: certificate.chainPem, ...versions, ...(old ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}) }
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new Hangup('the client gave up the TLS handshake'))
    const server = createServer(options, secured => {
      secured.on('error', () => {})
      resolve(secured)
    })
    server.once('tlsClientError', refuse)
    stream.once('close', refuse)
    server.emit('connection', stream)
  })
}
