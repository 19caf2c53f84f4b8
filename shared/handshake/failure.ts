import type { Target } from './target.ts'

/** How far a probe came: opening TCP, the engine's own words before TLS, the TLS handshake. */
export type Phase = 'connect' | 'greeting' | 'tls'

/** What a wrong port turned out to speak, by its first bytes. */
export type Lookalike = 'HTTP' | 'SSH' | 'TLS' | 'MySQL'

type Told = { sentence: string; mend: string }

/**
 * Why no certificate was seen. `sentence` says what happened and `mend` what a person can do about it; both name the endpoint and nothing
 * secret. `said` are the server's own words: printable, at most 200 characters, never to be trusted as more than words.
 */
export type ProbeFailure = Told &
  (
    | { code: 'NameNotFound' | 'NameServerFailed' | 'ConnectionRefused' | 'NoTlsOffered' }
    | { code: 'Unreachable'; cause: string }
    | { code: 'TimedOut' | 'HungUp'; phase: Phase }
    | { code: 'HostNotAllowed'; said: string | null }
    | { code: 'HostBlocked'; said: string }
    | { code: 'ServerRefused'; serverCode: string; said: string }
    | { code: 'NotThisProtocol'; looksLike: Lookalike | null }
    | { code: 'TlsFailed'; openssl: string }
  )

/** Ends an exchange early; `shake` turns it into its answer, so that nobody outside sees it thrown. */
export class ProbeStop extends Error {
  readonly failure: ProbeFailure
  constructor(failure: ProbeFailure) {
    super(`${failure.code}: ${failure.sentence}`)
    this.name = 'ProbeStop'
    this.failure = failure
  }
}

const allowlistMend =
  'Let a probe inside the instance’s VPC make the handshake, and put the CIDR of its vSwitch on the instance’s IP allowlist.'

export const failures = {
  nameNotFound: (at: Target): ProbeFailure => ({
    code: 'NameNotFound',
    sentence: `The name ${at.host} does not exist.`,
    mend: 'Check the endpoint against DescribeDBInstanceSSL; an internal endpoint resolves only inside its region’s network.',
  }),
  nameServerFailed: (at: Target): ProbeFailure => ({
    code: 'NameServerFailed',
    sentence: `No name server answered for ${at.host}.`,
    mend: 'Try again; if it stays so, give the endpoint an address of its own or mend the name servers where the probe runs.',
  }),
  connectionRefused: (at: Target): ProbeFailure => ({
    code: 'ConnectionRefused',
    sentence: `${place(at)} refuses connections: nothing listens there.`,
    mend: 'Check the port, and that the instance is Running: during a restart this is expected.',
  }),
  unreachable: (at: Target, cause: string): ProbeFailure => ({
    code: 'Unreachable',
    cause,
    sentence: `There is no way to ${place(at)} from here (${cause}).`,
    mend: allowlistMend,
  }),
  timedOut: (at: Target, phase: Phase): ProbeFailure => ({
    code: 'TimedOut',
    phase,
    sentence: `${place(at)} did not answer within ${at.timeoutMs} ms (${phases[phase]}).`,
    mend: phase === 'connect' ? allowlistMend : `Check that ${at.engine} listens on this port, and that the instance is not overloaded.`,
  }),
  hungUp: (at: Target, phase: Phase): ProbeFailure => ({
    code: 'HungUp',
    phase,
    sentence: `${place(at)} closed the connection (${phases[phase]}).`,
    mend: 'Try again in a minute: a restarting server does this. If it stays so, look into the instance’s error log.',
  }),
  closedAtOnce: (at: Target): ProbeFailure => ({
    code: 'HostNotAllowed',
    said: null,
    sentence: `${place(at)} took the connection and closed it without a byte, which is how an allowlist refuses (a restarting server looks the same).`,
    mend: allowlistMend,
  }),
  hostNotAllowed: (at: Target, said: string): ProbeFailure => ({
    code: 'HostNotAllowed',
    said,
    sentence: `${place(at)} does not let this address in: “${said}”.`,
    mend: allowlistMend,
  }),
  hostBlocked: (at: Target, said: string): ProbeFailure => ({
    code: 'HostBlocked',
    said,
    sentence: `${place(at)} has blocked this address after too many broken connections: “${said}”. Every client behind the address is locked out.`,
    mend: 'Run FLUSH HOSTS on the instance (MySQL 8: TRUNCATE TABLE performance_schema.host_cache), and find who disconnects before logging in.',
  }),
  serverRefused: (at: Target, serverCode: string, said: string): ProbeFailure => ({
    code: 'ServerRefused',
    serverCode,
    said,
    sentence: `${place(at)} refused before TLS with error ${serverCode}: “${said}”.`,
    mend: 'Act on the server’s own words (too many connections, starting up, shutting down), then try again.',
  }),
  noTlsOffered: (at: Target): ProbeFailure => ({
    code: 'NoTlsOffered',
    sentence: `${place(at)} speaks ${at.engine} and offers no TLS.`,
    mend: 'Enable SSL encryption for this instance, or check that this is the one endpoint that is protected.',
  }),
  notThisProtocol: (at: Target, looksLike: Lookalike | null): ProbeFailure => ({
    code: 'NotThisProtocol',
    looksLike,
    sentence: `${place(at)} does not speak ${at.engine}${looksLike === null ? '' : `; its answer looks like ${looksLike}`}.`,
    mend: 'Check engine and port of the endpoint.',
  }),
  tlsFailed: (at: Target, openssl: string): ProbeFailure => ({
    code: 'TlsFailed',
    openssl,
    sentence: `The TLS handshake with ${place(at)} failed: ${openssl}.`,
    mend: 'If the endpoint accepts nothing above TLS 1.1, raise the instance’s minimum TLS version; else look up OpenSSL’s code.',
  }),
}

