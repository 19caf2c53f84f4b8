/** Codes of a connection that was refused or never looked up. They occur before a connection stands, and never on one that stood. */
const beforeConnecting = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * Did the connection never open? Only then has certainly no byte left. A time-out or a reset says nothing, and counts as opened; so does a
 * TLS failure, since Node may have queued the request before it.
 */
export function neverOpened(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // Happy eyeballs: one failure per address, and the outer code is that of the last.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverOpened)
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown }
  return beforeConnecting.has(String(code)) || syscall === 'connect' || syscall === 'getaddrinfo'
}

/** A failure of the network, by its code or by the name that httpx gives to time-outs; anything else failed while an answer was read. */
export function fromNetwork(error: Error): boolean {
  return typeof (error as Error & { code?: unknown }).code === 'string' || error.name.endsWith('TimeoutError')
}

/** What a network failure was, in words that are safe to show: a code or a name, never a message. */
export function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const { code } = error as Error & { code?: unknown }
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code
  if (error.cause instanceof Error) return networkProblem(error.cause)
  return /^\w+(Error|Exception)$/.test(error.name) && error.name !== 'Error' ? error.name : 'no answer'
}
