/** Keeps the newest value under each name for as long as what it was made from stays the same. A making that failed is not kept. */
export class Memory {
  readonly #kept = new Map<string, { from: string; value: Promise<unknown> }>()

  keep<T>(name: string, from: unknown, make: () => Promise<T>): Promise<T> {
    const source = JSON.stringify(from)
    const kept = this.#kept.get(name)
    if (kept?.from === source) return kept.value as Promise<T>
    const value = make()
    this.#kept.set(name, { from: source, value })
    value.catch(() => {
      if (this.#kept.get(name)?.value === value) this.#kept.delete(name)
    })
    return value
  }
}
