import { readPem } from '../formats/pem.ts'
import { writeTrustBundle } from '../formats/trust.ts'
import { unanchoredOf } from '../formats/trust-report.ts'
import { describeLeaf } from '../handshake/describe.ts'
import { knownIssuer, verifyChain } from '../handshake/verify.ts'
import type { Trust } from '../ports.ts'

/** The Trust port over this product's own formats and judgement. */
export const trust: Trust = {
  read: readPem,
  write: writeTrustBundle,
  describe: describeLeaf,
  verify: verifyChain,
  issuer: knownIssuer,
  unanchored: unanchoredOf,
}
