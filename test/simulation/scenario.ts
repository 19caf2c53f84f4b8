import {
  type Behaviour,
  type Certificate,
  day,
  type Instance,
  instanceOf,
  type RdsErrorCode,
  type RdsOptions,
  type Span,
  serial,
  type TaskSeed,
} from '../../local/model/rds.ts'
import type { Pace } from '../../shared/domain/pace.ts'
import { Dice, hash } from './dice.ts'
import { keyCanary } from './oracle/words.ts'
import type { Temper } from './people.ts'
import { drawWeather, type Weather } from './weather.ts'
import type { AuthorityName } from './world/certificates.ts'

const minute = 60_000
const hour = 60 * minute

/** Something that somebody or something does to the world at a moment. */
export type Act = { id: string; at: number } & (
  | { do: 'retag'; instance: string; tags: Record<string, string> }
  | { do: 'rewindow'; instance: string; window: string }
  | { do: 'upgrade'; instance: string; version: string }
  | {
      do: 'lock' | 'unlock' | 'unpaid' | 'release' | 'rename' | 'renew by hand' | 'bring a certificate' | 'hide' | 'show'
      instance: string
    }
  | { do: 'vendor task'; task: TaskSeed }
  | { do: 'source holds'; names: readonly AuthorityName[] }
  | { do: 'source fails'; how: 'Unreachable' | 'BadArchive' | undefined }
  | { do: 'policy'; change: PolicyChange }
  | { do: 'stop' | 'resume' }
  /** The daily timer fires once more than it should. */
  | { do: 'check again' }
  /** A message that nobody of ours has sent now: from an old queue, from a person's hand, by mistake. */
  | { do: 'stray message'; nth: number; type: 'RenewalApproved' | 'ValidityUpdated' | 'RenewalsDue' }
)

/** `what` comes so many ms after the service has taken the next change of its instance. */
export type Meanwhile = { id: string; at: number; do: 'meanwhile'; instance: string; after: number; what: Act }

export type PolicyChange =
  | { mode: 'observe' | 'act' }
  | { freeze: { from: string; to: string } }
  | { concurrency: number }
  | { approval: 'required' | 'automatic' }

/** policy.yaml as JSON. */
export type Document = {
  mode: 'observe' | 'act'
  timezone: string
  language: 'zh' | 'en'
  defaults: Record<string, unknown>
  rules: { match: Record<string, unknown>; set: Record<string, unknown> }[]
  freezes: { from: string; to: string; reason: string }[]
  approvers: Record<string, { channels: string[] }>
  reach: { region: string; vpc: string; function: string }[]
}

/**
 * A `brief` life is half a day around one restart or a few; the others last for days or weeks. On a bad day all that is tried goes wrong in one
 * way, one instance after the other.
 */
type Life = { now: number; brief: boolean; days: number; renewBefore: number; badDay: BadDay | undefined }
type BadDay = 'refused' | 'without an end'

export type Scenario = {
  now: number
  days: number
  instances: Instance[]
  rds: Omit<RdsOptions, 'now' | 'instances' | 'random'>
  policy: Document
  weather: Weather
  temper: Temper
  acts: (Act | Meanwhile)[]
  issuers: { from: number; issuer: AuthorityName }[]
  source: AuthorityName[]
  outages: { from: number; to: number; point: string }[]
  /** How the deployment's waits are set. */
  pace: Partial<Pace>
}

const regions = ['cn-hangzhou', 'ap-southeast-1'] as const
const vpcOf = { 'cn-hangzhou': 'vpc-1', 'ap-southeast-1': 'vpc-2' } as const

