/** A binary heap: `pop` gives the least item by `before`. */
export class Heap<T> {
  private readonly items: T[] = []
  private readonly before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before
  }

  get least(): T | undefined {
    return this.items[0]
  }

  push(item: T): void {
    let at = this.items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.items[parent] as T
      if (!this.before(item, above)) break
      this.items[at] = above
      at = parent
    }
    this.items[at] = item
  }

  pop(): T | undefined {
    const least = this.items[0]
    const last = this.items.pop()
    const size = this.items.length
    if (last === undefined || size === 0) return least
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      const right = child + 1
      if (right < size && this.before(this.items[right] as T, this.items[child] as T)) child = right
      const below = this.items[child] as T
      if (!this.before(below, last)) break
      this.items[at] = below
      at = child
    }
    this.items[at] = last
    return least
  }
}
