import { describe, expect, test } from 'vitest'
import { iso } from '../../shared/domain/duration.ts'
import { noPlan } from '../../shared/domain/plan.ts'
import type { Decision, Gathered } from '../../shared/domain/renewal.ts'
import { type EndReason, noRenewal, type RenewalFact } from '../../shared/domain/renewal-log.ts'
import { closed, decide, instance, item, logOf, no, oldEnd, planned, planOf, protectedBy, ready, yes } from './renewal-scene.ts'

describe('what forbids an update', () => {
  const notTaken = (code: string): RenewalFact => ({ fact: 'NotTaken', tries: 1, code, message: 'no' })
  const fiveTimes = logOf(planned, ...Array.from({ length: 4 }, () => notTaken('Throttling')), notTaken('TooLate'))
  const refused = (reason: EndReason, because: string): Decision => ({ do: 'refuse', reason, because })
  const later = { ...instance, maintainTime: '20:00Z-23:59Z' }
  const by1 = { ...ready.treatment, updateValue: 1 as const }
  test.each<[string, Partial<Gathered>, Decision]>([
    ['no plan', { plan: noPlan }, { do: 'leave', because: 'no answer permits it: NoSuchPlan' }],
    ['no answer yet', { plan: planOf(closed) }, { do: 'leave', because: 'no answer permits it: NotAnswered' }],
    [
      'a refusal for good',
      { log: logOf(planned, notTaken('Throttling'), notTaken('Forbidden.RAM')) },
      refused('RefusedByService', 'Forbidden.RAM: no'),
    ],
    ['five refusals that pass, by the last', { log: fiveTimes }, refused('RefusedByService', 'TooLate: no')],
    ['a no', { plan: planOf(closed, no) }, refused('Rejected', 'the answer was no')],
    ['a no after a yes', { plan: planOf(closed, yes, no) }, refused('Rejected', 'the answer was no')],
    ['a yes after a no', { plan: planOf(closed, no, yes) }, refused('Rejected', 'the answer was no')],
    ['an instance that is gone', { instance: undefined }, refused('InstanceGone', 'rm-1 no longer exists')],
    ['a protection that is gone', { protection: undefined }, refused('InstanceGone', 'rm-1 no longer exists')],
    ['TLS switched off', { protection: { enabled: false } }, refused('EncryptionOff', 'TLS is off')],
    ['another endpoint', { protection: protectedBy({ host: 'b' }) }, refused('EndpointMoved', `asked for ${item.host}, protected is b`)],
    ['another window', { instance: later }, refused('PromiseChanged', 'window was 22:00Z-02:00Z, is 20:00Z-23:59Z')],
    ['another value', { treatment: by1 }, refused('PromiseChanged', 'updateValue was 2, is 1')],
    [
      'both',
      { instance: later, treatment: by1 },
      refused('PromiseChanged', 'window was 22:00Z-02:00Z, is 20:00Z-23:59Z; updateValue was 2, is 1'),
    ],
    [
      'a custom certificate',
      { protection: protectedBy({ issuedBy: 'custom' }) },
      refused('CustomCertificate', 'the service reports a custom certificate'),
    ],
    [
      'a served issuer outside the bundle, even where the service says aliyun',
      { served: { reached: true, fingerprint: 'x', notBefore: oldEnd, notAfter: oldEnd, issuerKnown: false } },
      refused('PossiblyCustom', 'the served issuer is not in the bundle'),
    ],
  ])('%s', (_, change, expected) => expect(decide(change)).toEqual(expected))

  test('a renewal that nobody planned', () =>
    expect(decide({ log: noRenewal })).toEqual({ do: 'leave', because: 'no such renewal was planned' }))

  test('an approval lapses in the millisecond after its last', () => {
    const end = Date.parse(item.validUntil)
    expect(decide({ bundleCheckedAt: iso(end) }, end - 1)).toMatchObject({ do: 'update' })
    expect(decide({ bundleCheckedAt: iso(end) }, end)).toMatchObject({ for: 'MaintenanceWindow' })
    const because = 'the answer was valid until 2026-05-31T01:20:00Z'
    expect(decide({}, end + 1)).toEqual({ do: 'refuse', reason: 'ApprovalLapsed', because })
  })

  test('an issuer that only a person states is taken at the word', () => {
    const change = { protection: protectedBy({ issuedBy: 'unknown' }), served: { reached: false } as const }
    const stated = { ...ready.treatment, stated: true }
    expect(decide({ ...change, treatment: stated })).toMatchObject({ do: 'update' })
    const unknown = { served: { reached: true, fingerprint: 'x', notBefore: oldEnd, notAfter: oldEnd, issuerKnown: false } as const }
    expect(decide({ ...change, ...unknown, treatment: stated })).toMatchObject({ do: 'update' })
    expect(decide({ protection: protectedBy({ issuedBy: 'custom' }), treatment: stated })).toMatchObject({ reason: 'CustomCertificate' })
  })
})

test("a policy's own yes ends where the policy asks a person by now, and a person's yes does not", () => {
  const byPolicy = planOf(closed, { fact: 'Answered', decision: 'approve', renewals: ['r1'], by: { kind: 'policy', entry: 1 } })
  const automatic = { ...ready.treatment, approval: 'automatic' as const }
  expect(decide({ plan: byPolicy, treatment: automatic })).toMatchObject({ do: 'update' })
  const because = 'the policy said yes by itself, and asks dba by now'
  expect(decide({ plan: byPolicy })).toEqual({ do: 'refuse', reason: 'ApprovalNeeded', because })
  expect(decide({ treatment: automatic })).toMatchObject({ do: 'update' })
})
