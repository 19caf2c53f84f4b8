/** The nonces seen in the last half hour: longer than a request's date can be off. */
export class Nonces {
  readonly #seen = new Map<string, number>()

  /** @returns false where it was taken before. */
  take(nonce: string, now: number): boolean {
    for (const [old, at] of this.#seen) {
      if (now - at < 30 * 60_000) break
      this.#seen.delete(old)
    }
    if (this.#seen.has(nonce)) return false
    this.#seen.set(nonce, now)
    return true
  }
}
