import { describe, expect, test } from 'vitest'
import type { Instance, Protection, VendorTask } from '../../shared/domain/instance.ts'
import { type Outlook, outlookOf, urgencyOf } from '../../shared/domain/outlook.ts'
import { pace } from '../../shared/domain/pace.ts'
import { policySchema } from '../../shared/domain/policy.ts'
import { anInstance, aProtection } from './items.ts'

const now = new Date('2026-11-10T00:00:00Z')
const account = '1000000000000001'
const document = {
  mode: 'act',
  timezone: 'Asia/Shanghai',
  language: 'en',
  defaults: {
    renewBefore: '30d',
    approval: 'required',
    approvers: 'dba',
    window: 'maintenance',
    concurrency: 1,
    halt: { failures: 1 },
    proof: 'required',
    ask: 'weekly',
  },
  approvers: { dba: { channels: ['c'] } },
  reach: [{ region: 'cn-hangzhou', vpc: 'vpc-1', function: 'p' }],
}
const policyWith = (change: object = {}) => policySchema.parse({ ...document, ...change })
const outlook = (
  instance: Partial<Instance> = {},
  protection: Parameters<typeof aProtection>[0] | Protection = {},
  of: { tasks?: VendorTask[]; policy?: object; at?: Date } = {},
): Outlook => {
  const full =
    'enabled' in protection && protection.enabled === false ? protection : aProtection(protection as Parameters<typeof aProtection>[0])
  return outlookOf(anInstance(instance), full, of.tasks ?? [], { policy: policyWith(of.policy), pace, account }, of.at ?? now)
}
const task: VendorTask = {
  id: '1',
  instance: 'rm-1',
  type: 'rds_apsaradb_ssl_update',
  tls: true,
  switchTime: '2026-11-20T18:00:00Z',
  deadline: undefined,
  movable: false,
  cancellable: false,
}

describe('what is renewed', () => {
  test('is due `renewBefore` ahead of its deadline, and has its first chance in the window after that', () => {
    // The window is 18:00Z to 22:00Z; 40 minutes of it are kept for the restart.
    expect(outlook()).toMatchObject({
      will: 'renew',
      from: '2026-10-31T21:20:00.000Z',
      first: '2026-11-10T18:00:00.000Z',
      deadline: '2026-11-30T21:20:00Z',
      restarts: true,
      unseen: undefined,
    })
  })

  test('has its first chance at once while its window is open, and tomorrow one second after it closed for calls', () => {
    expect(outlook({}, {}, { at: new Date('2026-11-10T21:19:59Z') })).toMatchObject({ first: '2026-11-10T21:19:59.000Z' })
    expect(outlook({}, {}, { at: new Date('2026-11-10T21:20:00Z') })).toMatchObject({ first: '2026-11-11T18:00:00.000Z' })
  })

  test('does not wait for a window where nothing restarts', () => {
    expect(outlook({ engine: 'MySQL', version: '8.0' })).toMatchObject({ restarts: false, window: 'any', first: now.toISOString() })
  })

  test('keeps out of freezes', () => {
    const freezes = [{ from: '2026-11-09T00:00:00+08:00', to: '2026-11-13T00:00:00+08:00', reason: 'x' }]
    expect(outlook({}, {}, { policy: { freezes } })).toMatchObject({ first: '2026-11-12T18:00:00.000Z' })
  })

  test('lacks a probe where the policy names none in its VPC: to be proven, or even to begin', () => {
    expect(outlook({ vpc: 'vpc-2' })).toMatchObject({ unseen: 'Proof' })
    expect(outlook({ vpc: 'vpc-2' }, { issuedBy: 'unknown' })).toMatchObject({ unseen: 'Issuer' })
    const rules = [{ match: { instance: 'rm-1' }, set: { certificate: 'aliyun' } }]
    expect(outlook({ vpc: 'vpc-2' }, { issuedBy: 'unknown' }, { policy: { rules } })).toMatchObject({ unseen: 'Proof' })
  })
})

test.each<[string, () => Outlook, string]>([
  ['TLS is off', () => outlook({}, { enabled: false }), 'EncryptionOff'],
  ['a custom certificate', () => outlook({}, { issuedBy: 'custom' }), 'CustomCertificate'],
  ['MariaDB', () => outlook({ engine: 'MariaDB' }), 'NotSupported'],
  ['PostgreSQL Serverless', () => outlook({ engine: 'PostgreSQL', serverless: true }), 'NotSupported'],
  ['a window that is none', () => outlook({ maintainTime: 'never' }), 'BadWindow'],
  ['a locked instance', () => outlook({ locked: true }), 'Locked'],
  ['an instance in motion', () => outlook({ status: 'Restarting' }), 'NotRunning'],
])('%s is not renewed, and the reason is named', (_, made, why) => expect(made()).toMatchObject({ will: 'not', why }))

test('a gone instance is named so', () => {
  expect(outlookOf(anInstance(), undefined, [], { policy: policyWith(), pace, account }, now)).toMatchObject({ will: 'not', why: 'Gone' })
})

describe('a task of Alibaba’s own', () => {
  test('that renews it and cannot be moved goes first', () => expect(outlook({}, {}, { tasks: [task] })).toEqual({ will: 'wait', task }))
  test.each<[string, Partial<VendorTask>]>([
    ['can be moved', { movable: true }],
    ['is of another instance', { instance: 'rm-2' }],
    ['is no TLS task', { tls: false }],
  ])('that %s does not', (_, change) => expect(outlook({}, {}, { tasks: [{ ...task, ...change }] })).toMatchObject({ will: 'renew' }))
})

describe('urgency', () => {
  const renew = outlook() as Extract<Outlook, { will: 'renew' }>
  const custom = outlook({}, { issuedBy: 'custom' })
  const ends = '2026-12-01T03:12:45Z'
  test.each<[string, Outlook, string | undefined, string, number, string]>([
    ['the deadline is 20 days ahead, the warning 20', renew, ends, '2026-11-10T21:20:00Z', 20, 'soon'],
    ['one second more', renew, ends, '2026-11-10T21:19:59Z', 20, 'fine'],
    ['the deadline has gone, the certificate has not', { ...renew, deadline: undefined }, ends, '2026-12-01T00:00:00Z', 10, 'now'],
    ['its last second', custom, ends, '2026-12-01T03:12:44Z', 0, 'fine'],
    ['its end', custom, ends, ends, 0, 'now'],
    ['a custom certificate presses by its end', custom, ends, '2026-11-21T03:12:45Z', 10, 'soon'],
    ['… and not a second before', custom, ends, '2026-11-21T03:12:44Z', 10, 'fine'],
    ['without a certificate nothing presses', outlook({}, { enabled: false }), undefined, ends, 10, 'none'],
    ['what could not be read is unseen', { will: 'not', why: 'Unread', detail: 'x' }, undefined, ends, 10, 'unseen'],
  ])('%s', (_, of, notAfter, at, warn, urgency) => expect(urgencyOf(of, notAfter, new Date(at), warn)).toBe(urgency))
})