const phases: Record<Phase, string> = {
  connect: 'while opening the connection',
  greeting: 'before TLS began',
  tls: 'in the middle of the TLS handshake',
}

/** `host:port`, and the address it was reached by where that is another. */
function place(at: Target): string {
  const by = at.address === undefined ? '' : ` (by ${at.address.ip}:${at.address.port ?? at.port})`
  return `${at.host}:${at.port}${by}`
}

/** Sorts an error of a socket; `code` is Node's or libuv's (https://nodejs.org/api/errors.html#common-system-errors). */
export function failureOf(error: unknown, at: Target, phase: Phase): ProbeFailure {
  if (error instanceof ProbeStop) return error.failure
  const code = codeOf(error)
  switch (code) {
    case 'ENOTFOUND':
      return failures.nameNotFound(at)
    case 'EAI_AGAIN':
      return failures.nameServerFailed(at)
    case 'ECONNREFUSED':
      return failures.connectionRefused(at)
    case 'ETIMEDOUT':
      return failures.timedOut(at, phase)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return failures.unreachable(at, code)
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return failures.hungUp(at, phase)
    default:
      return phase === 'tls' ? failures.tlsFailed(at, code) : failures.unreachable(at, code)
  }
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code
  return 'UNKNOWN'
}

/** Words from outside made safe to show: printable, one line, at most 200 characters. */
export function printable(words: Buffer | string): string {
  const text = typeof words === 'string' ? words : words.subarray(0, 800).toString('utf8')
  const line = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ').trim()
  return [...line].slice(0, 200).join('')
}

export function lookalike(first: Buffer): Lookalike | null {
  const text = first.subarray(0, 5).toString('latin1')
  if (text.startsWith('HTTP')) return 'HTTP'
  if (text.startsWith('SSH-')) return 'SSH'
  if ((first[0] === 0x15 || first[0] === 0x16) && first[1] === 3) return 'TLS'
  if (first[2] === 0 && first[3] === 0 && first[4] === 10) return 'MySQL'
  return null
}
