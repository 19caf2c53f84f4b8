import { policySchema } from '../../../shared/domain/policy.ts'
import type { AnyEvent } from '../../../shared/events.ts'
import type { Card, Entry, Manifest, ProofFile, Served } from '../../../shared/ports.ts'
import type { Rule } from '../rules.ts'
import type { Process } from '../world/process.ts'
import type { Called, Watcher } from '../world/watcher.ts'
import type { World } from '../world/world.ts'
import { LeftOverOracle } from './left-over.ts'
import { CallOracle, clocksApart, ofOneInstance, type Violation } from './oracle.ts'
import { Truth } from './truth.ts'
import { namedBy, WordOracle } from './words.ts'

const day = 86_400_000

/** How often each thing happened: kinds of trouble, decisions, and the premises of the rules. */
export type Counts = Map<string, number>

export type Decision = { do: string; for?: string; until?: string; reason?: string; because?: string; verdict?: string }

/** Watches a world with every oracle, and counts. */
export class Watch implements Watcher {
  readonly truth: Truth
  readonly calls: CallOracle
  readonly words: WordOracle
  readonly left: LeftOverOracle
  readonly violations: Violation[] = []
  readonly counts: Counts = new Map()
  /** Regions of which was said that they could not be scanned. */
  readonly leftOut = new Set<string>()
  /** The last decision on each renewal, with its time. */
  readonly decided = new Map<string, { at: number; decision: Decision }>()
  onCard: (card: Card) => void = () => {}
  onScanned: () => void = () => {}
  onHalt: () => void = () => {}
  onViolation: () => void = () => {}
  /** What happens once the service has taken the next change of an instance. */
  readonly onTaken = new Map<string, () => void>()
  readonly #world: World
  readonly #fetched = new Map<Process, string>()
  readonly #decision = new Map<Process, Decision>()
  readonly #alerts = new Map<Process, AnyEvent[]>()
  #failures: number[] = []
  /** Refusals of one certificate that a person has resumed past. */
  readonly #seen = new Set<string>()
  #halted = false
  readonly #stuck = new Set<string>()
  /** Stuck by the journal, whoever said so may still be at it. */
  readonly #sticking = new Set<string>()

  constructor(world: World) {
    this.#world = world
    this.truth = new Truth(world)
    const note = (rule: Rule, detail: string) => {
      this.violations.push({ rule, detail, at: world.time.now })
      this.onViolation()
    }
    this.note = note
    this.calls = new CallOracle(world, this.truth, note)
    this.words = new WordOracle(world, this.truth, note)
    this.left = new LeftOverOracle(world, note, what => this.count(what))
  }

  readonly note: (rule: Rule, detail: string) => void

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  called(called: Called): void {
    this.count(called.modification ? 'call accepted' : 'call refused')
    const { ssl, behaviour } = this.#world.rds.instance(called.params.DBInstanceId ?? '') ?? {}
    const kept = ssl && (ssl.forceEncryption === '1' || ssl.tlsVersion === '1.2' || ssl.clientCaCert !== undefined)
    if (called.modification && kept && behaviour?.omissionResets !== false) this.count('settings at stake')
    this.calls.called(called)
    if (called.modification) this.#taken(called.modification.instance)
  }

