import { type BundleFact, objection, waiting } from '../domain/bundle-log.ts'
import { bundleLog } from '../logs.ts'
import type { Act } from '../operation.ts'
import type { Ports } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, refused } from './answered.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'bundles'>

/** The published bundle, and the one that waits for a person's word. */
export const bundleSeen = z.strictObject({
  published: z.optional(z.strictObject({ version: z.string(), checkedAt: z.string() })),
  waits: z.optional(z.strictObject({ version: z.string(), at: z.string(), ...objection(), acceptedBy: z.optional(z.string()) })),
})
export type BundleSeen = z.infer<typeof bundleSeen>

export async function seeBundle({ journal, bundles }: Needs): Promise<BundleSeen> {
  const [manifest, { state }] = await Promise.all([bundles.manifest(), bundleLog.read(journal, '')])
  const refusal = waiting(state, manifest)
  return {
    ...(manifest ? { published: { version: manifest.version, checkedAt: manifest.checkedAt } } : {}),
    ...(refusal ? { waits: toldOf(refusal, state.accepted?.by) } : {}),
  }
}

function toldOf({ fact: _fact, instead: _instead, ...waits }: NonNullable<ReturnType<typeof waiting>>, by: string | undefined) {
  return { ...waits, ...(by === undefined ? {} : { acceptedBy: by }) }
}

export const showBundle = async (ports: Needs): Promise<Answered<BundleSeen>> => done(await seeBundle(ports))

export const bundleAccepted = z.strictObject({ version: z.string(), instead: z.string(), harms: z.array(z.string()) })

/** Lets exactly this version replace the published one, and harm exactly the instances that are named. */
export async function acceptBundle(
  { version, harms }: Act & { do: 'accept bundle' },
  identity: string,
  ports: Needs,
): Promise<Answered<z.infer<typeof bundleAccepted>>> {
  const published = await ports.bundles.manifest()
  let no: Answered<never> | undefined
  const { state } = await bundleLog.record(ports, '', (now): BundleFact | undefined => {
    const refusal = waiting(now, published)
    no = objectionTo(refusal, now.accepted?.by, { version, harms })
    return no || !refusal ? undefined : { fact: 'Accepted', version, instead: refusal.instead, harms: [...harms], by: identity }
  })
  return no ?? done({ version, instead: state.accepted?.instead ?? '', harms: [...harms] })
}

/** Why a person's word would not count: the command line says so before it asks. */
export function objectionTo(
  refusal: { version: string; harmed: readonly string[] } | undefined,
  acceptedBy: string | undefined,
  { version, harms }: { version: string; harms: readonly string[] },
): Answered<never> | undefined {
  if (refusal === undefined) return refused('NoSuchBundle', 'no bundle waits for a word: what its source was seen to hold is published')
  const short = refusal.version.slice(0, 12)
  if (acceptedBy !== undefined) return refused('Same', `${short} is accepted already, by ${acceptedBy}: the next night publishes it`)
  if (refusal.version !== version) return refused('NoSuchBundle', `the bundle that waits for a word is ${short}: look at the notice again`)
  const strange = harms.filter(one => !refusal.harmed.includes(one))
  if (strange.length > 0) return refused('UnknownItem', `${strange.join(', ')} verifies with ${short}, too: it need not be named`)
  const unnamed = refusal.harmed.filter(one => !harms.includes(one))
  if (unnamed.length === 0) return undefined
  const command = `rds-tls bundle accept ${[short, ...refusal.harmed].join(' ')}`
  return refused(
    'HarmUnnamed',
    `with it ${unnamed.join(', ')} would no longer verify, and must be named by whoever accepts that: ${command}`,
  )
}
