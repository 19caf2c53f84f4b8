const minute = 60_000
const hour = 60 * minute

/** Maintenance windows as instances have them, made around a moment; `now` in ms. */
const clock = (at: number): string => `${new Date(at).toISOString().slice(11, 16)}Z`
const text = (from: number, to: number): string => `${clock(from)}-${clock(to)}`
const floor = (at: number): number => Math.floor(at / hour) * hour
const ceiling = (at: number, unit = hour): number => Math.ceil(at / unit) * unit

/** Open since an hour at least, and for three more. */
export const aroundNow = (now: number): string => text(floor(now - hour), ceiling(now + 3 * hour))

/** Open now, for at least 90 minutes, and across midnight UTC. */
export function acrossMidnight(now: number): string {
  const hours = new Date(now).getUTCHours()
  if (hours < 12) return `23:00Z-${clock(ceiling(now + 3 * hour, 30 * minute))}`
  return `${clock(floor(now - hour))}-${hours === 23 ? '02:00Z' : '01:00Z'}`
}

/** Opens in `ms`, an hour less at most, for three hours; `end` is when it first closes. */
export function opensIn(now: number, ms: number): { text: string; end: number } {
  const from = floor(now + ms)
  return { text: text(from, from + 3 * hour), end: from + 3 * hour }
}

/** Closed for five hours at least. */
export const closedNow = (now: number): string => opensIn(now, 6 * hour).text