export function drawScenario(seed: number): Scenario {
  const dice = new Dice(hash('scenario', seed))
  const midnight = dice.chance(0.05)
  const now = Date.parse('2026-01-01T00:00:00Z') + dice.between(0, 364) * day + (midnight ? 15 : dice.between(0, 23)) * hour
  const pace = drawPace(dice)
  const brief = dice.chance(0.88)
  const days = brief ? 0.5 : dice.chance(0.1) ? dice.between(5, 21) : dice.between(1, 3)
  const renewBefore = dice.pick([5, 7, 14, 30] as const)
  const badDay = brief && dice.chance(0.06) ? dice.pick(['refused', 'without an end'] as const) : undefined
  const life = { now, brief, days, renewBefore, badDay }
  const instances = drawFleet(dice, life)
  return {
    now,
    days,
    instances,
    rds: drawService(dice, now + days * day, badDay),
    policy: { ...drawPolicy(dice, life), ...(midnight ? { timezone: 'Asia/Shanghai' } : {}) },
    weather: drawWeather(dice),
    temper: brief
      ? dice.weighted({ prompt: 60, late: 3, twice: 15, partly: 4, rejects: 5, wavers: 12, silent: 1 })
      : dice.weighted({ prompt: 40, late: 12, twice: 12, partly: 10, rejects: 6, wavers: 12, silent: 8 }),
    acts: [...(midnight ? [{ ...atMidnight, at: now + hour - 1000 }] : []), ...drawActs(dice, { now, days, instances })],
    issuers: dice.chance(0.3)
      ? [
          { from: 0, issuer: 'issuer-1' },
          { from: now + Math.floor(dice.next() * days * day), issuer: 'issuer-2' },
        ]
      : [{ from: 0, issuer: 'issuer-1' }],
    source: dice.chance(0.7) ? ['root-a', 'issuer-1', 'issuer-2', 'expired-1'] : ['root-a', 'issuer-1'],
    outages: drawOutages(dice, { now, days }),
    pace,
  }
}

/** Two scans a second apart, and a day between them: each closes a plan, and both plans name what is due. */
const atMidnight = { id: 'm', do: 'check again' } as const

/** What is looked at often costs much to simulate, and shows little more: production's own minutes and hours come now and then. */
function drawPace(dice: Dice): Partial<Pace> {
  const [pollRestart = 0, lookAgain = 0] = dice.weighted({ '1 10': 4, '4 10': 20, '8 20': 76 }).split(' ').map(Number)
  const recheck = Number(dice.weighted({ 1: 10, 4: 60, 8: 30 }))
  return { pollRestart: pollRestart * minute, lookAgain: lookAgain * minute, recheck: recheck * hour }
}

