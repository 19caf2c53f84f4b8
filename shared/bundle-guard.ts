import type { Certificate } from './formats/certificate.ts'
import { diffBundles } from './formats/trust-report.ts'
import type { Manifest, Ports } from './ports.ts'

/**
 * Why a new bundle must not replace the current one: a root came or went, or an endpoint that verified would no longer verify. Undefined
 * where nothing speaks against it.
 */
export async function guardBundle(
  next: readonly Certificate[],
  current: Manifest,
  { bundles, trust, clock }: Pick<Ports, 'bundles' | 'trust' | 'clock'>,
): Promise<string | undefined> {
  const before = trust.read(await bundles.pem(current.version))
  const { rootsAdded, rootsRemoved } = diffBundles(before, next)
  if (rootsAdded.length + rootsRemoved.length > 0) {
    return `the source's roots changed: ${rootsAdded.length} new, ${rootsRemoved.length} gone: a person must compare the fingerprints`
  }
  const harmed = (await bundles.proofs()).filter(proof => proof.verdict === 'proven' && verifies(proof, before) && !verifies(proof, next))
  if (harmed.length === 0) return undefined
  const names = harmed.slice(0, 5).map(proof => proof.instance)
  return `${harmed.length} endpoints that verify now would no longer: ${names.join(', ')}${harmed.length > 5 ? ', …' : ''}`

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
