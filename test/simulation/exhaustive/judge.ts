import type { Instance, Modification } from '../../../local/model/rds.ts'
import type { AttentionReason } from '../../../shared/events.ts'
import { deadLetters } from '../../../shared/flow.ts'
import { wordsOf } from '../../../shared/page/words.ts'
import type { ProofFile } from '../../../shared/ports.ts'
import { windowHolds } from '../oracle/windows.ts'
import { describedLeaf, describedTrust, verifies } from '../world/certificates.ts'
import { hintsOf, manifestOf, pemOf } from '../world/ports.ts'
import { bundleBucket, type World } from '../world/world.ts'

/**
 * What a life is judged by: the service's own account of its instances, the objects that are published, the inbox of the chat. The journal
 * is not read, and our calls are not counted: a restart is one where the service says so.
 */

/** How a renewal may end: proven and published, said to people by its reason, or without a word, as a no of the people asked. */
export type End = 'proven' | 'untouched' | 'published' | 'buried' | AttentionReason

const day = 86_400_000

/** What our calls did to this instance's certificate, as the service has it. */
export const effective = (world: World, id: string): Modification[] =>
  world.rds
    .inspect()
    .modifications.filter(one => one.instance === id && one.by === 'rds-tls' && one.kind === 'update' && one.outcome !== 'nothing')

/** Has this instance come to this end? */
export function hasEnded(world: World, was: Instance, end: End): boolean {
  switch (end) {
    case 'proven':
      return unproven(world, was) === undefined
    case 'untouched':
      return !hintsOf(world).some(({ id }) => id.includes(`.${was.id}.`) || id.startsWith('plans/'))
    case 'published':
      return published(world)
    case 'buried':
      return dead(world) > 0
    default:
      return wasTold(world, end, ofAll.has(end) ? '' : was.id)
  }
}

/** What is said of all at once names no instance. */
const ofAll: ReadonlySet<End> = new Set<End>(['BundleRefused', 'ScanMissing', 'ScanIncomplete', 'Halted'])

/** Is there a card with this reason that names this? */
export function wasTold(world: World, reason: AttentionReason, name = ''): boolean {
  const { title } = wordsOf('en').attention[reason]
  return world.chat.cards().some(card => card.title.startsWith(title) && `${card.title} ${card.text}`.includes(name))
}

/** What a scenario's archive holds before anybody changes it. */
export const archiveAtFirst = ['root-a', 'issuer-1'] as const

/** What came into the vendor's archive is what applications pull. */
function published(world: World): boolean {
  const members = describedTrust.read(pemOf(world, manifestOf(world)?.version ?? '') ?? '').map(one => one.fingerprint)
  const held = world.archive().map(one => one.fingerprint)
  return held.length > archiveAtFirst.length && held.length === members.length && held.every(one => members.includes(one))
}

/** Why it is not proven and published yet: told from the service, from the bucket that applications read, and from the chat. */
export function unproven(world: World, was: Instance): string | undefined {
  const now = world.instance(was.id)
  const [before, after] = [was.ssl.certificate?.notAfter ?? 0, now?.ssl.certificate?.notAfter ?? 0]
  if (after < before + 30 * day) return 'its expiry did not move'
  if (now?.status !== 'Running') return `its status is ${now?.status}`
  const got = world.oss.get(bundleBucket, `instances/${was.id}.json`)
  const proof = got.ok ? (JSON.parse(Buffer.from(got.value.bytes).toString()) as ProofFile) : undefined
  if (proof?.verdict !== 'proven') return `its published proof says ${proof?.verdict ?? 'nothing'}`
  const chain = proof.chain.map(der => Buffer.from(der, 'base64'))
  const { serial } = describedLeaf(chain)
  if (serial !== now.served?.serial) return 'its published proof is of another leaf than it serves'
  const members = describedTrust.read(pemOf(world, manifestOf(world)?.version ?? '') ?? '').map(one => one.fingerprint)
  const why = verifies(chain, new Set(members), now.ssl.connectionString, world.time.now)
  if (why !== undefined) return `what it serves does not verify by the published bundle: ${why}`
  const told = world.chat.cards().some(card => /proven/.test(card.title) && card.text.includes(was.id))
  return told ? undefined : 'nobody was told that it is proven'
}

/** What must never be, at any time: each as a sentence. `yes`: when a person's yes was first sent, or `automatic`. */
export function harms(world: World, was: Instance, yes: number | 'automatic' | undefined): string[] {
  const found: string[] = []
  const { restarts, modifications } = world.rds.inspect()
  const ours = effective(world, was.id)
  if (ours.length > 1) found.push(`${was.id}: ${ours.length} updates took effect`)
  const strange = modifications.filter(one => one.by === 'rds-tls' && one.kind !== 'update')
  for (const { instance, kind } of strange) found.push(`${instance}: a call of ours meant ${kind}`)
  const away = restarts.filter(one => one.instance === was.id && one.by === 'rds-tls')
  if (away.length > 1) found.push(`${was.id}: restarted ${away.length} times by us`)
  for (const { at, until } of away) {
    if (!windowHolds(was.maintainTime, at, until))
      found.push(`${was.id}: away from ${iso(at)} to ${iso(until)}, outside ${was.maintainTime}`)
  }
  for (const { acceptedAt } of ours) {
    if (yes !== 'automatic' && !(yes !== undefined && yes <= acceptedAt)) found.push(`${was.id}: updated ${iso(acceptedAt)} without a yes`)
  }
  const { tasks } = world.rds.inspect()
  const left = tasks.some(task => task.instance === was.id && task.renews && task.status === 3)
  if (ours.length > 0 && left && !wasTold(world, 'VendorTaskLeft', was.id)) found.push(`${was.id}: restarts once more, and nobody was told`)
  return found
}

/** Messages that lie among the dead letters. */
export function dead(world: World): number {
  const state = world.mns.queueState(deadLetters, world.time.now)
  return state.ok ? state.value.active + state.value.inactive : 0
}

const iso = (at: number): string => new Date(at).toISOString()
