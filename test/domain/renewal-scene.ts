import { hour, iso, second } from '../../shared/domain/duration.ts'
import type { Instance, Protection, VendorTask } from '../../shared/domain/instance.ts'
import type { PlanItem } from '../../shared/domain/item.ts'
import { pace } from '../../shared/domain/pace.ts'
import { evolvePlan, noPlan, type PlanFact } from '../../shared/domain/plan.ts'
import { type Decision, decideRenewal, type Gathered } from '../../shared/domain/renewal.ts'
import { evolveRenewal, noRenewal, type RenewalFact } from '../../shared/domain/renewal-log.ts'
import { evolveRollout, noRollout, type RolloutFact, type Slot } from '../../shared/domain/rollout.ts'

import { aTreatment } from './items.ts'

/** Sunday, in the middle of the window 22:00Z-02:00Z. */
export const now = Date.parse('2026-05-10T23:00:00Z')
export const oldEnd = '2026-06-01T00:00:00Z'
export const newEnd = '2027-05-10T23:00:00Z'
export const plan = 'dba.required.2026-05-10'

export const item: PlanItem = {
  renewal: 'r1',
  region: 'cn-hangzhou',
  instance: 'rm-1',
  description: 'orders',
  engine: 'SQLServer',
  version: '2019',
  vpc: 'vpc-1',
  family: 'rm-1',
  host: 'rm-1.sqlserver.rds.aliyuncs.com',
  notAfter: oldEnd,
  deadline: '2026-05-31T01:20:00Z',
  validUntil: '2026-05-31T01:20:00Z',
  promise: { restarts: true, window: '22:00Z-02:00Z', updateValue: 2 },
}
export const instance: Instance = {
  region: 'cn-hangzhou',
  id: 'rm-1',
  description: 'orders',
  engine: 'SQLServer',
  version: '2019',
  status: 'Running',
  locked: false,
  serverless: false,
  vpc: 'vpc-1',
  primary: undefined,
  resourceGroup: undefined,
  maintainTime: '22:00Z-02:00Z',
  replicas: [],
  tags: {},
}
export const protection: Protection = {
  enabled: true,
  host: item.host,
  notAfter: oldEnd,
  issuedBy: 'aliyun',
  changing: false,
  settings: {},
}
export const closed: Extract<PlanFact, { fact: 'Closed' }> = {
  fact: 'Closed',
  plan,
  approvers: 'dba',
  approval: 'required',
  items: [item],
  validUntil: item.validUntil,
  policy: 1,
}
export const yes: Extract<PlanFact, { fact: 'Answered' }> = {
  fact: 'Answered',
  decision: 'approve',
  renewals: ['r1'],
  by: { kind: 'link', from: '10.0.0.1' },
}
export const no: Extract<PlanFact, { fact: 'Answered' }> = { ...yes, decision: 'reject' }
export const planned: Extract<RenewalFact, { fact: 'Planned' }> = { fact: 'Planned', plan, item }
export const slot: Slot = {
  renewal: 'r1',
  instance: 'rm-1',
  family: 'rm-1',
  groups: { defaults: 1 },
  attempt: 'a1',
  callBefore: iso(now + 30 * second),
  startedAt: iso(now),
  tries: 1,
  before: { fingerprint: 'old', notBefore: '2025-06-01T00:00:00Z' },
  stuck: false,
}
export const task: VendorTask = {
  id: 't1',
  instance: 'rm-1',
  type: 'rds_ssl_update',
  tls: true,
  switchTime: '2026-05-12T18:00:00Z',
  deadline: undefined,
  movable: false,
  cancellable: false,
}
export const started: Extract<RolloutFact, { fact: 'RestartStarted' }> = { fact: 'RestartStarted', slot }

export const planOf = (...facts: PlanFact[]) => facts.reduce((state, fact) => evolvePlan(state, fact, iso(now)), noPlan)
export const logOf = (...facts: RenewalFact[]) => facts.reduce(evolveRenewal, noRenewal)
export const rolloutOf = (...facts: RolloutFact[]) => facts.reduce((state, fact) => evolveRollout(state, fact, iso(now), 1), noRollout)

/** Everything in favour of an update now. */
export const ready: Gathered = {
  log: logOf(planned),
  plan: planOf(closed, yes),
  rollout: noRollout,
  mode: 'act',
  treatment: aTreatment({ ask: 'weekly' }),
  freezes: [],
  pace,
  instance,
  protection,
  tasks: [],
  listedSince: [],
  served: { reached: true, fingerprint: 'old', notBefore: '2025-06-01T00:00:00Z', notAfter: oldEnd, issuerKnown: true },
  bundleCheckedAt: iso(now - hour),
}

export const decide = (change: Partial<Gathered> = {}, at = now): Decision => decideRenewal({ ...ready, ...change }, new Date(at))
export const protectedBy = (change: Partial<Extract<Protection, { enabled: true }>>): Protection =>
  ({ ...protection, enabled: true, ...change }) as Protection
