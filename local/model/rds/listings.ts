import { answer, missing, refuse } from './errors.ts'
import { categoryOf, type Instance, instant } from './instance.ts'
import { numbered, tokened, whole } from './paging.ts'
import { isRefused, type Operation, type Params, replicasOf, type State } from './state.ts'

/** One row for each zone: a region comes as often as it has zones. */
export const describeRegions: Operation = state => {
  const rows = state.regions.flatMap(({ id, localName, zones }) =>
    zones.map(zone => ({
      RegionId: id,
      ZoneId: zone,
      ZoneName: `${localName} ${zone}`,
      LocalName: localName,
      RegionEndpoint: `rds.${id}.aliyuncs.com`,
    })),
  )
  return answer({ Regions: { RDSRegion: rows } })
}

const filters: Record<string, (one: Instance, wanted: string) => boolean> = {
  Engine: (one, wanted) => one.engine === wanted,
  EngineVersion: (one, wanted) => one.engineVersion === wanted,
  DBInstanceId: (one, wanted) => one.id === wanted,
  DBInstanceStatus: (one, wanted) => one.status === wanted,
  DBInstanceType: (one, wanted) => one.type === wanted,
  ResourceGroupId: (one, wanted) => one.resourceGroupId === wanted,
  ConnectionString: (one, wanted) => one.endpoints.some(endpoint => endpoint.connectionString === wanted),
  SearchKey: (one, wanted) => one.id.includes(wanted) || one.description.includes(wanted),
  Expired: (one, wanted) => one.expired === (wanted.toLowerCase() === 'true'),
  PayType: (one, wanted) => one.payType === wanted,
  VpcId: (one, wanted) => one.vpcId === wanted,
  VSwitchId: (one, wanted) => one.vSwitchId === wanted,
  ZoneId: (one, wanted) => one.zoneId === wanted,
}

const uncovered = [
  'Category',
  'ConnectionMode',
  'DBInstanceClass',
  'DedicatedHostGroupId',
  'DedicatedHostId',
  'Filter',
  'InstanceNetworkType',
]

/** PageNumber and PageSize, or MaxResults and NextToken, which set the others aside. It tells nothing of SSL. */
export const describeDBInstances: Operation = (state, params) => {
  const region = params.RegionId
  if (!region) return missing('RegionId')
  if (!state.regions.some(one => one.id === region)) return refuse('InvalidRegionId.NotFound')
  const unknown = uncovered.find(name => params[name])
  if (unknown) return refuse('EmbeddedCloud.NotCovered', `The embedded cloud cannot filter by ${unknown}.`)
  const tags = wantedTags(params.Tags)
  if (tags === undefined) return refuse('Parameters.Invalid', 'Tags must be a JSON object of at most 5 strings.')

  const wanted = Object.entries(filters).flatMap(([name, test]) => (params[name] ? [{ test, value: params[name] }] : []))
  const found = inRegion(state, region).filter(
    one => wanted.every(({ test, value }) => test(one, value)) && tags.every(([key, value]) => one.tags[key] === value),
  )
  const byToken = params.MaxResults !== undefined || params.NextToken !== undefined
  const size = whole(params.MaxResults, 30)
  if (byToken && (size === undefined || size < 1 || size > 100)) return refuse('Parameters.Invalid', 'MaxResults must be 1 to 100.')
  const page = byToken ? tokened(found, size ?? 30, params.NextToken, one => one.id) : numbered(found, params, 30)
  if (isRefused(page)) return page
  return answer({
    Items: { DBInstance: page.items.map(one => row(state, one)) },
    PageNumber: page.pageNumber,
    PageRecordCount: page.items.length,
    TotalRecordCount: page.total,
    NextToken: page.nextToken,
  })
}

/** By ResourceId.N (at most 50), Tag.N.Key and Tag.N.Value, or both; 50 tags a page. */
export const listTagResources: Operation = (state, params) => {
  if (!params.RegionId) return missing('RegionId')
  if (params.ResourceType !== 'INSTANCE') return refuse('Parameters.Invalid', 'ResourceType must be INSTANCE.')
  const ids = numberedValues(params, 'ResourceId.')
  const keys = numberedKeys(params)
  if (ids.length === 0 && keys.length === 0) return refuse('RequiredParam.NotFound', 'Give ResourceId or Tag.')
  if (ids.length > 50) return refuse('Parameters.Invalid', 'ResourceId takes at most 50 instances.')
  const chosen = inRegion(state, params.RegionId)
    .filter(one => ids.length === 0 || ids.includes(one.id))
    .filter(one => keys.every(({ key, value }) => one.tags[key] !== undefined && (value === undefined || one.tags[key] === value)))
  const rows = chosen.flatMap(one =>
    Object.entries(one.tags)
      .filter(([key]) => keys.length === 0 || keys.some(wanted => wanted.key === key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ TagKey: key, TagValue: value, ResourceId: one.id, ResourceType: 'ALIYUN::RDS::INSTANCE' })),
  )
  const page = tokened(rows, 50, params.NextToken, tag => `${tag.ResourceId} ${tag.TagKey}`)
  return isRefused(page) ? page : answer({ TagResources: { TagResource: page.items }, NextToken: page.nextToken })
}

function row(state: State, one: Instance): Record<string, unknown> {
  const replicas = replicasOf(state, one.id)
  return {
    DBInstanceId: one.id,
    DBInstanceDescription: one.description,
    RegionId: one.region,
    ZoneId: one.zoneId,
    Engine: one.engine,
    EngineVersion: one.engineVersion,
    DBInstanceStatus: one.status,
    DBInstanceType: one.type,
    ...(one.masterId ? { MasterInstanceId: one.masterId } : {}),
    ReadOnlyDBInstanceIds: { ReadOnlyDBInstanceId: replicas.map(DBInstanceId => ({ DBInstanceId })) },
    LockMode: one.lockMode,
    Category: categoryOf(one),
    PayType: one.serverless ? 'SERVERLESS' : one.payType,
    InstanceNetworkType: 'VPC',
    DBInstanceNetType: 'Intranet',
    DBInstanceStorageType: one.storage,
    ConnectionMode: 'Standard',
    ConnectionString: one.endpoints[0]?.connectionString ?? '',
    VpcId: one.vpcId,
    VSwitchId: one.vSwitchId,
    VpcCloudInstanceId: one.id,
    ResourceGroupId: one.resourceGroupId,
    CreateTime: instant(one.createdAt),
    DeletionProtection: false,
    MutriORsignle: false,
  }
}

const inRegion = (state: State, region: string): Instance[] => [...state.instances.values()].filter(one => one.region === region)

function wantedTags(json: string | undefined): [string, unknown][] | undefined {
  if (!json) return []
  try {
    const parsed: unknown = JSON.parse(json)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
    const tags = Object.entries(parsed)
    return tags.length <= 5 ? tags : undefined
  } catch {
    return undefined
  }
}

function numberedValues(params: Params, prefix: string): string[] {
  return Object.entries(params).flatMap(([name, value]) =>
    name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)) ? [value] : [],
  )
}

function numberedKeys(params: Params): { key: string; value: string | undefined }[] {
  return Object.entries(params).flatMap(([name, key]) => {
    const at = /^Tag\.(\d+)\.Key$/.exec(name)?.[1]
    return at === undefined ? [] : [{ key, value: params[`Tag.${at}.Value`] }]
  })
}
