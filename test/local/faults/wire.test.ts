import { createRequire } from 'node:module'
import OpenApi, { $OpenApiUtil } from '@alicloud/openapi-core'
import * as rds from '@alicloud/rds20140815'
import OSS from 'ali-oss'
import { afterEach, describe, expect, test } from 'vitest'
import { startChat } from '../../../local/chat/server.ts'
import { webhookSignature } from '../../../local/chat/webhook.ts'
import { faultMeddler } from '../../../local/faults.ts'
import { answerInvoke } from '../../../local/fc/invoke.ts'
import type { FunctionSpec } from '../../../local/fc/spec.ts'
import { startMns } from '../../../local/mns/server.ts'
import { chatModel } from '../../../local/model/chat.ts'
import { readFault } from '../../../local/model/fault-text.ts'
import { Faults } from '../../../local/model/faults.ts'
import { mnsModel } from '../../../local/model/mns.ts'
import { type OssModel, ossModel } from '../../../local/model/oss.ts'
import { instanceOf, RdsWorld, seededRandom } from '../../../local/model/rds.ts'
import { startOss } from '../../../local/oss/server.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { Nonces } from '../../../local/rds/nonces.ts'
import { startRds } from '../../../local/rds/server.ts'
import { type Serving, serve } from '../../../local/serve.ts'
import { startSts } from '../../../local/sts/server.ts'
import { RoleSessions } from '../../../local/sts/sessions.ts'
import { seed, start, steady } from '../model-rds/worlds.ts'
import { sdkAt } from '../rds/clients.ts'

/** Every kind of fault as Alibaba's own SDKs come to see it, and what became of the call. */
const role: Principal = { name: 'role/rds-tls-update-validity', accountId: '1', accessKeyId: 'AK', accessKeySecret: 'secret' }
const principals = principalsOf([role])
const clock = { now: () => Date.now() }

const opened: Serving[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(one => one.close()))
})

const acts: string[] = []
function meddling(...texts: string[]) {
  acts.length = 0
  const faults = texts.map(text => {
    const fault = readFault(text, [])
    if (typeof fault === 'string') throw new Error(fault)
    return fault
  })
  return faultMeddler(new Faults(faults, seededRandom(1)), {
    namesOf: ({ resource }) => (resource === 'rm-1' ? ['orders'] : []),
    kill: name => acts.push(`kill ${name}`) > 0,
    keepOldLeaf: instance => acts.push(`keep ${instance}`),
    wait: async ms => void acts.push(`wait ${ms}`),
  })
}

