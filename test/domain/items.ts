import { day } from '../../shared/domain/duration.ts'
import type { Instance, Protection } from '../../shared/domain/instance.ts'
import type { PlanItem } from '../../shared/domain/item.ts'
import type { Closed } from '../../shared/domain/plan.ts'
import type { Treatment } from '../../shared/domain/treatment.ts'

/** One instance, one item and one plan that say the same, for tables that change one thing at a time. */

export const anInstance = (change: Partial<Instance> = {}): Instance => ({
  region: 'cn-hangzhou',
  id: 'rm-1',
  description: 'orders',
  engine: 'SQLServer',
  version: '2019_std_ha',
  status: 'Running',
  locked: false,
  serverless: false,
  vpc: 'vpc-1',
  primary: undefined,
  resourceGroup: 'rg-1',
  maintainTime: '18:00Z-22:00Z',
  replicas: [],
  tags: {},
  ...change,
})

export const aProtection = (change: Partial<Extract<Protection, { enabled: true }>> = {}): Protection => ({
  enabled: true,
  host: 'rm-1.sqlserver.rds.aliyuncs.com',
  notAfter: '2026-12-01T03:12:45Z',
  issuedBy: 'aliyun',
  changing: false,
  settings: {},
  ...change,
})

export const anItem = (change: Partial<PlanItem> = {}): PlanItem => ({
  renewal: 'r1',
  region: 'cn-hangzhou',
  instance: 'rm-1',
  description: 'orders',
  engine: 'SQLServer',
  version: '2019_std_ha',
  vpc: 'vpc-1',
  family: 'rm-1',
  host: 'rm-1.sqlserver.rds.aliyuncs.com',
  notAfter: '2026-12-01T03:12:45Z',
  deadline: '2026-11-30T21:20:00Z',
  validUntil: '2026-11-30T21:20:00Z',
  promise: { restarts: true, window: '18:00Z-22:00Z', updateValue: 2 },
  ...change,
})

export const aPlan = (items: readonly PlanItem[] = [anItem()], change: Partial<Closed> = {}): Closed => ({
  fact: 'Closed',
  plan: 'dba.required.2026-11-09',
  approvers: 'dba',
  approval: 'required',
  items: [...items],
  validUntil: '2026-11-30T21:20:00Z',
  policy: 1,
  ...change,
})

export const aTreatment = (change: Partial<Treatment> = {}): Treatment => ({
  renewBefore: 30 * day,
  approval: 'required',
  approvers: 'dba',
  window: 'maintenance',
  concurrency: 1,
  halt: { failures: 1 },
  proof: 'required',
  ask: 'daily',
  from: 'defaults',
  groups: ['defaults'],
  updateValue: undefined,
  stated: false,
  ...change,
})
