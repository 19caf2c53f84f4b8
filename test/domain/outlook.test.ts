import { describe, expect, test } from 'vitest'
import type { Instance, Protection, VendorTask } from '../../shared/domain/instance.ts'
import { type Outlook, outlookOf, urgencyOf } from '../../shared/domain/outlook.ts'
import { pace } from '../../shared/domain/pace.ts'
import { anInstance, aProtection } from './items.ts'
import { aPolicy } from './policies.ts'

const now = new Date('2026-11-10T00:00:00Z')
const reach = [
  { region: 'cn-hangzhou', vpc: 'vpc-1', function: 'p' },
  { region: 'eu-central-1', vpc: 'vpc-9', function: 'q' },
]
const outlook = (
  instance: Partial<Instance> = {},
  protection: Parameters<typeof aProtection>[0] | Protection = {},
  of: { tasks?: VendorTask[]; policy?: object; at?: Date } = {},
): Outlook => {
  const full =
    'enabled' in protection && protection.enabled === false ? protection : aProtection(protection as Parameters<typeof aProtection>[0])
  return outlookOf(anInstance(instance), full, of.tasks ?? [], { policy: aPolicy({ reach, ...of.policy }), pace }, of.at ?? now)
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
    expect(outlook()).toEqual({
      will: 'renew',
      from: '2026-10-31T21:20:00.000Z',
      first: '2026-11-10T18:00:00.000Z',
      deadline: '2026-11-30T21:20:00Z',
      restarts: true,
      window: '18:00Z-22:00Z',
      treatment: expect.objectContaining({ from: 'defaults', ask: 'weekly', groups: ['defaults'] }),
      unseen: undefined,
    })
  })

  test('has no chance before it is due', () =>
    expect(outlook({}, {}, { at: new Date('2026-10-01T00:00:00Z') })).toMatchObject({ first: '2026-11-01T18:00:00.000Z' }))

  test('has neither a first nor a last chance where freezes cover every window, and is due by its end', () => {
    const freezes = [{ from: '2026-11-09T00:00:00Z', to: '2028-01-01T00:00:00Z', reason: 'x' }]
    expect(outlook({}, {}, { policy: { freezes } })).toMatchObject({
      from: '2026-11-01T03:12:45.000Z',
      first: undefined,
      deadline: undefined,
    })
  })

  test('has its first chance at once while its window is open, and tomorrow from the moment on at which it closed for calls', () => {
    expect(outlook({}, {}, { at: new Date('2026-11-10T21:19:59.999Z') })).toMatchObject({ first: '2026-11-10T21:19:59.999Z' })
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
    expect(outlook({ region: 'cn-beijing' }), 'a VPC of the same name elsewhere').toMatchObject({ unseen: 'Proof' })
    expect(outlook({ vpc: 'vpc-2' }, { issuedBy: 'unknown' })).toMatchObject({ unseen: 'Issuer' })
    const rules = [{ match: { instance: 'rm-1' }, set: { certificate: 'aliyun' } }]
    expect(outlook({ vpc: 'vpc-2' }, { issuedBy: 'unknown' }, { policy: { rules } })).toMatchObject({ unseen: 'Proof' })
  })
})

test.each<[string, () => Outlook, string, string]>([
  ['TLS is off', () => outlook({}, { enabled: false }), 'EncryptionOff', 'TLS is off'],
  ['a custom certificate', () => outlook({}, { issuedBy: 'custom' }), 'CustomCertificate', 'its owner issues and renews its certificate'],
  ['MariaDB', () => outlook({ engine: 'MariaDB' }), 'NotSupported', 'MariaDB: the service cannot update its certificate by API'],
  [
    'PostgreSQL Serverless',
    () => outlook({ engine: 'PostgreSQL', serverless: true }),
    'NotSupported',
    'PostgreSQL Serverless has no TLS by API',
  ],
  [
    'a window that is none',
    () => outlook({ maintainTime: 'never' }),
    'BadWindow',
    'its maintenance window reads "never": set one in the console',
  ],
  ['a locked instance', () => outlook({ locked: true }), 'Locked', 'the instance is locked'],
  ['an instance in motion', () => outlook({ status: 'Restarting' }), 'NotRunning', 'the instance is Restarting'],
])('%s is not renewed, and the reason is named', (_, made, why, detail) => expect(made()).toEqual({ will: 'not', why, detail }))

test('a gone instance is named so', () => {
  expect(outlookOf(anInstance(), undefined, [], { policy: aPolicy(), pace }, now)).toMatchObject({ will: 'not', why: 'Gone' })
})

describe('a task of Alibaba’s own', () => {
  test('that renews it and cannot be moved goes first', () => expect(outlook({}, {}, { tasks: [task] })).toEqual({ will: 'wait', task }))
  test('is what an instance in motion is said to wait for; a locked one has to be unlocked first', () => {
    expect(outlook({ status: 'Restarting' }, {}, { tasks: [task] })).toEqual({ will: 'wait', task })
    expect(outlook({ locked: true }, {}, { tasks: [task] })).toMatchObject({ why: 'Locked' })
  })
  test.each<[string, Partial<VendorTask>]>([
    ['can be moved', { movable: true }],
    ['is of another instance', { instance: 'rm-2' }],
    ['is no TLS task', { tls: false }],
  ])('that %s does not', (_, change) => expect(outlook({}, {}, { tasks: [{ ...task, ...change }] })).toMatchObject({ will: 'renew' }))
})

describe('urgency', () => {
  const ends = '2026-12-01T03:12:45Z'
  const renewed = () => outlook()
  const custom = () => outlook({}, { issuedBy: 'custom' })
  const late = (): Outlook => ({ ...(outlook() as Extract<Outlook, { will: 'renew' }>), deadline: undefined })
  const unread = (): Outlook => ({ will: 'not', why: 'Unread', detail: 'x' })
  test.each<[string, () => Outlook, string | undefined, string, number, string]>([
    ['the deadline is 20 days ahead, the warning 20', renewed, ends, '2026-11-10T21:20:00.000Z', 20, 'soon'],
    ['one millisecond more', renewed, ends, '2026-11-10T21:19:59.999Z', 20, 'fine'],
    ['the deadline has gone, the certificate has not', late, ends, '2026-12-01T00:00:00Z', 10, 'now'],
    ['its last millisecond', custom, ends, '2026-12-01T03:12:44.999Z', 0, 'fine'],
    ['its end', custom, ends, ends, 0, 'now'],
    ['a custom certificate presses by its end', custom, ends, '2026-11-21T03:12:45.000Z', 10, 'soon'],
    ['… and not a millisecond before', custom, ends, '2026-11-21T03:12:44.999Z', 10, 'fine'],
    [
      'an instance that Alibaba renews presses by its end',
      () => outlook({}, {}, { tasks: [task] }),
      ends,
      '2026-11-21T03:12:44.999Z',
      10,
      'fine',
    ],
    ['without a certificate nothing presses', () => outlook({}, { enabled: false }), undefined, ends, 10, 'none'],
    ['what could not be read is unseen', unread, undefined, ends, 10, 'unseen'],
    ['… whatever is known of its end', unread, ends, ends, 10, 'unseen'],
  ])('%s', (_, of, notAfter, at, warn, urgency) => expect(urgencyOf(of(), notAfter, new Date(at), warn)).toBe(urgency))
})