function drawFleet(dice: Dice, { now, brief, days, renewBefore, badDay }: Life): Instance[] {
  const size = badDay
    ? { refused: 4, 'without an end': 3 }[badDay]
    : brief
      ? dice.weighted({ 1: 72, 2: 25, 3: 3 })
      : dice.weighted({ 1: 35, 2: 35, 3: 20, 4: 7, 5: 3 })
  const instances: Instance[] = []
  const window = () => (brief && dice.chance(0.85) ? soonOpen(dice, now) : drawWindow(dice))
  const shared = badDay ? soonOpen(dice, now, 480) : dice.chance(0.6) ? window() : undefined
  for (let n = 0; n < Number(size); n++) {
    const master = dice.chance(0.35) ? instances.find(one => one.type === 'Primary' && one.engine !== 'MariaDB') : undefined
    const engine = master?.engine ?? dice.weighted({ MySQL: 45, SQLServer: 30, PostgreSQL: 22, MariaDB: 3 })
    const region = (master?.region as (typeof regions)[number] | undefined) ?? dice.pick(regions)
    const id = `${engine === 'PostgreSQL' ? 'pgm' : 'rm'}-${n}`
    const host = `${id}.rds.aliyuncs.com`
    const ends = dice.weighted({ soon: brief ? 75 : 70, expired: 5, far: brief ? 1 : 5, edge: 20 })
    const dueIn = {
      soon: brief ? -dice.next() * 2 : dice.next() * Math.min(days, 3) * 0.5,
      expired: -renewBefore - dice.next() * 3,
      far: 60 + dice.next() * 100,
      edge: -renewBefore + 0.3 + dice.next() * 3,
    }[ends]
    const certificate: Certificate = {
      serial: serial(dice.next),
      name: host,
      notBefore: Math.floor((now - 300 * day) / 1000) * 1000,
      notAfter: Math.floor((now + (renewBefore + dueIn) * day) / 1000) * 1000,
      by: dice.chance(0.07) ? 'foreign' : 'apsaradb',
    }
    const off = engine === 'MariaDB' || dice.chance(0.04)
    const postgres = engine === 'PostgreSQL'
    const clientCa = postgres && dice.chance(0.5)
    instances.push(
      instanceOf({
        id,
        engine,
        ...(engine === 'MySQL' ? { engineVersion: dice.chance(0.3) ? '8.0' : '5.7' } : {}),
        region,
        vpcId: vpcOf[region],
        endpoints: [
          { connectionString: host, port: 3306, ipType: 'Private', ipAddress: '172.16.0.10', type: 'Normal' },
          { connectionString: `pub-${host}`, port: 3306, ipType: 'Public', ipAddress: '47.0.0.1', type: 'Normal' },
        ],
        ...(master ? { type: 'Readonly', masterId: master.id } : {}),
        maintainTime: shared ?? window(),
        tags: { env: dice.chance(0.4) ? 'dev' : 'prod', ...(dice.chance(0.7) ? { app: dice.pick(['shop', 'ledger']) } : {}) },
        behaviour: drawBehaviour(dice, badDay === 'without an end'),
        ssl: {
          ...(off ? {} : { certificate }),
          ...(engine === 'SQLServer'
            ? { forceEncryption: dice.pick(['0', '1'] as const), tlsVersion: dice.pick(['1.0', '1.2'] as const) }
            : {}),
          ...(postgres ? { serverKey: keyCanary } : {}),
          ...(clientCa
            ? { clientCaCert: 'PEM', acl: 'verify-ca', replicationAcl: 'cert', ...(dice.chance(0.5) ? { clientCrl: 'CRL' } : {}) }
            : {}),
        },
      }),
    )
  }
  return instances
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}Z`

/** One that opens within hours: a life is brief, and most of what can go wrong goes wrong around the call. */
function soonOpen(dice: Dice, now: number, long?: number): string {
  const start = (Math.floor((now % day) / minute) + dice.between(0, 16) * 30) % 1440
  // Forty minutes hold a restart and its margin, and no moment to call.
  const length = long ?? (dice.chance(0.04) ? 40 : dice.pick([60, 120, 240, 480] as const))
  return `${clock(start)}-${clock((start + length) % 1440)}`
}

export function drawWindow(dice: Dice): string {
  if (dice.chance(0.01)) return '02:00Z-02:20Z'
  const start = dice.between(0, 47) * 30
  return `${clock(start)}-${clock((start + dice.pick([60, 60, 120, 240, 480] as const)) % 1440)}`
}

/** How an instance takes changes. Of a change that took effect, the service tells within 15 minutes by one of three: expiry, handshake, task. */
function drawBehaviour(dice: Dice, failing: boolean): Partial<Behaviour> {
  const outcome = dice.weighted({ renewed: failing ? 0 : 88, nothing: 5, restartOnly: 5, stuck: failing ? 20 : 2 })
  const historyListsSsl = outcome === 'restartOnly' || dice.chance(0.6)
  const servesRenewed = !dice.chance(0.12)
  const told = servesRenewed || historyListsSsl
  return {
    outcome,
    historyListsSsl,
    servesRenewed,
    visibilityLagMs: dice.pick<Span>([0, [0, 120_000], 120_000]),
    restartMs: dice.pick<Span>([[60_000, 300_000], 5 * minute, [60_000, 30 * minute], 30 * minute]),
    effectDelayMs: told ? dice.pick<Span>([0, [0, 29 * minute], 29 * minute]) : [0, 12 * minute],
    sslReadableMeanwhile: dice.chance(0.7),
    updateRemovesTask: dice.chance(0.5),
  }
}

/** A refusal that passes by itself has passed when the storm is `over`; the others stay. */
function drawService(dice: Dice, over: number, badDay: BadDay | undefined): Scenario['rds'] {
  const refusal = (code: RdsErrorCode) => ({
    code,
    action: 'ModifyDBInstanceSSL' as const,
    ...(code === 'ConcurrentLimit' ? { until: over } : {}),
  })
  return {
    ...(dice.chance(0.3)
      ? {
          vendor: {
            aheadMs: dice.between(2, 12) * day,
            noticeMs: 3 * day,
            slackMs: 2 * day,
            level: 'S0' as const,
            allowChange: dice.chance(0.5),
            allowCancel: dice.chance(0.5),
          },
        }
      : {}),
    ...(dice.chance(0.05)
      ? { refusals: [{ code: 'Forbidden.RAM' as const, action: 'DescribeDBInstances' as const, region: 'ap-southeast-1' }] }
      : {}),
    ...(badDay === 'refused' ? { refusals: [refusal('InvalidSSLStatus')] } : {}),
    ...(badDay === undefined && dice.chance(0.05)
      ? { refusals: [refusal(dice.pick(['IncorrectMinorVersion', 'InvalidSSLStatus', 'ConcurrentLimit'] as const))] }
      : {}),
  }
}

function drawPolicy(dice: Dice, { now, brief, days, renewBefore, badDay }: Life): Document {
  const freezes = Array.from({ length: dice.chance(brief ? 0.2 : 0.4) ? dice.between(1, 2) : 0 }, () => drawFreeze(dice, now, days))
  const automatic = dice.chance(0.3)
  return {
    mode: dice.chance(brief ? 0.98 : 0.9) ? 'act' : 'observe',
    timezone: dice.pick(['Asia/Shanghai', 'UTC'] as const),
    language: dice.chance(0.5) ? 'zh' : 'en',
    defaults: {
      renewBefore: `${renewBefore}d`,
      approval: automatic ? 'automatic' : 'required',
      approvers: 'dba',
      window: 'maintenance',
      concurrency: dice.pick([1, 1, 2, 3] as const),
      halt: { failures: dice.pick(badDay ? ([1, 2, 2, 3] as const) : ([1, 1, 2, 3] as const)) },
      proof: 'required',
      ask: dice.chance(brief ? 0.99 : 0.85) ? 'daily' : 'weekly',
    },
    rules: [
      ...(dice.chance(0.5)
        ? [
            {
              match: { tags: { env: 'dev' } },
              set: { approval: dice.pick(['automatic', 'required'] as const), concurrency: dice.pick([1, 2, 5] as const) },
            },
          ]
        : []),
      ...(dice.chance(0.4)
        ? [
            {
              match: { tags: { env: 'prod' } },
              set: { groups: ['tag:app'], concurrency: dice.pick([1, 2] as const), approvers: dice.pick(['dba', 'sre'] as const) },
            },
          ]
        : []),
    ],
    freezes,
    approvers: { dba: { channels: ['ding-dba'] }, sre: { channels: ['ding-sre', 'hook-sre'] } },
    reach: [
      { region: 'cn-hangzhou', vpc: 'vpc-1', function: 'probe-1' },
      ...(dice.chance(0.9) ? [{ region: 'ap-southeast-1', vpc: 'vpc-2', function: 'probe-2' }] : []),
    ],
  }
}

function drawFreeze(dice: Dice, now: number, days: number): Document['freezes'][number] {
  const from = now + Math.floor(dice.next() * days * 24) * hour + dice.between(0, 59) * minute
  const to = from + dice.between(1, 48) * hour
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), reason: 'Double 11' }
}

function drawOutages(dice: Dice, { now, days }: { now: number; days: number }): Scenario['outages'] {
  return Array.from({ length: dice.chance(0.25) ? dice.between(1, 3) : 0 }, () => {
    const from = now + Math.floor(dice.next() * days * day)
    const point = dice.pick(['Describe', 'journal', 'chat', 'probes', 'bundles', 'queue', 'source'] as const)
    return { from, to: from + dice.between(5, 90) * minute, point }
  })
}

function drawActs(
  dice: Dice,
  { now, days, instances }: { now: number; days: number; instances: readonly Instance[] },
): (Act | Meanwhile)[] {
  const count = dice.chance(0.25) ? 0 : dice.between(1, days < 1 ? 3 : 7)
  const acts: (Act | Meanwhile)[] = []
  for (let n = 0; n < count; n++) {
    const at = now + Math.floor(dice.next() * days * day)
    const one = instances[dice.between(0, instances.length - 1)]
    if (one) acts.push(...drawAct(dice, `a${n}`, at, one, { now, days }))
  }
  return acts
}

function drawAct(
  dice: Dice,
  id: string,
  at: number,
  { id: instance, engine, tags }: Instance,
  { now, days }: { now: number; days: number },
): (Act | Meanwhile)[] {
  const later = at + dice.between(1, 20) * hour
  const kind = dice.weighted({
    retag: 12,
    rewindow: 8,
    upgrade: 3,
    lock: 5,
    unpaid: 2,
    release: 4,
    rename: 4,
    'renew by hand': 6,
    'bring a certificate': 4,
    hide: 5,
    'vendor task': 8,
    'source holds': 10,
    'source fails': 8,
    policy: 14,
    stop: 8,
    'stray message': 16,
    meanwhile: 12,
  })
  switch (kind) {
    case 'retag':
      return [
        {
          id,
          at,
          do: kind,
          instance,
          tags: dice.chance(0.6)
            ? { ...tags, env: tags.env === 'dev' ? 'prod' : 'dev' }
            : { ...tags, app: dice.pick(['shop', 'ledger', 'new']) },
        },
      ]
    case 'rewindow':
      return [{ id, at, do: kind, instance, window: drawWindow(dice) }]
    case 'upgrade':
      return engine === 'MySQL' ? [{ id, at, do: kind, instance, version: '8.0' }] : []
    case 'lock':
      return [
        { id, at, do: kind, instance },
        { id: `${id}u`, at: later, do: 'unlock', instance },
      ]
    case 'hide':
      return [
        { id, at, do: kind, instance },
        { id: `${id}u`, at: later, do: 'show', instance },
      ]
    case 'unpaid':
    case 'release':
    case 'rename':
    case 'renew by hand':
    case 'bring a certificate':
      return [{ id, at, do: kind, instance }]
    case 'vendor task': {
      const switchAt = at + dice.between(2, 72) * hour
      const task = {
        instance,
        switchAt,
        deadline: switchAt + dice.between(0, 48) * hour,
        allowChange: dice.chance(0.4),
        allowCancel: dice.chance(0.4),
        renews: dice.chance(0.8),
      }
      return [{ id, at, do: kind, task }]
    }
    case 'source holds': {
      const names = dice.pick([
        ['root-a', 'issuer-1', 'issuer-2'],
        ['root-a', 'issuer-2'],
        ['root-a', 'issuer-1'],
        ['root-b', 'issuer-3'],
        ['root-a', 'root-b', 'issuer-1', 'issuer-2', 'issuer-3'],
      ] as [AuthorityName[], ...AuthorityName[][]])
      return [
        { id, at, do: kind, names },
        { id: `${id}u`, at: later, do: 'source holds', names: ['root-a', 'issuer-1', 'issuer-2'] },
      ]
    }
    case 'source fails':
      return [
        { id, at: dice.chance(0.4) ? now : at, do: kind, how: dice.pick(['Unreachable', 'BadArchive'] as const) },
        { id: `${id}u`, at: later, do: 'source fails', how: undefined },
      ]
    case 'policy':
      return [{ id, at, do: kind, change: drawChange(dice, now, days) }]
    case 'stray message':
      return [
        {
          id,
          at,
          do: kind,
          nth: dice.between(0, 9),
          type: dice.pick(['RenewalApproved', 'RenewalApproved', 'ValidityUpdated', 'RenewalsDue'] as const),
        },
      ]
    case 'meanwhile':
      return [
        { id, at: now, do: kind, instance, after: dice.between(0, 20 * 60) * 1000, what: drawMeanwhile(dice, id, now, instance, tags) },
      ]
    case 'stop':
      return [{ id, at, do: 'stop' }, ...(dice.chance(0.7) ? [{ id: `${id}u`, at: later, do: 'resume' as const }] : [])]
  }
}

/** What befalls an instance while it restarts. */
function drawMeanwhile(dice: Dice, id: string, at: number, instance: string, tags: Instance['tags']): Act {
  const kind = dice.weighted({ release: 40, retag: 15, lock: 8, rename: 8, rewindow: 9, stop: 20 })
  switch (kind) {
    case 'retag':
      return { id, at, do: kind, instance, tags: { ...tags, env: tags.env === 'dev' ? 'prod' : 'dev' } }
    case 'rewindow':
      return { id, at, do: kind, instance, window: drawWindow(dice) }
    case 'stop':
      return { id, at, do: kind }
    default:
      return { id, at, do: kind, instance }
  }
}

function drawChange(dice: Dice, now: number, days: number): PolicyChange {
  switch (dice.weighted({ observe: 3, act: 3, freeze: 3, concurrency: 2, approval: 3 })) {
    case 'observe':
      return { mode: 'observe' }
    case 'act':
      return { mode: 'act' }
    case 'freeze': {
      const { from, to } = drawFreeze(dice, now, days)
      return { freeze: { from, to } }
    }
    case 'concurrency':
      return { concurrency: dice.between(1, 3) }
    case 'approval':
      return { approval: dice.pick(['required', 'automatic'] as const) }
  }
}
