import { createHmac } from 'node:crypto'
import type { Principals } from '../principals.ts'
import { dateFault, sameText, tokenFault, type Verified } from '../rds/acs3.ts'
import type { Nonces } from '../rds/nonces.ts'
import { parametersIn, paramsOf, percentEncode } from '../rds/parameters.ts'
import type { Request } from '../serve.ts'

/**
 * The gateway's older RPC signature 1.0: HMAC-SHA1, keyed by the secret and `&`, over the method, `/` and the sorted parameters of query
 * and form body but `Signature`. A request signed beforehand by it can be kept and sent on: that is how identity is shown to others.
 */
export function verifyRpc(request: Request, principals: Principals, nonces: Nonces, now: number): Verified {
  const all = paramsOf(request)
  const { Signature: signature, AccessKeyId: key, SignatureNonce: nonce } = all
  if (!signature || !key || !nonce || all.SignatureMethod !== 'HMAC-SHA1' || all.SignatureVersion !== '1.0') {
    return { fault: 'IncompleteSignature' }
  }
  const principal = principals.find(key)
  if (principal === undefined) return { fault: 'InvalidAccessKeyId.NotFound' }
  const fault = dateFault(all.Timestamp, now) ?? tokenFault(principal, all.SecurityToken, now)
  if (fault) return { fault }
  if (!sameText(rpcSignature(request.method, all, principal.accessKeySecret), signature)) return { fault: 'SignatureDoesNotMatch' }
  return nonces.take(`${key} ${nonce}`, now) ? { principal } : { fault: 'SignatureNonceUsed' }
}

/** Base64. */
export function rpcSignature(method: string, params: Readonly<Record<string, string>>, secret: string): string {
  const sorted = Object.keys(params)
    .filter(name => name !== 'Signature')
    .sort()
    .map(name => `${percentEncode(name)}=${percentEncode(params[name] ?? '')}`)
    .join('&')
  return createHmac('sha1', `${secret}&`)
    .update(`${method}&${percentEncode('/')}&${percentEncode(sorted)}`)
    .digest('base64')
}

/** Whether a request is signed the older way. */
export const isRpcSigned = (request: Request): boolean => parametersIn(request.rawQuery).SignatureVersion === '1.0'
