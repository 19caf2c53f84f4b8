import type { Objection } from './domain/bundle-log.ts'
import type { Certificate } from './formats/certificate.ts'
import { diffBundles } from './formats/trust-report.ts'
import type { Manifest, Ports } from './ports.ts'

/** What speaks against putting a new bundle in the place of the current one; undefined where nothing does. */
export async function guardBundle(
  next: readonly Certificate[],
  current: Manifest,
  { bundles, trust, clock }: Pick<Ports, 'bundles' | 'trust' | 'clock'>,
): Promise<Objection | undefined> {
  const before = trust.read(await bundles.pem(current.version))
  const { added, rootsRemoved } = diffBundles(before, next)
  const loose = new Set(trust.unanchored(next).map(one => one.fingerprint))
  // Java takes every entry of a trust store for a root: one that no root signed is as much of a change.
  const rootsAdded = added.filter(one => one.selfIssued || loose.has(one.fingerprint))
  const proven = (await bundles.proofs()).filter(proof => proof.verdict === 'proven')
  const harmed = proven.filter(proof => verifies(proof, before) && !verifies(proof, next)).map(proof => proof.instance)
  if (rootsAdded.length + rootsRemoved.length + harmed.length === 0) return undefined
  return { rootsAdded: rootsAdded.map(told), rootsRemoved: rootsRemoved.map(told), harmed }

  function verifies({ chain, host }: { chain: readonly string[]; host: string }, bundle: readonly Certificate[]): boolean {
    const served = chain.map(der => Buffer.from(der, 'base64'))
    return trust.verify(
      served,
      bundle.map(one => one.der),
      host,
      clock.now(),
    ).trusted
  }
}

const told = ({ fingerprint, subject, notAfter }: Certificate) => ({ fingerprint, subject, notAfter })

/** The same in a sentence, with five of the instances at most. */
export function objectionWords({ rootsAdded, rootsRemoved, harmed }: Objection): string {
  const roots =
    rootsAdded.length + rootsRemoved.length === 0
      ? []
      : [`the source's roots changed: ${rootsAdded.length} new, ${rootsRemoved.length} gone: a person must compare the fingerprints`]
  const names = `${harmed.slice(0, 5).join(', ')}${harmed.length > 5 ? ', …' : ''}`
  const endpoints =
    harmed.length === 0
      ? []
      : [`${harmed.length === 1 ? '1 endpoint that verifies' : `${harmed.length} endpoints that verify`} now would no longer: ${names}`]
  return [...roots, ...endpoints].join('; ')
}
