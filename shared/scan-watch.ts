import { day, hour } from './domain/duration.ts'
import { scanFact } from './domain/scan.ts'
import { dayOf } from './fleet-scan.ts'
import { firstPolicyAt, readPolicyLog, scanLog } from './logs.ts'
import type { Ports } from './ports.ts'

/** A fleet is scanned every morning: after so long one morning was missed, and the next is half gone. */
const longest = 36 * hour

/** Whether the fleet was seen whole lately. `at` is when it last was, ISO UTC; undefined where it was not within three days, or never. */
export type Watched = { fine: boolean; at: string | undefined }

/** Reads the newest entry of each of the last days' scans: a handful of objects, however large the fleet is. */
export async function watchScans({ journal, clock }: Pick<Ports, 'journal' | 'clock'>): Promise<Watched> {
  const now = clock.now()
  const known = await readPolicyLog(journal)
  for (const ago of known ? [0, 1, 2] : []) {
    const calendarDay = dayOf(new Date(now.getTime() - ago * day), known?.policy.timezone ?? 'UTC')
    const newest = await journal.newest(scanLog.name(calendarDay))
    if (newest === undefined || !sawAll(newest.fact)) continue
    return { fine: now.getTime() - Date.parse(newest.at) < longest, at: newest.at }
  }
  return { fine: false, at: undefined }
}

/** A scan begins every morning: where none has so long after the last one wrote its last entry, its timer was lost. */
const overdueAfter = 25 * hour

/** Whether today's scan, which has not begun, should have. Before the first one ever it counts from the first policy. */
export async function scanOverdue({ journal, clock }: Pick<Ports, 'journal' | 'clock'>, timezone: string): Promise<boolean> {
  const now = clock.now().getTime()
  let last: string | undefined
  for (const ago of [1, 2]) last ??= (await journal.newest(scanLog.name(dayOf(new Date(now - ago * day), timezone))))?.at
  last ??= await firstPolicyAt(journal)
  return last !== undefined && now - Date.parse(last) >= overdueAfter
}

function sawAll(fact: unknown): boolean {
  const read = scanFact.safeParse(fact)
  return read.success && read.data.fact === 'Ended' && read.data.missed === undefined
}
