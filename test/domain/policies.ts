import { type Policy, policySchema } from '../../shared/domain/policy.ts'

/** A policy with one of everything, and each thing on a line that the tests know. */
export const sound = `mode: act
timezone: Asia/Shanghai
language: zh
defaults:
  renewBefore: 30d
  approval: required
  approvers: dba
  window: maintenance
  concurrency: 1
  halt: { failures: 1 }
  proof: required
  ask: weekly
rules:
  - match: { tags: { env: dev } }
    set: { renewBefore: 60d, approval: automatic, concurrency: 5 }
  - match: { engine: SQLServer }
    set: { groups: ["tag:app"], updateValue: 2 }
freezes:
  - { from: 2026-11-09T00:00:00+08:00, to: 2026-11-13T00:00:00+08:00, reason: Double 11 }
approvers:
  dba: { channels: [dingtalk-dba] }
reach:
  - { region: cn-hangzhou, vpc: vpc-1, function: rds-tls-probe-vpc-1 }
`

/** What a policy says where no rule says otherwise, as a person writes it. */
export const someDefaults = {
  renewBefore: '30d',
  approval: 'required',
  approvers: 'dba',
  window: 'maintenance',
  concurrency: 1,
  halt: { failures: 1 },
  proof: 'required',
  ask: 'weekly',
}

export const aPolicy = (change: object = {}): Policy =>
  policySchema.parse({
    mode: 'act',
    timezone: 'Asia/Shanghai',
    language: 'en',
    defaults: someDefaults,
    approvers: { dba: { channels: ['dingtalk-dba'] }, shop: { channels: ['hook'] } },
    ...change,
  })

/** Made as the tests load, as in journalled.test.ts: with one of everything, so that every part of the schema is. */
try {
  const rules = [{ match: { tags: { env: 'dev' } }, set: someDefaults }]
  aPolicy({ rules, freezes: [{ from: '2026-11-09T00:00:00+08:00', to: '2026-11-13T00:00:00+08:00', reason: 'x' }] })
} catch {
  // The tests of the policy say so, by name.
}
