import {
  accountNumber,
  bucketName,
  callsPerMinute,
  endpoint,
  loopback,
  origin,
  paceOverride,
  protocolName,
  type Reading,
  regionList,
  regionName,
  secretsReference,
  text,
  webUrl,
} from './config-values.ts'
import { type Pace, pace } from './domain/pace.ts'
import { Fault, unreachable } from './errors.ts'

/** The ports that a step may need. Only the variables of the needs that a function names are demanded. */
export type Need =
  | 'rds'
  | 'journal'
  | 'queue'
  | 'bundles'
  | 'source'
  | 'trust'
  | 'probes'
  | 'chat'
  | 'policyFile'
  | 'approvals'
  | 'identities'
  | 'letters'
  | 'logNames'

export type Credentials = { accessKeyId: string; accessKeySecret: string; securityToken: string | undefined }

/** Where the objects of one bucket are. `endpoint` is a URL; `region` is spelt `cn-hangzhou`. */
export type Bucket = { endpoint: string; region: string; bucket: string }

/** The part that every function has. `bundleUrl` is where applications pull from, for words in cards and pages. */
export type Base = {
  region: string
  accountId: string
  /** Absent only where no need signs requests: a function without a role has no keys. */
  credentials: Credentials | undefined
  pace: Pace
  bundleUrl: string | undefined
}

const unsigned: readonly Need[] = ['source', 'trust', 'policyFile', 'identities']

/** Where the secrets are: an object of the journal's bucket. */
export type SecretsObject = { secretsKey: string; bucket: Bucket }

/** The part that each need adds, under its own name. */
export type Parts = {
  rds: { endpoint: string | undefined; protocol: 'http' | 'https'; perMinute: number; regions: readonly string[] | undefined }
  journal: Bucket
  queue: { endpoint: string }
  bundles: Bucket & { baseUrl: string }
  source: { url: string }
  /** Nothing to configure: it reaches nothing. */
  trust: Record<never, never>
  probes: { endpoint: string; protocol: 'http' | 'https' }
  /** What chat needs is all in the secrets. */
  chat: SecretsObject
  /** `url` is absent where no page can be served: the cards then carry a command instead of a link. */
  approvals: SecretsObject & { url: string | undefined }
  policyFile: { file: string }
  /** Where STS is, the only host that a person's signed request is ever sent to. */
  identities: { endpoint: string; protocol: 'http' | 'https' }
  /** The dead letters lie where the queues are. */
  letters: { endpoint: string }
  logNames: Bucket
}

export type Config<N extends Need = Need> = Base & Pick<Parts, N>

type Environment = Readonly<Record<string, string | undefined>>
type Note = (name: string, problem: string) => void

/**
 * Reads what `needs` need from the environment. An empty variable counts as absent.
 *
 * @throws Fault BadConfig: all faults at once, each by its variable's name; no fault repeats a value
 */
export function readConfig<const N extends Need>(env: Environment, needs: readonly N[]): Config<N> {
  const faults: string[] = []
  const read = reader(env, (name, problem) => faults.push(`${name} ${problem}`))
  const base = readBase(
    read,
    needs.some(need => !unsigned.includes(need)),
  )
  const parts: Partial<Parts> = {}
  for (const need of new Set<Need>(needs)) Object.assign(parts, { [need]: readPart(need, read, base) })
  if (faults.length > 0) throw new Fault('BadConfig', [...new Set(faults)].join('; '))
  return { ...base, ...parts } as Config<N>
}

function readPart(need: Need, read: Reader, { region, accountId }: Base): Parts[Need] {
  switch (need) {
    case 'rds':
      return readRds(read)
    case 'journal':
    case 'logNames':
      return readBucket(read, 'JOURNAL_BUCKET', region)
    case 'queue':
    case 'letters':
      // MNS documents its internal endpoints with http only.
      return { endpoint: read('MNS_ENDPOINT', origin, `http://${accountId}.mns.${region}-internal.aliyuncs.com`) }
    case 'bundles':
      return { ...readBucket(read, 'BUNDLE_BUCKET', region), baseUrl: read('BUNDLE_BASE_URL', webUrl) }
    case 'source':
      return { url: read('CA_BUNDLE_URL', webUrl, 'https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip') }
    case 'trust':
      return {}
    case 'probes': {
      const at = read('INVOKE_ENDPOINT', endpoint, `${accountId}.${region}.fc.aliyuncs.com`)
      return { endpoint: at, protocol: readProtocol(read, 'INVOKE_PROTOCOL', at) }
    }
    case 'chat':
      return readSecretsObject(read, region)
    case 'approvals':
      return { ...readSecretsObject(read, region), url: read.optional('APPROVAL_URL', webUrl) }
    case 'policyFile':
      return { file: read('POLICY_FILE', text, 'policy.yaml') }
    case 'identities': {
      const at = read('STS_ENDPOINT', endpoint, 'sts.aliyuncs.com')
      return { endpoint: at, protocol: readProtocol(read, 'STS_PROTOCOL', at) }
    }
    default:
      return unreachable(need)
  }
}

