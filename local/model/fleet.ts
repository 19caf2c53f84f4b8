import { certificateUntil, connectionsOf, idOf, type Place } from './fleet-names.ts'
import { acrossMidnight, aroundNow, closedNow, opensIn } from './fleet-windows.ts'
import { day, type Engine, type Instance, type InstanceSeed, instanceOf, type Ssl, seededRandom } from './rds.ts'

/**
 * What a day of the product makes of an instance, under the default policy, once everything asked was approved: `renewedUnreached` was
 * renewed, and no handshake can prove it; `waitsForWindow` is due, and its maintenance window is closed now.
 */
export type Expect =
  | 'renewed'
  | 'renewedUnreached'
  | 'waitsForWindow'
  | 'notDue'
  /** Somebody else renews it: it is proven and published, and never restarted by the product. */
  | 'adopted'
  | `refused:${'EncryptionOff' | 'CustomCertificate' | 'PossiblyCustom' | 'NotSupported' | 'Locked'}`
  | `refused:${'Unpaid' | 'EndpointMoved' | 'Gone' | 'Forbidden' | 'Unread'}`

export type Expectation = {
  id: string
  /** The instance's description: stable and readable. */
  name: string
  expect: Expect
  /** The same for the certificate of its database proxy. */
  proxy?: Expect
  /** `refuses`: the instance's allowlist admits no function. */
  allowlist: 'open' | 'refuses'
}

export type Fleet = { instances: Instance[]; expectations: Expectation[] }

/** An instance of the fleet, as short as it can be said. */
export type FleetRow = {
  name: string
  engine: Engine
  version?: string
  place?: Place
  /** End of the certificate, days from now. */
  ends?: number
  window?: string
  env?: 'dev' | 'prod'
  app: string
  expect: Expect
  proxyEnds?: number
  by?: 'foreign'
  protects?: 'Private' | 'Public'
  more?: Partial<Omit<InstanceSeed, 'id' | 'ssl'>> & { ssl?: Partial<Ssl> }
}

const hour = day / 24
const canary = (name: string): string => `-----BEGIN ${'PRIVATE'} KEY-----\ncanary-${name}\n-----END ${'PRIVATE'} KEY-----`

/**
 * 22 instances around `now`: every case that the product must tell apart. Due certificates end within ten days, so that nobody's ask-day is
 * waited for; due instances have a window that contains now and ends at least 90 minutes later. The same `now` gives the same fleet. `more`
 * come after them.
 */
export function seedFleet(now: Date, more: readonly FleetRow[] = []): Fleet {
  const at = now.getTime()
  const random = seededRandom(20_240_115)
  const rows = [...rowsAt(at), ...more]
  const idByName = new Map(rows.map(row => [row.name, idOf(row.engine, row.place ?? hangzhou, row.name, random)]))
  const instances = rows.map(row => {
    const { name, engine, place = hangzhou, ends, proxyEnds, more = {} } = row
    const id = idByName.get(name) ?? name
    const endpoints = connectionsOf(id, engine, place)
    const host = endpoints.find(one => one.ipType === (row.protects ?? 'Private'))?.connectionString ?? ''
    const until = (days: number, host: string, by: 'apsaradb' | 'foreign' = 'apsaradb') =>
      certificateUntil(at + days * day, host, by, random)
    const proxyHost = `${id}proxy.rwlb.rds.aliyuncs.com`
    const proxied = proxyEnds === undefined ? undefined : until(proxyEnds, proxyHost)
    return instanceOf({
      id,
      engine,
      ...(row.version ? { engineVersion: row.version } : {}),
      description: name,
      region: place.region,
      zoneId: place.zone,
      vpcId: place.vpc,
      maintainTime: row.window ?? aroundNow(at),
      endpoints,
      tags: { env: row.env ?? 'prod', app: row.app },
      ...(proxied ? { proxy: { endpointId: 'ta9um4xbq7', connectionString: proxyHost, certificate: proxied, served: proxied } } : {}),
      ...more,
      ...(more.masterId ? { masterId: idByName.get(more.masterId) } : {}),
      ssl: {
        connectionString: ends === undefined ? '' : host,
        certificate: ends === undefined ? undefined : until(ends, host, row.by),
        ...(engine === 'PostgreSQL' ? { serverKey: canary(name) } : {}),
        ...more.ssl,
      },
    })
  })
  const expectations = rows.map(({ name, expect, proxyEnds }) => ({
    id: idByName.get(name) ?? name,
    name,
    expect,
    ...(proxyEnds === undefined ? {} : { proxy: 'renewed' as const }),
    allowlist: expect === 'renewedUnreached' ? ('refuses' as const) : ('open' as const),
  }))
  return { instances, expectations }
}

