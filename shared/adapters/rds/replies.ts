import type { EchoedSettings, Instance, Listed, Protection, ProxyCertificate, VendorTask } from '../../domain/instance.ts'
import { Fault, faultsOf } from '../../errors.ts'
import * as z from '../../schema.ts'

/**
 * The replies as the service writes them, each as far as this product reads it. Schemas strip what they do not name: that is how `ServerKey`,
 * a private key, is dropped at the edge. Missing and empty text are one and the same to the service.
 */
const optionalText = z.pipe(
  z.nullish(z.string()),
  z.transform(text => text || undefined),
)
const text = z.string().check(z.minLength(1))
const time = z.pipe(
  z.iso.datetime({ message: 'must be an ISO 8601 instant in UTC' }),
  z.transform(at => new Date(at).toISOString().replace('.000Z', 'Z')),
)

const listedRow = z.object({
  DBInstanceId: text,
  DBInstanceDescription: optionalText,
  Engine: text,
  EngineVersion: text,
  DBInstanceStatus: text,
  LockMode: optionalText,
  PayType: optionalText,
  Category: optionalText,
  VpcId: optionalText,
  MasterInstanceId: optionalText,
  ResourceGroupId: optionalText,
})

const page = z
  .object({ NextToken: optionalText, PageRecordCount: z.optional(z.int()), Items: z.object({ DBInstance: z.array(listedRow) }) })
  .check(
    z.refine(({ PageRecordCount, Items }) => PageRecordCount === undefined || PageRecordCount === Items.DBInstance.length, {
      path: ['PageRecordCount'],
      message: 'is not the number of rows: a part of the fleet would go unseen',
    }),
  )

const attribute = z.extend(listedRow, {
  MaintainTime: text.check(z.regex(/^\d\d:\d\dZ-\d\d:\d\dZ$/, 'must be like 22:00Z-02:00Z')),
  ReadOnlyDBInstanceIds: z.optional(z.object({ ReadOnlyDBInstanceId: z._default(z.array(z.object({ DBInstanceId: text })), []) })),
})

const attributes = z.object({ Items: z.object({ DBInstanceAttribute: z.array(attribute) }) })
const tags = z.object({
  NextToken: optionalText,
  TagResources: z.optional(
    z.object({ TagResource: z.array(z.object({ ResourceId: text, TagKey: text, TagValue: z._default(z.string(), '') })) }),
  ),
})
const regions = z.object({ Regions: z.object({ RDSRegion: z.array(z.object({ RegionId: text })).check(z.minLength(1)) }) })
const netInfo = z.object({
  DBInstanceNetInfos: z.object({
    DBInstanceNetInfo: z.array(
      z.object({
        ConnectionString: optionalText,
        Port: z.catch(z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(65535))), undefined),
      }),
    ),
  }),
})

const ssl = z.discriminatedUnion('SSLEnabled', [
  z.object({ SSLEnabled: z.enum(['No', 'off']) }),
  z.object({
    SSLEnabled: z.enum(['Yes', 'on']),
    ConnectionString: text,
    SSLExpireTime: time,
    CAType: optionalText,
    LastModifyStatus: optionalText,
    ForceEncryption: optionalText,
    TlsVersion: optionalText,
    ClientCACert: optionalText,
    ClientCertRevocationList: optionalText,
    ACL: optionalText,
    ReplicationACL: optionalText,
  }),
])

const flag = z.pipe(z.union([z.literal('1'), z.literal('0'), z.literal(1), z.literal(0)]), z.transform(Number))
const task = z.object({
  Id: z.pipe(z.union([text, z.int()]), z.transform(String)),
  InsName: text,
  Status: z.optional(z.int()),
  TaskType: text,
  TaskTypeEn: optionalText,
  TaskTypeZh: optionalText,
  SwitchTime: time,
  Deadline: z.optional(time),
  AllowChange: z.optional(flag),
  AllowCancel: z.optional(flag),
})
const receipt = z.object({ RequestId: text })
const proxies = z.object({
  DbProxyCertListItems: z.nullish(
    z.object({ DbProxyCertListItems: z.nullish(z.array(z.object({ CertCommonName: text, SslExpiredTime: time }))) }),
  ),
})
const history = z.object({ Items: z.array(z.object({ TaskType: text })) })
const tasks = z.object({ TotalRecordCount: z.int(), Items: z.array(task) })

/** Pending or being processed; all else is over. */
const standing = [3, 4]

export function readPage(body: unknown, region: string): { instances: Listed[]; next?: string } {
  const { Items, NextToken } = parse(page, body, 'DescribeDBInstances')
  const instances = Items.DBInstance.map(row => listedOf(row, region))
  return NextToken === undefined ? { instances } : { instances, next: NextToken }
}

export function readInstance(body: unknown, region: string, tagged: Readonly<Record<string, string>>): Instance | undefined {
  const row = parse(attributes, body, 'DescribeDBInstanceAttribute').Items.DBInstanceAttribute[0]
  if (row === undefined) return undefined
  const replicas = (row.ReadOnlyDBInstanceIds?.ReadOnlyDBInstanceId ?? []).map(one => one.DBInstanceId)
  return { ...listedOf(row, region), maintainTime: row.MaintainTime, replicas, tags: tagged }
}

