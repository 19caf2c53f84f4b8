import { later } from '../domain/duration.ts'
import type { PlanItem } from '../domain/item.ts'
import type { Answer } from '../domain/plan.ts'

/** What has become of one line of a plan. Only an open one can be answered. */
export type ItemStatus = 'open' | 'approved' | 'rejected' | 'lapsed'

export function statusOf(item: PlanItem, answers: ReadonlyMap<string, Answer>, now: Date): ItemStatus {
  const answer = answers.get(item.renewal)
  if (answer) return answer.decision === 'approve' ? 'approved' : 'rejected'
  return later(now.toISOString(), item.validUntil) ? 'lapsed' : 'open'
}

export const openItems = (items: readonly PlanItem[], answers: ReadonlyMap<string, Answer>, now: Date): PlanItem[] =>
  items.filter(item => statusOf(item, answers, now) === 'open')

/** The most urgent first: those without a window, then by deadline, then by end of certificate. */
export function byUrgency(items: readonly PlanItem[]): PlanItem[] {
  const deadline = (item: PlanItem) => (item.deadline === undefined ? 0 : Date.parse(item.deadline))
  return [...items].sort((a, b) => deadline(a) - deadline(b) || Date.parse(a.notAfter) - Date.parse(b.notAfter))
}

export const engineOf = (item: PlanItem): string => `${item.engine === 'SQLServer' ? 'SQL Server' : item.engine} ${item.version}`

export type Summary = {
  count: number
  restarting: number
  expired: number
  /** Items without a usable window before their certificate ends. */
  windowless: number
  /** The nearest deadline and the nearest end of a certificate, ISO UTC. */
  deadline: string | undefined
  notAfter: string | undefined
}

export function summaryOf(items: readonly PlanItem[], now: Date): Summary {
  return {
    count: items.length,
    restarting: items.filter(item => item.promise.restarts).length,
    expired: items.filter(item => hasExpired(item, now)).length,
    windowless: items.filter(item => item.deadline === undefined).length,
    deadline: earliest(items.flatMap(item => item.deadline ?? [])),
    notAfter: earliest(items.map(item => item.notAfter)),
  }
}

export const hasExpired = (item: PlanItem, now: Date): boolean => Date.parse(item.notAfter) <= now.getTime()

const earliest = (instants: readonly string[]): string | undefined =>
  instants.reduce<string | undefined>((first, one) => (first === undefined || later(first, one) ? one : first), undefined)
