import * as sdk from '@alicloud/rds20140815'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Call, type Meddler, untouched, type Verdict } from '../../../local/meddler.ts'
import { instanceOf, RdsWorld, seededRandom } from '../../../local/model/rds.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { startRds } from '../../../local/rds/server.ts'
import type { Serving } from '../../../local/serve.ts'
import { certificate, minute, seed, start, steady } from '../model-rds/worlds.ts'
import { sdkAt } from './clients.ts'
import { signed, type Wire } from './requests.ts'

const user: Principal = { name: 'user/dev', accountId: '1', accessKeyId: 'AK', accessKeySecret: 'secret' }
const session: Principal = { ...user, name: 'fc/update-validity', accessKeyId: 'STS.AK', securityToken: 'token' }
// The SDK signs by the machine's clock, and this one must agree with it; the world's time is told from `offset` alone.
const began = Date.now()
let offset = 0
const old = certificate('proxy.test', 5)
const proxy = { endpointId: 'ep-1', connectionString: 'proxy.test', certificate: old, served: old }
let world: RdsWorld
let serving: Serving
let meddler: Meddler = untouched
let calls: [Call, string][] = []

let lastBody: Record<string, unknown> = {}

/** The server's world is swapped for each test; its clock runs from `start`. */
const worldNow: Pick<RdsWorld, 'handle'> = {
  handle(action, params, caller) {
    const reply = world.handle(action, params, caller, start + offset)
    lastBody = reply.body
    return reply
  },
}

beforeAll(async () => {
  serving = await startRds({
    world: worldNow,
    principals: principalsOf([user, session]),
    meddler: (call, phase) => {
      calls.push([call, phase])
      return meddler(call, phase)
    },
    clock: { now: () => began },
  })
})
afterAll(() => serving.close())
beforeEach(() => {
  offset = 0
  meddler = untouched
  calls = []
  const replica = { ...seed('MySQL'), id: 'rr-1', type: 'Readonly', masterId: 'rm-1' } as const
  const tasks = [{ instance: 'rm-1', switchAt: start + 86_400_000, deadline: start + 2 * 86_400_000, allowChange: true, allowCancel: true }]
  const postgres = { ...seed('PostgreSQL', { ssl: { serverKey: 'canary', clientCaCert: 'CA', clientCrl: 'CRL' } }), id: 'pg-1' }
  const others = [postgres, { ...seed('SQLServer'), id: 'ms-1' }].map(one => ({ ...one, region: 'ap-southeast-1' }))
  const instances = [seed('MySQL', { engineVersion: '5.7', proxy, tags: { env: 'prod' } }), replica, ...others].map(instanceOf)
  world = new RdsWorld({ now: start, random: seededRandom(7), behaviour: steady, instances, tasks })
})

