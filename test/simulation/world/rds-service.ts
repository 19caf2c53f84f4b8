import type { RdsReply } from '../../../local/model/rds.ts'
import { limiter, rdsRate } from '../../../shared/adapters/limiter.ts'
import type { ClientOf, Requests } from '../../../shared/adapters/rds/client.ts'
import { rdsOver } from '../../../shared/adapters/rds/rds.ts'
import type { Rds } from '../../../shared/ports.ts'
import type { Process, Trouble } from './process.ts'

export type Handle = (action: string, params: Readonly<Record<string, string>>) => RdsReply

/** The real Rds port over a client that shapes its calls, replies and errors like the SDK's, and whose service is the model. */
export function rdsOf(process: Process, handle: Handle, heard: () => void, home: string): Rds {
  const timing = { now: () => process.now().getTime(), sleep: (ms: number) => process.sleep(ms), random: process.dice.next }
  const client = new Proxy(
    {},
    { get: (_, method) => (request: Asked) => send(process, capital(String(method)), request.asked, handle, heard) },
  )
  const clientOf = (() => client) as unknown as ClientOf
  return rdsOver({ clientOf, requests, limiter: limiter(rdsRate(6000), timing), timing, home, regions: undefined })
}

class Asked {
  readonly asked: Readonly<Record<string, unknown>>
  constructor(asked: Readonly<Record<string, unknown>>) {
    this.asked = asked
  }
}
const requests = new Proxy({}, { get: () => Asked }) as unknown as Requests

async function send(process: Process, action: string, asked: Readonly<Record<string, unknown>>, handle: Handle, heard: () => void) {
  const params = paramsOf(asked)
  const { status, body } = await process.call(
    action,
    () => handle(action, params),
    sdkError,
    params.DBInstanceId ? [params.DBInstanceId] : [],
  )
  if (action === 'ModifyDBInstanceSSL') heard()
  if (status >= 300) throw Object.assign(new Error(String(body.Message)), { code: body.Code, statusCode: status })
  return { body: { toMap: () => body } }
}

const capital = (name: string): string => name[0]?.toUpperCase() + name.slice(1)

/** As the SDK writes them: `regionId` is RegionId, a list is numbered from 1, what is undefined is left out. */
function paramsOf(asked: Readonly<Record<string, unknown>>): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined) continue
    if (Array.isArray(value)) for (const [at, one] of value.entries()) params[`${capital(name)}.${at + 1}`] = String(one)
    else params[capital(name)] = String(value)
  }
  return params
}

/** Stands in every message of the client that holds a URL: it must go no further. */
export const urlCanary = 'AccessKeyId=LTAICANARYCANARY&Signature=CANARYSIGNATURE'

/** What the SDK throws: of a hang-up its message holds the whole URL. */
function sdkError(trouble: Trouble): unknown {
  const url = `http://rds.aliyuncs.com/?${urlCanary}`
  switch (trouble) {
    case 'hang-up before':
    case 'hang-up after':
      return Object.assign(new Error(`socket hang up, ${url}`), { code: 'ECONNRESET' })
    case 'unopened':
      return Object.assign(new Error(`connect ECONNREFUSED, ${url}`), { code: 'ECONNREFUSED', syscall: 'connect' })
    case 'HTML before':
    case 'HTML after':
      return new SyntaxError('Unexpected token < in JSON at position 0')
    case '5xx before':
    case '5xx after':
      return Object.assign(new Error(`ServiceUnavailable ${url}`), { code: 'ServiceUnavailable', statusCode: 503 })
    case 'throttled':
      return Object.assign(new Error('Request was denied due to user flow control.'), { code: 'Throttling.User', statusCode: 400 })
    case 'kill before':
    case 'kill after':
      return new Error('a dead process hears nothing')
  }
}
