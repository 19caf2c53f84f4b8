import type { Engine, Instance, Ssl } from './instance.ts'

export type InstanceSeed = Pick<Instance, 'id' | 'engine'> & Partial<Omit<Instance, 'ssl'>> & { ssl?: Partial<Ssl> }

const facts: Record<Engine, { version: string; port: number; label: string }> = {
  SQLServer: { version: '2019_std_ha', port: 1433, label: 'sqlserver' },
  MySQL: { version: '8.0', port: 3306, label: 'mysql' },
  PostgreSQL: { version: '15.0', port: 5432, label: 'pg' },
  MariaDB: { version: '10.3', port: 3306, label: 'mariadb' },
}

/** The instance that `seed` describes, everything unsaid filled in; SSL is on when `seed.ssl.certificate` is there, unless said otherwise. */
export function instanceOf(seed: InstanceSeed): Instance {
  const { version, port, label } = facts[seed.engine]
  const region = seed.region ?? 'cn-hangzhou'
  const suffix = region === 'ap-southeast-1' ? `${label}.singapore` : label
  const host = `${seed.id}.${suffix}.rds.aliyuncs.com`
  const endpoints = seed.endpoints ?? [{ connectionString: host, port, ipType: 'Private', ipAddress: '172.16.0.10', type: 'Normal' }]
  const certificate = seed.ssl?.certificate
  const enabled = seed.ssl?.enabled ?? certificate !== undefined
  return {
    region,
    type: 'Primary',
    masterId: undefined,
    createdAt: Date.UTC(2024, 0, 15, 2),
    zoneId: `${region}-h`,
    vpcId: 'vpc-1',
    vSwitchId: `vsw-${seed.vpcId ?? 'vpc-1'}`,
    storage: 'cloud_essd',
    serverless: false,
    payType: 'Prepaid',
    description: seed.id,
    engineVersion: version,
    status: 'Running',
    lockMode: 'Unlock',
    expired: false,
    tags: {},
    resourceGroupId: 'rg-acfm2xdefault0',
    maintainTime: '18:00Z-22:00Z',
    allowlist: ['172.16.0.0/12'],
    served: enabled ? certificate : undefined,
    proxy: undefined,
    down: false,
    behaviour: {},
    effectiveUpdates: 0,
    vendorRenewals: 0,
    ...seed,
    endpoints,
    ssl: {
      enabled,
      connectionString: enabled ? (endpoints[0]?.connectionString ?? '') : '',
      certificate,
      forceEncryption: '0',
      tlsVersion: '1.0',
      acl: undefined,
      replicationAcl: undefined,
      clientCaCert: undefined,
      clientCrl: undefined,
      serverKey: undefined,
      lastModify: 'success',
      ...seed.ssl,
    },
  }
}