describe("Alibaba's own SDK", () => {
  const client = () => sdkAt(serving.port, session)

  test('lists regions', async () => {
    const { body } = await client().describeRegions(new sdk.DescribeRegionsRequest({}))
    expect(body?.regions?.RDSRegion?.map(one => one.regionId)).toContain('ap-southeast-1')
    expect(body?.requestId).toMatch(/^[0-9A-F-]{36}$/)
  })

  test('lists instances in both ways of paging', async () => {
    const byToken = await client().describeDBInstances(new sdk.DescribeDBInstancesRequest({ regionId: 'cn-hangzhou', maxResults: 1 }))
    const { nextToken } = byToken.body ?? {}
    expect(byToken.body?.items?.DBInstance?.[0]).toMatchObject({ DBInstanceId: 'rm-1', engineVersion: '5.7', DBInstanceStatus: 'Running' })
    const rest = await client().describeDBInstances(
      new sdk.DescribeDBInstancesRequest({ regionId: 'cn-hangzhou', maxResults: 1, nextToken }),
    )
    expect(rest.body?.items?.DBInstance?.[0]).toMatchObject({ DBInstanceId: 'rr-1', masterInstanceId: 'rm-1' })
    const request = new sdk.DescribeDBInstancesRequest({ regionId: 'cn-hangzhou', pageSize: 1, pageNumber: 2, tags: '{}' })
    const byNumber = await client().describeDBInstances(request)
    expect(byNumber.body).toMatchObject({ totalRecordCount: 2, pageNumber: 2, pageRecordCount: 1 })
  })

  test('reads attributes, SSL settings, endpoints and tags', async () => {
    const attribute = await client().describeDBInstanceAttribute(new sdk.DescribeDBInstanceAttributeRequest({ DBInstanceId: 'rm-1' }))
    expect(attribute.body?.items?.DBInstanceAttribute?.[0]).toMatchObject({
      maintainTime: '18:00Z-22:00Z',
      readOnlyDBInstanceIds: { readOnlyDBInstanceId: [{ DBInstanceId: 'rr-1' }] },
    })
    const ssl = await client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest({ DBInstanceId: 'rm-1' }))
    expect(ssl.body).toMatchObject({ SSLEnabled: 'Yes', SSLExpireTime: '2026-05-16T00:00:00Z', connectionString: 'private.test' })
    const net = await client().describeDBInstanceNetInfo(new sdk.DescribeDBInstanceNetInfoRequest({ DBInstanceId: 'rm-1' }))
    const info = net.body?.DBInstanceNetInfos?.DBInstanceNetInfo?.[0]
    expect(info).toMatchObject({ connectionString: 'private.test', IPType: 'Private', VPCId: 'vpc-1', port: '1433' })
    expect(info?.securityIPGroups?.securityIPGroup?.[0]?.securityIPs).toBe('172.16.0.0/12')
    const request = new sdk.ListTagResourcesRequest({ regionId: 'cn-hangzhou', resourceType: 'INSTANCE', resourceId: ['rm-1', 'rr-1'] })
    const tags = await client().listTagResources(request)
    expect(tags.body?.tagResources?.tagResource).toMatchObject([{ resourceId: 'rm-1', tagKey: 'env', tagValue: 'prod' }])
  })

  test('updates the validity, as the principal that signed', async () => {
    const request = new sdk.ModifyDBInstanceSSLRequest({ DBInstanceId: 'rm-1', connectionString: 'private.test', SSLEnabled: 1 })
    const { body } = await client().modifyDBInstanceSSL(request)
    offset = 10 * minute
    const ssl = await client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest({ DBInstanceId: 'rm-1' }))
    expect(ssl.body?.SSLExpireTime).toBe('2027-05-10T00:01:00Z')
    expect(world.inspect().restarts).toMatchObject([{ by: 'fc/update-validity', request: body?.requestId }])
    const range = { fromStartTime: '2026-05-01T00:00:00Z', toStartTime: '2026-06-01T00:00:00Z', instanceId: 'rm-1' }
    const history = await client().describeHistoryTasks(new sdk.DescribeHistoryTasksRequest(range))
    expect(history.body).toMatchObject({
      totalCount: 1,
      items: [{ status: 'Succeed', callerUid: 'fc/update-validity', regionId: 'cn-hangzhou' }],
    })
  })

  test("reads, moves and cancels Alibaba's own tasks", async () => {
    const read = async () => {
      const { body } = await client().describeActiveOperationTasks(new sdk.DescribeActiveOperationTasksRequest({ region: 'cn-hangzhou' }))
      return body?.items?.[0]
    }
    expect(await read()).toMatchObject({
      id: 18_800_001,
      allowChange: '1',
      status: 3,
      switchTime: '2026-05-11T00:00:00Z',
      taskTypeZh: 'SSL证书更新',
    })
    const moved = new sdk.ModifyActiveOperationTasksRequest({ ids: '18800001', switchTime: '2026-05-11T06:00:00Z', immediateStart: 0 })
    expect((await client().modifyActiveOperationTasks(moved)).body?.ids).toBe('18800001')
    expect((await read())?.switchTime).toBe('2026-05-11T06:00:00Z')
    await client().cancelActiveOperationTasks(new sdk.CancelActiveOperationTasksRequest({ ids: '18800001' }))
    expect(await read()).toMatchObject({ status: 7, resultInfo: 'userCancel' })
  })

  test("reads and updates the proxy's certificate", async () => {
    const update = { dbInstanceId: 'rm-1', dbProxyEndpointId: 'ep-1', dbProxyConnectString: 'proxy.test', dbProxySslEnabled: '2' }
    await client().modifyDbProxyInstanceSsl(new sdk.ModifyDbProxyInstanceSslRequest(update))
    offset = 10 * minute
    const { body } = await client().getDbProxyInstanceSsl(new sdk.GetDbProxyInstanceSslRequest({ dbInstanceId: 'rm-1' }))
    expect(body?.dbProxyCertListItems?.dbProxyCertListItems).toMatchObject([
      { endpointName: 'ep-1', sslExpiredTime: '2027-05-10T00:01:00Z' },
    ])
  })

  const range = { fromStartTime: '2026-05-01T00:00:00Z', toStartTime: '2026-06-01T00:00:00Z' }
  const id = { DBInstanceId: 'rm-1' }
  type Reading = () => Promise<{ body?: { toMap(): Record<string, unknown> } }>
  const readings: [string, Reading][] = [
    ['DescribeRegions', () => client().describeRegions(new sdk.DescribeRegionsRequest({}))],
    ['DescribeDBInstances', () => client().describeDBInstances(new sdk.DescribeDBInstancesRequest({ regionId: 'cn-hangzhou' }))],
    ['DescribeDBInstanceAttribute', () => client().describeDBInstanceAttribute(new sdk.DescribeDBInstanceAttributeRequest(id))],
    ['DescribeDBInstanceSSL', () => client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest(id))],
    [
      'DescribeDBInstanceSSL of PostgreSQL',
      () => client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest({ DBInstanceId: 'pg-1' })),
    ],
    [
      'DescribeDBInstanceSSL of SQL Server',
      () => client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest({ DBInstanceId: 'ms-1' })),
    ],
    ['DescribeDBInstanceNetInfo', () => client().describeDBInstanceNetInfo(new sdk.DescribeDBInstanceNetInfoRequest(id))],
    [
      'ListTagResources',
      () =>
        client().listTagResources(
          new sdk.ListTagResourcesRequest({ regionId: 'cn-hangzhou', resourceType: 'INSTANCE', resourceId: ['rm-1'] }),
        ),
    ],
    ['DescribeActiveOperationTasks', () => client().describeActiveOperationTasks(new sdk.DescribeActiveOperationTasksRequest({}))],
    ['DescribeHistoryTasks', () => client().describeHistoryTasks(new sdk.DescribeHistoryTasksRequest(range))],
    ['GetDbProxyInstanceSsl', () => client().getDbProxyInstanceSsl(new sdk.GetDbProxyInstanceSslRequest({ dbInstanceId: 'rm-1' }))],
  ]
  test.each(readings)("knows every field of %s's answer", async (_, read) => {
    await client().modifyDBInstanceSSL(new sdk.ModifyDBInstanceSSLRequest({ ...id, connectionString: 'private.test', SSLEnabled: 1 }))
    offset = 2 * minute
    const { body } = await read()
    expect(Object.keys(lastBody).length).toBeGreaterThan(1)
    expect(body?.toMap()).toEqual(lastBody)
  })

  test('raises refusals with their code, status and request id', async () => {
    const read = client().describeDBInstanceSSL(new sdk.DescribeDBInstanceSSLRequest({ DBInstanceId: 'rm-9' }))
    await expect(read).rejects.toMatchObject({
      code: 'InvalidDBInstanceId.NotFound',
      statusCode: 404,
      requestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
    })
  })

  test('raises throttling as such', async () => {
    world = new RdsWorld({ now: start, random: seededRandom(1), instances: [], throttle: { limit: 0 } })
    const read = client().describeRegions(new sdk.DescribeRegionsRequest({}))
    await expect(read).rejects.toMatchObject({ name: expect.stringMatching(/Throttling/), code: 'Throttling.User' })
  })

  test('with a wrong secret, token or key is told so', async () => {
    const code = async (principal: Principal) => {
      const failed = await sdkAt(serving.port, principal)
        .describeRegions(new sdk.DescribeRegionsRequest({}))
        .then(
          () => ({ code: 'none' }),
          (error: { code: string }) => error,
        )
      return failed.code
    }
    expect(await code({ ...user, accessKeySecret: 'wrong' })).toBe('SignatureDoesNotMatch')
    expect(await code({ ...session, securityToken: 'wrong' })).toBe('InvalidSecurityToken.MismatchWithAccessKey')
    expect(await code({ ...user, accessKeyId: 'nobody' })).toBe('InvalidAccessKeyId.NotFound')
    expect(calls).toEqual([])
  })
})

