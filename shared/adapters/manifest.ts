import { Fault, faultsOf } from '../errors.ts'
import type { Manifest, ProofFile } from '../ports.ts'
import * as z from '../schema.ts'

const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'))
const instant = z.iso.datetime({ message: 'must be an ISO 8601 instant in UTC' })

/** A name becomes part of a URL and of a file name at whoever pulls: no folders, nothing that starts like an option or hides. */
export const fileName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name'))

/** Fields that a later version adds are read over: published manifests outlive the version that wrote them. */
const manifest: z.ZodMiniType<Manifest> = z.object({
  version: digest,
  publishedAt: instant,
  checkedAt: instant,
  certificates: z.int().check(z.minimum(1)),
  roots: z.array(digest),
  expired: z.array(digest),
  files: z.record(fileName, digest),
})

const told = z.pipe(
  z.nullish(z.string()),
  z.transform(text => text ?? undefined),
)

const proof = z.object({
  region: z.string().check(z.minLength(1)),
  instance: z.string().check(z.minLength(1)),
  host: z.string(),
  verdict: z.enum(['proven', 'refuted', 'unreached']),
  reason: told,
  chain: z.array(z.base64()),
  fingerprint: told,
  serial: told,
  notAfter: told,
  protocol: told,
  weaknesses: z.optional(z.array(z.string())),
  bundle: told,
  from: z.string(),
  at: instant,
})

/** @throws Fault BadReply: not JSON or not a manifest */
export function readManifest(bytes: Uint8Array): Manifest {
  return parse(manifest, bytes, 'manifest.json')
}

/** @throws Fault BadReply: not JSON or not a proof */
export function readProof(bytes: Uint8Array, key: string): ProofFile {
  const { reason, fingerprint, serial, notAfter, protocol, bundle, ...rest } = parse(proof, bytes, key)
  return { ...rest, reason, fingerprint, serial, notAfter, protocol, bundle }
}

function parse<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, what: string): T {
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    throw new Fault('BadReply', `${what} is not JSON`)
  }
  const read = schema.safeParse(body)
  if (read.success) return read.data
  throw new Fault('BadReply', `${what}: ${faultsOf(read.error)}`)
}
