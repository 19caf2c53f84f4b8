import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import { instant } from '../model/rds.ts'
import { perform } from '../perform.ts'
import type { Principal } from '../principals.ts'
import { passGateway } from '../rds/gateway.ts'
import { Nonces } from '../rds/nonces.ts'
import { type Answer, type Handler, type Serving, serve } from '../serve.ts'
import { identityOf, roleIdOf } from './identity.ts'
import type { RoleSessions } from './sessions.ts'

const version = '2015-04-01'

export type StsServing = {
  /** Knows the callers, and takes the sessions that AssumeRole mints. */
  sessions: RoleSessions
  /** The roles that exist; any of the caller's account unless told. */
  roles?: readonly string[]
  meddler: Meddler
  clock: Clock
  port?: number
}

type Reply = { status: number; body: Record<string, unknown> }

/** STS on 127.0.0.1: GetCallerIdentity and AssumeRole, by ACS3 or by the older RPC signature. */
export function startSts({ sessions, roles, meddler, clock, port }: StsServing): Promise<Serving> {
  const nonces = new Nonces()
  const handle: Handler = async request => {
    const id = randomUUID().toUpperCase()
    const call = passGateway(request, sessions, nonces, clock.now())
    if ('code' in call) return said(refusal(call.status, call.code, call.message), id)
    const { principal, action, params } = call
    if (call.version !== version) return said(refusal(400, 'InvalidVersion', 'Specified parameter Version is not valid.'), id)
    return perform(meddler, { service: 'sts', action, resource: params.RoleArn ?? '', principal: principal.name }, () => {
      switch (action) {
        case 'GetCallerIdentity':
          return said(callerIdentity(principal), id)
        case 'AssumeRole':
          return said(assumeRole(params, principal, sessions, roles, clock.now()), id)
        default:
          return said(refusal(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.'), id)
      }
    })
  }
  return serve(handle, port)
}

function callerIdentity(principal: Principal): Reply {
  const one = identityOf(principal)
  const ids = one.type === 'RAMUser' ? { UserId: one.userId } : one.type === 'AssumedRoleUser' ? { RoleId: one.roleId } : {}
  const body = { IdentityType: one.type, AccountId: principal.accountId, PrincipalId: one.principalId, Arn: one.arn, ...ids }
  return { status: 200, body }
}

/** DurationSeconds 900 to 43200, 3600 unless told; the role must be of the caller's account. */
function assumeRole(
  params: Readonly<Record<string, string>>,
  caller: Principal,
  sessions: RoleSessions,
  roles: readonly string[] | undefined,
  now: number,
): Reply {
  for (const name of ['RoleArn', 'RoleSessionName']) {
    if (!params[name]) return refusal(400, `Missing${name}`, `${name} is mandatory for this action.`)
  }
  const [, account = '', role = ''] = /^acs:ram::(\d+):role\/([A-Za-z0-9.-]{1,64})$/.exec(params.RoleArn ?? '') ?? []
  const session = params.RoleSessionName ?? ''
  const seconds = Number(params.DurationSeconds ?? 3600)
  if (!role) return refusal(400, 'InvalidParameter.RoleArn', 'The specified RoleArn is invalid.')
  if (!/^[A-Za-z0-9.@_-]{2,64}$/.test(session))
    return refusal(400, 'InvalidParameter.RoleSessionName', 'The specified RoleSessionName is invalid.')
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
    return refusal(400, 'InvalidParameter.DurationSeconds', 'The specified DurationSeconds is invalid.')
  }
  if (account !== caller.accountId)
    return refusal(403, 'NoPermission', 'You are not authorized to do this action. You should be authorized by RAM.')
  if (roles && !roles.includes(role)) return refusal(404, 'EntityNotExist.Role', 'The specified Role not exists.')
  const expiresAt = now + seconds * 1000
  const minted = sessions.mint(account, role, session, expiresAt)
  return {
    status: 200,
    body: {
      AssumedRoleUser: { Arn: identityOf(minted).arn, AssumedRoleId: `${roleIdOf(account, role)}:${session}` },
      Credentials: {
        AccessKeyId: minted.accessKeyId,
        AccessKeySecret: minted.accessKeySecret,
        SecurityToken: minted.securityToken,
        Expiration: instant(expiresAt),
      },
    },
  }
}

function refusal(status: number, code: string, message: string): Reply {
  return {
    status,
    body: {
      Code: code,
      Message: message,
      HostId: 'sts.aliyuncs.com',
      Recommend: `https://api.aliyun.com/troubleshoot?q=${code}&product=Sts`,
    },
  }
}

const said = ({ status, body }: Reply, id: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': id },
  body: JSON.stringify({ RequestId: id, ...body }),
})
