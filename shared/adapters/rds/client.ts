import type Sdk from '@alicloud/rds20140815'
import type { Credentials, Parts } from '../../config.ts'
import { defaultOf } from '../interop.ts'

/** The SDK's client for one region: most regions share rds.aliyuncs.com, some have an endpoint of their own, and the SDK knows which. */
export type ClientOf = (region: string) => Sdk

type Module = typeof import('@alicloud/rds20140815')
export type Requests = Pick<
  Module,
  | 'CancelActiveOperationTasksRequest'
  | 'DescribeActiveOperationTasksRequest'
  | 'DescribeDBInstanceAttributeRequest'
  | 'DescribeDBInstanceNetInfoRequest'
  | 'DescribeDBInstanceSSLRequest'
  | 'DescribeDBInstancesRequest'
  | 'DescribeHistoryTasksRequest'
  | 'DescribeRegionsRequest'
  | 'GetDbProxyInstanceSslRequest'
  | 'ListTagResourcesRequest'
  | 'ModifyDBInstanceSSLRequest'
>

const timeout = 15_000

/**
 * Loads the SDK, which is the dearest import of all (docs/decisions), and readies one client per region. Its own retries stay off: it would
 * send Update Validity again after a time-out. `connectTimeout` is also the idle time-out.
 */
export async function loadClient(config: Parts['rds'], credentials: Credentials): Promise<{ clientOf: ClientOf; requests: Requests }> {
  const sdk = await import('@alicloud/rds20140815')
  const { $OpenApiUtil } = await import('@alicloud/openapi-core')
  const Client = defaultOf(sdk)
  const clients = new Map<string, Sdk>()
  const clientOf = (region: string) => {
    const known = clients.get(region)
    if (known !== undefined) return known
    const made = new Client(
      new $OpenApiUtil.Config({
        ...credentials,
        regionId: region,
        endpoint: config.endpoint,
        protocol: config.protocol,
        connectTimeout: timeout,
        readTimeout: timeout,
        retryOptions: { retryable: false, retryCondition: [], noRetryCondition: [] },
        userAgent: 'rds-tls-renewal',
      }),
    )
    clients.set(region, made)
    return made
  }
  return { clientOf, requests: sdk }
}
