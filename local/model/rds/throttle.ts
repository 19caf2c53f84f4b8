import type { Random } from './draw.ts'

/** At most `limit` calls of one action in one region per `windowMs` (60,000 when unsaid), and a share of the rest refused at random. */
export type ThrottleRule = { limit: number; windowMs?: number; share?: number }

export class Throttle {
  readonly #rule: ThrottleRule
  readonly #random: Random
  readonly #windows = new Map<string, { from: number; calls: number }>()

  constructor(rule: ThrottleRule, random: Random) {
    this.#rule = rule
    this.#random = random
  }

  /** Whether this call is refused; a refused one counts too, as a hammering client learns. */
  refuses(action: string, region: string, now: number): boolean {
    const key = `${region} ${action}`
    const span = this.#rule.windowMs ?? 60_000
    const window = this.#windows.get(key)
    if (window === undefined || now - window.from >= span) this.#windows.set(key, { from: now, calls: 1 })
    else window.calls++
    if ((this.#windows.get(key)?.calls ?? 0) > this.#rule.limit) return true
    return this.#rule.share !== undefined && this.#random() < this.#rule.share
  }
}
