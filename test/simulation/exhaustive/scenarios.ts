import { type Behaviour, type Certificate, type Instance, type InstanceSeed, instanceOf } from '../../../local/model/rds.ts'
import { queueOf } from '../../../shared/flow.ts'
import { someDefaults } from '../../domain/policies.ts'
import { perform } from '../acts.ts'
import type { Act, Document } from '../scenario.ts'
import type { Trouble } from '../world/process.ts'
import type { Mishap } from './fate.ts'
import { begin, type Scenario, type Stage } from './life.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** It takes its update at once, is away for four minutes, and tells of it a little later. */
const usual: Partial<Behaviour> = { visibilityLagMs: 0, restartMs: 4 * minute, effectDelayMs: 4 * minute, caTypeRequired: true }

const leaf = (id: string, days: number): Certificate => ({
  serial: `${id.replace(/\D/g, '')}${days}`,
  name: `${id}.rds.aliyuncs.com`,
  notBefore: begin + (days - 365) * day,
  notAfter: begin + days * day,
  by: 'apsaradb',
})

/** Restarts when it is updated, `days` before the end of its certificate. */
function instance(id: string, more: Partial<InstanceSeed> = {}, behaviour: Partial<Behaviour> = {}, days = 25): Instance {
  const engine = more.engine ?? 'MySQL'
  const certificate = leaf(id, days)
  return instanceOf({
    id,
    engine,
    ...(engine === 'MySQL' ? { engineVersion: '5.7' } : {}),
    endpoints: [{ connectionString: certificate.name, port: 3306, ipType: 'Private', ipAddress: '172.16.0.10', type: 'Normal' }],
    maintainTime: '00:30Z-06:00Z',
    behaviour: { ...usual, ...behaviour },
    ssl: { certificate },
    ...more,
  })
}

const policy = (defaults: Record<string, unknown> = {}): Document => ({
  mode: 'act',
  timezone: 'UTC',
  language: 'en',
  defaults: { ...someDefaults, ask: 'daily', ...defaults },
  rules: [],
  freezes: [],
  approvers: { dba: { channels: ['ding-dba'] } },
  reach: [{ region: 'cn-hangzhou', vpc: 'vpc-1', function: 'probe-1' }],
})

const common = { temper: 'approves', policy: policy(), ends: ['proven'], updates: [1] } as const satisfies Partial<Scenario>

/** An act of the storms, at its time after the beginning. */
const act = (at: number, of: DistributedOmit<Act, 'id' | 'at'>): NonNullable<Scenario['acts']>[number] => ({
  at,
  does: ({ world, watch, person }) =>
    perform({ id: 'act', at: begin + at, ...of } as Act, world, watch.truth, person as never, () => policy()),
})
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const first =
  (point: string, trouble: Trouble): Mishap =>
  (reached, before) =>
    reached === point && before === 0 ? trouble : undefined

function strayBytes({ world }: Stage): void {
  const queue = queueOf('update-validity')
  const body = Buffer.from('no event of ours').toString('base64')
  const sent = world.mns.send(queue, { body }, world.time.now)
  if (sent.ok) world.onMessage(queue, { id: sent.value.messageId, body }, world.time.now)
}

const shop = instance('rm-1')
const later = instance('rm-1', { maintainTime: '04:00Z-06:00Z' }, { caTypeRequired: false })
const young = instance('rm-1', {}, {}, 300)

/** The scan is at one; its card is answered a minute later, and where the window is open it is updated at once. */
const answered = hour + minute

