import { day, type Instance, type RdsOptions, type TaskSeed } from '../../local/model/rds.ts'
import type { Pace } from '../../shared/domain/pace.ts'
import { Dice, hash } from './dice.ts'
import { drawActs } from './draw-acts.ts'
import { drawFleet } from './draw-fleet.ts'
import { drawPolicy, drawService } from './draw-service.ts'
import type { Temper } from './people.ts'
import { drawWeather, type Weather } from './weather.ts'
import type { AuthorityName } from './world/certificates.ts'

const minute = 60_000
const hour = 60 * minute

/** Something that somebody or something does to the world at a moment. */
export type Act = { id: string; at: number } & (
  | { do: 'retag'; instance: string; tags: Record<string, string> }
  | { do: 'rewindow'; instance: string; window: string }
  | { do: 'upgrade'; instance: string; version: string }
  | {
      do: 'lock' | 'unlock' | 'unpaid' | 'release' | 'rename' | 'renew by hand' | 'bring a certificate' | 'hide' | 'show'
      instance: string
    }
  | { do: 'vendor task'; task: TaskSeed }
  | { do: 'source holds'; names: readonly AuthorityName[] }
  | { do: 'source fails'; how: 'Unreachable' | 'BadArchive' | undefined }
  | { do: 'policy'; change: PolicyChange }
  | { do: 'stop' | 'resume' }
  /** The daily timer fires once more than it should. */
  | { do: 'check again' }
  /** A message that nobody of ours has sent now: from an old queue, from a person's hand, by mistake. */
  | { do: 'stray message'; nth: number; type: 'RenewalApproved' | 'ValidityUpdated' | 'RenewalsDue' }
)

/** `what` comes so many ms after the service has taken the next change of its instance. */
export type Meanwhile = { id: string; at: number; do: 'meanwhile'; instance: string; after: number; what: Act }

export type PolicyChange =
  | { mode: 'observe' | 'act' }
  | { freeze: { from: string; to: string } }
  | { concurrency: number }
  | { approval: 'required' | 'automatic' }

/** policy.yaml as JSON. */
export type Document = {
  mode: 'observe' | 'act'
  timezone: string
  language: 'zh' | 'en'
  defaults: Record<string, unknown>
  rules: { match: Record<string, unknown>; set: Record<string, unknown> }[]
  freezes: { from: string; to: string; reason: string }[]
  approvers: Record<string, { channels: string[] }>
  reach: { region: string; vpc: string; function: string }[]
}

/**
 * A `brief` life is half a day around one restart or a few; the others last for days or weeks. On a bad day all that is tried goes wrong in one
 * way, one instance after the other.
 */
export type Life = { now: number; brief: boolean; days: number; renewBefore: number; badDay: BadDay | undefined }
export type BadDay = 'refused' | 'without an end'

export type Scenario = {
  now: number
  days: number
  instances: Instance[]
  rds: Omit<RdsOptions, 'now' | 'instances' | 'random'>
  policy: Document
  weather: Weather
  temper: Temper
  acts: (Act | Meanwhile)[]
  issuers: { from: number; issuer: AuthorityName }[]
  source: AuthorityName[]
  outages: { from: number; to: number; point: string }[]
  /** How the deployment's waits are set. */
  pace: Partial<Pace>
}

export function drawScenario(seed: number): Scenario {
  const dice = new Dice(hash('scenario', seed))
  const midnight = dice.chance(0.05)
  const now = Date.parse('2026-01-01T00:00:00Z') + dice.between(0, 364) * day + (midnight ? 15 : dice.between(0, 23)) * hour
  const pace = drawPace(dice)
  const brief = dice.chance(0.88)
  const days = brief ? 0.5 : dice.chance(0.1) ? dice.between(5, 21) : dice.between(1, 3)
  const renewBefore = dice.pick([5, 7, 14, 30] as const)
  const badDay = brief && dice.chance(0.06) ? dice.pick(['refused', 'without an end'] as const) : undefined
  const life = { now, brief, days, renewBefore, badDay }
  const instances = drawFleet(dice, life)
  return {
    now,
    days,
    instances,
    rds: drawService(dice, now + days * day, badDay),
    policy: { ...drawPolicy(dice, life), ...(midnight ? { timezone: 'Asia/Shanghai' } : {}) },
    weather: drawWeather(dice),
    temper: brief
      ? dice.weighted({ prompt: 60, late: 3, twice: 15, partly: 4, rejects: 5, wavers: 12, silent: 1 })
      : dice.weighted({ prompt: 40, late: 12, twice: 12, partly: 10, rejects: 6, wavers: 12, silent: 8 }),
    acts: [...(midnight ? [{ ...atMidnight, at: now + hour - 1000 }] : []), ...drawActs(dice, { now, days, instances })],
    issuers: dice.chance(0.3)
      ? [
          { from: 0, issuer: 'issuer-1' },
          { from: now + Math.floor(dice.next() * days * day), issuer: 'issuer-2' },
        ]
      : [{ from: 0, issuer: 'issuer-1' }],
    source: dice.chance(0.7) ? ['root-a', 'issuer-1', 'issuer-2', 'expired-1'] : ['root-a', 'issuer-1'],
    outages: drawOutages(dice, { now, days }),
    pace,
  }
}

/** Two scans a second apart, and a day between them: each closes a plan, and both plans name what is due. */
const atMidnight = { id: 'm', do: 'check again' } as const

/** What is looked at often costs much to simulate, and shows little more: production's own minutes and hours come now and then. */
function drawPace(dice: Dice): Partial<Pace> {
  const [pollRestart = 0, lookAgain = 0] = dice.weighted({ '1 10': 4, '4 10': 20, '8 20': 76 }).split(' ').map(Number)
  const recheck = Number(dice.weighted({ 1: 10, 4: 60, 8: 30 }))
  return { pollRestart: pollRestart * minute, lookAgain: lookAgain * minute, recheck: recheck * hour }
}

function drawOutages(dice: Dice, { now, days }: { now: number; days: number }): Scenario['outages'] {
  return Array.from({ length: dice.chance(0.25) ? dice.between(1, 3) : 0 }, () => {
    const from = now + Math.floor(dice.next() * days * day)
    const point = dice.pick(['Describe', 'journal', 'chat', 'probes', 'bundles', 'queue', 'source'] as const)
    return { from, to: from + dice.between(5, 90) * minute, point }
  })
}
