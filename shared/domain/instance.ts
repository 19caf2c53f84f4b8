/** The engines that this product can renew. Anything else is reported as not supported, by its own name. */
export type Engine = 'SQLServer' | 'MySQL' | 'PostgreSQL'

export const isEngine = (name: string): name is Engine => name === 'SQLServer' || name === 'MySQL' || name === 'PostgreSQL'

/** One row of the fleet, as DescribeDBInstances lists it. It says nothing about TLS. */
export type Listed = {
  region: string
  id: string
  description: string
  /** As the service spells it: `SQLServer`, `MySQL`, `PostgreSQL`, `MariaDB`. */
  engine: string
  version: string
  status: string
  locked: boolean
  serverless: boolean
  vpc: string | undefined
  /** The primary of a read-only instance. */
  primary: string | undefined
  resourceGroup: string | undefined
}

/** The same instance with what only DescribeDBInstanceAttribute and ListTagResources say. */
export type Instance = Listed & {
  /** `22:00Z-02:00Z`, in UTC; may cross midnight. */
  maintainTime: string
  replicas: readonly string[]
  tags: Readonly<Record<string, string>>
}

/** Settings that a later Modify must send back as they were read, where the engine has them. */
export type EchoedSettings = {
  forceEncryption?: string
  tlsVersion?: string
  /** The CA whose client certificates PostgreSQL accepts, PEM; it and what follows hang on it. */
  clientCa?: string
  clientCrl?: string
  acl?: string
  replicationAcl?: string
}

/** What DescribeDBInstanceSSL says. A private key that the reply may hold is dropped at the edge and is not representable here. */
export type Protection =
  | { enabled: false }
  | {
      enabled: true
      /** The one endpoint that is encrypted (a host name). */
      host: string
      /** End of the certificate, ISO UTC. */
      notAfter: string
      /** `unknown` where the service does not say (an absent CAType): never taken for Alibaba's. */
      issuedBy: 'aliyun' | 'custom' | 'unknown'
      /** The service itself reports a change under way. */
      changing: boolean
      settings: EchoedSettings
    }

/** The certificate of an instance's database proxy: an endpoint of its own, which this product reads and does not renew. */
export type ProxyCertificate = {
  host: string
  /** ISO UTC. */
  notAfter: string
}

/** One of Alibaba's own scheduled operations on an instance. Instants are ISO UTC. */
export type VendorTask = {
  id: string
  instance: string
  type: string
  /** Its type names SSL: it may restart the instance to renew the certificate. */
  tls: boolean
  switchTime: string
  deadline: string | undefined
  movable: boolean
  cancellable: boolean
}