export function readTags(body: unknown): { tags: [key: string, value: string][]; next: string | undefined } {
  const { TagResources, NextToken } = parse(tags, body, 'ListTagResources')
  return { tags: (TagResources?.TagResource ?? []).map(tag => [tag.TagKey, tag.TagValue]), next: NextToken }
}

/** One row per zone: a region repeats. */
export function readRegions(body: unknown): string[] {
  return [...new Set(parse(regions, body, 'DescribeRegions').Regions.RDSRegion.map(one => one.RegionId))]
}

export function readPort(body: unknown, host: string): number | undefined {
  const endpoints = parse(netInfo, body, 'DescribeDBInstanceNetInfo').DBInstanceNetInfos.DBInstanceNetInfo
  const named = endpoints.find(one => one.ConnectionString?.toLowerCase() === host.toLowerCase())
  if (named !== undefined && named.Port === undefined)
    throw new Fault('BadReply', `DescribeDBInstanceNetInfo: the endpoint ${host} has no Port`)
  return named?.Port
}

export function readProtection(body: unknown): Protection {
  const read = parse(ssl, body, 'DescribeDBInstanceSSL')
  if (!('ConnectionString' in read)) return { enabled: false }
  return {
    enabled: true,
    host: read.ConnectionString,
    notAfter: read.SSLExpireTime,
    issuedBy: read.CAType === 'aliyun' || read.CAType === 'custom' ? read.CAType : 'unknown',
    changing: read.LastModifyStatus === 'setting',
    settings: settingsOf(read),
  }
}

type Settings = Partial<
  Record<'ForceEncryption' | 'TlsVersion' | 'ClientCACert' | 'ClientCertRevocationList' | 'ACL' | 'ReplicationACL', string>
>

/** Without a client CA the service refuses the modes that hang on it (InvalidACL.Permission), even those it told itself. */
function settingsOf({
  ForceEncryption,
  TlsVersion,
  ClientCACert,
  ClientCertRevocationList,
  ACL,
  ReplicationACL,
}: Settings): EchoedSettings {
  return {
    ...(ForceEncryption !== undefined && { forceEncryption: ForceEncryption }),
    ...(TlsVersion !== undefined && { tlsVersion: TlsVersion }),
    ...(ClientCACert !== undefined && {
      clientCa: ClientCACert,
      ...(ClientCertRevocationList !== undefined && { clientCrl: ClientCertRevocationList }),
      ...(ACL !== undefined && { acl: ACL }),
      ...(ReplicationACL !== undefined && { replicationAcl: ReplicationACL }),
    }),
  }
}

export function readProxies(body: unknown): ProxyCertificate[] {
  const { DbProxyCertListItems: list } = parse(proxies, body, 'GetDbProxyInstanceSsl')
  return (list?.DbProxyCertListItems ?? []).map(one => ({ host: one.CertCommonName, notAfter: one.SslExpiredTime }))
}

export function readTasks(body: unknown): { tasks: VendorTask[]; rows: number; total: number } {
  const { Items, TotalRecordCount } = parse(tasks, body, 'DescribeActiveOperationTasks')
  const pending = Items.filter(one => one.Status === undefined || standing.includes(one.Status))
  return { tasks: pending.map(taskOf), rows: Items.length, total: TotalRecordCount }
}

export function readHistory(body: unknown): string[] {
  return parse(history, body, 'DescribeHistoryTasks').Items.map(one => one.TaskType)
}

export function readRequestId(body: unknown): string | undefined {
  return receipt.safeParse(body).data?.RequestId
}

function listedOf(row: z.infer<typeof listedRow>, region: string): Listed {
  return {
    region,
    id: row.DBInstanceId,
    description: row.DBInstanceDescription ?? '',
    engine: row.Engine,
    version: row.EngineVersion,
    status: row.DBInstanceStatus,
    locked: row.LockMode !== undefined && row.LockMode !== 'Unlock',
    serverless: row.PayType?.toLowerCase() === 'serverless' || (row.Category?.toLowerCase().startsWith('serverless') ?? false),
    vpc: row.VpcId,
    primary: row.MasterInstanceId,
    resourceGroup: row.ResourceGroupId,
  }
}

/** No documented task type of RDS names SSL, so every name that a task has is searched. */
function taskOf(one: z.infer<typeof task>): VendorTask {
  return {
    id: one.Id,
    instance: one.InsName,
    type: one.TaskType,
    tls: [one.TaskType, one.TaskTypeEn, one.TaskTypeZh].some(name => /ssl/i.test(name ?? '')),
    switchTime: one.SwitchTime,
    deadline: one.Deadline,
    movable: one.AllowChange === 1,
    cancellable: one.AllowCancel === 1,
  }
}

/** zod's issues name fields and expectations, never values. */
function parse<T>(schema: z.ZodMiniType<T>, body: unknown, what: string): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  throw new Fault('BadReply', `${what}: ${faultsOf(read.error)}`)
}
