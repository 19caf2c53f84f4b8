/** Does `act` for every item, at most `lanes` at once, and returns the results in the items' order. After a failure no further item begins. */
export async function eachOf<T, R>(items: readonly T[], lanes: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  let failed = false
  async function lane(): Promise<void> {
    for (const [at, item] of queue) {
      if (failed) return
      try {
        results[at] = await act(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  return results
}
