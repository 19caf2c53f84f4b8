import { cancelActiveOperationTasks, describeActiveOperationTasks, modifyActiveOperationTasks } from './active-tasks.ts'
import { describeDBInstanceAttribute, describeDBInstanceNetInfo } from './attribute.ts'
import { describeHistoryTasks } from './history.ts'
import { describeDBInstances, describeRegions, listTagResources } from './listings.ts'
import { modifyDBInstanceSSL } from './modification.ts'
import { getDbProxyInstanceSsl, modifyDbProxyInstanceSsl } from './proxy.ts'
import { describeDBInstanceSSL } from './ssl.ts'
import type { Operation } from './state.ts'

export const operations = {
  DescribeRegions: describeRegions,
  DescribeDBInstances: describeDBInstances,
  DescribeDBInstanceAttribute: describeDBInstanceAttribute,
  DescribeDBInstanceSSL: describeDBInstanceSSL,
  DescribeDBInstanceNetInfo: describeDBInstanceNetInfo,
  ListTagResources: listTagResources,
  DescribeActiveOperationTasks: describeActiveOperationTasks,
  ModifyActiveOperationTasks: modifyActiveOperationTasks,
  CancelActiveOperationTasks: cancelActiveOperationTasks,
  DescribeHistoryTasks: describeHistoryTasks,
  ModifyDBInstanceSSL: modifyDBInstanceSSL,
  GetDbProxyInstanceSsl: getDbProxyInstanceSsl,
  ModifyDbProxyInstanceSsl: modifyDbProxyInstanceSsl,
} as const satisfies Record<string, Operation>

export type RdsAction = keyof typeof operations
export const rdsActions = Object.keys(operations) as RdsAction[]

export const isAction = (action: string): action is RdsAction => Object.hasOwn(operations, action)
