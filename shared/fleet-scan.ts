import { lookAgain } from './domain/drive.ts'
import { day as aDay, iso } from './domain/duration.ts'
import { type DayPlan, type ExpiryVerdict, judgeExpiry, plansOf } from './domain/expiry.ts'
import { type Instance, isEngine, type Listed } from './domain/instance.ts'
import type { PlanItem } from './domain/item.ts'
import { freezesOf, type Policy } from './domain/policy.ts'
import { type ProxySeen, proxiesToTell } from './domain/proxy.ts'
import { mayPlan } from './domain/renewal-log.ts'
import type { ScanFact, ScanState } from './domain/scan.ts'
import { type Treatment, treatmentOf } from './domain/treatment.ts'
import { Fault } from './errors.ts'
import { type AnyEvent, event } from './events.ts'
import { effectivePolicy, planLog, renewalLog, scanLog } from './logs.ts'
import type { Ports } from './ports.ts'

export type ScanNeeds = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'rds' | 'bundles' | 'settings'>

/** Calendar day of an instant in a time zone: `2026-05-10`. */
export function dayOf(now: Date, timeZone: string): string {
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  calendars.set(timeZone, calendar)
  return calendar.format(now)
}

/** A calendar is dear to make and cheap to ask. */
const calendars = new Map<string, Intl.DateTimeFormat>()

/**
 * Goes on with the scan of `today` page by page until it is done or `until` is past; the sweep takes up what is left. The last page closes
 * the day's plans and says them. A scan that ended says its plans again.
 */
export async function scanFleet(
  today: string,
  until: Date,
  ports: ScanNeeds,
): Promise<{ do: 'scanned' | 'continued'; plans: readonly string[] }> {
  const { policy, n } = await effectivePolicy(ports.journal)
  let { state } = await scanLog.read(ports.journal, today)
  if (!state.started) {
    const regions = policy.regions ?? (await regionsOf(today, policy, ports))
    state = (await scanLog.record(ports, today, now => (now.started ? undefined : { fact: 'Started', regions, policy: n }))).state
  }
  while (state.cursor) {
    if (ports.clock.now() >= until) return { do: 'continued', plans: [] }
    state = await onePage(today, state.cursor, policy, ports)
  }
  const plans = state.ended ?? (await closePlans(today, state, n, ports))
  await ports.queue.send([...plans.map(plan => event('RenewalsDue', { plan })), ...troubles(today, state, policy)])
  return { do: 'scanned', plans }
}

/** A scan that cannot even begin is one that left everything out. */
async function regionsOf(today: string, policy: Policy, { rds, queue }: ScanNeeds): Promise<string[]> {
  try {
    const regions = await rds.regions()
    if (regions.length === 0) throw new Fault('BadReply', 'the service lists no region: name yours as regions in policy.yaml')
    return regions
  } catch (error) {
    if (error instanceof Fault) {
      const { code, cloudCode = code, message } = error
      await queue.send([notScanned('all regions', { code: cloudCode, message }, policy.defaults.approvers, today)])
    }
    throw error
  }
}

async function onePage(
  today: string,
  { region, next }: { region: string; next: string | undefined },
  policy: Policy,
  ports: ScanNeeds,
): Promise<ScanState> {
  const { fact, looks } = await readPage(region, next, policy, ports)
  await ports.queue.send(looks)
  const { state } = await scanLog.record(ports, today, now =>
    now.cursor?.region === region && now.cursor.next === next ? fact : undefined,
  )
  return state
}

type Read = { fact: ScanFact; looks: AnyEvent[] }

