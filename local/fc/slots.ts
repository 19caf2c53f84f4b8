/** A number of places, taken in the order of asking. */
export class Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(places: number) {
    this.free = places
  }

  /** A place at once, or none: it never overtakes whoever waits for one. */
  tryTake(): boolean {
    if (this.free === 0) return false
    this.free--
    return true
  }

  take(): Promise<void> {
    return this.tryTake() ? Promise.resolve() : new Promise(resolve => this.waiting.push(resolve))
  }

  give(): void {
    const next = this.waiting.shift()
    if (next === undefined) this.free++
    else next()
  }
}
