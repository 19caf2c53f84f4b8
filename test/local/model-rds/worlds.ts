import {
  type Behaviour,
  type Certificate,
  day,
  type Engine,
  type InstanceSeed,
  instanceOf,
  type Params,
  type RdsAction,
  type RdsOptions,
  RdsWorld,
  seededRandom,
} from '../../../local/model/rds.ts'

export const start = Date.parse('2026-05-10T00:00:00Z')
export const minute = 60_000

/** Lag 1 minute, restart 3 minutes, expiry moved 10 minutes after acceptance. */
export const steady: Partial<Behaviour> = { visibilityLagMs: minute, restartMs: 3 * minute, effectDelayMs: 10 * minute }

export const certificate = (name: string, days = 6, by: Certificate['by'] = 'apsaradb'): Certificate => ({
  serial: `0${by === 'foreign' ? 'F' : 'A'}`.padEnd(32, '0'),
  name,
  notBefore: start + (days - 365) * day,
  notAfter: start + days * day,
  by,
})

/** One instance `rm-1` of `engine` with a private endpoint (protected), a public one and a read/write splitting one. */
export function seed(engine: Engine, more: Partial<InstanceSeed> = {}): InstanceSeed {
  const endpoints = [
    { connectionString: 'private.test', port: 1433, ipType: 'Private', ipAddress: '172.16.0.1', type: 'Normal' },
    { connectionString: 'public.test', port: 1433, ipType: 'Public', ipAddress: '198.51.100.1', type: 'Normal' },
    { connectionString: 'split.test', port: 3306, ipType: 'Private', ipAddress: '172.16.0.2', type: 'ReadWriteSplitting' },
  ] as const
  const { ssl, ...rest } = more
  return { id: 'rm-1', engine, endpoints, ...rest, ssl: { certificate: certificate('private.test'), ...ssl } }
}

export function worldOf(seeds: readonly InstanceSeed[], options: Partial<RdsOptions> = {}) {
  const world = new RdsWorld({ now: start, random: seededRandom(7), behaviour: steady, instances: seeds.map(instanceOf), ...options })
  let calls = 0
  const call = (action: RdsAction, params: Params = {}, now = start, principal = 'tester') =>
    world.handle(action, params, { principal, requestId: `R-${++calls}` }, now)
  const update = (params: Params = {}, now = start) =>
    call('ModifyDBInstanceSSL', { DBInstanceId: 'rm-1', ConnectionString: 'private.test', ...params }, now)
  const ssl = (now: number) => call('DescribeDBInstanceSSL', { DBInstanceId: 'rm-1' }, now).body
  const status = (now: number) => {
    world.advance(now)
    return world.instance('rm-1')?.status
  }
  return { world, call, update, ssl, status }
}
