import type { Clock } from '../clock.ts'

/** How often a long poll looks again, real ms: messages also arrive past this server, and the clock may jump. */
const lookAgain = 10

/** Long polls: each tries again until it has something, its time is up, or the server closes. */
export class Waiting {
  private readonly clock: Clock
  private readonly ends = new Set<() => void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /**
   * The first value of `attempt` that satisfies `done`, or its last one once `seconds` have passed, by the embedded clock or by the real
   * one, whichever is sooner: an embedded clock may stand still. Undefined where the server closed meanwhile.
   */
  until<T>(seconds: number, attempt: () => T, done: (value: T) => boolean): Promise<T | undefined> {
    const first = attempt()
    if (done(first) || seconds === 0) return Promise.resolve(first)
    const deadline = this.clock.now() + seconds * 1000
    return new Promise(resolve => {
      const end = (value: T | undefined) => {
        clearInterval(look)
        clearTimeout(last)
        this.ends.delete(closed)
        resolve(value)
      }
      const closed = () => end(undefined)
      const look = setInterval(() => {
        const value = attempt()
        if (done(value) || this.clock.now() >= deadline) end(value)
      }, lookAgain)
      const last = setTimeout(() => end(attempt()), seconds * 1000)
      this.ends.add(closed)
    })
  }

  close(): void {
    for (const end of [...this.ends]) end()
  }
}
