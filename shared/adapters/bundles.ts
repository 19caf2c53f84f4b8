import { createHash } from 'node:crypto'
import { Fault } from '../errors.ts'
import { bundleNames } from '../formats/bundle-names.ts'
import type { Bundles, Manifest, ProofFile } from '../ports.ts'
import { eachOf } from './concurrency.ts'
import { download, type Fetch } from './download.ts'
import { fileName, readManifest, readProof } from './manifest.ts'
import { retrying } from './retry.ts'
import { json, type ObjectHeaders, type ObjectStore } from './store.ts'
import type { Timing } from './timing.ts'

/** Far above the real bundle (about 150 KB), far below what hurts. */
const limits = { bytes: 4_000_000, ms: 15_000 }
const lanes = 16

/** What the version stands for. Words and scripts change with the release, not with the certificates, so they stand only beside the manifest. */
const formats: ReadonlySet<string> = new Set(Object.values(bundleNames))

const manifestKey = 'ca/latest/manifest.json'
const forever = 'public, max-age=31536000, immutable'
const revalidated = 'no-cache'
const proofKey = (instance: string) => `instances/${plain(instance, 'instance')}.json`

/** The Bundles port: writes through the store, and reads what is published through `baseUrl`, by the way that applications take. */
export function bundlesOver(store: ObjectStore, baseUrl: string, timing: Timing, fetch: Fetch): Bundles {
  let seen: { etag: string; manifest: Manifest } | undefined

  const pull = (key: string, etag?: string) => retrying(() => download(`${baseUrl}/${key}`, key, limits, fetch, etag), timing)
  const writeManifest = (manifest: Manifest) => store.put(manifestKey, jsonOf(manifest), { ...json, 'Cache-Control': revalidated })

  return {
    async manifest() {
      const pulled = await pull(manifestKey, seen?.etag)
      if (pulled.found === 'unchanged') return seen?.manifest
      if (!pulled.found) return undefined
      const manifest = readManifest(pulled.bytes)
      seen = pulled.etag === undefined ? undefined : { etag: pulled.etag, manifest }
      return manifest
    },

    async pem(version) {
      const key = `ca/v/${plain(version, 'version')}/${bundleNames.pem}`
      const pulled = await pull(key)
      if (pulled.found !== true) throw new Fault('BadReply', `${key}: not there, though the manifest names it`)
      if (sha256(pulled.bytes) !== version)
        throw new Fault('BadReply', `${key}: its SHA-256 is not its version: it was altered or cut on its way`)
      return Buffer.from(pulled.bytes).toString()
    },

    async publish(manifest, files) {
      demandAgreement(manifest, files)
      const all = Object.entries(files)
      const certificates = all.filter(([name]) => formats.has(name))
      await eachOf(certificates, lanes, ([name, bytes]) => createSame(`ca/v/${manifest.version}/${name}`, bytes))
      await eachOf(all, lanes, ([name, bytes]) => store.put(`ca/latest/${name}`, bytes, { ...typeOf(name), 'Cache-Control': revalidated }))
      await writeManifest(manifest)
    },

    async checked(manifest) {
      const bytes = await store.get(manifestKey)
      // Another run may have published meanwhile: writing ours would switch every application back.
      if (bytes === undefined || readManifest(bytes).version !== manifest.version) return
      await writeManifest(manifest)
    },

    async proof(instance) {
      const key = proofKey(instance)
      const bytes = await store.get(key)
      return bytes && readProof(bytes, key)
    },

    async writeProof(proof) {
      await store.put(proofKey(proof.instance), jsonOf(proof), { ...json, 'Cache-Control': revalidated })
    },

    async proofs() {
      const keys: string[] = []
      let next: string | undefined
      do {
        const page = await store.list('instances/', 1000, next)
        keys.push(...page.keys.filter(key => key.endsWith('.json')))
        next = page.next
      } while (next !== undefined)
      const found = await eachOf(keys, lanes, async key => {
        const bytes = await store.get(key)
        return bytes && readProof(bytes, key)
      })
      return found.filter((proof): proof is ProofFile => proof !== undefined)
    },
  }

  /** A version is its bytes: writing it again writes nothing. */
  async function createSame(key: string, bytes: Uint8Array): Promise<void> {
    const outcome = await retrying(() => store.create(key, bytes, { ...typeOf(key), 'Cache-Control': forever }), timing)
    if (outcome === 'created') return
    const there = await store.get(key)
    if (there !== undefined && sha256(there) === sha256(bytes)) return
    throw new Fault(
      'Refused',
      `${key}: holds other bytes than this version has, and is never overwritten: see who wrote it, then remove it`,
    )
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const jsonOf = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

function demandAgreement(manifest: Manifest, files: Readonly<Record<string, Uint8Array>>): void {
  const named = Object.keys(manifest.files)
  const odd = [
    ...named.filter(name => !Object.hasOwn(files, name)),
    ...Object.keys(files).filter(name => !Object.hasOwn(manifest.files, name)),
  ]
  const wrong = Object.entries(files).filter(([name, bytes]) => sha256(bytes) !== manifest.files[name])
  const unsafe = named.filter(name => name === 'manifest.json' || !fileName.safeParse(name).success)
  const pem = files[bundleNames.pem]
  if (odd.length > 0) throw new Fault('BadArchive', `to be published: manifest and files differ in ${odd.join(', ')}`)
  if (wrong.length > 0)
    throw new Fault('BadArchive', `to be published: the manifest has another SHA-256 for ${wrong.map(([name]) => name).join(', ')}`)
  if (unsafe.length > 0) throw new Fault('BadArchive', `to be published: ${unsafe.join(', ')} cannot be a file's name`)
  if (pem === undefined || sha256(pem) !== manifest.version)
    throw new Fault('BadArchive', `to be published: version is not the SHA-256 of ${bundleNames.pem}`)
}

/** An id becomes part of a key, which is part of a URL's path. */
function plain(id: string, what: string): string {
  if (!fileName.safeParse(id).success) throw new Fault('BadEvent', `${JSON.stringify(id)} is no ${what}`)
  return id
}

const types: Readonly<Record<string, string>> = {
  pem: 'application/x-pem-file',
  p7b: 'application/x-pkcs7-certificates',
  jks: 'application/octet-stream',
  p12: 'application/x-pkcs12',
  txt: 'text/plain; charset=utf-8',
  sh: 'text/plain; charset=utf-8',
  ps1: 'text/plain; charset=utf-8',
}

function typeOf(name: string): ObjectHeaders {
  return { 'Content-Type': types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream' }
}