async function readPage(region: string, next: string | undefined, policy: Policy, ports: ScanNeeds): Promise<Read> {
  try {
    const page = await ports.rds.list(region, next)
    const judged = await inTurn(page.instances, 8, listed => judgeOne(listed, policy, ports))
    const verdicts = judged.map(one => one.verdict)
    const proxies = judged.flatMap(one => one.proxies)
    const more = { ...(page.next === undefined ? {} : { next: page.next }), ...(proxies.length > 0 ? { proxies } : {}) }
    const fact: ScanFact = { fact: 'Page', region, ...more, verdicts }
    return { fact, looks: judged.flatMap(one => one.looks) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { fact: { fact: 'RegionFailed', region, code: error.cloudCode ?? error.code, message: error.message }, looks: [] }
  }
}

type Judged = { verdict: ExpiryVerdict; looks: AnyEvent[]; proxies: ProxySeen[] }

/** One instance that cannot be read is told and passed over: it must not stop the scan of the others. */
async function judgeOne(listed: Listed, policy: Policy, ports: ScanNeeds): Promise<Judged> {
  const { rds, settings, clock } = ports
  try {
    const supported = isEngine(listed.engine)
    const instance = supported ? await rds.instance(listed.region, listed.id) : bare(listed)
    const protection = supported ? await rds.protection(listed.region, listed.id) : undefined
    const known = instance ?? bare(listed)
    const treatment = treatmentOf(policy, known)
    const context = { account: settings.account, treatment, freezes: freezesOf(policy), pace: settings.pace, timezone: policy.timezone }
    const verdict = judgeExpiry(known, instance && protection, context, clock.now())
    const looks = protection?.enabled && protection.issuedBy !== 'custom' ? await lookWeekly(known, ports) : []
    return { verdict, looks, proxies: instance ? await proxiesOf(instance, treatment, ports) : [] }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { region, id, description, engine } = listed
    const detail = `${error.cloudCode ?? error.code}: ${error.message}`
    return { verdict: { due: false, region, instance: id, description, engine, reason: 'Unread', detail }, looks: [], proxies: [] }
  }
}

/** A database proxy belongs to a MySQL primary. What cannot be read is kept as such: it must not be mistaken for nothing. */
async function proxiesOf({ region, id, engine, primary }: Instance, treatment: Treatment, { rds }: ScanNeeds): Promise<ProxySeen[]> {
  if (engine !== 'MySQL' || primary !== undefined) return []
  const { approvers, renewBefore } = treatment
  try {
    const certificates = await rds.proxies(region, id)
    return certificates.map(one => ({ instance: id, approvers, ...one, from: iso(Date.parse(one.notAfter) - renewBefore) }))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return [{ instance: id, approvers, unread: error.cloudCode ?? error.code }]
  }
}

const bare = (listed: Listed): Instance => ({ ...listed, maintainTime: '', replicas: [], tags: {} })

/**
 * Once a week, and before anything else happens to it, an endpoint is looked at as applications see it. A last proof that cannot be read is
 * none: the look writes it anew.
 */
async function lookWeekly({ region, id }: Instance, { bundles, clock }: ScanNeeds): Promise<AnyEvent[]> {
  const last = await bundles.proof(id).catch(error => {
    if (error instanceof Fault) return undefined
    throw error
  })
  const now = clock.now()
  if (last && now.getTime() - Date.parse(last.at) < 7 * aDay) return []
  return [event('ProofDue', { region, instance: id, week: weekOf(now) })]
}

/** ISO 8601 week: `2026-W19`. */
export function weekOf(now: Date): string {
  const thursday = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 4 - (now.getUTCDay() || 7)))
  const week = Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / aDay + 1) / 7)
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}

/** Closes one plan for each owner, create-once, then ends the scan. A plan's hint is written before its first entry. */
async function closePlans(today: string, state: ScanState, n: number, ports: ScanNeeds): Promise<readonly string[]> {
  const plans: string[] = []
  for (const plan of plansOf(state.verdicts, today)) {
    const items = await unplanned(plan, ports)
    if (items.length === 0) continue
    await ports.journal.remind(lookAgain(ports.clock.now(), ports.settings.pace), planLog.name(plan.plan))
    const validUntil = iso(Math.max(...items.map(item => Date.parse(item.validUntil))))
    const closed = {
      fact: 'Closed',
      plan: plan.plan,
      approvers: plan.approvers,
      approval: plan.approval,
      items,
      validUntil,
      policy: n,
    } as const
    await planLog.record(ports, plan.plan, now => (now.is === 'unknown' ? closed : undefined))
    plans.push(plan.plan)
  }
  const missed = state.failed.map(({ region }) => region)
  const ended = { fact: 'Ended', plans, ...(missed.length > 0 ? { missed } : {}) } as const
  const { state: after } = await scanLog.record(ports, today, now => (now.ended ? undefined : ended))
  return after.ended ?? plans
}

