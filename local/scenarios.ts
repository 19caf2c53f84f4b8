import type { FleetRow } from './model/fleet.ts'
import { singapore } from './model/fleet.ts'
import type { RdsWorld, Refusal, Region } from './model/rds.ts'
import { day, seededRandom, serial, year } from './model/rds.ts'

/** When something happens behind the product's back: each once, seen from the services, so that nothing of the product knows of it. */
export type Moment =
  /** The plan of the day stands in the journal. */
  | 'planned'
  /** update-validity is about to look at the instance for the first time. */
  | 'looked at'
  /** Its Update Validity was accepted. */
  | 'accepted'

export type Stage = {
  world: RdsWorld
  /** Ms. */
  now: number
  /** The id of an instance of the fleet. */
  id(name: string): string
}

export type Scenario = {
  /** What is so, and what the product makes of it. */
  says: string
  /** Instances that join the fleet; what happens at a moment is about the first. */
  rows: readonly FleetRow[]
  refusals?: (id: Stage['id']) => readonly Refusal[]
  /** A region beside those of the fleet. */
  region?: Region
  at?: Partial<Record<Moment, (stage: Stage, id: string) => void>>
  /** It halts whatever else would be renewed: nobody healthy is beside it. */
  alone?: true
  /** What lasts long there lasts seconds here: see PACE. */
  pace?: Readonly<Record<string, string>>
}

/** Due, and renewed without a question: what becomes of it is the scenario's alone. */
const due = (name: string, more: Partial<FleetRow> = {}): FleetRow => ({
  name,
  engine: 'MySQL',
  version: '5.7',
  ends: 8,
  env: 'dev',
  app: name,
  expect: 'renewed',
  ...more,
})

const elsewhere: Region = { id: 'cn-shanghai', localName: 'China (Shanghai)', zones: ['cn-shanghai-b'] }

/** Functions sign as sessions of their roles, named after both. */
const roleOf = (step: string): string => `rds-tls-${step}/rds-tls-${step}`

