import { createHash } from 'node:crypto'
import type { Certificate } from '../../shared/formats/certificate.ts'
import { bundleNames, type TrustBundle, writeTrustBundle } from '../../shared/formats/trust.ts'
import { reportTrust } from '../../shared/formats/trust-report.ts'
import type { BundleSource, Bundles, Manifest, ProofFile } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

export type FakeBundles = Bundles &
  Pick<Trips<keyof Bundles>, 'fail'> & {
    /** Every version that was published, oldest first. */
    readonly published: readonly { manifest: Manifest; files: Readonly<Record<string, Uint8Array>> }[]
    /** Every manifest that only said: looked again. */
    readonly checks: readonly Manifest[]
    readonly proofsWritten: readonly ProofFile[]
    /** Publishes these certificates as they would have been at `at`. Returns the version. */
    seed(certificates: readonly Certificate[], at: string): string
    seedProof(proof: ProofFile): void
  }

/** Writing all formats takes longer than a step: the same list is written once. */
const written = new WeakMap<readonly Certificate[], TrustBundle>()

function writeOnce(certificates: readonly Certificate[]): TrustBundle {
  const bundle = written.get(certificates) ?? writeTrustBundle(certificates)
  written.set(certificates, bundle)
  return bundle
}

/** The published side in memory. */
export function fakeBundles(): FakeBundles {
  const trips = new Trips<keyof Bundles>()
  const published: { manifest: Manifest; files: Readonly<Record<string, Uint8Array>> }[] = []
  const checks: Manifest[] = []
  const proofsWritten: ProofFile[] = []
  const proofs = new Map<string, ProofFile>()
  const pems = new Map<string, string>()
  let current: Manifest | undefined

  const keep = (manifest: Manifest, files: Readonly<Record<string, Uint8Array>>) => {
    pems.set(manifest.version, Buffer.from(files[bundleNames.pem] ?? []).toString())
    current = manifest
  }
  return {
    fail: (...of) => trips.fail(...of),
    published,
    checks,
    proofsWritten,
    seed(certificates, at) {
      const { version, ...formats } = writeOnce(certificates)
      const files = Object.fromEntries(Object.entries(formats).map(([kind, bytes]) => [bundleNames[kind as keyof typeof formats], bytes]))
      keep(manifestOf(version, certificates, files, at), files)
      return version
    },
    seedProof: proof => void proofs.set(proof.instance, proof),

    manifest: () => trips.run('manifest', () => structuredClone(current)),
    pem: version =>
      trips.run('pem', () => {
        const pem = pems.get(version)
        if (pem === undefined) throw new Error(`version ${version} was never published`)
        return pem
      }),
    publish: (manifest, files) =>
      trips.run('publish', () => {
        published.push({ manifest, files })
        keep(manifest, files)
      }),
    checked: manifest =>
      trips.run('checked', () => {
        if (current?.version !== manifest.version) return
        checks.push(manifest)
        current = manifest
      }),
    proof: instance => trips.run('proof', () => structuredClone(proofs.get(instance))),
    writeProof: proof =>
      trips.run('writeProof', () => {
        proofsWritten.push(proof)
        proofs.set(proof.instance, proof)
      }),
    proofs: () =>
      trips.run('proofs', () => [...proofs.values()].sort((a, b) => (a.instance < b.instance ? -1 : 1)).map(one => structuredClone(one))),
  }
}

export function manifestOf(
  version: string,
  certificates: readonly Certificate[],
  files: Readonly<Record<string, Uint8Array>>,
  at: string,
): Manifest {
  const { count, roots, expired } = reportTrust(certificates, new Date(at))
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  return {
    version,
    publishedAt: at,
    checkedAt: at,
    certificates: count,
    roots: roots.map(one => one.fingerprint),
    expired: expired.map(one => one.fingerprint),
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, digest(bytes)])),
  }
}

export type FakeSource = BundleSource & Pick<Trips<'fetch'>, 'fail'> & { set(certificates: readonly Certificate[]): void }

/** The vendor's archive, already read. */
export function fakeSource(certificates: readonly Certificate[] = []): FakeSource {
  const trips = new Trips<'fetch'>()
  let held = certificates
  return {
    fail: (...of) => trips.fail(...of),
    set: to => {
      held = to
    },
    fetch: () => trips.run('fetch', () => held),
  }
}
