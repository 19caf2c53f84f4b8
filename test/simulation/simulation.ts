import { pace } from '../../shared/domain/pace.ts'
import { policySchema } from '../../shared/domain/policy.ts'
import { perform, push } from './acts.ts'
import { Dice, hash } from './dice.ts'
import { NamedFaults, readFaults } from './named-faults.ts'
import { judgeOpen, openRenewals, unplanned } from './oracle/liveness.ts'
import type { Violation } from './oracle/oracle.ts'
import { type Counts, Watch } from './oracle/watch.ts'
import { People } from './people.ts'
import type { Rule } from './rules.ts'
import { type Act, type Document, drawScenario, type Meanwhile, type Scenario } from './scenario.ts'
import { Storm, type Struck } from './weather.ts'
import { type AuthorityName, authorities } from './world/certificates.ts'
import { Platform } from './world/platform.ts'
import { entriesOf, manifestOf } from './world/ports.ts'
import { journalBucket, World } from './world/world.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** So long after the last trouble everything must have come to an end or to a named wait. */
const longestTail = 12

export type Report = {
  seed: number
  days: number
  violations: Violation[]
  struck: Struck[]
  acts: (Act | Meanwhile)[]
  counts: Counts
  events: number
  lines: string[]
}

export type Options = {
  /** Nothing strikes and nobody acts but these. */
  only?: ReadonlySet<string>
  /** Go on until this rule is broken; without one, any broken rule ends the life. */
  until?: Rule
  /** `rds:modify:hang-after`, beside whatever the storm brings: as `npm start -- --fault` reads them. */
  faults?: readonly string[]
  /** Keep a line for everything that happens. */
  trace?: boolean
}

/** Lives through the storm of one seed: the same seed, the same life. */
export async function runSeed(seed: number, options: Options = {}): Promise<Report> {
  const scenario = drawScenario(seed)
  return live(seed, scenario, options)
}

async function live(seed: number, scenario: Scenario, { only, until, faults = [], trace = false }: Options): Promise<Report> {
  const { now, days } = scenario
  const dice = new Dice(hash('life', seed))
  const silent = undefined as unknown as Watch
  const world = new World(
    {
      now,
      rds: { ...scenario.rds, instances: scenario.instances, random: dice.next },
      source: scenario.source,
      issuers: scenario.issuers,
      probes: { 'probe-1': 'vpc-1', 'probe-2': 'vpc-2' },
      channels: ['ding-dba', 'ding-sre', 'hook-sre'],
      pace: { ...pace, ...scenario.pace },
    },
    silent,
  )
  const watch = new Watch(world)
  world.watcher = watch
  const named = faults.length === 0 ? undefined : new NamedFaults(readFaults(faults), seed)
  const storm = new Storm(seed, scenario.weather, only, named)
  storm.onOldLeaf = id => void world.rds.amend(id, { behaviour: { ...world.rds.instance(id)?.behaviour, servesRenewed: false } })
  storm.outages = scenario.outages
  storm.now = () => world.time.now
  const platform = new Platform(world, storm, seed)
  const people = new People({ world, platform, truth: watch.truth, dice: new Dice(hash('people', seed)), temper: scenario.temper })
  const lines: string[] = []
  if (trace) traced(world, watch, lines)
  people.onAct = what => watch.count(`people ${what}`)
  watch.onCard = card => people.read(card)
  watch.onHalt = () => people.halted()
  watch.onScanned = () => platform.scanned()
  const over = () => watch.violations.some(one => until === undefined || one.rule === until)
  watch.onViolation = () => over() && world.time.stop()

  putInForce(world, watch, scenario.policy)
  const current = (): Document => {
    const fact = entriesOf(world, 'policy').at(-1)?.fact as { document: Document } | undefined
    return fact?.document ?? scenario.policy
  }
  // What would come after the storm is among what people mend then.
  const acts = scenario.acts.filter(one => one.at < now + days * day && (only === undefined || only.has(one.id)))
  const act = (one: Act | Meanwhile) => {
    watch.count(`act ${one.do}`)
    if (trace) lines.push(`${iso(world.time.now)} ACT ${JSON.stringify(one)}`)
    if (one.do === 'meanwhile') watch.onTaken.set(one.instance, () => world.time.after(one.after, () => act(one.what)))
    else perform(one, world, watch.truth, people, current)
  }
  for (const one of acts) world.time.at(one.at, () => act(one))
  platform.timer('check-expiry', 'check', now + hour, day)
  platform.timer('publish-bundle', 'nightly', now + 10 * minute, Math.min(day, (days * day) / 3))
  await world.time.run(now + days * day)

  if (!over()) {
    storm.over = true
    await calm(world, watch, people, current)
    if (!over()) judgeOpen(world, watch, detail => watch.note('named', detail))
  }
  for (const { kind } of storm.struck) watch.count(`trouble ${kind}`)
  for (const { text, hits } of named?.hits() ?? []) watch.count(`fault ${text}`, hits)
  return {
    seed,
    violations: watch.violations,
    struck: storm.struck,
    acts,
    counts: watch.counts,
    events: world.time.happened,
    days: (world.time.now - now) / day,
    lines,
  }
}

