import { describe, expect, test } from 'vitest'
import { day, hour, iso, minute, second } from '../../shared/domain/duration.ts'
import type { Instance, Protection, VendorTask } from '../../shared/domain/instance.ts'
import type { PlanItem } from '../../shared/domain/item.ts'
import { pace } from '../../shared/domain/pace.ts'
import { evolvePlan, noPlan, type PlanFact } from '../../shared/domain/plan.ts'
import { type Decision, decideRenewal, type Gathered, hasEnded, hasMoved, type WaitFor } from '../../shared/domain/renewal.ts'
import { type EndReason, evolveRenewal, noRenewal, type RenewalFact } from '../../shared/domain/renewal-log.ts'
import { evolveRollout, noRollout, type RolloutFact, type Slot } from '../../shared/domain/rollout.ts'

/** Sunday, in the middle of the window 22:00Z-02:00Z. */
const now = Date.parse('2026-05-10T23:00:00Z')
const oldEnd = '2026-06-01T00:00:00Z'
const newEnd = '2027-05-10T23:00:00Z'
const plan = 'dba.required.2026-05-10'

const item: PlanItem = {
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
const instance: Instance = {
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
const protection: Protection = { enabled: true, host: item.host, notAfter: oldEnd, issuedBy: 'aliyun', changing: false, settings: {} }
const closed: PlanFact = {
  fact: 'Closed',
  plan,
  approvers: 'dba',
  approval: 'required',
  items: [item],
  validUntil: item.validUntil,
  policy: 1,
}
const yes: PlanFact = { fact: 'Answered', decision: 'approve', renewals: ['r1'], by: { kind: 'link', from: '10.0.0.1' } }
const no: PlanFact = { ...yes, decision: 'reject' }
const planned: RenewalFact = { fact: 'Planned', plan, item }
const slot: Slot = {
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
const task: VendorTask = {
  id: 't1',
  instance: 'rm-1',
  type: 'rds_ssl_update',
  tls: true,
  switchTime: '2026-05-12T18:00:00Z',
  deadline: undefined,
  movable: false,
  cancellable: false,
}
const started: RolloutFact = { fact: 'RestartStarted', slot }

const planOf = (...facts: PlanFact[]) => facts.reduce((state, fact) => evolvePlan(state, fact, iso(now)), noPlan)
const logOf = (...facts: RenewalFact[]) => facts.reduce(evolveRenewal, noRenewal)
const rolloutOf = (...facts: RolloutFact[]) => facts.reduce((state, fact) => evolveRollout(state, fact, iso(now), 1), noRollout)

/** Everything in favour of an update now. */
const ready: Gathered = {
  log: logOf(planned),
  plan: planOf(closed, yes),
  rollout: noRollout,
  mode: 'act',
  treatment: {
    renewBefore: 30 * day,
    approval: 'required',
    approvers: 'dba',
    window: 'maintenance',
    concurrency: 1,
    halt: { failures: 1 },
    proof: 'required',
    ask: 'weekly',
    from: 'defaults',
    groups: ['defaults'],
    updateValue: undefined,
    stated: false,
  },
  freezes: [],
  pace,
  instance,
  protection,
  tasks: [],
  listedSince: [],
  served: { reached: true, fingerprint: 'old', notBefore: '2025-06-01T00:00:00Z', issuerKnown: true },
  bundleCheckedAt: iso(now - hour),
}

const decide = (change: Partial<Gathered> = {}, at = now): Decision => decideRenewal({ ...ready, ...change }, new Date(at))
const protectedBy = (change: Partial<Extract<Protection, { enabled: true }>>): Protection =>
  ({ ...protection, enabled: true, ...change }) as Protection

test('with everything in favour, it updates with the promised value, and not after 30 seconds from now', () => {
  expect(decide()).toEqual({
    do: 'update',
    callBefore: iso(now + 30 * second),
    value: 2,
    slot: {
      ...slot,
      callBefore: iso(now + 30 * second),
      settings: { ConnectionString: item.host, CAType: 'aliyun' },
      attempt: undefined,
      startedAt: undefined,
    },
  })
})

test('of another that restarts beside it, nothing enters its slot', () => {
  const beside = {
    ...slot,
    renewal: 'r2',
    family: 'rm-2',
    groups: {},
    before: { fingerprint: 'theirs', notBefore: oldEnd },
    settings: { ACL: 'cert' },
  }
  expect(decide({ rollout: rolloutOf({ ...started, slot: beside }) })).toEqual(decide())
})

test('what the service says to be its own needs no probe: its slot has no leaf of before', () => {
  expect(decide({ served: { reached: false } })).toMatchObject({ do: 'update', slot: { before: undefined } })
})

test.each<[string, Instance | undefined, Protection | undefined, boolean]>([
  ['runs, and its expiry moved', instance, protectedBy({ notAfter: newEnd }), true],
  ['runs, and its expiry did not move', instance, protection, false],
  ['does not run', { ...instance, status: 'SSL_MODIFYING' }, protectedBy({ notAfter: newEnd }), false],
  ['still changes', instance, protectedBy({ notAfter: newEnd, changing: true }), false],
  ['lost its TLS', instance, { enabled: false }, false],
  ['lost its protection', instance, undefined, false],
  ['is gone', undefined, protectedBy({ notAfter: newEnd }), false],
])('an update of an instance that %s: has it ended?', (_, instance, protection, ended) =>
  expect(hasEnded(item, instance, protection)).toBe(ended),
)

describe('callBefore is the earliest of', () => {
  test('30 seconds from now', () => expect(decide()).toMatchObject({ callBefore: iso(now + 30 * second) }))
  test('the end of the window less restart and margin', () => {
    const late = Date.parse('2026-05-11T01:19:50Z')
    expect(decide({}, late)).toMatchObject({ do: 'update', callBefore: '2026-05-11T01:20:00Z' })
  })
  test('the start of a freeze less restart and margin', () => {
    const freezes = [{ from: now + 40 * minute + 10 * second, to: now + day }]
    expect(decide({ freezes })).toMatchObject({ do: 'update', callBefore: iso(now + 10 * second) })
  })
  test('the end of the approval', () => {
    const validUntil = iso(now + 5 * second)
    const short = { ...item, validUntil }
    const change = { log: logOf({ ...planned, item: short }), plan: planOf({ ...closed, items: [short] }, yes) }
    expect(decide(change)).toMatchObject({ do: 'update', callBefore: validUntil })
  })
})

describe('what forbids an update', () => {
  const refused = (reason: EndReason, because: string): Decision => ({ do: 'refuse', reason, because })
  const later = { ...instance, maintainTime: '20:00Z-23:59Z' }
  const by1 = { ...ready.treatment, updateValue: 1 as const }
  test.each<[string, Partial<Gathered>, Decision]>([
    ['no plan', { plan: noPlan }, { do: 'leave', because: 'no answer permits it: NoSuchPlan' }],
    ['no answer yet', { plan: planOf(closed) }, { do: 'leave', because: 'no answer permits it: NotAnswered' }],
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
      { served: { reached: true, fingerprint: 'x', notBefore: oldEnd, issuerKnown: false } },
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
    const unknown = { served: { reached: true, fingerprint: 'x', notBefore: oldEnd, issuerKnown: false } as const }
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

describe('what delays an update', () => {
  const odd = { ...item, promise: { ...item.promise, window: 'never' } }
  const unreadable = { log: logOf({ ...planned, item: odd }), instance: { ...instance, maintainTime: 'never' } }
  test.each<[string, Partial<Gathered>, WaitFor, number, string]>([
    ['a policy that only observes', { mode: 'observe' }, 'Act', 60, 'the policy only observes'],
    [
      'an unknown issuer that no probe reached',
      { protection: protectedBy({ issuedBy: 'unknown' }), served: { reached: false } },
      'Issuer',
      60,
      'the service does not say who issued the certificate, and no probe reached the endpoint',
    ],
    ['a locked instance', { instance: { ...instance, locked: true } }, 'Running', 15, 'the instance is locked'],
    ['an instance that is not Running', { instance: { ...instance, status: 'REBOOTING' } }, 'Running', 15, 'the instance is REBOOTING'],
    [
      'a change of TLS under way',
      { protection: protectedBy({ changing: true }) },
      'Running',
      15,
      'a change of its TLS settings is under way',
    ],
    [
      'an SSL task of Alibaba that cannot be moved',
      { tasks: [task] },
      'VendorTask',
      43 * 60 + 40,
      'Alibaba renews it at 2026-05-12T18:00:00Z',
    ],
    ['no bundle', { bundleCheckedAt: undefined }, 'Bundle', 10, 'no bundle is published yet'],
    [
      'a bundle whose source holds another, which waits for a person',
      { bundleWaiting: 'ab'.repeat(32) },
      'Bundle',
      10,
      'a new trust bundle waits for a person: rds-tls bundle accept abababababab',
    ],
    [
      'a bundle checked over 26 hours ago',
      { bundleCheckedAt: '2026-05-09T20:59:59.999Z' },
      'Bundle',
      10,
      'the bundle was last checked at 2026-05-09T20:59:59.999Z',
    ],
    ['a freeze', { freezes: [{ from: now - hour, to: now + hour }] }, 'MaintenanceWindow', 60, 'opens 2026-05-11T00:00:00Z'],
    [
      'freezes for years',
      { freezes: [{ from: now, to: now + 1000 * day }] },
      'MaintenanceWindow',
      24 * 60,
      'no window is left that no freeze covers',
    ],
    ['a window that nobody can read', unreadable, 'MaintenanceWindow', 24 * 60, 'no window is left that no freeze covers'],
    ['a halt', { rollout: rolloutOf({ fact: 'RolloutHalted', why: 'refuted' }) }, 'Resume', 60, 'halted: refuted'],
    [
      'a replica of the family that restarts',
      { rollout: rolloutOf({ ...started, slot: { ...slot, renewal: 'r2', groups: { other: 9 } } }) },
      'Slot',
      1,
      'rm-1 of the same family restarts',
    ],
    [
      'a full group',
      { rollout: rolloutOf({ ...started, slot: { ...slot, renewal: 'r2', family: 'rm-2' } }) },
      'Slot',
      1,
      '1 of defaults restart already',
    ],
  ])('%s', (_, change, reason, minutes, because) =>
    expect(decide(change)).toEqual({ do: 'wait', for: reason, until: iso(now + minutes * minute), because }),
  )

  test("a task that can be moved, is another instance's or not about SSL delays nothing", () => {
    for (const other of [{ movable: true }, { instance: 'rm-9' }, { tls: false }]) {
      expect(decide({ tasks: [{ ...task, ...other }] })).toMatchObject({ do: 'update' })
    }
  })
  test('a task that goes on after its switch is looked at again when a restart takes, and not at once', () => {
    const until = (switchTime: number) => decide({ tasks: [{ ...task, switchTime: iso(switchTime) }] })
    expect(until(now + hour)).toMatchObject({ for: 'VendorTask', until: iso(now + hour + 40 * minute) })
    expect(until(now - 5 * hour)).toMatchObject({ for: 'VendorTask', until: iso(now + 40 * minute) })
  })
  test('two looks within one hour wait until the same moment, so that they leave one hint', () => {
    const halted = { rollout: rolloutOf({ fact: 'RolloutHalted', why: 'refuted' }) }
    for (const at of [now, now + hour - 1]) expect(decide(halted, at)).toMatchObject({ until: iso(now + hour) })
    expect(decide(halted, now + hour)).toMatchObject({ until: iso(now + 2 * hour) })
  })
  test('an endpoint that looks like one that restarts is looked at again with the next ten minutes, any other with the next hour', () => {
    const unseen = (served: Gathered['served']) => decide({ protection: protectedBy({ issuedBy: 'unknown' }), served }, now + 1)
    expect(unseen({ reached: false, passing: true })).toMatchObject({ for: 'Issuer', until: iso(now + 10 * minute) })
    expect(unseen({ reached: false })).toMatchObject({ for: 'Issuer', until: iso(now + hour) })
  })
  test('what does not restart waits for no window, but for the end of a freeze', () => {
    const calm = { ...item, engine: 'MySQL' as const, promise: { restarts: false, window: 'any', updateValue: 1 as const } }
    const mysql = {
      log: logOf({ ...planned, item: calm }),
      instance: { ...instance, engine: 'MySQL', version: '8.0' },
      bundleCheckedAt: iso(now),
    }
    const noon = Date.parse('2026-05-11T12:00:00Z')
    expect(decide(mysql, noon)).toMatchObject({ do: 'update', value: 1, callBefore: iso(noon + 30 * second) })
    const freezes = [{ from: noon + 10 * minute, to: noon + hour + 1 }]
    expect(decide({ ...mysql, freezes }, noon)).toMatchObject({ for: 'MaintenanceWindow', until: iso(noon + hour + second) })
  })
  test('a bundle checked 26 hours ago to the millisecond is fresh enough', () => {
    expect(decide({ bundleCheckedAt: iso(now - 26 * hour) })).toMatchObject({ do: 'update' })
  })
  test('outside the window it waits until it opens', () => {
    expect(decide({}, Date.parse('2026-05-10T12:00:00Z'))).toMatchObject({
      do: 'wait',
      for: 'MaintenanceWindow',
      until: '2026-05-10T22:00:00Z',
    })
  })
  test('with 40 minutes left in the window it is too late for today', () => {
    expect(decide({}, Date.parse('2026-05-11T01:19:59.999Z'))).toMatchObject({ do: 'update' })
    expect(decide({}, Date.parse('2026-05-11T01:20:00Z'))).toMatchObject({
      do: 'wait',
      for: 'MaintenanceWindow',
      until: '2026-05-11T22:00:00Z',
    })
  })
})

describe('while a restart is under way', () => {
  const restarting = { rollout: rolloutOf(started), log: logOf(planned, { fact: 'Accepted', tries: 1, requestId: 'q' }) }
  const unknown = { rollout: rolloutOf(started), log: logOf(planned, { fact: 'Unknown', tries: 1, cause: 'hang-up' }) }
  const settled = Date.parse(slot.callBefore) + pace.settleAfter

  test('nobody calls again: it is watched', () => {
    expect(decide(restarting)).toEqual({ do: 'watch', because: 'restarting since 2026-05-10T23:00:00Z, status Running' })
    expect(decide({ ...restarting, protection: { enabled: false } })).toMatchObject({ do: 'watch' })
    expect(decide(restarting, settled + hour)).toMatchObject({ do: 'watch' })
  })
  test('it is finished once the expiry moved and the instance runs, whatever else the world says', () => {
    const moved = { protection: protectedBy({ notAfter: newEnd }), plan: planOf(closed, no), mode: 'observe' as const }
    expect(decide({ ...restarting, ...moved })).toEqual({ do: 'finish', notAfter: newEnd, before: slot.before, changed: [], left: [] })
    const because = 'the expiry moved, the instance is SSL_MODIFYING'
    expect(decide({ ...restarting, ...moved, instance: { ...instance, status: 'SSL_MODIFYING' } })).toEqual({ do: 'watch', because })
    expect(decide({ ...restarting, protection: protectedBy({ notAfter: newEnd, changing: true }) })).toMatchObject({ do: 'watch' })
  })
  test('what was set before the first call and is not after is told with the end', () => {
    const settings = { ConnectionString: item.host, CAType: 'aliyun', ForceEncryption: '1' }
    const began = { ...restarting, rollout: rolloutOf({ ...started, slot: { ...slot, settings } }) }
    const saying = (forceEncryption: string) => ({ protection: protectedBy({ notAfter: newEnd, settings: { forceEncryption } }) })
    expect(decide({ ...began, ...saying('1') })).toMatchObject({ do: 'finish', changed: [] })
    const changed = [{ setting: 'ForceEncryption', before: '1', after: '0' }]
    expect(decide({ ...began, ...saying('0') })).toMatchObject({ do: 'finish', changed })
    expect(decide({ ...restarting, ...saying('0') })).toMatchObject({ do: 'finish', changed: [] })
  })
  test('Alibaba’s own TLS tasks of the instance are left over, and those that may be are to be cancelled', () => {
    const ended = { ...restarting, protection: protectedBy({ notAfter: newEnd }) }
    const own = { ...task, cancellable: true }
    const tasks = [own, { ...task, id: '2' }, { ...own, instance: 'rm-2' }, { ...own, tls: false }]
    expect(decide({ ...ended, tasks })).toMatchObject({
      do: 'finish',
      left: [{ task: own }, { task: { id: '2' }, stays: 'it cannot be cancelled' }],
    })
    expect(decide({ ...ended, tasks: [own] })).toHaveProperty('left', [{ task: own }])
    expect(decide({ ...ended, tasks: [own], mode: 'observe' })).toHaveProperty('left', [{ task: own, stays: 'the policy only observes' }])
    expect(decide(ended)).toHaveProperty('left', [])
    const stays = "the answer to the update was lost, so the certificate may be someone else's"
    expect(decide({ ...ended, log: unknown.log, tasks: [own] })).toHaveProperty('left', [{ task: own, stays }])
  })
  test.each([{ instance: undefined }, { protection: undefined }])('a vanished instance frees its slot: %j', gone =>
    expect(decide({ ...restarting, ...gone })).toEqual({ do: 'free', evidence: 'Gone' }),
  )
  test('after two hours it is stuck, and a stuck one waits for a person', () => {
    expect(decide(restarting, now + 2 * hour - 1)).toMatchObject({ do: 'watch' })
    const because = 'no end of the restart after 2 h'
    expect(decide(restarting, now + 2 * hour)).toEqual({ do: 'stick', until: iso(now + 3 * hour), because })
    const stuck = { ...restarting, rollout: rolloutOf(started, { fact: 'RestartStuck', renewal: 'r1' }) }
    expect(decide(stuck, now + 3 * hour)).toEqual({ do: 'wait', for: 'Resume', until: iso(now + 4 * hour), because })
    expect(decide(stuck, now + 2 * hour - 1)).toMatchObject({ for: 'Resume', because: 'two calls, and no trace of either' })
  })

  describe('a call whose fate is unknown', () => {
    const unseen = 'the call left no trace in the service, but the old leaf was not seen again'
    const impossible = 'a second call is not possible now:'
    test('is not made again before 15 minutes after callBefore', () => {
      expect(decide(unknown, settled - 1)).toMatchObject({ do: 'watch' })
      expect(decide(unknown, settled)).toMatchObject({ do: 'update', slot: { tries: 2, before: slot.before } })
    })
    test.each<[string, Partial<Gathered>, string]>([
      [
        'the instance does not run',
        { instance: { ...instance, status: 'SSL_MODIFYING' } },
        "the call's fate is unknown, and the instance is SSL_MODIFYING",
      ],
      ['a change is under way', { protection: protectedBy({ changing: true }) }, "the call's fate is unknown, and the instance is Running"],
      ['TLS is off by now', { protection: { enabled: false } }, "the call's fate is unknown, and the instance is Running"],
      ['the old leaf is no longer served', { served: { reached: true, fingerprint: 'new', notBefore: oldEnd, issuerKnown: true } }, unseen],
      ['no probe sees the leaf', { served: { reached: false } }, unseen],
      ['no probe saw the leaf before', { rollout: rolloutOf({ ...started, slot: { ...slot, before: undefined } }) }, unseen],
      [
        'the service lists a task since',
        { listedSince: ['modify_ssl'] },
        "the call's fate is unknown, and the service lists modify_ssl since",
      ],
      ['the approval was turned into a no', { plan: planOf(closed, yes, no) }, `${impossible} the answer was no`],
      ['it ended since', { log: logOf(planned, { fact: 'Ended', reason: 'Abandoned', detail: '' }) }, `${impossible} it ended: Abandoned`],
      ['the policy only observes by now', { mode: 'observe' }, `${impossible} the policy only observes`],
      ['the rollout is halted', { rollout: rolloutOf(started, { fact: 'RolloutHalted', why: 'x' }) }, `${impossible} halted: x`],
      ['a freeze came', { freezes: [{ from: settled - hour, to: settled + hour }] }, `${impossible} opens 2026-05-11T00:15:30Z`],
    ])('is not made again where %s', (_, change, because) =>
      expect(decide({ ...unknown, ...change }, settled)).toEqual({ do: 'watch', because }),
    )
    test('is compared with what was told before the first one, though the second sends what is told now', () => {
      const settings = { ConnectionString: item.host, TlsVersion: '1.2' }
      const first = { ...unknown, rollout: rolloutOf({ ...started, slot: { ...slot, settings } }) }
      expect(decide(first, settled)).toMatchObject({ do: 'update', slot: { tries: 2, settings } })
    })
    test('is not made a third time', () => {
      const second_ = { ...unknown, rollout: rolloutOf({ ...started, slot: { ...slot, tries: 2 } }) }
      const because = 'two calls, and no trace of either'
      expect(decide(second_, settled)).toEqual({ do: 'stick', until: iso(now + hour), because })
    })
  })
})

describe('what is over', () => {
  const updated: RenewalFact = { fact: 'Updated', notAfter: newEnd, adopted: false }
  test('an update of ours is only announced again', () => expect(decide({ log: logOf(planned, updated) })).toEqual({ do: 'announce' }))
  test('a renewal by someone else is adopted, without a restart', () => {
    expect(decide({ protection: protectedBy({ notAfter: newEnd }) })).toEqual({ do: 'adopt', notAfter: newEnd })
    const because = 'the expiry moved, the change is still under way'
    expect(decide({ protection: protectedBy({ notAfter: newEnd, changing: true }) })).toEqual({ do: 'watch', because })
  })
  test('a renewal that ended by an old look is finished all the same once its restart moved the expiry', () => {
    const log = logOf(planned, { fact: 'Ended', reason: 'PossiblyCustom', detail: '' })
    const moved = { log, rollout: rolloutOf(started), protection: protectedBy({ notAfter: newEnd }) }
    expect(decide(moved)).toMatchObject({ do: 'finish' })
    expect(logOf(planned, { fact: 'Ended', reason: 'PossiblyCustom', detail: '' }, updated).ended).toBeUndefined()
  })
  test('an ended renewal is left alone', () => {
    const log = logOf(planned, { fact: 'Ended', reason: 'Rejected', detail: '' })
    expect(decide({ log })).toEqual({ do: 'leave', because: 'it ended: Rejected' })
  })
})

test.each([
  ['2026-06-01T00:00:00Z', '2026-06-30T23:59:59.999Z', false],
  ['2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z', true],
  ['2026-06-01T00:00:00Z', '2026-06-01T00:00:40Z', false],
  ['2026-06-01T00:00:00Z', '2026-05-01T00:00:00Z', false],
])('an expiry that went from %s to %s has moved: %s', (from, to, moved) => expect(hasMoved(from, to)).toBe(moved))
