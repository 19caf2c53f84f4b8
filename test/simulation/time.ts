/** Virtual time, in epoch milliseconds: what is to happen, in order. Two things of one instant happen in the order in which they were entered. */
export class Time {
  now: number
  /** Things that have happened. */
  happened = 0
  #stopped = false
  #entered = 0
  readonly #heap: { at: number; n: number; what: () => void }[] = []

  constructor(now: number) {
    this.now = now
  }

  at(at: number, what: () => void): void {
    const heap = this.#heap
    const entry = { at: Math.max(at, this.now), n: this.#entered++, what }
    let hole = heap.length
    heap.push(entry)
    while (hole > 0) {
      const above = (hole - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || before(parent, entry)) break
      heap[hole] = parent
      hole = above
    }
    heap[hole] = entry
  }

  after(ms: number, what: () => void): void {
    this.at(this.now + ms, what)
  }

  /** Ends `run` after what happens now. */
  stop(): void {
    this.#stopped = true
  }

  /**
   * Lets everything until `until` happen. Between two things all code runs that the first has woken: a microtask enters the next turn as a
   * tick, and Node runs ticks only once no microtask is left.
   */
  run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const nextTurn = () => process.nextTick(turn)
      const turn = () => {
        const next = this.#stopped ? undefined : this.#take(until)
        if (next === undefined) {
          if (!this.#stopped) this.now = Math.max(this.now, until)
          resolve()
          return
        }
        this.now = next.at
        this.happened++
        try {
          next.what()
        } catch (error) {
          reject(error)
          return
        }
        void settled.then(nextTurn)
      }
      turn()
    })
  }

  #take(until: number): { at: number; what: () => void } | undefined {
    const heap = this.#heap
    const least = heap[0]
    if (least === undefined || least.at > until) return undefined
    const last = heap.pop()
    if (last !== undefined && last !== least) this.#sink(last)
    return least
  }

  #sink(entry: { at: number; n: number; what: () => void }): void {
    const heap = this.#heap
    let hole = 0
    for (;;) {
      const left = heap[2 * hole + 1]
      const right = heap[2 * hole + 2]
      if (left === undefined) break
      const [child, at] = right !== undefined && before(right, left) ? [right, 2 * hole + 2] : [left, 2 * hole + 1]
      if (before(entry, child)) break
      heap[hole] = child
      hole = at
    }
    heap[hole] = entry
  }
}

const settled = Promise.resolve()

const before = (a: { at: number; n: number }, b: { at: number; n: number }): boolean => a.at < b.at || (a.at === b.at && a.n < b.n)
