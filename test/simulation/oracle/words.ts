import type { PlanItem } from '../../../shared/domain/item.ts'
import type { AnyEvent } from '../../../shared/events.ts'
import type { Card, Entry, Manifest, ProofFile, Served } from '../../../shared/ports.ts'
import { describedLeaf, describedTrust, verifies } from '../world/certificates.ts'
import { manifestOf, pemOf, tokenCanary } from '../world/ports.ts'
import type { Process } from '../world/process.ts'
import { urlCanary } from '../world/rds-service.ts'
import type { World } from '../world/world.ts'
import type { Note } from './oracle.ts'
import type { Truth } from './truth.ts'

const day = 86_400_000
export const keyCanary = 'CANARYSERVERKEY'
const canaries = [tokenCanary, keyCanary, 'LTAICANARY', 'CANARYSIGNATURE', urlCanary]

/** Instance and end of the certificate that a renewal's id names. */
export function namedBy(renewal: string): { instance: string; notAfter: number } {
  const [, , instance = '', , end = ''] = renewal.split('.')
  return { instance, notAfter: Date.parse(end.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:00Z')) }
}

/** What a handshake of ours showed, and whether the bundle then published verified it. */
type Seen = { process: Process; at: number; serial: string; notBefore: number; notAfter: number; verified: boolean }

/** Judges what is said and written: the journal before the queue, done only when proven, no bundle that harms, no secret anywhere, nobody asked twice. */
export class WordOracle {
  /** Facts of each renewal's and plan's log, as they were appended. */
  readonly facts = new Map<string, Record<string, unknown>[]>()
  /** By instance: an endpoint may get another name. */
  readonly seen = new Map<string, Seen[]>()
  readonly #world: World
  readonly #truth: Truth
  readonly #note: Note
  readonly #cards = new Map<string, PlanItem & { plan: string }>()
  readonly #proofs = new Map<string, { proof: ProofFile; at: number }>()

  constructor(world: World, truth: Truth, note: Note) {
    this.#world = world
    this.#truth = truth
    this.#note = note
  }

  appended(_process: Process, log: string, entry: Entry): void {
    this.#secret(`journal/${log}`, JSON.stringify(entry))
    const facts = this.facts.get(log) ?? []
    const fact = entry.fact as Record<string, unknown>
    facts.push(fact)
    this.facts.set(log, facts)
    if (fact.fact !== 'Closed') return
    const closed = fact as unknown as { plan: string; approval: string; items: PlanItem[] }
    for (const item of closed.items) {
      const asked = this.#truth.asked.get(item.renewal) ?? []
      asked.push({ plan: closed.plan, item, automatic: closed.approval === 'automatic', at: this.#world.time.now })
      this.#truth.asked.set(item.renewal, asked)
    }
  }

  sent(process: Process, event: AnyEvent): void {
    this.#secret(`a message of ${process.step}`, JSON.stringify(event))
    const says = (log: string, fact: string, more: (of: Record<string, unknown>) => boolean = () => true) => {
      if (!(this.facts.get(log) ?? []).some(one => one.fact === fact && more(one)))
        this.#note('journal first', `${event.type} was sent, ${log} does not say ${fact}`)
    }
    switch (event.type) {
      case 'RenewalsDue':
        says(`plans/${event.data.plan}`, 'Closed')
        break
      case 'ApprovalRequested':
        says(`plans/${event.data.plan}`, 'Asked', of => Number(of.ask) >= event.data.ask)
        break
      case 'RenewalApproved':
        // Only names a renewal: the sweep says it again without reading the answer, and nobody takes it for one.
        says(`renewals/${event.data.renewal}`, 'Planned', of => of.plan === event.data.plan)
        break
      case 'ValidityUpdated':
        says(`renewals/${event.data.renewal}`, 'Updated')
        break
      case 'BundlePublished':
        says(`renewals/${event.data.renewal}`, 'Published')
        break
      case 'RenewalProven':
        this.#done(event.data.renewal)
        says(`renewals/${event.data.renewal}`, 'Proven')
        break
      case 'ProofDue':
      case 'AttentionNeeded':
    }
  }

  buried(_process: Process, text: string): void {
    this.#secret('a dead letter', text)
  }

  said(process: Process, line: Readonly<Record<string, unknown>>): void {
    this.#secret(`a line of ${process.step}`, JSON.stringify(line))
    if (line.code === 'Crashed')
      this.#note('crash', `${process.step}: ${line.message} ${(line.stack as string[] | undefined)?.slice(0, 3).join(' ')}`)
  }

  /** A link carries its token; nothing else of a card may. */
  posted(process: Process, channel: string, card: Card): void {
    this.#secret('a card', `${card.id} ${card.title} ${card.text}`)
    const plan = /\/plans\/([^?]+)/.exec(card.button?.url ?? '')?.[1]
    if (plan === undefined) return
    const dropped = (this.facts.get(`plans/${plan}`) ?? []).flatMap(one => (one.fact === 'Dropped' ? (one.renewals as string[]) : []))
    const items = (this.facts.get(`plans/${plan}`) ?? []).flatMap(one => (one.fact === 'Closed' ? (one.items as PlanItem[]) : []))
    const open = items.filter(({ renewal }) => {
      const { answered } = this.#truth.said(plan, renewal)
      return !dropped.includes(renewal) && (answered === undefined || answered > process.startedAt)
    })
    if (open.length === 0 && items.length > 0) this.#note('8 asked', `${plan} is asked, though everything in it is answered`)
    for (const item of open) {
      const key = `${channel} ${item.renewal}`
      const before = this.#cards.get(key)
      if (before && before.plan !== plan && before.host === item.host && JSON.stringify(before.promise) === JSON.stringify(item.promise))
        if (!this.#askedAnew(item.renewal)) this.#note('8 asked', `${item.instance} is asked in ${before.plan} and again in ${plan}`)
      this.#cards.set(key, { ...item, plan })
    }
  }

  /** What nobody answered in time, and what the service refused, is asked for again: the certificate still ends. */
  #askedAnew(renewal: string): boolean {
    const facts = this.facts.get(`renewals/${renewal}`) ?? []
    return facts.some(one => one.fact === 'Ended' && (one.reason === 'ApprovalLapsed' || one.reason === 'RefusedByService'))
  }

  shaken(process: Process, host: string, served: Served): void {
    const id = this.#world.instanceAt(host)?.id
    if (!served.reached || id === undefined) return
    const { serial, notBefore, notAfter } = describedLeaf(served.chain)
    const verified = verifies(served.chain, this.#members(), host, this.#world.time.now + process.skew) === undefined
    const all = this.seen.get(id) ?? []
    all.push({ process, at: this.#world.time.now, serial, notBefore, notAfter, verified })
    this.seen.set(id, all)
  }

  proved(process: Process, proof: ProofFile): void {
    this.#secret('a proof', JSON.stringify(proof))
    this.#proofs.set(proof.instance, { proof, at: this.#world.time.now })
    if (proof.verdict === 'proven' && !this.lastSeen(process, proof.instance)?.verified)
      this.#note('4 proven', `${proof.instance}: a proof says proven, the handshake did not verify`)
  }

  lastSeen(process: Process, instance: string): Seen | undefined {
    return this.seen.get(instance)?.findLast(one => one.process === process)
  }

  published(process: Process, manifest: Manifest, members: readonly string[], before: Manifest | undefined): void {
    this.#secret('a manifest', JSON.stringify(manifest))
    if (!before) return
    const gone = before.roots.filter(root => !manifest.roots.includes(root))
    const came = manifest.roots.filter(root => !before.roots.includes(root))
    if (gone.length + came.length > 0) this.#note('5 bundle', `roots changed: ${gone.length} gone, ${came.length} new`)
    const [then, now] = [this.#members(before), new Set(members)]
    for (const { proof, at } of this.#proofs.values()) {
      if (proof.verdict !== 'proven' || at > process.startedAt) continue
      const chain = proof.chain.map(der => Buffer.from(der, 'base64'))
      const clock = this.#world.time.now + process.skew
      if (verifies(chain, then, proof.host, clock) === undefined && verifies(chain, now, proof.host, clock) !== undefined)
        this.#note('5 bundle', `${proof.instance} verified, and does no longer`)
    }
  }

  /** Done means: the service tells of another certificate, and a handshake of ours showed it, verified. */
  #done(renewal: string): void {
    const { instance: id, notAfter } = namedBy(renewal)
    const instance = this.#world.instance(id)
    if (!instance) return
    if ((instance.ssl.certificate?.notAfter ?? 0) < notAfter + 30 * day)
      this.#note('4 proven', `${id}: done is said, its expiry did not move`)
    const proven = this.seen.get(id)?.some(one => one.verified && one.notAfter > notAfter + 60_000)
    if (!proven) this.#note('4 proven', `${id}: done is said, no handshake showed it`)
  }

  #members(manifest = manifestOf(this.#world)): ReadonlySet<string> {
    const pem = manifest && pemOf(this.#world, manifest.version)
    return new Set(describedTrust.read(pem ?? '').map(one => one.fingerprint))
  }

  #secret(where: string, text: string): void {
    const found = canaries.find(one => text.includes(one))
    if (found !== undefined) this.#note('7 secrets', `${where} holds ${found}`)
  }
}
