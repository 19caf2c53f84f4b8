import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import type { Params, RdsReply, RdsWorld } from '../model/rds.ts'
import { errorBody } from '../model/rds.ts'
import { perform } from '../perform.ts'
import type { Principals } from '../principals.ts'
import { type Answer, type Handler, type Request, type Serving, serve } from '../serve.ts'
import { passGateway } from './gateway.ts'
import { Nonces } from './nonces.ts'

const version = '2014-08-15'

export type RdsServing = {
  world: Pick<RdsWorld, 'handle'>
  principals: Principals
  meddler: Meddler
  clock: Clock
  port?: number
  /** Makes RequestIds; random UUIDs in capitals unless told. */
  requestId?: () => string
}

/** The RDS RPC API on 127.0.0.1 over `world`, one endpoint for every region: signature, version and parameters as the gateway takes them. */
export function startRds({ world, principals, meddler, clock, port, requestId = capitalUuid }: RdsServing): Promise<Serving> {
  const nonces = new Nonces()
  const handle: Handler = async request => {
    const id = requestId()
    const call = passGateway(request, principals, nonces, clock.now())
    if ('code' in call) return asAnswer({ status: call.status, body: errorBody(call.code, call.message, id) })
    const refused = misaddressed(request, call.version, id)
    if (refused) return asAnswer(refused)
    const { action, params } = call
    const principal = call.principal.name
    return perform(meddler, { service: 'rds', action, resource: resourceOf(params), principal }, () =>
      asAnswer(world.handle(action, params, { principal, requestId: id }, clock.now())),
    )
  }
  return serve(handle, port)
}

const capitalUuid = (): string => randomUUID().toUpperCase()

function misaddressed(request: Request, asked: string, id: string): RdsReply | undefined {
  if (request.rawPath !== '/' || (request.method !== 'POST' && request.method !== 'GET')) {
    return { status: 404, body: errorBody('InvalidAction.NotFound', 'Specified api is not found, please check your url and method.', id) }
  }
  if (asked === version) return undefined
  return { status: 400, body: errorBody('InvalidVersion', 'Specified parameter Version is not valid.', id) }
}

/** The instance, the tasks or the region that a call is about. */
const resourceOf = (params: Params): string =>
  params.DBInstanceId ?? params.DbInstanceId ?? params.InsName ?? params.Ids ?? params.RegionId ?? params.Region ?? ''

function asAnswer({ status, body }: RdsReply): Answer {
  const id = String(body.RequestId)
  return { status, headers: { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': id }, body: JSON.stringify(body) }
}
