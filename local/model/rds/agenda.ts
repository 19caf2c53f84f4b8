/** What is to happen, by time; what falls on one instant happens in the order in which it was entered. */
export class Agenda<T> {
  /** Latest first, so that taking the next one is a cheap `pop`; among equals the newest lies in front. */
  readonly #entries: { readonly at: number; readonly what: T }[] = []

  enter(at: number, what: T): void {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.#entries[middle]
      if (entry !== undefined && entry.at > at) low = middle + 1
      else high = middle
    }
    this.#entries.splice(low, 0, { at, what })
  }

  nextAt(): number | undefined {
    return this.#entries.at(-1)?.at
  }

  /** The next entry at or before `now`, taken off. */
  take(now: number): { readonly at: number; readonly what: T } | undefined {
    const next = this.#entries.at(-1)
    return next !== undefined && next.at <= now ? this.#entries.pop() : undefined
  }
}
