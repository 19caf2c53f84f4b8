import { describe, expect, test } from 'vitest'
import { bundleFact } from '../../shared/domain/bundle-log.ts'
import { expiryVerdict, type NotDueReason } from '../../shared/domain/expiry.ts'
import { planItem } from '../../shared/domain/item.ts'
import { noticeFact, progressFact } from '../../shared/domain/notice.ts'
import { planFact } from '../../shared/domain/plan.ts'
import { policyFact } from '../../shared/domain/policy-log.ts'
import { proxySeen } from '../../shared/domain/proxy.ts'
import { type EndReason, renewalFact } from '../../shared/domain/renewal-log.ts'
import { lookFact, rolloutEntry } from '../../shared/domain/rollout.ts'
import { scanFact } from '../../shared/domain/scan.ts'
import { settingsTold } from '../../shared/domain/settings.ts'
import type * as z from '../../shared/schema.ts'
import { anItem, aPlan } from './items.ts'

const instant = '2026-11-09T18:30:00Z'
const leaf = { fingerprint: 'old', notBefore: instant }
const item = anItem({ stated: true })
const mysql = anItem({ engine: 'MySQL', promise: { restarts: false, window: 'any', updateValue: 1 } })
const answered = { fact: 'Answered', decision: 'approve', renewals: ['r1', 'r2'], by: { kind: 'link', from: '10.0.0.1' } }
const settings = { ConnectionString: 'h', CAType: 'aliyun', ForceEncryption: '1', TlsVersion: '1.2', ACL: 'cert', ReplicationACL: 'prefer' }
const slot = {
  renewal: 'r1',
  instance: 'rm-1',
  family: 'rm-1',
  groups: { defaults: 2 },
  attempt: 'a1',
  callBefore: instant,
  startedAt: instant,
  tries: 2,
  before: leaf,
  settings,
  stuck: false,
}
const failure = { at: instant, renewal: 'r1', why: 'Stuck' }
const after = { slots: [slot], failures: [failure], known: [failure], halted: { at: instant, why: 'refuted' } }
const notDue = { due: false, region: 'cn-hangzhou', instance: 'rm-1', description: '', engine: 'MySQL', reason: 'NotDue', detail: 'x' }
const due = { due: true, approvers: 'dba', approval: 'required', item }
const proxies = [
  { instance: 'rm-1', approvers: 'dba', host: 'h', notAfter: instant, from: instant },
  { instance: 'rm-2', approvers: 'dba', unread: 'Forbidden.RAM' },
]
const told = { setting: 'ClientCACert', before: 'sha256:0', after: 'sha256:1' }
const tasks = [{ id: 't1', type: 'rds_ssl_update', switchTime: instant, stays: 'it cannot be cancelled' }]
const updated = { fact: 'Updated', notAfter: instant, adopted: false }
const root = { fingerprint: 'f', subject: 's', notAfter: instant }
const page = { fact: 'Page', region: 'cn-hangzhou', verdicts: [due, notDue] }

/** One of everything that each log may hold. */
const logs: Record<string, [z.ZodMiniType, Record<string, unknown>[]]> = {
  item: [planItem, [item, mysql, anItem({ engine: 'PostgreSQL', vpc: undefined, deadline: undefined })]],
  plans: [
    planFact,
    [
      { ...aPlan([item, mysql], { policy: 2 }) },
      { ...aPlan(undefined, { approval: 'automatic' }) },
      { fact: 'Asked', ask: 2 },
      answered,
      { ...answered, decision: 'reject', by: { kind: 'policy', entry: 2 } },
      { ...answered, by: { kind: 'ram', identity: 'user/li.wei' } },
      { fact: 'Dropped', renewals: ['r1'] },
      { fact: 'Lapsed' },
    ],
  ],
  renewals: [
    renewalFact,
    [
      { fact: 'Planned', plan: 'p1', item },
      { fact: 'Accepted', tries: 1, requestId: 'A1' },
      { fact: 'Unknown', tries: 1, cause: 'hang-up' },
      { fact: 'NotTaken', tries: 1, code: 'Throttling', message: 'slow down' },
      { ...updated, before: leaf, changed: [told, { setting: 'ACL', before: 'cert' }], tasks: [...tasks, ...tasks] },
      { ...updated, adopted: true },
      { fact: 'Published', version: 'v1' },
      { fact: 'Proven', fingerprint: 'new', serial: '01', notAfter: instant, from: 'vpc-1' },
      { fact: 'Unreached', detail: 'TimedOut', mend: 'allow the vSwitch' },
      { fact: 'Refuted', code: 'OldLeafServed', detail: 'the old one' },
      { fact: 'Ended', reason: 'Rejected', detail: 'the answer was no' },
      { fact: 'Reopened', by: 'user/li.wei' },
    ],
  ],
  restarts: [
    rolloutEntry,
    [
      { what: { fact: 'RestartStarted', slot }, after },
      ...['Moved', 'NotTaken', 'Gone', 'Abandoned'].map(evidence => ({
        what: { fact: 'RestartEnded', renewal: 'r1', evidence, failure: 'x' },
        after: { slots: [{ ...slot, groups: { defaults: 1 }, tries: 1 }], failures: [] },
      })),
      { what: { fact: 'SecondNotTaken', first: slot }, after },
      { what: { fact: 'RestartStuck', renewal: 'r1' }, after },
      { what: { fact: 'RenewalFailed', renewal: 'r1', why: 'Refuted' }, after },
      { what: { fact: 'RolloutHalted', why: 'x', by: 'user/li.wei' }, after },
      { what: { fact: 'RolloutResumed', by: 'user/li.wei' }, after },
    ],
  ],
  looks: [lookFact, [{ fact: 'Look', at: instant }]],
  scans: [
    scanFact,
    [
      { fact: 'Started', regions: ['cn-hangzhou', 'cn-beijing'], policy: 2 },
      page,
      { ...page, next: 't1', proxies },
      { fact: 'RegionFailed', region: 'cn-beijing', code: 'Forbidden.RAM', message: 'no' },
      { fact: 'Ended', plans: ['p1'], missed: ['cn-beijing', 'cn-shenzhen'] },
    ],
  ],
  verdict: [expiryVerdict, [due, { ...due, approval: 'automatic' }, { ...notDue, notAfter: instant, from: instant }]],
  proxy: [proxySeen, proxies],
  notices: [noticeFact, [{ fact: 'Claimed', by: 'a1' }, { fact: 'Posted' }]],
  progress: [progressFact, [{ fact: 'Proven', renewal: 'r1' }]],
  policy: [policyFact, [{ text: 'mode: act', document: { mode: 'act' }, by: 'user/li.wei' }]],
  bundle: [
    bundleFact,
    [
      { fact: 'Refused', version: 'B', instead: 'A', rootsAdded: [root], rootsRemoved: [root], harmed: ['rm-1'] },
      { fact: 'Accepted', version: 'B', instead: 'A', harms: ['rm-1'], by: 'user/li.wei' },
    ],
  ],
}