async function unplanned({ items, plan }: DayPlan, { journal }: ScanNeeds): Promise<PlanItem[]> {
  const states = await inTurn(items, 8, async item => ({ item, log: (await renewalLog.read(journal, item.renewal)).state }))
  return states.filter(({ item, log }) => mayPlan(log, item) || log.planned?.plan === plan).map(({ item }) => item)
}

/** What people must hear of a scan, by their name: a scan that left something out, and certificates whose deadline is near or gone. */
function troubles(today: string, state: ScanState, policy: Policy): AnyEvent[] {
  const told: AnyEvent[] = []
  const { approvers } = policy.defaults
  for (const { region, ...why } of state.failed) told.push(notScanned(region, why, approvers, today))
  const unread = state.verdicts.flatMap(one => (!one.due && one.reason === 'Unread' ? [one.instance] : []))
  if (unread.length > 0) {
    const detail = `${unread.length} instances could not be read: ${some(unread)}`
    told.push(
      event('AttentionNeeded', {
        reason: 'ScanIncomplete',
        subject: 'instances',
        approvers,
        detail,
        mend: "see check-expiry's log for each",
        day: today,
      }),
    )
  }
  told.push(...ofProxies(today, state.proxies, approvers))
  const near = Date.parse(`${today}T00:00:00Z`) + 10 * aDay
  const owners = new Map<string, string[]>()
  for (const one of state.verdicts) {
    if (!one.due || (one.item.deadline !== undefined && Date.parse(one.item.deadline) > near)) continue
    const words = `${one.item.instance} (${one.item.deadline === undefined ? `no window is left before ${one.item.notAfter}` : `deadline ${one.item.deadline}`})`
    owners.set(one.approvers, [...(owners.get(one.approvers) ?? []), words])
  }
  for (const [owner, words] of owners) {
    told.push(
      event('AttentionNeeded', {
        reason: 'ExpiryNear',
        subject: `${words.length} instances`,
        approvers: owner,
        detail: some(words),
        mend: 'answer the plan, or renew them by hand',
        day: today,
      }),
    )
  }
  return told
}

/** Certificates of database proxies are watched and not renewed here: whoever owns them hears it every day from then on. */
function ofProxies(today: string, seen: readonly ProxySeen[], approvers: string): AnyEvent[] {
  const told: AnyEvent[] = []
  const unread = seen.flatMap(one => ('unread' in one ? [`${one.instance} (${one.unread})`] : []))
  if (unread.length > 0) {
    const detail = `the database proxies of ${unread.length} instances could not be read: ${some(unread)}`
    const mend = 'grant rds:GetDbProxyInstanceSsl to the role of check-expiry'
    told.push(event('AttentionNeeded', { reason: 'ScanIncomplete', subject: 'database proxies', approvers, detail, mend, day: today }))
  }
  for (const [owner, words] of proxiesToTell(seen, `${today}T23:59:59Z`)) {
    const subject = `${words.length} database ${words.length === 1 ? 'proxy' : 'proxies'}`
    told.push(event('AttentionNeeded', { reason: 'NotRenewedHere', subject, approvers: owner, detail: some(words), mend: '', day: today }))
  }
  return told
}

function notScanned(region: string, { code, message }: { code: string; message: string }, approvers: string, day: string): AnyEvent {
  const detail = `${region} could not be scanned: ${code}: ${message}`
  const mend = 'grant or mend what it names; the next night scans again'
  return event('AttentionNeeded', { reason: 'ScanIncomplete', subject: region, approvers, detail, mend, day })
}

const some = (words: readonly string[]): string =>
  words.slice(0, 10).join(', ') + (words.length > 10 ? ` and ${words.length - 10} more` : '')

/** Maps with at most `width` at once, results in order. */
async function inTurn<T, R>(list: readonly T[], width: number, map: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length)
  let next = 0
  const lane = async () => {
    for (let at = next++; at < list.length; at = next++) results[at] = await map(list[at] as T)
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}
