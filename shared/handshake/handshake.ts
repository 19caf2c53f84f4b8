import { readCertificate } from '../formats/certificate.ts'
import { writePem } from '../formats/pem.ts'
import { attempt, type Handshake } from './attempt.ts'
import type { Target } from './target.ts'

export type { Handshake, OpenSslVerdict } from './attempt.ts'
export { describeLeaf, type LeafDescription } from './describe.ts'
export type { Lookalike, Phase, ProbeFailure } from './failure.ts'
export { type Engine, type Target, TargetFault } from './target.ts'

/**
 * One handshake without a login: what does this endpoint serve? Not being answered is a value, and a bad certificate is seen like any
 * other: judging it is `verifyChain`'s. It takes at most `target.timeoutMs`, and one second more for taking leave.
 *
 * @param bundle DER certificates that OpenSSL's own verdict shall rest on; without them it can only say that it knows no issuer
 * @throws TargetFault for a target that cannot be; FormatError naming a member of the bundle that is no certificate
 */
export function shake(target: Target, bundle: readonly Uint8Array[] = []): Promise<Handshake> {
  return attempt(target, { ca: bundle.map((der, n) => writePem([readCertificate(der, `bundle[${n}]`)])) })
}
