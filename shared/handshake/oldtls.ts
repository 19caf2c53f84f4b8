import type { SecureVersion } from 'node:tls'
import { attempt } from './attempt.ts'
import type { ProbeFailure } from './failure.ts'
import type { Target } from './target.ts'

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** Newest first. `incomplete` names why older ones than the last are not known: the endpoint stopped answering. */
export type VersionReport = { accepted: TlsVersion[]; incomplete: ProbeFailure | null }

const versions: readonly TlsVersion[] = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1']

/**
 * Which TLS versions does the endpoint accept? Each handshake offers all versions below the last one seen, so the server picks the next, and
 * the first refusal is the last question. It never asks version by version: **a refused handshake counts towards MySQL's
 * `max_connect_errors`**, nothing but a real login resets that count, and at its limit every client behind the address is locked out. So
 * one call costs one such error (and one more for each version left out in the middle): make it rarely (weekly), not in a loop.
 *
 * All ciphers and key sizes are allowed, so nothing here may be taken as a verdict of trust.
 *
 * @throws TargetFault for a target that cannot be
 */
export async function acceptedVersions(target: Target): Promise<VersionReport> {
  const accepted: TlsVersion[] = []
  // TLS 1.3 has no place inside TDS packets.
  let left = target.engine === 'SQLServer' ? versions.slice(1) : versions
  while (left[0] !== undefined) {
    const maxVersion: SecureVersion = left[0]
    const seen = await attempt(target, { minVersion: 'TLSv1', maxVersion, ciphers: 'ALL:@SECLEVEL=0', minDHSize: 1, ca: [] })
    if (!seen.reached && choseAnOlderOne(seen.failure)) {
      left = left.slice(1)
      continue
    }
    if (!seen.reached) return { accepted, incomplete: isRefusal(seen.failure) ? null : seen.failure }
    const chosen = left.find(version => version === seen.protocol)
    if (chosen === undefined) return { accepted, incomplete: null }
    accepted.push(chosen)
    left = left.slice(left.indexOf(chosen) + 1)
  }
  return { accepted, incomplete: null }
}

/** Our own OpenSSL stops where a server that knows newer versions picks one below the newest offered (RFC 8446 §4.1.3). */
function choseAnOlderOne(failure: ProbeFailure): boolean {
  return failure.code === 'TlsFailed' && failure.openssl === 'ERR_SSL_INAPPROPRIATE_FALLBACK'
}

/** A server says no by an alert, or by hanging up on a version that it does not know. */
function isRefusal(failure: ProbeFailure): boolean {
  return failure.code === 'TlsFailed' || (failure.code === 'HungUp' && failure.phase === 'tls')
}
