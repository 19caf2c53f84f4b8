import type { Instance, RdsOptions } from '../../../local/model/rds.ts'
import { type Pace, pace } from '../../../shared/domain/pace.ts'
import { policySchema } from '../../../shared/domain/policy.ts'
import type { AnyEvent, AttentionReason } from '../../../shared/events.ts'
import type { Ports } from '../../../shared/ports.ts'
import { Dice, hash } from '../dice.ts'
import { Watch } from '../oracle/watch.ts'
import type { Document } from '../scenario.ts'
import { Platform } from '../world/platform.ts'
import type { Process } from '../world/process.ts'
import { journalBucket, World } from '../world/world.ts'
import { type Cut, Fate, type Loses, type Mishap, type Point } from './fate.ts'
import { Gated } from './gate.ts'
import { archiveAtFirst, dead, type End, effective, harms, hasEnded, unproven, wasTold } from './judge.ts'
import { Person, type Temper } from './person.ts'
import { watchedPorts } from './ports.ts'
import { remainsOf } from './remains.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const begin = Date.parse('2026-03-02T00:00:00Z')

/** What a scenario may reach into while it lives. */
export type Stage = { world: World; watch: Watch; person: Person; ports: (world: World, process: Process) => Ports }

export type Scenario = {
  name: string
  instances: readonly Instance[]
  /** How each renewal may end; the first is how it ends where nobody dies. */
  ends: readonly [End, ...End[]]
  /** How many updates of ours take effect on each instance; where nobody dies it is the first. */
  updates: readonly [number, ...number[]]
  temper: Temper
  policy: Document
  /** The text that is packaged; the scenario begins before the first day, and this is adopted. */
  packaged?: string
  rds?: Partial<Omit<RdsOptions, 'now' | 'instances' | 'random'>>
  pace?: Partial<Pace>
  mishap?: Mishap
  lost?: Loses
  /** What people are told besides, where nobody dies. */
  said?: readonly AttentionReason[]
  /** The timer that watches whether scans run is set, too. */
  watched?: boolean
  /** What happens by itself or by others, so many ms after the beginning. */
  acts?: readonly { at: number; does: (stage: Stage) => void }[]
}

export type Life = {
  /** Every port call until all renewals had ended. */
  trace: readonly Point[]
  /** How each delivery went, by its step and number: its calls, what it wrote and said, and what it decided. */
  courses: ReadonlyMap<string, string>
  methods: ReadonlySet<string>
  /** The cut was reached. */
  struck: boolean
  ends: readonly (End | undefined)[]
  /** What was not as it must be: each as a sentence. */
  found: readonly string[]
  /** What it left behind. */
  remains: string
}

/** A life that is longer has not come to its end. */
const longest = 9 * day

/** Lives through a scenario, whole or cut at one point, to its end; and on: somebody may call once more. */
export async function live(scenario: Scenario, cut?: Cut): Promise<Life> {
  const fate = new Fate(scenario, cut)
  const methods = new Set<string>()
  const stage = enact(scenario, fate, methods)
  const ends = await liveOn(scenario, stage)
  const trace = [...fate.trace]
  await stage.world.time.run(stage.world.time.now + (cut === undefined ? 26 * hour : 2 * hour))
  const found = [...judged(scenario, stage, ends), ...(cut === undefined ? unlike(scenario, stage, ends) : [])]
  // Of two deliveries of one card, the one that loses every race for it lies among the dead letters.
  const letters = scenario.ends.includes('buried') ? 3 : cut?.step === 'notify' && cut.again === 2 ? 1 : 0
  if (dead(stage.world) > letters) found.push(`${dead(stage.world)} dead letters`)
  return { trace, courses: fate.courses(), methods, struck: fate.struck, ends, found, remains: remainsOf(stage.world) }
}

type Ends = readonly (End | undefined)[]

/** Lives on until every renewal has ended, or for so long that it never will. */
export async function liveOn(scenario: Scenario, { world }: Stage): Promise<Ends> {
  const endOf = (one: Instance) => scenario.ends.find(end => hasEnded(world, one, end))
  const over = () => scenario.instances.every(one => endOf(one) !== undefined)
  do await world.time.run(world.time.now + hour / 2)
  while (world.time.now < begin + longest && !(over() && world.time.now > begin + 2 * hour))
  return scenario.instances.map(endOf)
}