/** What a call came to: `ok`, or the error's code; a page or nothing of the service's leaves its name alone. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown }
    return typeof code === 'string' && code !== 'undefined' ? code : String(name)
  }
}

describe('to the RDS client', () => {
  async function modify(...texts: string[]) {
    const world = new RdsWorld({ now: start, random: seededRandom(7), behaviour: steady, instances: [instanceOf(seed('MySQL'))] })
    const handle: RdsWorld['handle'] = (action, params, caller) => world.handle(action, params, caller, start)
    const serving = await startRds({ world: { handle }, principals, meddler: meddling(...texts), clock })
    opened.push(serving)
    const [one] = world.instances()
    const asked = { DBInstanceId: one?.id, connectionString: one?.ssl.connectionString, SSLEnabled: 1 }
    const seen = await outcome(sdkAt(serving.port, role).modifyDBInstanceSSL(new rds.ModifyDBInstanceSSLRequest(asked)))
    return { seen, effects: world.inspect().modifications.length }
  }

  test.each([
    ['no fault', [], 'ok', 1],
    ['rds:modify:hang-before', ['rds:modify:hang-before'], 'ECONNRESET', 0],
    ['rds:modify:hang-after', ['rds:modify:hang-after'], 'ECONNRESET', 1],
    ['rds:modify:html', ['rds:modify:html'], 'SyntaxError', 0],
    ['rds:modify:html-after', ['rds:modify:html-after'], 'SyntaxError', 1],
    ['rds:modify:empty', ['rds:modify:empty'], 'SyntaxError', 0],
    ['rds:modify:empty-after', ['rds:modify:empty-after'], 'SyntaxError', 1],
    ['rds:modify:5xx', ['rds:modify:5xx'], 'ExternalFailure', 0],
    ['rds:modify:5xx-after', ['rds:modify:5xx-after'], 'ExternalFailure', 1],
    ['rds:modify:throttle', ['rds:modify:throttle'], 'Throttling.User', 0],
    ['rds:modify:delay=20s', ['rds:modify:delay=20s'], 'ok', 1],
    ['rds:modify:kill-before', ['rds:modify:kill-before'], 'ECONNRESET', 0],
    ['rds:modify:kill-after', ['rds:modify:kill-after'], 'ECONNRESET', 1],
    ['rds:modify:keeps-old-leaf', ['rds:modify:keeps-old-leaf'], 'ok', 1],
    ['rds:modify@orders:throttle', ['rds:modify@orders:throttle'], 'Throttling.User', 0],
    ['rds:modify@ledger:throttle', ['rds:modify@ledger:throttle'], 'ok', 1],
  ])('%s', async (_, texts, seen, effects) => {
    expect(await modify(...texts)).toEqual({ seen, effects })
  })

  test('a delay waits, a kill ends the caller, and the old leaf is kept, each once', async () => {
    await modify('rds:modify:delay=20s')
    expect(acts).toEqual(['wait 20000'])
    await modify('rds:modify:kill-after')
    expect(acts).toEqual(['kill rds-tls-update-validity'])
    await modify('rds:modify:keeps-old-leaf')
    expect(acts).toEqual(['keep rm-1'])
  })
})

describe('to the MNS client', () => {
  type Mns = { sendMessage(queue: string, message: { MessageBody: string }): Promise<{ code: number }> }
  const MNS = createRequire(import.meta.url)('@alicloud/mns') as new (account: string, options: object) => Mns

  test.each([
    ['hang-before', 'ECONNRESET', 0],
    ['hang-after', 'ECONNRESET', 1],
    // The SDK's own defect: what is no XML resolves, with the status as its code.
    ['html', '502', 0],
    ['html-after', '502', 1],
    ['empty', '502', 0],
    ['5xx', 'MNSInternalErrorError', 0],
    ['5xx-after', 'MNSInternalErrorError', 1],
    ['throttle', 'MNSTooManyRequestsError', 0],
    ['kill-after', 'ECONNRESET', 1],
  ])('mns:send:%s', async (kind, seen, effects) => {
    const model = mnsModel()
    model.createQueue('work', {}, Date.now())
    const serving = await startMns({ model, principals, meddler: meddling(`mns:send:${kind}`), clock })
    opened.push(serving)
    const client = new MNS('1', { endpoint: serving.url, accessKeyId: 'AK', accessKeySecret: 'secret', readTimeout: 5000 })
    let code = ''
    const sending = client.sendMessage('work', { MessageBody: 'YQ==' }).then(reply => {
      code = String(reply.code)
    })
    const raised = await outcome(sending)
    expect([raised === 'ok' ? code : raised, model.messages('work', Date.now()).length]).toEqual([seen, effects])
  })
})

describe('to the OSS client', () => {
  test.each([
    ['hang-before', 'ResponseError', false],
    ['hang-after', 'ResponseError', true],
    ['html', 'UnknownError', false],
    ['html-after', 'UnknownError', true],
    ['empty', 'UnknownError', false],
    ['5xx', 'InternalError', false],
    ['5xx-after', 'InternalError', true],
    ['throttle', 'QpsLimitExceeded', false],
    ['kill-before', 'ResponseError', false],
  ])('oss:put:%s', async (kind, seen, stored) => {
    const model = ossModel()
    model.putBucket('journal', '1', Date.now())
    const serving = await serveBuckets(model, `oss:put@entry:${kind}`)
    const client = new OSS({
      accessKeyId: 'AK',
      accessKeySecret: 'secret',
      bucket: 'journal',
      region: 'oss-cn-hangzhou',
      endpoint: serving.url,
      ...{ authorizationV4: true, retryMax: 0 },
    })
    const raised = await outcome(client.put('entry', Buffer.from('x')))
    expect([raised, model.head('journal', 'entry').ok]).toEqual([seen, stored])
  })

  async function serveBuckets(model: OssModel, text: string) {
    const serving = await startOss({ model, principals, meddler: meddling(text), clock })
    opened.push(serving)
    return serving
  }
})

describe('to a client of Alibaba’s OpenAPI', () => {
  async function callerIdentity(text: string) {
    const serving = await startSts({ sessions: new RoleSessions(principals), meddler: meddling(text), clock })
    opened.push(serving)
    const Client = (OpenApi as unknown as { default?: typeof OpenApi }).default ?? OpenApi
    const endpoint = `127.0.0.1:${serving.port}`
    const client = new Client(new $OpenApiUtil.Config({ accessKeyId: 'AK', accessKeySecret: 'secret', endpoint, protocol: 'http' }))
    Object.assign(client, { _endpoint: endpoint })
    const style = { action: 'GetCallerIdentity', version: '2015-04-01', protocol: 'HTTP', pathname: '/', method: 'POST' }
    const params = new $OpenApiUtil.Params({ ...style, authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json' })
    return outcome(client.callApi(params, new $OpenApiUtil.OpenApiRequest({}), {} as Parameters<OpenApi['callApi']>[2]))
  }

  test.each([
    ['hang-before', 'ECONNRESET'],
    ['html', 'SyntaxError'],
    ['5xx', 'InternalError'],
    ['throttle', 'Throttling.User'],
  ])('sts:identity:%s', async (kind, seen) => expect(await callerIdentity(`sts:identity:${kind}`)).toBe(seen))

  test.each([
    ['hang-before', 'ECONNRESET', 0],
    ['hang-after', 'ECONNRESET', 1],
    ['5xx-after', 'InternalServerError', 1],
    ['throttle', 'ResourceThrottled', 0],
  ])('fc:invoke:%s', async (kind, seen, ran) => {
    let runs = 0
    const fn = { name: 'rds-tls-probe-vpc-1' } as FunctionSpec
    const of = { functions: [fn], principals, nonces: new Nonces(), meddler: meddling(`fc:invoke@probe:${kind}`), now: clock.now }
    const run = async () => {
      runs++
      return { outcome: { end: 'returned', body: Buffer.from('{}') }, cold: false, ms: 1, lines: [] } as const
    }
    const serving = await serve(request => answerInvoke(request, { ...of, run, later: () => {} }))
    opened.push(serving)
    const sdk = await import('@alicloud/fc20230330')
    const Client = (sdk.default as unknown as { default?: typeof sdk.default }).default ?? sdk.default
    const endpoint = `127.0.0.1:${serving.port}`
    const client = new Client(new $OpenApiUtil.Config({ accessKeyId: 'AK', accessKeySecret: 'secret', endpoint, protocol: 'http' }))
    const seenBy = await outcome(client.invokeFunction(fn.name, new sdk.InvokeFunctionRequest({})))
    expect([seenBy, runs]).toEqual([seen, ran])
  })
})

describe('to a webhook’s sender', () => {
  const webhook = { name: 'dev', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }

  test.each([
    ['hang-before', 'TypeError', 0],
    ['hang-after', 'TypeError', 1],
    ['5xx', '500', 0],
    ['html-after', '502', 1],
    ['throttle', '429', 0],
  ])('chat:webhook:%s', async (kind, seen, shown) => {
    const model = chatModel()
    const serving = await startChat({
      model,
      secrets: { robots: [], webhooks: [webhook] },
      meddler: meddling(`chat:webhook:${kind}`),
      clock,
    })
    opened.push(serving)
    const body = '{"title":"x","text":"y"}'
    const parts = { id: 'n1', timestamp: String(Math.floor(Date.now() / 1000)) }
    const signature = webhookSignature(webhook.secret, { ...parts, body: Buffer.from(body) })
    const headers = { 'webhook-id': parts.id, 'webhook-timestamp': parts.timestamp, 'webhook-signature': signature }
    let status = 0
    const posting = fetch(`${serving.url}/webhook/dev`, { method: 'POST', headers, body }).then(reply => {
      status = reply.status
    })
    const raised = await outcome(posting)
    expect([raised === 'ok' ? String(status) : raised, model.cards().length]).toEqual([seen, shown])
  })
})
