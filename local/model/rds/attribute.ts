import { answer } from './errors.ts'
import { categoryOf, type Endpoint, type Instance, instant } from './instance.ts'
import { isRefused, named, type Operation, replicasOf } from './state.ts'

export const describeDBInstanceAttribute: Operation = (state, params) => {
  const found = named(state, params, 'DBInstanceId')
  if (isRefused(found)) return found
  const replicas = replicasOf(state, found.id).map(DBInstanceId => ({ DBInstanceId }))
  const first = found.endpoints[0]
  const attribute = {
    DBInstanceId: found.id,
    DBInstanceDescription: found.description,
    DBInstanceStatus: found.status,
    DBInstanceType: found.type,
    DBInstanceStorageType: found.storage,
    DBInstanceClassType: 'x',
    DBInstanceNetType: 'Intranet',
    Category: categoryOf(found),
    Engine: found.engine,
    EngineVersion: found.engineVersion,
    ConnectionString: first?.connectionString ?? '',
    ConnectionMode: 'Standard',
    Port: String(first?.port ?? ''),
    CreationTime: instant(found.createdAt),
    InstanceNetworkType: 'VPC',
    LockMode: found.lockMode,
    ...(found.lockMode === 'LockByExpiration' ? { LockReason: 'instance_expired' } : {}),
    MaintainTime: found.maintainTime,
    ...(found.masterId ? { MasterInstanceId: found.masterId } : {}),
    PayType: found.serverless ? 'SERVERLESS' : found.payType,
    ReadOnlyDBInstanceIds: { ReadOnlyDBInstanceId: replicas },
    RegionId: found.region,
    ResourceGroupId: found.resourceGroupId,
    SecurityIPList: found.allowlist.join(','),
    SecurityIPMode: 'normal',
    VpcId: found.vpcId,
    VSwitchId: found.vSwitchId,
    VpcCloudInstanceId: found.id,
    ZoneId: found.zoneId,
    TimeZone: 'China Standard Time',
  }
  return answer({ Items: { DBInstanceAttribute: [attribute] } })
}

/** The endpoints; `DBInstanceNetRWSplitType` chooses one kind. */
export const describeDBInstanceNetInfo: Operation = (state, params) => {
  const found = named(state, params, 'DBInstanceId')
  if (isRefused(found)) return found
  const kind = params.DBInstanceNetRWSplitType
  const infos = found.endpoints.filter(one => !kind || one.type === kind).map(one => netInfo(found, one))
  return answer({ DBInstanceNetInfos: { DBInstanceNetInfo: infos }, InstanceNetworkType: 'VPC', SecurityIPMode: 'normal' })
}

function netInfo(instance: Instance, one: Endpoint): Record<string, unknown> {
  const inVpc = one.ipType === 'Private'
  return {
    ConnectionString: one.connectionString,
    ConnectionStringType: one.type,
    IPAddress: one.ipAddress,
    IPType: one.ipType,
    Port: String(one.port),
    Upgradeable: 'Disabled',
    VPCId: inVpc ? instance.vpcId : '',
    VSwitchId: inVpc ? instance.vSwitchId : '',
    SecurityIPGroups: { securityIPGroup: [{ SecurityIPGroupName: 'default', SecurityIPs: instance.allowlist.join(',') }] },
  }
}
