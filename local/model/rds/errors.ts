/** Codes, statuses and messages of the RDS 2014-08-15 reference; those marked * are in no table and follow the gateway's pattern. */
const table = {
  'InvalidDBInstanceId.NotFound': [404, 'The specified instance is not found.'],
  'InvalidDBInstanceName.NotFound': [404, 'The database instance does not exist.'],
  'InvalidDBInstanceEngineType.Format': [400, 'the DB instance engine type does not support this operation.'],
  'InstanceEngineType.NotSupport': [403, 'The instance engine and type does not support operations'],
  'InvaildEngineInRegion.ValueNotSupported': [400, 'The engine is not supported in the region.'],
  'OperationDenied.DBInstanceType': [403, 'The operation is not permitted due to type of the instance.'],
  'OperationDenied.DBInstanceStatus': [403, 'The operation is not permitted due to status of instance.'],
  IncorrectDBInstanceState: [403, 'Current DB instance state does not support this operation.'],
  IncorrectDBInstanceLockMode: [403, 'Current DB instance lock mode does not support this operation.'],
  IncorrectDBInstanceType: [403, 'Current DB instance type does not support this operation.'],
  IncorrectDBInstanceEngine: [403, 'Current DB Instance engine does not support this operation.'],
  IncorrectEngineVersion: [403, 'Current engine version does not support operations.'],
  IncorrectMinorVersion: [403, 'Current engine minor version does not support operations.'],
  'OrderStatus.UnPaid': [403, 'The specified db instance has unpaid order.'],
  'Api.NotSupport': [400, 'Specified api is not supported.'],
  InvalidSSLStatus: [400, 'Specify ssl status is invalid.'],
  IncorrectDBSslStatus: [400, 'Specified DB SSLStatus does not support this operation.'],
  'InvalidCAType.NotFound': [400, 'Specify ca type is not found.'],
  'InvalidACL.NotFound': [400, 'Specify acl is not found.'],
  'InvalidACL.Permission': [403, 'Client ca certificate is set first if need to set acl.'],
  'InvalidClientCrl.Permission': [403, 'Client ca certificate is set first if need to set client certificate revocation list.'],
  InvalidServerCertOrPrivateKey: [400, 'Specify server certificate or private key is invalid.'],
  InvalidClientCACert: [400, 'Specify client ca certificate is invalid.'],
  InvalidClientCrl: [400, 'Specify client certificate revocation list is invalid.'],
  'Endpoint.NotFound': [404, 'Specified endpoint is not existed.'],
  'InvalidConnectionString.NotFound': [404, 'Specified connection string or net type is not found.'],
  'InvalidDbProxyConnectionString.NotFound': [404, 'The specified database proxy connection string is not found.'],
  EnabledSSLNotSupport: [404, 'Specified region does not support enable ssl.'],
  'RequiredParam.NotFound': [400, 'Required input param is not found.'],
  'Parameters.Invalid': [400, 'Parameter error, please check the parameters.'],
  ConcurrentLimit: [400, 'The request processing has been concurrent limit.'],
  ExternalFailure: [500, 'The request processing has failed due to external service failure.'],
  RequestMetaDataFailed: [500, 'The service request failed. Please try again later or contact service personnel.'],
  InvokeProxyFailure: [500, 'The request processing has failed due to service failure of rds api.'],
  'Throttling.User': [400, 'Request was denied due to user flow control.'],
  'Forbidden.RAM': [403, "User not authorized to operate on the specified resource, or this API doesn't support RAM."],
  'InvalidAction.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  /* * */ 'InvalidRegionId.NotFound': [404, 'The RegionId provided does not exist in our records.'],
  /* * */ InvalidTaskId: [400, 'The specified task id is not found, or is not pending.'],
  /* * */ InvalidSwitchTime: [400, 'The specified SwitchTime is invalid.'],
  /* * */ TaskNotAllowed: [403, 'The specified task does not allow this operation.'],
  /* the embedded cloud's own: better than an answer that looks filtered and is not */
  'EmbeddedCloud.NotCovered': [501, 'The embedded cloud does not know this parameter.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type RdsErrorCode = keyof typeof table

/** One answer of the service: the body is what JSON.parse of the real one gives. */
export type RdsReply = { status: number; body: Record<string, unknown> }

export type Refused = { do: 'refuse'; code: RdsErrorCode | `Missing${string}`; message?: string }
export type Answer = { do: 'answer'; body: Record<string, unknown> } | Refused

export const answer = (body: Record<string, unknown> = {}): Answer => ({ do: 'answer', body })

/** `message` replaces the reference's words where a test's reader is better served by the field's name and the mend. */
export const refuse = (code: RdsErrorCode, message?: string): Refused => ({ do: 'refuse', code, ...(message ? { message } : {}) })

/** The gateway names the missing parameter in the code itself. */
export const missing = (parameter: string): Refused => ({
  do: 'refuse',
  code: `Missing${parameter}`,
  message: `${parameter} is mandatory for this action.`,
})

export function replyTo(said: Answer, requestId: string): RdsReply {
  if (said.do === 'answer') return { status: 200, body: { ...said.body, RequestId: requestId } }
  const [status, message] = isKnown(said.code) ? table[said.code] : [400, '']
  return { status, body: errorBody(said.code, said.message ?? message, requestId) }
}

export function errorBody(code: string, message: string, requestId: string): Record<string, unknown> {
  const recommend = `https://api.aliyun.com/troubleshoot?q=${code}&product=Rds&requestId=${requestId}`
  return { RequestId: requestId, Message: message, Recommend: recommend, HostId: 'rds.aliyuncs.com', Code: code }
}

const isKnown = (code: string): code is RdsErrorCode => Object.hasOwn(table, code)
