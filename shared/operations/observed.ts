import { day } from '../domain/duration.ts'
import { dayOf } from '../fleet-scan.ts'
import { scanLog } from '../logs.ts'
import type { Ports } from '../ports.ts'
import * as z from '../schema.ts'

/** What a deployment that only observes would have done in the last nights: each renewal is counted once. */
export const observed = z.strictObject({
  nights: z.int(),
  /** Would have been renewed inside their windows, and how many of those by a restart. */
  renewals: z.int(),
  restarts: z.int(),
  /** Have no window left before their end. */
  late: z.int(),
})
export type Observed = z.infer<typeof observed>

const most = 7

export async function observedBy({ journal, clock }: Pick<Ports, 'journal' | 'clock'>, timezone: string): Promise<Observed> {
  const days = Array.from({ length: most }, (_, ago) => dayOf(new Date(clock.now().getTime() - ago * day), timezone))
  const scans = await Promise.all(days.map(async one => (await scanLog.read(journal, one)).state))
  const items = scans.flatMap(({ verdicts }) => verdicts.flatMap(one => (one.due ? [one.item] : [])))
  const each = [...new Map(items.map(item => [item.renewal, item])).values()]
  const inTime = each.filter(item => item.deadline !== undefined)
  return {
    nights: scans.filter(({ ended }) => ended !== undefined).length,
    renewals: inTime.length,
    restarts: inTime.filter(item => item.promise.restarts).length,
    late: each.length - inTime.length,
  }
}
