import type { PlanItem } from '../../shared/domain/item.ts'
import type { Answer, Closed } from '../../shared/domain/plan.ts'

/** The fixed moment of these tests. */
export const now = new Date('2026-11-10T04:00:00Z')

export function itemOf(number: number, over: Partial<PlanItem> = {}): PlanItem {
  const instance = `rm-bp1${String(number).padStart(6, '0')}`
  return {
    renewal: `1234567890.cn-hangzhou.${instance}.instance.20261201T0312Z`,
    region: 'cn-hangzhou',
    instance,
    description: `orders-${number}`,
    engine: 'SQLServer',
    version: '2019_std_ha',
    vpc: 'vpc-1',
    family: instance,
    host: `${instance}.sqlserver.rds.aliyuncs.com`,
    notAfter: '2026-12-01T03:12:00Z',
    deadline: '2026-11-29T21:20:00Z',
    validUntil: '2026-11-29T21:20:00Z',
    promise: { restarts: true, window: '18:00Z-22:00Z', updateValue: 2 },
    ...over,
  }
}

export function planOf(items: readonly PlanItem[], over: Partial<Closed> = {}): Closed {
  return {
    fact: 'Closed',
    plan: 'dba.2026-W46.1f3c9a',
    approvers: 'dba',
    approval: 'required',
    items: [...items],
    validUntil: '2026-11-29T21:20:00Z',
    policy: 1,
    ...over,
  }
}

export const numbered = (count: number, over: Partial<PlanItem> = {}): PlanItem[] =>
  Array.from({ length: count }, (_, at) => itemOf(at + 1, over))

export const answered = (renewals: readonly string[], decision: Answer['decision']): Map<string, Answer> =>
  new Map(renewals.map(renewal => [renewal, { decision, by: { kind: 'link', from: '203.0.113.7' }, at: '2026-11-09T01:30:00Z' }]))