export const scenarios = {
  locked: {
    says: 'its subscription ended, and it is locked: the update waits until it is unlocked, and its nearing end is announced',
    rows: [due('locked', { ends: 5, expect: 'refused:Locked', more: { lockMode: 'LockByExpiration' } })],
  },
  unpaid: {
    says: 'an order is unpaid: the service refuses the update, which ends this renewal alone and is announced',
    rows: [due('unpaid', { expect: 'refused:Unpaid', more: { expired: true } })],
  },
  'deleted-half-way': {
    says: 'it is released while it restarts: its place is free again, and the renewal ends as gone, which is announced',
    rows: [due('deleted-half-way', { expect: 'refused:Gone' })],
    at: { accepted: ({ world }, id) => void world.release(id) },
  },
  'endpoint-renamed': {
    says: 'its endpoint gets another name after the plan was made: what was asked for is no longer so, and this item alone is void',
    rows: [due('endpoint-renamed', { expect: 'refused:EndpointMoved' })],
    at: { planned: rename },
  },
  'renewed-by-someone-else': {
    says: 'a person renews it in the console after the plan was made: it is adopted, proven and published, and not restarted again',
    rows: [due('renewed-by-someone-else', { expect: 'adopted' })],
    at: { 'looked at': renew },
  },
  'vendor-renews': {
    says: 'Alibaba’s own S0 task, which cannot be moved, renews it within seconds: it is waited for and adopted',
    rows: [due('vendor-renews', { engine: 'SQLServer', version: '2019_std_ha', expect: 'adopted' })],
    at: { 'looked at': ({ world, now }, id) => void world.addTask({ instance: id, switchAt: now + 2000, prepareMs: 0 }) },
    pace: { restart: '1s', margin: '1s' },
  },
  'vendor-task-left': {
    says: 'Alibaba’s own tasks, a day away, hold no update up and are left over by it: one is cancelled, the other cannot be, and is told with its time',
    rows: [due('task-cancelled'), due('task-stays')],
    at: {
      planned: ({ world, now, id }) => {
        const task = { switchAt: now + day, deadline: now + 2 * day, allowChange: true }
        world.addTask({ ...task, instance: id('task-cancelled'), allowCancel: true })
        world.addTask({ ...task, instance: id('task-stays') })
      },
    },
  },
  replicas: {
    says: 'a primary and its read-only instance are due at once: each is renewed, and they never restart together',
    rows: [due('primary'), due('replica', { more: { type: 'Readonly', masterId: 'primary' } })],
  },
  proxy: {
    says: 'its database proxy’s own certificate ends soon: this product does not renew it, and says so by name',
    rows: [due('proxy', { ends: 240, proxyEnds: 7, expect: 'notDue' })],
  },
  serverless: {
    says: 'PostgreSQL Serverless has no TLS by API, and is told as not supported; MySQL Serverless is looked after as any other',
    rows: [
      due('serverless', { version: '8.0', ends: 240, expect: 'notDue', more: { serverless: true } }),
      due('serverless-postgres', {
        engine: 'PostgreSQL',
        version: '15.0',
        place: singapore,
        expect: 'refused:NotSupported',
        more: { serverless: true },
      }),
    ],
  },
  'role-refused': {
    says: 'the role of update-validity may not change an instance: its renewal ends by the service’s no, which halts the rollout, and its replica waits',
    rows: [
      due('role-refused', { expect: 'refused:Forbidden' }),
      due('role-refused-too', { expect: 'refused:Forbidden', more: { type: 'Readonly', masterId: 'role-refused' } }),
    ],
    alone: true,
    refusals: id =>
      ['role-refused', 'role-refused-too'].map(name => ({
        code: 'Forbidden.RAM',
        action: 'ModifyDBInstanceSSL',
        principal: roleOf('update-validity'),
        instance: id(name),
      })),
  },
  'reads-refused': {
    says: 'the role of check-expiry may not read the instance’s TLS settings: the scan says that it is incomplete, and goes on',
    rows: [due('reads-refused', { expect: 'refused:Unread' })],
    refusals: id => [
      { code: 'Forbidden.RAM', action: 'DescribeDBInstanceSSL', principal: roleOf('check-expiry'), instance: id('reads-refused') },
    ],
  },
  'region-fails': {
    says: 'a region cannot be listed: the scan says that it is incomplete, and the other regions are renewed',
    rows: [],
    region: elsewhere,
    refusals: () => [{ code: 'RequestMetaDataFailed', action: 'DescribeDBInstances', region: elsewhere.id }],
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = Object.keys(scenarios) as ScenarioName[]
/** The instances of the fleet that are there beside these stories: one that is renewed meanwhile, unless a story halts it. */
export const beside = (names: readonly ScenarioName[]): string[] =>
  names.some((name): boolean => (scenarios[name] as Scenario).alone === true) ? [] : ['mysql57-dev-due']
export const isScenario = (text: string): text is ScenarioName => Object.hasOwn(scenarios, text)

function rename({ world }: Stage, id: string): void {
  const one = world.instance(id)
  if (one === undefined) return
  const renamed = (host: string) => host.replace(/^[^.]+/, label => `${label}-renamed`)
  const endpoints = one.endpoints.map(endpoint => ({ ...endpoint, connectionString: renamed(endpoint.connectionString) }))
  world.amend(id, { endpoints, ssl: { ...one.ssl, connectionString: renamed(one.ssl.connectionString) } })
}

function renew({ world, now }: Stage, id: string): void {
  const one = world.instance(id)
  if (one?.ssl.certificate === undefined) return
  const notBefore = Math.floor(now / 1000) * 1000 - day
  const certificate = { ...one.ssl.certificate, serial: serial(seededRandom(notBefore)), notBefore, notAfter: notBefore + year }
  world.amend(id, { ssl: { ...one.ssl, certificate }, served: certificate })
}