/** What is not as it must be, whatever happened. */
export function judged(scenario: Scenario, { world, watch, person }: Stage, ends: Ends): string[] {
  const found = watch.violations.map(one => `${one.rule}: ${one.detail}`)
  const automatic = scenario.policy.defaults.approval === 'automatic'
  for (const [at, one] of scenario.instances.entries()) {
    found.push(...harms(world, one, automatic ? 'automatic' : person.yes.get(one.id)))
    const end = ends[at]
    if (end === undefined) found.push(`${one.id}: has come to no end, ${unproven(world, one)}`)
    else if (end === 'proven' && !hasEnded(world, one, end)) found.push(`${one.id}: was proven, and is no more: ${unproven(world, one)}`)
    if (!scenario.ends.includes('Stuck') && wasTold(world, 'Stuck', one.id))
      found.push(`${one.id}: is called stuck, and waits for a person`)
    const done = effective(world, one.id).length
    if (!scenario.updates.includes(done)) found.push(`${one.id}: ${done} updates took effect`)
  }
  return found
}

/** What is not as the scenario says it goes where nobody dies. */
function unlike({ instances, ends: [end], updates: [updates], said = [] }: Scenario, { world }: Stage, ends: Ends): string[] {
  const others = instances.filter((one, at) => ends[at] !== end || effective(world, one.id).length !== updates)
  const untold = said.filter(reason => !wasTold(world, reason))
  return [...others.map(one => `${one.id}: it went otherwise`), ...untold.map(reason => `nobody was told: ${reason}`)]
}

/** Puts a scenario's world together at this moment, with its platform and its person; nothing has happened yet. */
export function enact(scenario: Scenario, fate: Fate, methods: Set<string>, now = begin): Stage {
  const dice = new Dice(hash(scenario.name))
  const world = new World(
    {
      now,
      rds: { ...scenario.rds, instances: scenario.instances, random: dice.next },
      source: archiveAtFirst,
      issuers: [{ from: 0, issuer: 'issuer-1' }],
      probes: { 'probe-1': 'vpc-1' },
      channels: ['ding-dba'],
      pace: { ...pace, pollRestart: 5 * minute, ...scenario.pace },
    },
    undefined as unknown as Watch,
  )
  const watch = new Watch(world)
  world.watcher = watch
  fate.now = () => world.time.now
  const said = watch.said.bind(watch)
  watch.said = (process, line) => {
    fate.note(process, decisionIn(line))
    said(process, line)
  }
  const onCall = (process: Process, method: string, given: readonly unknown[]) => {
    methods.add(method)
    fate.note(process, contentOf(method, given))
    if (process instanceof Gated) process.given(method, given)
  }
  const ports = watchedPorts(onCall, scenario.packaged ?? '')
  const platform = new Platform(world, fate, 1, ports)
  const person = new Person({ world, platform, truth: watch.truth, ports, again: () => fate.again(), temper: scenario.temper })
  watch.onCard = card => person.read(card)
  watch.onScanned = () => platform.scanned()
  if (scenario.packaged === undefined) inForce(world, watch, scenario.policy)
  const daily = (at: number) => (begin + at > now ? begin + at : begin + at + day)
  platform.timer('publish-bundle', 'nightly', daily(10 * minute), day)
  platform.timer('check-expiry', 'check', daily(hour), day)
  if (scenario.watched) platform.timer('notify', 'watch', begin + 2 * hour, 6 * hour)
  const stage = { world, watch, person, ports }
  for (const { at, does } of scenario.acts ?? []) world.time.at(begin + at, () => does(stage))
  return stage
}

/** What a call writes or says, in a word. */
function contentOf(method: string, given: readonly unknown[]): string {
  if (method === 'queue.send') return (given[0] as readonly AnyEvent[]).map(one => one.type).join('+')
  if (method !== 'journal.append') return ''
  const { fact } = given[1] as { fact: { fact?: string; what?: { fact: string } } }
  return fact.what?.fact ?? fact.fact ?? ''
}

function decisionIn({ decision }: Readonly<Record<string, unknown>>): string {
  const { do: does, for: waits, reason, verdict } = (decision ?? {}) as Record<string, unknown>
  return [does, waits, reason, verdict].filter(Boolean).join(' ')
}

function inForce(world: World, watch: Watch, document: Document): void {
  const entry = { n: 1, attempt: 'deployment', at: new Date(begin).toISOString(), fact: { text: '', document, by: 'the deployment' } }
  world.oss.put(journalBucket, 'journal/policy/0001.json', { bytes: Buffer.from(JSON.stringify(entry)) }, begin)
  watch.truth.policy(policySchema.parse(document))
}