/** A VPC belongs to one region: vpc-1 to Hangzhou, vpc-2 to Singapore. */
export const hangzhou: Place = { region: 'cn-hangzhou', zone: 'cn-hangzhou-h', vpc: 'vpc-1', prefix: 'bp1' }
export const singapore: Place = { region: 'ap-southeast-1', zone: 'ap-southeast-1a', vpc: 'vpc-2', prefix: 't4n' }

function rowsAt(now: number): FleetRow[] {
  const sql = (more: Partial<Ssl> = {}) => ({ ssl: { forceEncryption: '1', tlsVersion: '1.2', ...more } }) as const
  const later = opensIn(now, 11 * hour)
  // The last window before this certificate ends closes in 30 days and about half a day: due tomorrow, not today.
  const tomorrow = (later.end + 30 * day + hour - now) / day
  const replica = { type: 'Readonly', masterId: 'mysql-primary-due' } as const
  return [
    { name: 'sqlserver-due', engine: 'SQLServer', ends: 6, app: 'orders', expect: 'renewed', more: sql() },
    {
      name: 'sqlserver-midnight',
      engine: 'SQLServer',
      ends: 5.5,
      window: acrossMidnight(now),
      app: 'ledger',
      expect: 'renewed',
      more: sql(),
    },
    { name: 'sqlserver-dev-due', engine: 'SQLServer', ends: 8, env: 'dev', app: 'orders', expect: 'renewed', more: sql() },
    {
      name: 'sqlserver-due-tomorrow',
      engine: 'SQLServer',
      ends: tomorrow,
      window: later.text,
      app: 'stock',
      expect: 'notDue',
      more: sql(),
    },
    {
      name: 'sqlserver-custom-pfx',
      engine: 'SQLServer',
      ends: 7,
      by: 'foreign',
      app: 'payroll',
      expect: 'refused:PossiblyCustom',
      more: sql(),
    },
    { name: 'mysql57-due', engine: 'MySQL', version: '5.7', ends: 7, app: 'catalog', expect: 'renewed' },
    { name: 'mysql57-dev-due', engine: 'MySQL', version: '5.7', ends: 9, env: 'dev', app: 'catalog', expect: 'renewed' },
    { name: 'mysql80-due', engine: 'MySQL', version: '8.0', ends: 6.5, app: 'search', expect: 'renewed' },
    { name: 'mysql57-expired', engine: 'MySQL', version: '5.7', ends: -2, app: 'archive', expect: 'renewed' },
    {
      name: 'mysql57-window-closed',
      engine: 'MySQL',
      version: '5.7',
      ends: 8,
      window: closedNow(now),
      app: 'billing',
      expect: 'waitsForWindow',
    },
    { name: 'mysql57-ssl-off', engine: 'MySQL', version: '5.7', app: 'intranet', expect: 'refused:EncryptionOff' },
    {
      name: 'mysql57-locked',
      engine: 'MySQL',
      version: '5.7',
      ends: 5,
      app: 'legacy',
      expect: 'refused:Locked',
      more: { lockMode: 'LockByExpiration' },
    },
    { name: 'mysql57-proxied', engine: 'MySQL', version: '5.7', ends: 240, proxyEnds: 7, app: 'portal', expect: 'notDue' },
    { name: 'mysql-primary-due', engine: 'MySQL', version: '5.7', ends: 6, app: 'shop', expect: 'renewed' },
    { name: 'mysql-replica-a-due', engine: 'MySQL', version: '5.7', ends: 6.2, app: 'shop', expect: 'renewed', more: replica },
    { name: 'mysql-replica-b-due', engine: 'MySQL', version: '5.7', ends: 6.4, app: 'shop', expect: 'renewed', more: replica },
    { name: 'mariadb', engine: 'MariaDB', app: 'wiki', env: 'dev', expect: 'refused:NotSupported' },
    { name: 'postgres-due', engine: 'PostgreSQL', place: singapore, ends: 7, app: 'geo', expect: 'renewed' },
    {
      name: 'mysql57-singapore-due',
      engine: 'MySQL',
      version: '5.7',
      place: singapore,
      ends: 5,
      protects: 'Public',
      app: 'edge',
      expect: 'renewed',
    },
    { name: 'postgres-far-off', engine: 'PostgreSQL', place: singapore, ends: 210, app: 'metrics', expect: 'notDue' },
    {
      name: 'postgres-custom',
      engine: 'PostgreSQL',
      place: singapore,
      ends: 6,
      by: 'foreign',
      app: 'vault',
      expect: 'refused:CustomCertificate',
    },
    {
      name: 'postgres-allowlist',
      engine: 'PostgreSQL',
      place: singapore,
      ends: 6,
      app: 'fraud',
      expect: 'renewedUnreached',
      more: { allowlist: ['10.99.0.0/16'] },
    },
  ]
}
