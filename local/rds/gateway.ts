import type { Principal, Principals } from '../principals.ts'
import type { Request } from '../serve.ts'
import { callerFaults, type Verified, verifyAcs3 } from './acs3.ts'
import type { Nonces } from './nonces.ts'
import { paramsOf } from './parameters.ts'
import { verifyRpc } from './rpc-signature.ts'

/** A call that the OpenAPI gateway passes on. `params` are the service's own alone. */
export type GatewayCall = { principal: Principal; action: string; version: string; params: Record<string, string> }

export type Turned = { status: number; code: string; message: string }

/** Parameters that an RPC-signed request carries for the gateway. */
const gatewayOwn = new Set([
  'AccessKeyId',
  'Action',
  'Format',
  'SecurityToken',
  'Signature',
  'SignatureMethod',
  'SignatureNonce',
  'SignatureType',
  'SignatureVersion',
  'Timestamp',
  'Version',
])

/** Lets a call of an RPC-style product through by either of the gateway's signatures: ACS3-HMAC-SHA256 in headers, or RPC 1.0 in parameters. */
export function passGateway(request: Request, principals: Principals, nonces: Nonces, now: number): GatewayCall | Turned {
  const all = paramsOf(request)
  const old = request.headers.authorization === undefined && all.SignatureVersion !== undefined
  const verified = (old ? verifyRpc : verifyAcs3)(request, principals, nonces, now)
  if ('fault' in verified) return turned(verified, old)
  const { principal } = verified
  if (!old)
    return { principal, action: request.headers['x-acs-action'] ?? '', version: request.headers['x-acs-version'] ?? '', params: all }
  const params = Object.fromEntries(Object.entries(all).filter(([name]) => !gatewayOwn.has(name)))
  return { principal, action: all.Action ?? '', version: all.Version ?? '', params }
}

/** Older SDKs split the message of a mismatch at `server string to sign is:` and compare: without it some of them crash. */
function turned({ fault, detail }: Extract<Verified, { fault: unknown }>, old: boolean): Turned {
  const [status, message] = callerFaults[fault]
  if (detail === undefined) return { status, code: fault, message }
  const told = old ? `Specified signature is not matched with our calculation. server string to sign is:${detail}` : `${message} ${detail}`
  return { status, code: fault, message: told }
}
