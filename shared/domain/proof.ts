import { minute } from './duration.ts'

/** What a probe saw of an endpoint, already verified against the bundle as published. */
export type Seen =
  | { reached: false; code: string; detail: string; mend: string }
  | {
      reached: true
      leaf: { fingerprint: string; serial: string; notBefore: string; notAfter: string }
      trusted: { yes: true; weaknesses?: readonly string[] } | { yes: false; code: string; detail: string }
    }

/** What the endpoint must show to count as renewed. */
export type Expected = {
  /** The leaf before the update; absent where no probe had seen it. */
  before: { fingerprint: string; notBefore: string } | undefined
  /** The end of the certificate that the renewal replaces. */
  oldNotAfter: string
}

/** `refuted` is a fact about the endpoint and halts; `unreached` is a fact about the probe and is never called done. */
export type Proof =
  | { verdict: 'proven' }
  | { verdict: 'refuted'; code: string; detail: string }
  | { verdict: 'unreached'; code: string; detail: string; mend: string }

/** Judges the handshake after a renewal: a new leaf, later than the old one, that chains to the bundle as published. */
export function judgeRenewal(seen: Seen, expected: Expected): Proof {
  if (!seen.reached) return unreached(seen)
  const { leaf, trusted } = seen
  const { before, oldNotAfter } = expected
  if (before && leaf.fingerprint === before.fingerprint) {
    return refuted(
      'OldLeafServed',
      `the endpoint still serves the certificate of before (serial ${leaf.serial}, valid until ${leaf.notAfter})`,
    )
  }
  if (Date.parse(leaf.notAfter) <= Date.parse(oldNotAfter)) {
    return refuted('NotLater', `the served certificate ends ${leaf.notAfter}, no later than the old one (${oldNotAfter})`)
  }
  if (before && Date.parse(leaf.notBefore) <= Date.parse(before.notBefore)) {
    return refuted('NotNewer', `the served certificate begins ${leaf.notBefore}, not after the one of before (${before.notBefore})`)
  }
  return trusted.yes ? { verdict: 'proven' } : refuted(trusted.code, trusted.detail)
}

/** How far our clock may be off: as much as the services let pass in what we sign. */
const clockOff = 15 * minute

/**
 * Whether a leaf that begins after `now` has begun all the same by the clocks of others: one that was issued a moment ago must not be refuted
 * because ours is behind.
 */
export const hasBegun = (notBefore: string, now: Date): boolean => {
  const ahead = Date.parse(notBefore) - now.getTime()
  return ahead > 0 && ahead <= clockOff
}

/** Judges the weekly look: what is served must be trusted, and must be what the service says it is. */
export function judgeDrift(seen: Seen, saidNotAfter: string): Proof {
  if (!seen.reached) return unreached(seen)
  const { leaf, trusted } = seen
  if (!trusted.yes) return refuted(trusted.code, trusted.detail)
  const days = Math.abs(Date.parse(leaf.notAfter) - Date.parse(saidNotAfter)) / 86_400_000
  if (days > 1) return refuted('NotAsSaid', `served is a certificate until ${leaf.notAfter}, the service says ${saidNotAfter}`)
  return { verdict: 'proven' }
}

const refuted = (code: string, detail: string): Proof => ({ verdict: 'refuted', code, detail })

const unreached = ({ code, detail, mend }: Extract<Seen, { reached: false }>): Proof => ({ verdict: 'unreached', code, detail, mend })
