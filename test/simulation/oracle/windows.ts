const minute = 60_000
const day = 1440 * minute

/** Does the daily window `22:00Z-02:00Z` hold all of this span? Counted by hand, in minutes of the day. */
export function windowHolds(maintainTime: string, from: number, to: number): boolean {
  const span = windowAround(maintainTime, from)
  return span !== undefined && span.from <= from && to <= span.to
}

/** The opening of the window that `at` lies in. */
export function windowAround(maintainTime: string, at: number): { from: number; to: number } | undefined {
  const [, h1, m1, h2, m2] = /^(\d\d):(\d\d)Z-(\d\d):(\d\d)Z$/.exec(maintainTime) ?? []
  if (h1 === undefined) return undefined
  const start = (Number(h1) * 60 + Number(m1)) * minute
  const end = (Number(h2) * 60 + Number(m2)) * minute
  const today = at - (at % day)
  const length = end > start ? end - start : day - start + end
  for (const opens of [today + start, today - day + start])
    if (opens <= at && at < opens + length) return { from: opens, to: opens + length }
  return undefined
}
