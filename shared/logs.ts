import { type BundleFact, type BundleState, bundleFact, evolveBundle, noBundleWaits } from './domain/bundle-log.ts'
import {
  evolveNotice,
  evolveProgress,
  type NoticeFact,
  type NoticeState,
  noNotice,
  noticeFact,
  type ProgressFact,
  type ProgressState,
  progressFact,
} from './domain/notice.ts'
import { evolvePlan, noPlan, type PlanFact, type PlanState, planFact } from './domain/plan.ts'
import { type Policy, policySchema } from './domain/policy.ts'
import { type PolicyFact, policyFact } from './domain/policy-log.ts'
import { evolveRenewal, noRenewal, type RenewalFact, type RenewalState, renewalFact } from './domain/renewal-log.ts'
import { evolveRollout, lookFact, noRollout, type Rollout, type RolloutFact, rolloutEntry } from './domain/rollout.ts'
import { evolveScan, noScan, type ScanFact, type ScanState, scanFact } from './domain/scan.ts'
import { Fault, faultsOf } from './errors.ts'
import type { Entry, Journal, Ports } from './ports.ts'
import type * as z from './schema.ts'

/** A kind of log: where it stands, what its entries say, and how they fold into a state. */
type Kind<Fact, State> = {
  name: (id: string) => string
  schema: z.ZodMiniType<Fact>
  empty: State
  evolve: (state: State, fact: Fact, at: string) => State
}

export type Log<Fact, State> = {
  name: (id: string) => string
  read(journal: Journal, id: string): Promise<{ n: number; state: State }>
  /**
   * Reads a log, asks `decide` what to add to its state, and appends that; `undefined` adds nothing. Returns the state after it. Whoever
   * wins, `decide` judged the state directly before the appended entry.
   *
   * @throws Fault Contended after too many lost races, BadJournal
   */
  record(writer: Writer, id: string, decide: (state: State) => Fact | undefined): Promise<{ state: State; added: Fact | undefined }>
}

/** Appending is optimistic: after a lost race the log is read again and `decide` asked again. So many races are lost by accident no more. */
const races = 12

/** Entries never change: one that a journal gives again, as the same object, is neither parsed nor folded anew. */
export function logOf<Fact, State>({ name, schema, empty, evolve }: Kind<Fact, State>): Log<Fact, State> {
  const folded = new WeakMap<Entry, State>()
  const read = async (journal: Journal, id: string) => {
    const entries = await journal.read(name(id))
    const known = entries.findLastIndex(entry => folded.has(entry))
    let state = folded.get(entries[known] as Entry) ?? empty
    for (const entry of entries.slice(known + 1)) {
      state = evolve(state, parseFact(schema, entry, name(id)), entry.at)
      folded.set(entry, state)
    }
    return { n: entries.length, state }
  }
  const record = async (writer: Writer, id: string, decide: (state: State) => Fact | undefined) => {
    for (let race = 0; race < races; race++) {
      const { n, state } = await read(writer.journal, id)
      const fact = decide(state)
      if (fact === undefined) return { state, added: undefined }
      const entry = entryOf(writer, n + 1, fact)
      parseFact(schema, entry, name(id))
      const outcome = await writer.journal.append(name(id), entry)
      if (outcome === 'appended') return { state: evolve(state, fact, entry.at), added: fact }
    }
    throw new Fault('Contended', `${name(id)}: ${races} races lost in a row`)
  }
  return { name, read, record }
}

export const renewalLog = /* @__PURE__ */ logOf<RenewalFact, RenewalState>({
  name: id => `renewals/${id}`,
  schema: renewalFact,
  empty: noRenewal,
  evolve: evolveRenewal,
})

export const planLog = /* @__PURE__ */ logOf<PlanFact, PlanState>({
  name: id => `plans/${id}`,
  schema: planFact,
  empty: noPlan,
  evolve: evolvePlan,
})

export const scanLog = /* @__PURE__ */ logOf<ScanFact, ScanState>({
  name: day => `scans/${day}`,
  schema: scanFact,
  empty: noScan,
  evolve: evolveScan,
})

export const noticeLog = /* @__PURE__ */ logOf<NoticeFact, NoticeState>({
  name: card => `notices/${card}`,
  schema: noticeFact,
  empty: noNotice,
  evolve: evolveNotice,
})

export const progressLog = /* @__PURE__ */ logOf<ProgressFact, ProgressState>({
  name: plan => `progress/${plan}`,
  schema: progressFact,
  empty: [],
  evolve: evolveProgress,
})