/** The troubles are over: people mend what people must mend, and answer. Then nothing may stay open without a reason. */
async function calm(world: World, watch: Watch, people: People, current: () => Document): Promise<void> {
  people.cooperative = true
  world.source = { holds: keepingRoots(manifestOf(world)?.roots ?? []), fails: undefined }
  const { now } = world.time
  const open = current().freezes.filter(one => Date.parse(one.to) < now)
  push({ ...current(), mode: 'act', freezes: open }, people)
  for (const one of world.rds.instances()) watch.truth.amend(one.id, { lockMode: 'Unlock', expired: false, allowlist: ['172.16.0.0/12'] })
  let before = ''
  for (let n = 0; n < longestTail; n++) {
    for (const one of world.rds.instances())
      if (one.status !== 'Running' && stuck(world, one.id)) world.rds.amend(one.id, { status: 'Running' })
    await people.resumeLater()
    for (let part = 0; part < 12; part++) {
      await world.time.run(world.time.now + day / 12)
      if (openRenewals(watch).length === 0 && unplanned(world, watch, 0).length === 0) return
    }
    const [waiting, unasked] = [openRenewals(watch), unplanned(world, watch)]
    // Two days of the same waits are as good as twelve, once all that waits for days has had its turn.
    const state = waiting.map(renewal => `${renewal} ${watch.decided.get(renewal)?.decision.for}`).join()
    if (n >= 4 && unasked.length === 0 && state === before && !waiting.some(renewal => unanswered(watch, renewal))) return
    before = state
  }
}

/** The archive with the roots as published, since another one waits for a person, and with everything that they signed. */
function keepingRoots(roots: readonly string[]): AuthorityName[] {
  const [a, b] = (['root-a', 'root-b'] as const).map(name => roots.length === 0 || roots.includes(authorities[name].fingerprint))
  return [...(a ? (['root-a', 'issuer-1', 'issuer-2'] as const) : []), ...(b ? (['root-b', 'issuer-3'] as const) : [])]
}

/** Somebody is still to be asked, or reminded. */
const unanswered = (watch: Watch, renewal: string): boolean =>
  !(watch.truth.asked.get(renewal) ?? []).some(({ plan, automatic }) => automatic || watch.truth.said(plan, renewal).answered !== undefined)

/** Its change will never end by itself: whoever looks after it has mended it by now. */
const stuck = (world: World, id: string): boolean =>
  world.rds
    .inspect()
    .modifications.some(one => one.instance === id && one.outcome === 'stuck' && one.acceptedAt < world.time.now - 6 * hour)

function putInForce(world: World, watch: Watch, document: Document): void {
  const entry = { n: 1, attempt: 'deployment', at: iso(world.time.now), fact: { text: '', document, by: 'the deployment' } }
  world.oss.put(journalBucket, 'journal/policy/0001.json', { bytes: Buffer.from(JSON.stringify(entry)) }, world.time.now)
  watch.truth.policy(policySchema.parse(document))
}

const iso = (at: number): string => new Date(at).toISOString()

/** Writes down everything that a watcher hears. */
function traced(world: World, watch: Watch, lines: string[]): void {
  world.watcher = new Proxy(watch, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return Reflect.get(target, name, receiver)
      return (...of: unknown[]) => {
        lines.push(`${iso(world.time.now)} ${String(name)} ${of.map(told).join(' ')}`)
        return value.apply(target, of)
      }
    },
  })
}

function told(of: unknown): string {
  if (of !== null && typeof of === 'object' && 'attempt' in of && 'key' in of) return `[${String(of.attempt)} ${String(of.key)}]`
  const text = JSON.stringify(of, (name, value) => (name === 'process' ? told(value) : name === 'chain' ? '…' : value)) ?? ''
  return text.length > 700 ? `${text.slice(0, 700)}…` : text
}