/** Made here, not in the first test that reads: mutants of a schema are tried against every test only where it is made as the file loads. */
for (const [schema] of Object.values(logs)) {
  try {
    schema.safeParse(undefined)
  } catch {
    // Its own tests say so, by name.
  }
}

describe.each(Object.entries(logs))('what the journal holds of %s', (_, [schema, entries]) => {
  test.each(entries.map(entry => [JSON.stringify(entry).slice(0, 80), entry] as const))('is read as it was written: %s', (_, entry) => {
    expect(schema.parse(entry)).toEqual(entry)
    expect(schema.safeParse({ ...entry, more: 1 }).success, 'with a key that nobody knows').toBe(false)
    for (const key of Object.keys(entry).filter(key => !optional.includes(key) && entry[key] !== undefined)) {
      const { [key]: _, ...less } = entry
      expect(schema.safeParse(less).success, `without its ${key}`).toBe(false)
    }
  })
})

const optional = ['vpc', 'deadline', 'stated', 'before', 'changed', 'tasks', 'next', 'proxies', 'missed', 'notAfter', 'from', 'document']

test.each([0, 3])('a restart has one or two tries, and not %i', tries =>
  expect(rolloutEntry.safeParse({ what: { fact: 'RestartStarted', slot: { ...slot, tries } }, after }).success).toBe(false),
)

const ends: EndReason[] = [
  ...(['Rejected', 'ApprovalLapsed', 'PromiseChanged', 'ApprovalNeeded', 'EndpointMoved', 'EncryptionOff'] as const),
  ...(['CustomCertificate', 'PossiblyCustom', 'NotSupported', 'InstanceGone', 'RefusedByService', 'Abandoned'] as const),
]
test.each(ends)('a renewal may end by %s', reason =>
  expect(renewalFact.safeParse({ fact: 'Ended', reason, detail: '' }).success).toBe(true),
)
const notDues: NotDueReason[] = [
  ...(['NotDue', 'EncryptionOff', 'CustomCertificate', 'NotSupported', 'Gone', 'BadWindow', 'AskLater', 'Unread'] as const),
]
test.each(notDues)('an instance may be not due by %s', reason => expect(expiryVerdict.safeParse({ ...notDue, reason }).success).toBe(true))

test.each<[string, z.ZodMiniType, unknown]>([
  ['a plan of nothing', planFact, { ...aPlan(), items: [] }],
  ['a plan under no policy', planFact, aPlan(undefined, { policy: 0 })],
  ['an ask before the first', planFact, { fact: 'Asked', ask: 0 }],
  ['a yes by no entry of the policy', planFact, { ...answered, by: { kind: 'policy', entry: 0 } }],
  ['a yes by nobody', planFact, { ...answered, by: { kind: 'ram', identity: '' } }],
  ['an update that would turn TLS off', planItem, anItem({ promise: { ...item.promise, updateValue: 0 as 1 } })],
  ['a change of nothing', renewalFact, { ...updated, changed: [] }],
  ['no task left', renewalFact, { ...updated, tasks: [] }],
  ['a third attempt', rolloutEntry, { what: { fact: 'RestartStarted', slot: { ...slot, tries: 3 } }, after }],
  ['an attempt before the first', rolloutEntry, { what: { fact: 'RestartStarted', slot: { ...slot, tries: 0 } }, after }],
  ['a group in which nobody may restart', rolloutEntry, { what: { fact: 'RestartStarted', slot: { ...slot, groups: { a: 0 } } }, after }],
  ['a scan of no region', scanFact, { fact: 'Started', regions: [], policy: 1 }],
  ['a scan under no policy', scanFact, { fact: 'Started', regions: ['cn-hangzhou'], policy: 0 }],
  ['a scan that missed nothing by name', scanFact, { fact: 'Ended', plans: [], missed: [] }],
  ['a setting that nobody knows', settingsTold, { SSLEnabled: '0' }],
])('no journal holds %s', (_, schema, entry) => expect(schema.safeParse(entry).success).toBe(false))
