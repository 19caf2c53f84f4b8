import { Dice, hash } from './dice.ts'
import type { NamedFaults } from './named-faults.ts'
import type { PlatformFates } from './world/platform.ts'
import type { Passage, Process, Trouble } from './world/process.ts'

/** Every kind of trouble that a storm is made of, for the counts. */
export const troubleKinds = [
  'kill before',
  'kill after',
  'hang-up before',
  'hang-up after',
  'unopened',
  'HTML before',
  'HTML after',
  '5xx before',
  '5xx after',
  'throttled',
  'slow',
  'stall',
  'message lost',
  'message late',
  'message twice',
  'acknowledgement lost',
  'clock skewed',
  'outage',
] as const
export type TroubleKind = (typeof troubleKinds)[number]

/** How likely each trouble is, for each call, each message or each process. */
export type Weather = Readonly<Record<TroubleKind, number>>

const kinds: readonly Trouble[] = [
  'kill before',
  'kill after',
  'hang-up before',
  'hang-up after',
  'unopened',
  'HTML before',
  'HTML after',
  '5xx before',
  '5xx after',
  'throttled',
]

/** The highest chance of what is not a call's; a message that comes twice may be said twice again by whoever watches. */
const most: Partial<Record<TroubleKind, number>> = {
  'message lost': 0.15,
  'message late': 0.15,
  'message twice': 0.06,
  'acknowledgement lost': 0.08,
  'clock skewed': 0.6,
}

/** Draws the weather of a storm: most kinds are rare in it, some absent, some frequent. */
export function drawWeather(dice: Dice): Weather {
  const calm = dice.chance(0.05)
  const of = (highest: number) => (calm || dice.chance(0.35) ? 0 : highest * dice.next() ** 2)
  return Object.fromEntries(
    troubleKinds.map(kind => {
      return [kind, of(most[kind] ?? 0.015)]
    }),
  ) as Weather
}

/** A trouble that struck: its name stays the same when others are left out, so that it can be left out by it. */
export type Struck = { id: string; kind: TroubleKind; where: string }

/**
 * The troubles of a seed. What is drawn for a call depends on the name of its process and its number there, for a message on its event: not
 * on what happened before. `only`: let none but these strike.
 */
export class Storm implements PlatformFates {
  over = false
  /** Spans in which every call whose point begins so hangs up. */
  outages: readonly { from: number; to: number; point: string }[] = []
  now: () => number = () => 0
  readonly struck: Struck[] = []
  readonly #seed: number
  readonly #weather: Weather
  readonly #only: ReadonlySet<string> | undefined
  /** Strike whatever else is left out, as long as the storm lasts. */
  readonly #named: NamedFaults | undefined
  /** An instance that goes on serving its old certificate from now on. */
  onOldLeaf: (instance: string) => void = () => {}

  constructor(seed: number, weather: Weather, only?: ReadonlySet<string>, named?: NamedFaults) {
    this.#named = named
    this.#seed = seed
    this.#weather = weather
    this.#only = only
  }

  readonly call = (process: Process, point: string, n: number, about: readonly string[]): Passage => {
    const dice = process.dice
    const [which, there, back] = [dice.next(), dice.next(), dice.next()]
    const quick = { there: 5 + Math.floor(there * 60), back: 0, trouble: undefined }
    if (this.over) return quick
    const befallen = this.#named?.call(process, point, about)
    if (befallen !== undefined) {
      if (befallen.keepsOldLeaf) for (const instance of about) this.onOldLeaf(instance)
      return { ...quick, there: quick.there + (befallen.late ?? 0), trouble: befallen.trouble }
    }
    const outage = this.outages.find(one => point.startsWith(one.point) && this.now() >= one.from && this.now() < one.to)
    if (outage && this.#strikes(`outage ${outage.point} ${outage.from}`, 'outage', point))
      return { ...quick, there: 2000, trouble: 'hang-up before' }
    let left = which / (likelier[point] ?? 1)
    for (const kind of kinds) {
      left -= this.#weather[kind]
      if (left >= 0) continue
      if (!fits(kind, point)) return quick
      return this.#strikes(`${process.key}#${n}`, kind, point) ? { ...quick, trouble: kind } : quick
    }
    left -= this.#weather.slow
    if (left < 0)
      return this.#strikes(`${process.key}#${n}`, 'slow', point) ? { ...quick, there: 1000 + Math.floor(there * 59_000) } : quick
    left -= this.#weather.stall
    if (left < 0)
      return this.#strikes(`${process.key}#${n}`, 'stall', point) ? { ...quick, back: 1000 + Math.floor(back ** 2 * 200_000) } : quick
    return quick
  }

  skew(key: string): number {
    const dice = this.#diceOf('skew', key)
    const named = this.over ? 0 : (this.#named?.skew(key.slice(0, key.indexOf('|'))) ?? 0)
    if (named !== 0) return named
    if (this.over || !dice.chance(this.#weather['clock skewed'])) return 0
    return this.#strikes(key, 'clock skewed', key) ? dice.between(-60_000, 60_000) : 0
  }

  message(key: string): { lost: boolean; late: number; copies: readonly number[] } {
    const dice = this.#diceOf('message', key)
    const [lose, late, twice] = [dice.next(), dice.next(), dice.next()]
    const hours = (of: number) => Math.floor(of ** 4 * 6 * 3_600_000)
    const [delay, apart] = [hours(dice.next()), dice.next()]
    if (this.over) return { lost: false, late: 0, copies: [] }
    const named = this.#named?.message(key)
    if (named !== undefined) return named
    const lost = lose < this.#weather['message lost'] && this.#strikes(`${key}!lost`, 'message lost', key)
    const isLate = late < this.#weather['message late'] && this.#strikes(`${key}!late`, 'message late', key)
    // Two of these at once are the race for the slot.
    const often = key.startsWith('RenewalApproved') ? 3 : 1
    const copied = twice < often * this.#weather['message twice'] && this.#strikes(`${key}!twice`, 'message twice', key)
    return { lost, late: isLate ? delay : 0, copies: copied ? [apart < 0.6 ? Math.floor(apart * 500) : hours((apart - 0.6) / 0.4)] : [] }
  }

  notice(key: string): number {
    const dice = this.#diceOf('notice', key)
    return dice.chance(0.7) ? 0 : dice.between(1000, 240_000)
  }

  forgets(key: string): boolean {
    if (this.over || !this.#diceOf('forgets', key).chance(this.#weather['acknowledgement lost'])) return false
    return this.#strikes(`${key}!forgets`, 'acknowledgement lost', key)
  }

  #diceOf(what: string, key: string): Dice {
    return new Dice(hash(`${what} ${key}`, this.#seed))
  }

  #strikes(name: string, kind: TroubleKind, where: string): boolean {
    const id = hash(name, this.#seed).toString(36)
    if (this.#only !== undefined && !this.#only.has(id)) return false
    this.struck.push({ id, kind, where: `${where} ${name}` })
    return true
  }
}

/** Where a trouble matters most it comes most: a storm makes one call of Update Validity, and a thousand others. */
const likelier: Readonly<Record<string, number>> = {
  ModifyDBInstanceSSL: 40,
  'journal.append restarts': 12,
  'journal.append': 2,
}

/** Only the RDS API throttles, fails and answers in HTML by itself; chat throttles by its own rule. */
function fits(kind: Trouble, point: string): boolean {
  if (kind.startsWith('kill') || kind.startsWith('hang-up')) return true
  if (kind === 'throttled') return !point.startsWith('journal') && !point.startsWith('bundles')
  if (kind === 'unopened') return !point.startsWith('journal.append')
  return true
}