function readBase(read: Reader, signs: boolean): Base {
  return {
    region: read('FC_REGION', regionName),
    accountId: read('FC_ACCOUNT_ID', accountNumber),
    credentials: signs ? readCredentials(read) : undefined,
    pace: readPace(read),
    bundleUrl: read.optional('BUNDLE_BASE_URL', webUrl),
  }
}

function readCredentials(read: Reader): Credentials {
  return {
    accessKeyId: read('ALIBABA_CLOUD_ACCESS_KEY_ID', text),
    accessKeySecret: read('ALIBABA_CLOUD_ACCESS_KEY_SECRET', text),
    securityToken: read.optional('ALIBABA_CLOUD_SECURITY_TOKEN', text),
  }
}

function readRds(read: Reader): Parts['rds'] {
  const at = read.optional('RDS_ENDPOINT', endpoint)
  return {
    endpoint: at,
    protocol: readProtocol(read, 'RDS_PROTOCOL', at ?? ''),
    perMinute: read('RDS_RATE', callsPerMinute, '180'),
    regions: read.optional('REGIONS', regionList),
  }
}

/** The replies of these services hold a private key or prove what is served: they travel unencrypted only where they leave no machine. */
function readProtocol(read: Reader, name: string, at: string): 'http' | 'https' {
  const protocol = read(name, protocolName, 'https')
  if (protocol === 'http' && !loopback(at)) read.note(name, 'may be http only where the endpoint is a loopback address: leave it out')
  return protocol
}

function readBucket(read: Reader, name: string, region: string): Bucket {
  const ossRegion = read('OSS_REGION', regionName, region || 'cn-hangzhou')
  const endpoint = read('OSS_ENDPOINT', origin, `https://oss-${ossRegion}-internal.aliyuncs.com`)
  return { endpoint, region: ossRegion, bucket: read(name, bucketName) }
}

function readSecretsObject(read: Reader, region: string): SecretsObject {
  return { secretsKey: read('SECRETS', secretsReference), bucket: readBucket(read, 'JOURNAL_BUCKET', region) }
}

function readPace(read: Reader): Pace {
  const faster = read.optional('PACE', paceOverride)
  if (faster === undefined) return pace
  if (!loopback(read.raw('RDS_ENDPOINT') ?? '')) {
    read.note(
      'PACE',
      'shortens waits that keep a database from being restarted twice, so it is read only where RDS_ENDPOINT is a loopback address: leave it out',
    )
  }
  return { ...pace, ...faster }
}

type Reader = {
  /** Reads one variable, or `otherwise` where it is absent; without `otherwise` its absence is a fault. */
  <T>(name: string, reading: Reading<T>, otherwise?: string): T
  optional<T>(name: string, reading: Reading<T>): T | undefined
  raw(name: string): string | undefined
  note: Note
}

/** A missing or faulty value reads as something all the same, so that reading goes on and finds the other faults; the result is thrown away then. */
function reader(env: Environment, note: Note): Reader {
  const raw = (name: string) => env[name]?.trim() || undefined
  const parse = <T>(name: string, reading: Reading<T>, value: string): T => reading(value, problem => note(name, problem))
  const read = <T>(name: string, reading: Reading<T>, otherwise?: string): T => {
    const value = raw(name) ?? otherwise
    if (value === undefined) note(name, 'is missing')
    return value === undefined ? ('' as T) : parse(name, reading, value)
  }
  const optional = <T>(name: string, reading: Reading<T>): T | undefined => {
    const value = raw(name)
    return value === undefined ? undefined : parse(name, reading, value)
  }
  return Object.assign(read, { optional, raw, note })
}
