import type { Behaviour } from './behaviour.ts'

export type Engine = 'SQLServer' | 'MySQL' | 'PostgreSQL' | 'MariaDB'
export type InstanceType = 'Primary' | 'Readonly' | 'Guard' | 'Temp'
export type LockMode = 'Unlock' | 'ManualLock' | 'LockByExpiration' | 'LockByRestoration' | 'LockByDiskQuota' | 'Released'

/**
 * What a certificate says, not its bytes: whoever serves TLS makes those from this. Instants are epoch milliseconds on whole seconds,
 * `serial` is upper-case hex of 16 bytes, `by: 'foreign'` is a certificate the customer brought.
 */
export type Certificate = {
  readonly serial: string
  readonly name: string
  readonly notBefore: number
  readonly notAfter: number
  readonly by: 'apsaradb' | 'foreign'
}

export type Endpoint = {
  readonly connectionString: string
  readonly port: number
  readonly ipType: 'Private' | 'Public'
  readonly ipAddress: string
  /** A read/write splitting endpoint cannot be encrypted. */
  readonly type: 'Normal' | 'ReadWriteSplitting'
}

/** The SSL settings as they truly are; what DescribeDBInstanceSSL tells of them differs by engine. */
export type Ssl = {
  readonly enabled: boolean
  readonly connectionString: string
  readonly certificate: Certificate | undefined
  readonly forceEncryption: '0' | '1'
  readonly tlsVersion: string
  readonly acl: string | undefined
  readonly replicationAcl: string | undefined
  readonly clientCaCert: string | undefined
  readonly clientCrl: string | undefined
  /** PostgreSQL alone returns a private key. Put a canary here, and look for it wherever it must never be. */
  readonly serverKey: string | undefined
  readonly lastModify: 'success' | 'setting' | 'failed'
}

/** MySQL's database proxy: its own endpoint and certificate. */
export type Proxy = {
  readonly endpointId: string
  readonly connectionString: string
  readonly certificate: Certificate | undefined
  readonly served: Certificate | undefined
}

export type Instance = {
  readonly id: string
  readonly region: string
  readonly engine: Engine
  readonly type: InstanceType
  readonly masterId: string | undefined
  readonly createdAt: number
  readonly zoneId: string
  readonly vpcId: string
  readonly vSwitchId: string
  readonly storage: 'cloud_essd' | 'local_ssd'
  readonly serverless: boolean
  readonly payType: 'Prepaid' | 'Postpaid'
  description: string
  engineVersion: string
  status: string
  lockMode: LockMode
  /** An unpaid subscription: its SSL settings cannot be changed. */
  expired: boolean
  tags: Readonly<Record<string, string>>
  resourceGroupId: string
  /** UTC, `22:00Z-02:00Z`; may cross midnight. */
  maintainTime: string
  endpoints: readonly Endpoint[]
  /** CIDR blocks that may connect. */
  allowlist: readonly string[]
  ssl: Ssl
  /** What a handshake with the protected endpoint shows; may lag behind `ssl.certificate`, or never follow. */
  served: Certificate | undefined
  proxy: Proxy | undefined
  /** Restarting: connections are refused. */
  down: boolean
  behaviour: Partial<Behaviour>
  /** Update Validity calls by the customer that took effect. One renewal may cause one. */
  effectiveUpdates: number
  /** Alibaba's own renewals. */
  vendorRenewals: number
}

export const day = 86_400_000
export const year = 365 * day

/** Milliseconds as the API writes an instant: `2026-05-10T00:00:00Z`. */
export const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

export const dbType: Record<Engine, string> = { SQLServer: 'mssql', MySQL: 'mysql', PostgreSQL: 'pgsql', MariaDB: 'mariadb' }

export const categoryOf = (one: Instance): string => (one.serverless ? 'serverless_basic' : 'HighAvailability')