  #taken(id: string): void {
    this.onTaken.get(id)?.()
    this.onTaken.delete(id)
  }

  heard(process: Process): void {
    this.calls.answered(process)
  }

  keySeen(): void {
    this.count('key seen')
  }

  hinted(): void {}

  appended(process: Process, log: string, entry: Entry): void {
    this.words.appended(process, log, entry)
    if (log === 'policy') {
      const { document } = entry.fact as { document: unknown }
      this.truth.policy(policySchema.parse(document))
    } else if (log === 'restarts') {
      const { what, after } = entry.fact as {
        what: { fact: string; renewal?: string; slot?: { tries: number } }
        after: { halted?: unknown }
      }
      if (what.slot?.tries === 2) this.count('second attempt')
      if (what.fact === 'RestartStarted') this.calls.decided(process)
      if (what.fact === 'RestartStuck' && what.renewal !== undefined) this.#sticking.add(what.renewal)
      this.#rollout(process, what.fact, after.halted !== undefined)
    } else if (log.startsWith('scans/') && (entry.fact as { fact: string }).fact === 'Ended') this.onScanned()
    else if (log.startsWith('plans/')) this.count(`plan ${(entry.fact as { fact: string }).fact}`)
    else if (log.startsWith('renewals/')) {
      const fact = entry.fact as { fact: string }
      this.count(`renewal ${fact.fact}`)
      if (fact.fact === 'Updated') this.left.updated(process, log.slice('renewals/'.length), fact)
    }
  }

  sent(process: Process, event: AnyEvent): void {
    this.words.sent(process, event)
    if (event.type !== 'AttentionNeeded') return
    this.count(`attention ${event.data.reason}`)
    if (event.data.reason === 'ScanIncomplete') this.leftOut.add(event.data.subject)
    const alerts = this.#alerts.get(process) ?? []
    alerts.push(event)
    this.#alerts.set(process, alerts)
  }

  buried(process: Process, text: string): void {
    this.count('buried')
    this.words.buried(process, text)
  }

  posted(process: Process, channel: string, card: Card): void {
    this.count('card')
    this.words.posted(process, channel, card)
    this.onCard(card)
  }

  shaken(process: Process, host: string, served: Served): void {
    this.count(served.reached ? 'handshake' : 'handshake not reached')
    this.words.shaken(process, host, served)
  }

  fetched(process: Process, version: string): void {
    this.#fetched.set(process, version)
  }

  published(process: Process, manifest: Manifest, members: readonly string[], before: Manifest | undefined): void {
    this.count(before ? 'bundle replaced' : 'bundle first')
    this.words.published(process, manifest, members, before)
    this.checked(process, manifest)
  }

  checked(process: Process, manifest: Manifest): void {
    this.calls.bundleWaitsSince = Number.POSITIVE_INFINITY
    if (this.#fetched.get(process) === manifest.version) this.calls.bundleCheckedAt = this.#world.time.now
  }

  proved(process: Process, proof: ProofFile): void {
    this.count(`proof ${proof.verdict}`)
    this.words.proved(process, proof)
  }

  said(process: Process, line: Readonly<Record<string, unknown>>): void {
    this.words.said(process, line)
    if (line.level === 'error') this.count(`failed ${line.code}`)
    const decision = line.decision as Decision | undefined
    if (!decision || typeof decision !== 'object') return
    this.#decision.set(process, decision)
    if (decision.do === 'scanned') this.onScanned()
    if (process.step === 'update-validity') {
      this.count(`decided ${decision.do}${decision.for ? ` ${decision.for}` : ''}${decision.reason ? ` ${decision.reason}` : ''}`)
      if (process.renewal) this.decided.set(process.renewal, { at: this.#world.time.now, decision })
    }
  }

  ended(process: Process, end: 'returned' | 'failed' | 'killed'): void {
    this.count(`delivery ${end}`)
    const decision = this.#decision.get(process)
    if (end === 'returned') {
      this.calls.returned(process)
      this.#consequences(process, decision)
      if (process.step === 'publish-bundle' && decision?.do === 'refused') this.#bundleWaits(process)
      const done = process.step === 'update-validity' && (decision?.do === 'finish' || decision?.do === 'announce')
      if (done) this.left.said(process.renewal ?? '', this.#alerts.get(process) ?? [])
      if (process.step === 'check-expiry' && decision?.do === 'scanned') this.#announced(process)
    }
    // Once people hear that it is stuck, its being stuck is no news any more, though the delivery that found it has died.
    const saidStuck = (this.#alerts.get(process) ?? []).some(one => one.type === 'AttentionNeeded' && one.data.reason === 'Stuck')
    if (saidStuck && process.renewal) this.#stuck.add(process.renewal)
    this.#decision.delete(process)
    this.#alerts.delete(process)
    this.#fetched.delete(process)
  }

  /** A halt begins and ends with its entry; the entry itself says nothing of whether it is obeyed. */
  #rollout(process: Process, fact: string, halted: boolean): void {
    this.count(`rollout ${fact}`)
    if (halted && !this.#halted) this.onHalt()
    this.#halted = halted
    if (process.step !== 'operate') return
    if (fact === 'RolloutHalted') this.#halt('2 halt', 'someone stopped it')
    if (fact !== 'RolloutResumed') return
    for (const one of this.calls.calls)
      if (one.called.status >= 400 && one.called.status < 500) this.#seen.add(`${one.renewal} ${one.called.code}`)
    for (const renewal of this.#sticking) this.#stuck.add(renewal)
    this.#failures = []
    for (const halt of this.calls.halts) halt.to = Math.min(halt.to, this.#world.time.now)
  }

  /** By clocks that differ, a check and a refusal soon after it may seem the other way round. */
  #bundleWaits(process: Process): void {
    const { bundleCheckedAt, bundleWaitsSince } = this.calls
    if (process.startedAt > bundleCheckedAt + clocksApart) this.calls.bundleWaitsSince = Math.min(bundleWaitsSince, this.#world.time.now)
  }

  #halt(rule: Rule, why: string): void {
    this.calls.halts.push({ from: this.#world.time.now, to: Number.POSITIVE_INFINITY, rule, why })
  }

  /** What the product must know from now on: it handled the failure to its end. */
  #consequences(process: Process, decision: Decision | undefined): void {
    if (process.step === 'prove-renewal' && process.renewal && decision?.verdict) {
      const refuted = this.#refuted(process, process.renewal)
      if (refuted) {
        this.#halt('4 refuted', `${process.renewal} was refuted`)
        const told = (this.#alerts.get(process) ?? []).some(one => one.type === 'AttentionNeeded' && one.data.reason === 'Refuted')
        if (!told) this.note('4 refuted', `${process.renewal}: nobody was told`)
      }
    }
    if (process.step !== 'update-validity') return
    const no = this.calls.calls.find(
      one => one.called.process === process && one.heard === 'refused' && !ofOneInstance.test(one.called.code ?? ''),
    )
    const refusal = no && `${process.renewal} ${no.called.code}`
    const refused = refusal !== undefined && !this.#seen.has(refusal)
    if (refusal !== undefined && !refused) this.count('known refusal')
    const stuck = decision?.do === 'stick' && !this.#stuck.has(process.renewal ?? '')
    if (stuck) this.#stuck.add(process.renewal ?? '')
    if (!refused && !stuck) return
    const { now } = this.#world.time
    this.#failures = [...this.#failures.filter(at => at > now - day), now]
    const { defaults, rules = [] } = this.truth.policyNow ?? { defaults: { halt: { failures: 1 } } }
    const brake = Math.max(defaults.halt.failures, ...rules.map(rule => rule.set.halt?.failures ?? 0))
    if (this.#failures.length >= brake) this.#halt('2 halt', `${this.#failures.length} failures within a day`)
  }

  /** A handshake after an update of ours that shows the old leaf, or one that the published bundle does not verify. */
  #refuted(process: Process, renewal: string): boolean {
    const { instance: id, notAfter } = namedBy(renewal)
    const last = this.words.lastSeen(process, id)
    return last !== undefined && (!last.verified || last.notAfter <= notAfter + 60_000)
  }

  /** A scan that is done has told of every certificate that ends within nine days, whatever else it met. */
  #announced(process: Process): void {
    this.count('scan done')
    const { now } = this.#world.time
    const told = (this.#alerts.get(process) ?? []).map(one =>
      one.type === 'AttentionNeeded' ? `${one.data.reason} ${one.data.detail}` : '',
    )
    for (const one of this.#world.rds.instances()) {
      const certificate = one.ssl.certificate
      if (!one.ssl.enabled || !certificate || certificate.by === 'foreign' || certificate.notAfter > now + 9 * day) continue
      const before = this.truth.policyNow?.defaults.renewBefore ?? 0
      if (certificate.notAfter - before > process.startedAt - day) continue
      this.count('near deadline')
      const said = told.some(
        words =>
          words.includes(one.id) ||
          (words.startsWith('ScanIncomplete') && (words.includes(one.region) || words.includes('could not be read'))),
      )
      if (!said) this.note('6 deadline', `${one.id} ends ${new Date(certificate.notAfter).toISOString()}, and the scan said nothing of it`)
    }
  }
}