/** One log for the deployment, so that its ids mean nothing. */
export const bundleLog = /* @__PURE__ */ logOf<BundleFact, BundleState>({
  name: () => 'bundle',
  schema: bundleFact,
  empty: noBundleWaits,
  evolve: evolveBundle,
})

/** Who writes: the journal, a clock for the entry's own time, and the attempt that marks it. */
export type Writer = Pick<Ports, 'journal' | 'clock' | 'attempt'>

const restartsLog = 'restarts'

export async function readRollout(journal: Journal): Promise<{ n: number; state: Rollout }> {
  const newest = await journal.newest(restartsLog)
  if (!newest) return { n: 0, state: noRollout }
  const state = rollouts.get(newest) ?? parseFact(rolloutEntry, newest, restartsLog).after
  rollouts.set(newest, state)
  return { n: newest.n, state }
}

const rollouts = new WeakMap<Entry, Rollout>()

/** The same for the one `restarts` log, whose entries carry the state after them. `brake`: failures within 24 h that halt everything. */
export async function recordRollout(
  writer: Writer,
  brake: number,
  decide: (state: Rollout, now: string) => RolloutFact | undefined,
): Promise<{ state: Rollout; added: RolloutFact | undefined }> {
  for (let race = 0; race < races; race++) {
    const { n, state } = await readRollout(writer.journal)
    const what = decide(state, writer.clock.now().toISOString())
    if (what === undefined) return { state, added: undefined }
    const entry = entryOf(writer, n + 1, what)
    const after = evolveRollout(state, what, entry.at, brake)
    parseFact(rolloutEntry, { ...entry, fact: { what, after } }, restartsLog)
    if ((await writer.journal.append(restartsLog, { ...entry, fact: { what, after } })) === 'appended') return { state: after, added: what }
  }
  throw new Fault('Contended', `${restartsLog}: ${races} races lost in a row`)
}

/**
 * Whether this attempt may send the message for the next look at a restart, `ahead` ms from now: one message at a time goes round for each renewal,
 * however often its messages come. Where the one under way is lost, the sweep's message finds its time past.
 */
export async function claimLook(writer: Writer, renewal: string, ahead: number): Promise<boolean> {
  const log = `looks/${renewal}`
  const newest = await writer.journal.newest(log)
  const now = writer.clock.now().getTime()
  // Of two that go round, one has the longer way to the other's time, and ends. The half leaves room for clocks that differ.
  if (newest && Date.parse(parseFact(lookFact, newest, log).at) - now >= ahead / 2) return false
  const fact = { fact: 'Look', at: new Date(now + ahead).toISOString() }
  return (await writer.journal.append(log, entryOf(writer, (newest?.n ?? 0) + 1, fact))) === 'appended'
}

/** The effective policy: the newest entry of the `policy` log. Undefined before the first. */
export async function readPolicyLog(journal: Journal): Promise<{ n: number; policy: Policy } | undefined> {
  const newest = await journal.newest('policy')
  if (!newest) return undefined
  const known = policies.get(newest)
  if (known) return { n: newest.n, policy: known }
  const { document } = parseFact(policyFact, newest, 'policy')
  const checked = policySchema.safeParse(document)
  if (!checked.success) throw new Fault('BadJournal', `policy/${newest.n}: ${faultsOf(checked.error)}`)
  policies.set(newest, checked.data)
  return { n: newest.n, policy: checked.data }
}

const policies = new WeakMap<Entry, Policy>()

/** When the deployment got its first policy, ISO UTC. */
export const firstPolicyAt = async (journal: Journal): Promise<string | undefined> => (await journal.read('policy'))[0]?.at

/** Puts a policy in force, where none is; returns whether this one was taken. */
export async function recordPolicy(writer: Writer, first: PolicyFact): Promise<boolean> {
  return (await writer.journal.append('policy', entryOf(writer, 1, first))) === 'appended'
}

/** The effective policy; without one nothing may be decided. */
export async function effectivePolicy(journal: Journal): Promise<{ n: number; policy: Policy }> {
  const found = await readPolicyLog(journal)
  if (!found) throw new Fault('BadConfig', 'no policy is in force yet: check-expiry adopts the packaged policy.yaml on its first run')
  return found
}

function entryOf(writer: Writer, n: number, fact: unknown): Entry {
  return { n, attempt: writer.attempt, at: writer.clock.now().toISOString(), fact }
}

/** What is read, and what is about to be written: an entry that nobody could read back would close its log for good. */
function parseFact<F>(schema: z.ZodMiniType<F>, entry: Entry, log: string): F {
  const checked = schema.safeParse(entry.fact)
  if (checked.success) return checked.data
  throw new Fault('BadJournal', `${log}/${entry.n}: ${faultsOf(checked.error)}: was it written by a newer version?`)
}