describe('the meddler', () => {
  const modify = () => {
    const request = new sdk.ModifyDBInstanceSSLRequest({ DBInstanceId: 'rm-1', connectionString: 'private.test', SSLEnabled: 1 })
    return sdkAt(serving.port, user).modifyDBInstanceSSL(request)
  }
  const when =
    (phase: 'before' | 'after', verdict: Verdict): Meddler =>
    (_, at) =>
      at === phase ? verdict : { do: 'pass' }
  const html = { do: 'answer', status: 502, contentType: 'text/html', body: '<html>' } as const

  test('is asked before and after, and told who calls what about which instance', async () => {
    await modify()
    const call = { service: 'rds', action: 'ModifyDBInstanceSSL', resource: 'rm-1', principal: 'user/dev' }
    expect(calls).toEqual([
      [call, 'before'],
      [call, 'after'],
    ])
  })

  test.each([
    ['before', { do: 'hang-up' }, 0],
    ['after', { do: 'hang-up' }, 1],
    ['before', html, 0],
    ['after', html, 1],
  ] as const)('that speaks %s the effect with %o leaves %i updates', async (phase, verdict, updates) => {
    meddler = when(phase, verdict)
    await expect(modify()).rejects.toThrow()
    expect(world.inspect().modifications).toHaveLength(updates)
  })
})

