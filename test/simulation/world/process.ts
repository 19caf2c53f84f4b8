import { Fault } from '../../../shared/errors.ts'
import { Dice, hash } from '../dice.ts'
import type { Time } from '../time.ts'

/** How a call can go wrong. `before` its effect it never happened; `after` it did, and nobody is told. */
export type Trouble =
  | 'kill before'
  | 'kill after'
  | 'hang-up before'
  | 'hang-up after'
  | 'unopened'
  | 'HTML before'
  | 'HTML after'
  | '5xx before'
  | '5xx after'
  | 'throttled'

/** What becomes of one call: how long it is under way, there and back, and what goes wrong. */
export type Passage = { there: number; back: number; trouble: Trouble | undefined }

/** Decides each call's passage. `point` is a port's method or the API's action; `about` names what it is about, where the port says so. */
export type Fates = (process: Process, point: string, n: number, about: readonly string[]) => Passage

export type End = 'returned' | 'failed' | 'killed'

/** One invocation of a function. Every call it makes is a moment at which time passes, others act, and it may die. */
export class Process {
  readonly attempt: string
  readonly step: string
  /** What it was woken for and how often before: the same in every run of a seed, whatever else is left out. */
  readonly key: string
  /** The renewal that its event names. */
  readonly renewal: string | undefined
  /** The plan that its event names. */
  readonly plan: string | undefined
  /** How far its clock is ahead, in milliseconds. */
  readonly skew: number
  readonly startedAt: number
  readonly dice: Dice
  alive = true
  calls = 0
  /** When the call whose effect happens now was sent. */
  sentAt = 0
  /** Told once when it dies. */
  onDeath: (() => void) | undefined
  readonly #time: Time
  readonly #fates: Fates

  constructor(of: {
    step: string
    key: string
    renewal?: string | undefined
    plan?: string | undefined
    attempt: string
    skew: number
    seed: number
    time: Time
    fates: Fates
  }) {
    this.step = of.step
    this.key = of.key
    this.renewal = of.renewal
    this.plan = of.plan
    this.attempt = of.attempt
    this.skew = of.skew
    this.startedAt = of.time.now
    this.dice = new Dice(hash(of.key, of.seed))
    this.#time = of.time
    this.#fates = of.fates
  }

  now(): Date {
    return new Date(this.#time.now + this.skew)
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.#time.after(ms, () => this.alive && resolve()))
  }

  die(): void {
    if (!this.alive) return
    this.alive = false
    this.onDeath?.()
  }

  /** Makes a call whose effect on the world is `effect`. `failure` is what a client of this service throws for a trouble. */
  call<T>(point: string, effect: () => T, failure: (trouble: Trouble) => unknown = faultOf, about: readonly string[] = []): Promise<T> {
    const { there, back, trouble } = this.#fates(this, point, ++this.calls, about)
    const time = this.#time
    const sentAt = time.now
    return new Promise<T>((resolve, reject) => {
      const reply = (settle: () => void) => {
        if (back <= 0) {
          if (this.alive) settle()
        } else time.after(back, () => this.alive && settle())
      }
      time.after(there, () => {
        if (trouble === 'kill before') return this.die()
        if (trouble !== undefined && !happens.has(trouble)) return reply(() => reject(failure(trouble)))
        let value: T
        this.sentAt = sentAt
        try {
          value = effect()
        } catch (error) {
          // What no service says is a fault of the simulation: told to the product, it would be taken for an answer.
          if (!(error instanceof Fault)) throw error
          return reply(() => reject(error))
        }
        if (trouble === 'kill after') return this.die()
        if (trouble !== undefined) return reply(() => reject(failure(trouble)))
        reply(() => resolve(value))
      })
    })
  }
}

const happens: ReadonlySet<Trouble> = new Set<Trouble>(['kill after', 'hang-up after', 'HTML after', '5xx after'])

/** What our own adapters make of a trouble, once their own tries are used up. */
export function faultOf(trouble: Trouble): Fault {
  switch (trouble) {
    case 'HTML before':
    case 'HTML after':
      return new Fault('BadReply', 'an HTML page came')
    case 'throttled':
      return new Fault('Busy', 'throttled')
    default:
      return new Fault('Unreachable', trouble)
  }
}
