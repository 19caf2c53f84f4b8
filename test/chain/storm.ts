import { readFault } from '../../local/model/fault-text.ts'
import type { Fault } from '../../local/model/faults.ts'
import type { Behaviour, RdsWorld, Restart } from '../../local/model/rds.ts'
import type { ScenarioName } from '../../local/scenarios.ts'
import { Dice, hash } from '../simulation/dice.ts'
import { windowHolds } from '../simulation/oracle/windows.ts'

// The storms of test/simulation over the built bundles, real processes and real sockets: fewer, since each takes a while, and as like as
// time that really passes allows. A seed says what befalls the day; which call it befalls hangs on the processes, too.

/** `texts` are its faults as `npm start -- --fault` takes them. */
export type ChainStorm = { only: string[]; scenarios: ScenarioName[]; texts: string[]; faults: Fault[]; behaviour: Partial<Behaviour> }

/** What may befall, and how often: every kind of local/model/faults.ts that a day can outlive, at most one of a line. */
const troubles: readonly (readonly [string, ...string[]])[] = [
  ['rds:modify:hang-before', 'rds:modify:hang-after', 'rds:modify:html-after', 'rds:modify:5xx-after', 'rds:modify:kill-after'],
  ['rds:modify:throttle:2', 'rds:modify:5xx', 'rds:modify:empty', 'rds:modify:kill-before'],
  ['rds:ssl:html:every=4', 'rds:ssl:5xx:0.15', 'rds:ssl:hang-before:2', 'rds:attribute:empty:every=5'],
  ['rds:*:throttle:every=7', 'rds:*:delay=300ms:0.2', 'rds:tasks:hang-before:3'],
  ['oss:put:hang-after:every=5', 'oss:put:5xx-after:0.1', 'oss:put:kill-after:2', 'oss:put:kill-before:2'],
  ['oss:get:5xx:every=9', 'oss:get:hang-before:0.05', 'oss:*:delay=200ms:0.1', 'oss:get:kill-before:2'],
  ['mns:send:loss:every=3', 'mns:send:loss:0.3', 'mns:send:hang-after:every=4', 'mns:send:5xx:every=5'],
  ['mns:send:duplicate:every=5', 'mns:send:duplicate:0.2'],
  ['mns:send:delay=1s:every=3', 'mns:send:reorder:every=2'],
  ['fc:invoke:hang-after:2', 'fc:invoke:html:2', 'fc:invoke:5xx:0.2'],
  ['chat:*:5xx:3', 'chat:*:throttle:2', 'chat:*:hang-after:2'],
  ['fc:*:clock-skew=-2m', 'fc:*:clock-skew=90s'],
]

const instances = ['mysql57-dev-due', 'sqlserver-dev-due'] as const
/** Each renewed, adopted or ended without a person's answer: whoever answers a page while it fails is another matter. */
const stories = ['replicas', 'renewed-by-someone-else', 'vendor-renews', 'deleted-half-way', 'unpaid', 'locked'] as const

export function drawChainStorm(seed: number): ChainStorm {
  const dice = new Dice(hash('chain storm', seed))
  const texts = troubles.filter(() => dice.chance(0.6)).map(kinds => dice.pick(kinds))
  return {
    only: dice.chance(0.5) ? [...instances] : [dice.pick(instances)],
    scenarios: stories.filter(() => dice.chance(0.35)),
    texts,
    faults: texts.map(text => known(readFault(text, []))),
    behaviour: {
      visibilityLagMs: [0, dice.between(0, 500)],
      restartMs: [200, dice.between(300, 900)],
      effectDelayMs: [300, dice.between(500, 2500)],
    },
  }
}

function known(fault: Fault | string): Fault {
  if (typeof fault === 'string') throw new Error(fault)
  return fault
}

/** What the world itself says against the restarts that were caused: by its own clock, of its own instances. */
export function judgeRestarts(world: RdsWorld): string[] {
  const ours = world.inspect().restarts.filter(({ cause }) => cause === 'update')
  const windowOf = new Map(world.instances().map(one => [one.id, one.maintainTime]))
  const familyOf = new Map(world.instances().map(one => [one.id, one.masterId ?? one.id]))
  const twice = ours.filter((one, at) => ours.findIndex(({ instance }) => instance === one.instance) !== at)
  const outside = ours.filter(({ instance, at, until }) => {
    const window = windowOf.get(instance)
    return window !== undefined && !windowHolds(window, at, until)
  })
  const together = ours.filter(one => ours.some(other => besides(one, other, familyOf)))
  return [
    ...twice.map(({ instance }) => `${instance} was restarted twice`),
    ...outside.map(({ instance, at }) => `${instance} was restarted at ${new Date(at).toISOString()}, outside ${windowOf.get(instance)}`),
    ...together.map(({ instance }) => `${instance} was restarted beside another of its family`),
  ]
}

function besides(one: Restart, other: Restart, familyOf: ReadonlyMap<string, string>): boolean {
  const family = familyOf.get(one.instance)
  return (
    one.instance !== other.instance &&
    family !== undefined &&
    family === familyOf.get(other.instance) &&
    one.at < other.until &&
    other.at < one.until
  )
}