/** In each, what goes as it went in none before it is cut. */
export const scenarios: readonly Scenario[] = [
  { ...common, name: 'approved update', instances: [shop] },
  { ...common, name: 'a wait for the window', instances: [later] },
  {
    ...common,
    name: 'automatic update',
    instances: [instance('rm-1', { engine: 'SQLServer' })],
    policy: policy({ approval: 'automatic' }),
    temper: 'is silent',
  },
  {
    ...common,
    name: 'two updates, one after the other',
    instances: [shop, instance('rm-2', { engine: 'PostgreSQL' })],
  },
  {
    ...common,
    name: 'adopted renewal',
    instances: [later],
    acts: [act(3 * hour, { do: 'renew by hand', instance: 'rm-1' })],
    updates: [0],
  },
  {
    ...common,
    name: "Alibaba's own task",
    instances: [shop],
    acts: [act(30 * minute, { do: 'vendor task', task: { instance: 'rm-1', switchAt: begin + 2 * hour, deadline: begin + 3 * hour } })],
    updates: [0],
  },
  {
    ...common,
    name: 'a task of theirs that our update leaves over',
    instances: [shop],
    acts: [
      act(30 * minute, {
        do: 'vendor task',
        task: { instance: 'rm-1', switchAt: begin + 2 * day, deadline: begin + 3 * day, allowChange: true, allowCancel: true },
      }),
    ],
  },
  {
    ...common,
    name: 'a second attempt after a call that never came',
    instances: [shop],
    mishap: first('ModifyDBInstanceSSL', 'hang-up before'),
    // Killed before its second call, it has made two for all that anybody can know.
    ends: ['proven', 'Stuck'],
    updates: [1, 0],
  },
  {
    ...common,
    name: 'a call whose answer never came',
    instances: [shop],
    mishap: first('ModifyDBInstanceSSL', 'hang-up after'),
  },
  {
    ...common,
    name: 'throttled, and tried again',
    instances: [shop],
    mishap: first('ModifyDBInstanceSSL', 'throttled'),
  },
  {
    ...common,
    name: 'refused for good',
    instances: [shop],
    rds: { refusals: [{ code: 'IncorrectMinorVersion', action: 'ModifyDBInstanceSSL' }] },
    ends: ['Refused'],
    updates: [0],
  },
  { ...common, name: 'rejected', instances: [shop], temper: 'rejects', ends: ['untouched'], updates: [0] },
  {
    ...common,
    name: 'nobody answers',
    instances: [instance('rm-1', {}, {}, 2)],
    temper: 'is silent',
    ends: ['Lapsed'],
    updates: [0],
  },
  {
    ...common,
    name: 'every message lost once',
    instances: [shop],
    lost: (_, n) => n === 1,
  },
  {
    ...common,
    name: 'a proof refuted',
    instances: [instance('rm-1', {}, { servesRenewed: false })],
    ends: ['Refuted'],
  },
  {
    ...common,
    name: 'an endpoint that nobody reached for a day',
    instances: [shop],
    acts: [act(answered + minute, { do: 'hide', instance: 'rm-1' }), act(3 * hour, { do: 'show', instance: 'rm-1' })],
    said: ['Unreached'],
  },
  {
    ...common,
    name: 'an instance that vanishes while it restarts',
    instances: [shop],
    acts: [act(answered + 2 * minute, { do: 'release', instance: 'rm-1' })],
    ends: ['Refused'],
  },
  {
    ...common,
    name: 'a restart without an end',
    instances: [instance('rm-1', {}, { outcome: 'stuck' })],
    ends: ['Stuck'],
  },
  {
    ...common,
    name: 'the first day',
    instances: [later],
    packaged: JSON.stringify({ ...policy(), mode: 'observe' }),
    acts: [{ at: 2 * hour, does: ({ person }) => person.push(JSON.stringify(policy())) }],
  },
  {
    ...common,
    name: 'a nightly publication',
    instances: [young],
    acts: [act(12 * hour, { do: 'source holds', names: ['root-a', 'issuer-1', 'issuer-2'] })],
    ends: ['published'],
    updates: [0],
  },
  {
    ...common,
    name: 'a bundle with another root',
    instances: [young],
    acts: [act(12 * hour, { do: 'source holds', names: ['root-a', 'issuer-1', 'root-b', 'issuer-3'] })],
    ends: ['BundleRefused'],
    updates: [0],
  },
  {
    ...common,
    name: 'a drift',
    instances: [instance('rm-1', { served: leaf('rm-1', 100) }, {}, 300)],
    ends: ['Drift'],
    updates: [0],
  },
  {
    ...common,
    name: 'a fleet that cannot be listed',
    instances: [young],
    rds: { refusals: [{ code: 'Forbidden.RAM', action: 'DescribeRegions' }] },
    watched: true,
    ends: ['ScanMissing'],
    said: ['ScanIncomplete'],
    updates: [0],
  },
  {
    ...common,
    name: 'a message that nobody can read',
    instances: [young],
    acts: [{ at: 2 * hour, does: strayBytes }],
    ends: ['buried', 'untouched'],
    updates: [0],
  },
]
