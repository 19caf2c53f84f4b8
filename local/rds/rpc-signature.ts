import { createHmac } from 'node:crypto'
import type { Principals } from '../principals.ts'
import type { Request } from '../serve.ts'
import { dateFault, sameText, tokenFault, type Verified } from './acs3.ts'
import type { Nonces } from './nonces.ts'
import { paramsOf, percentEncode } from './parameters.ts'

/**
 * The gateway's older RPC signature 1.0: HMAC-SHA1, keyed by the secret and `&`, over the method, `/` and the sorted parameters of query
 * and form body but `Signature`. Older SDKs and Terraform sign by it still, and a request signed beforehand by it can be kept and sent
 * on: that is how identity is shown to others. A mismatch's detail is the string that should have been signed.
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
  if (!sameText(rpcSignature(request.method, all, principal.accessKeySecret), signature)) {
    return { fault: 'SignatureDoesNotMatch', detail: stringToSign(request.method, all) }
  }
  return nonces.take(`${key} ${nonce}`, now) ? { principal } : { fault: 'SignatureNonceUsed' }
}

/** Base64. */
export function rpcSignature(method: string, params: Readonly<Record<string, string>>, secret: string): string {
  return createHmac('sha1', `${secret}&`).update(stringToSign(method, params)).digest('base64')
}

function stringToSign(method: string, params: Readonly<Record<string, string>>): string {
  const sorted = Object.keys(params)
    .filter(name => name !== 'Signature')
    .sort()
    .map(name => `${percentEncode(name)}=${percentEncode(params[name] ?? '')}`)
    .join('&')
  return `${method}&${percentEncode('/')}&${percentEncode(sorted)}`
}