describe('the wire', () => {
  const send = async (wire: Wire) => {
    const { host: _, ...headers } = wire.headers
    const answer = await fetch(`${serving.url}${wire.path}?${wire.query}`, {
      method: wire.method,
      headers,
      ...(wire.body ? { body: wire.body } : {}),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, type: answer.headers.get('content-type') }
  }
  let nonce = 0
  const at = (more: Partial<Wire> & { action?: string }) => {
    const date = `${new Date(began).toISOString().slice(0, 19)}Z`
    const headers = { host: `127.0.0.1:${serving.port}`, ...more.headers }
    return signed(user, { ...more, headers, date, nonce: `n-${++nonce}` })
  }

  test('takes parameters from a form body as from the query', async () => {
    const action = 'DescribeDBInstanceSSL'
    const inQuery = await send(at({ action, query: 'DBInstanceId=rm-1' }))
    const inBody = await send(at({ action, query: 'Unused=1', body: 'DBInstanceId=rm-1' }))
    expect([inQuery.status, inBody.status]).toEqual([200, 200])
    expect(inBody.body.SSLExpireTime).toBe(inQuery.body.SSLExpireTime)
    expect(inBody.type).toBe('application/json;charset=utf-8')
  })

  test('knows one version of the API', async () => {
    expect((await send(at({ headers: { 'x-acs-version': '2014-08-16' } }))).body.Code).toBe('InvalidVersion')
  })

  test('knows one path', async () => {
    expect((await send(at({ path: '/other' }))).body.Code).toBe('InvalidAction.NotFound')
  })

  test('answers what is not signed with a whole error body', async () => {
    const { status, body } = await send({ ...at({}), headers: {} })
    expect([status, body.Code, body.HostId]).toEqual([400, 'IncompleteSignature', 'rds.aliyuncs.com'])
  })
})
