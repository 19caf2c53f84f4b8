import { $OpenApiUtil } from '@alicloud/openapi-core'
import Rds from '@alicloud/rds20140815'
import type { Principal } from '../../../local/principals.ts'

/** The SDK is CommonJS: under ES modules its class may be wrapped once more. */
const Client = (Rds as unknown as { default?: typeof Rds }).default ?? Rds

/** Alibaba's own client, pointed at a port of this machine, its retries off. */
export function sdkAt(port: number, { accessKeyId, accessKeySecret, securityToken }: Principal) {
  const config = new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    ...(securityToken ? { securityToken } : {}),
    endpoint: `127.0.0.1:${port}`,
    protocol: 'http',
    regionId: 'cn-hangzhou',
    readTimeout: 5000,
    connectTimeout: 5000,
  })
  return new Client(config)
}
