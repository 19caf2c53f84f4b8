import { describe, expect, test } from 'vitest'
import { day, instant, type Params } from '../../../local/model/rds.ts'
import { certificate, minute, seed, start, worldOf } from './worlds.ts'

describe('DescribeDBInstanceSSL', () => {
  const told = (of: ReturnType<typeof seed>) => {
    const { RequestId: _, ...body } = worldOf([of]).ssl(start)
    return body
  }

  test('speaks Yes and No for MySQL, and tells no CAType', () => {
    expect(told(seed('MySQL'))).toEqual({
      SSLEnabled: 'Yes',
      ConnectionString: 'private.test',
      SSLExpireTime: '2026-05-16T00:00:00Z',
      RequireUpdate: 'Yes',
    })
  })

  test('adds ForceEncryption and TlsVersion for SQL Server, whose custom certificate it does not betray', () => {
    const ssl = { certificate: certificate('private.test', 90, 'foreign'), forceEncryption: '1', tlsVersion: '1.2' } as const
    expect(told(seed('SQLServer', { ssl }))).toEqual({
      SSLEnabled: 'Yes',
      ConnectionString: 'private.test',
      SSLExpireTime: instant(start + 90 * day),
      RequireUpdate: 'No',
      ForceEncryption: '1',
      TlsVersion: '1.2',
    })
  })

  test('speaks on, off, 0 and 1 for PostgreSQL, tells CAType — and returns the private key', () => {
    expect(told(seed('PostgreSQL', { ssl: { serverKey: 'canary' } }))).toMatchObject({
      SSLEnabled: 'on',
      RequireUpdate: '1',
      CAType: 'aliyun',
      ServerKey: 'canary',
      LastModifyStatus: 'success',
    })
    const custom = seed('PostgreSQL', { ssl: { certificate: certificate('private.test', 90, 'foreign') } })
    expect(told(custom)).toMatchObject({ CAType: 'custom', RequireUpdate: '0' })
    expect(told(seed('PostgreSQL', { ssl: { enabled: false } }))).toMatchObject({ SSLEnabled: 'off', SSLExpireTime: '' })
  })

  test('tells an ACL only where there is a client CA', () => {
    expect(told(seed('PostgreSQL'))).not.toHaveProperty('ACL')
    expect(told(seed('PostgreSQL', { ssl: { clientCaCert: 'CA', acl: 'cert' } }))).toMatchObject({ ACL: 'cert', ReplicationACL: 'prefer' })
  })

  test('says setting while a PostgreSQL change is under way', () => {
    const { update, ssl } = worldOf([seed('PostgreSQL')])
    update({ SSLEnabled: '1' })
    const at = (minutes: number) => ssl(start + minutes * minute).LastModifyStatus
    expect([at(0), at(2), at(5), at(10)]).toEqual(['success', 'setting', 'setting', 'success'])
  })

  test('answers IncorrectDBInstanceState meanwhile where an instance is so', () => {
    const { update, ssl } = worldOf([seed('SQLServer', { behaviour: { sslReadableMeanwhile: false } })])
    update({ SSLEnabled: '2' })
    expect(ssl(start + 2 * minute).Code).toBe('IncorrectDBInstanceState')
    expect(ssl(start + 4 * minute).Code).toBeUndefined()
  })

  test('is refused for MariaDB and PostgreSQL Serverless by the codes that mean: no SSL here', () => {
    expect(told(seed('MariaDB')).Code).toBe('InstanceEngineType.NotSupport')
    expect(told(seed('PostgreSQL', { serverless: true })).Code).toBe('OperationDenied.DBInstanceType')
  })
})

describe('DescribeDBInstances', () => {
  const many = Array.from({ length: 65 }, (_, n) => ({
    ...seed('MySQL'),
    id: `rm-${String(n).padStart(3, '0')}`,
    description: n % 2 ? 'odd' : 'even',
    tags: { env: n % 2 ? 'dev' : 'prod', app: `app-${n % 3}` },
    region: n < 60 ? 'cn-hangzhou' : 'ap-southeast-1',
  }))
  const ids = (body: Record<string, unknown>) =>
    (body.Items as { DBInstance: { DBInstanceId: string }[] }).DBInstance.map(one => one.DBInstanceId)
  const list = (params: Params) => worldOf(many).call('DescribeDBInstances', { RegionId: 'cn-hangzhou', ...params })

  test('pages by number: 30 a page, the total of all', () => {
    const { body } = list({ PageNumber: '2' })
    expect([ids(body)[0], body.PageNumber, body.PageRecordCount, body.TotalRecordCount, body.NextToken]).toEqual(['rm-030', 2, 30, 60, ''])
  })

  test('pages by token: MaxResults sets page numbers aside, and the totals speak of the page alone', () => {
    const { call } = worldOf(many)
    const seen: string[] = []
    const pages: unknown[] = []
    for (let token: string | undefined, more = true; more; ) {
      const params = { RegionId: 'cn-hangzhou', MaxResults: '25', PageNumber: '7', ...(token ? { NextToken: token } : {}) }
      const { body } = call('DescribeDBInstances', params)
      seen.push(...ids(body))
      pages.push([body.PageNumber, body.PageRecordCount, body.TotalRecordCount])
      token = String(body.NextToken)
      more = token !== ''
    }
    expect(seen).toEqual(many.slice(0, 60).map(one => one.id))
    expect(pages).toEqual([
      [1, 25, 25],
      [1, 25, 25],
      [1, 10, 10],
    ])
  })

  test('skips nobody by token when what was listed is released meanwhile', () => {
    const { world, call } = worldOf(many)
    const first = call('DescribeDBInstances', { RegionId: 'cn-hangzhou', MaxResults: '2' }).body
    world.release('rm-000')
    const second = call('DescribeDBInstances', { RegionId: 'cn-hangzhou', MaxResults: '2', NextToken: String(first.NextToken) }).body
    expect(ids(second)).toEqual(['rm-002', 'rm-003'])
  })

  test.each([
    [{ SearchKey: 'odd' }, 30],
    [{ SearchKey: 'rm-01' }, 10],
    [{ Tags: '{"env":"dev","app":"app-0"}' }, 10],
    [{ Engine: 'SQLServer' }, 0],
    [{ DBInstanceStatus: 'Running' }, 60],
    [{ DBInstanceType: 'Readonly' }, 0],
    [{ ResourceGroupId: 'rg-other' }, 0],
    [{ DBInstanceId: 'rm-007' }, 1],
    [{ RegionId: 'ap-southeast-1' }, 5],
  ])('filters by %o', (params, total) => expect(list(params).body.TotalRecordCount).toBe(total))

  test.each([
    [{ RegionId: '' }, 'MissingRegionId'],
    [{ RegionId: 'cn-nowhere' }, 'InvalidRegionId.NotFound'],
    [{ PageSize: '101' }, 'Parameters.Invalid'],
    [{ MaxResults: '0' }, 'Parameters.Invalid'],
    [{ NextToken: 'made-up' }, 'Parameters.Invalid'],
    [{ Tags: '{"a":"1","b":"2","c":"3","d":"4","e":"5","f":"6"}' }, 'Parameters.Invalid'],
    [{ Category: 'Basic' }, 'EmbeddedCloud.NotCovered'],
  ])('refuses %o', (params, code) => expect(list(params).body.Code).toBe(code))

  test('tells nothing of SSL', () => expect(JSON.stringify(list({}).body)).not.toMatch(/ssl/i))
})

test('DescribeRegions names a region once for each zone', () => {
  const { body } = worldOf([]).call('DescribeRegions')
  const rows = (body.Regions as { RDSRegion: { RegionId: string }[] }).RDSRegion.map(one => one.RegionId)
  expect(rows).toEqual(['cn-hangzhou', 'cn-hangzhou', 'cn-hangzhou', 'ap-southeast-1', 'ap-southeast-1'])
})

test('DescribeDBInstanceAttribute tells the window, the replicas and the primary', () => {
  const replica = { ...seed('MySQL'), id: 'rr-1', type: 'Readonly', masterId: 'rm-1' } as const
  const { call } = worldOf([seed('MySQL', { maintainTime: '22:00Z-02:00Z' }), replica])
  const attribute = (id: string) =>
    (call('DescribeDBInstanceAttribute', { DBInstanceId: id }).body.Items as { DBInstanceAttribute: unknown[] }).DBInstanceAttribute[0]
  expect(attribute('rm-1')).toMatchObject({
    MaintainTime: '22:00Z-02:00Z',
    DBInstanceStatus: 'Running',
    ReadOnlyDBInstanceIds: { ReadOnlyDBInstanceId: [{ DBInstanceId: 'rr-1' }] },
  })
  expect(attribute('rr-1')).toMatchObject({ MasterInstanceId: 'rm-1', DBInstanceType: 'Readonly' })
})

test('DescribeDBInstanceNetInfo tells endpoints of the kind asked for', () => {
  const { call } = worldOf([seed('MySQL')])
  const names = (kind?: string) => {
    const { body } = call('DescribeDBInstanceNetInfo', { DBInstanceId: 'rm-1', ...(kind ? { DBInstanceNetRWSplitType: kind } : {}) })
    return (body.DBInstanceNetInfos as { DBInstanceNetInfo: { ConnectionString: string }[] }).DBInstanceNetInfo.map(
      one => one.ConnectionString,
    )
  }
  expect(names()).toEqual(['private.test', 'public.test', 'split.test'])
  expect(names('Normal')).toEqual(['private.test', 'public.test'])
})

describe('ListTagResources', () => {
  const tagged = Array.from({ length: 40 }, (_, n) => ({
    ...seed('MySQL'),
    id: `rm-${String(n).padStart(3, '0')}`,
    tags: { env: n % 2 ? 'dev' : 'prod', app: 'shop' },
  }))
  const list = (params: Params) =>
    worldOf(tagged).call('ListTagResources', { RegionId: 'cn-hangzhou', ResourceType: 'INSTANCE', ...params }).body
  const rows = (body: Record<string, unknown>) => (body.TagResources as { TagResource: Record<string, string>[] }).TagResource

  test('gives the tags of the instances named', () =>
    expect(rows(list({ 'ResourceId.1': 'rm-001' }))).toEqual([
      { TagKey: 'app', TagValue: 'shop', ResourceId: 'rm-001', ResourceType: 'ALIYUN::RDS::INSTANCE' },
      { TagKey: 'env', TagValue: 'dev', ResourceId: 'rm-001', ResourceType: 'ALIYUN::RDS::INSTANCE' },
    ]))

  test('finds instances by tag', () => expect(rows(list({ 'Tag.1.Key': 'env', 'Tag.1.Value': 'dev' }))).toHaveLength(20))

  test('gives 50 tags a page and a token for the rest', () => {
    const all = Object.fromEntries(tagged.map((one, n) => [`ResourceId.${n + 1}`, one.id]))
    const first = list(all)
    const second = list({ ...all, NextToken: String(first.NextToken) })
    expect([rows(first).length, rows(second).length, second.NextToken]).toEqual([50, 30, ''])
  })

  test.each([
    [{}, 'RequiredParam.NotFound'],
    [{ ResourceType: 'instance', 'ResourceId.1': 'rm-001' }, 'Parameters.Invalid'],
    [Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`ResourceId.${n + 1}`, `rm-${n}`])), 'Parameters.Invalid'],
  ])('refuses %o', (params, code) => expect(list(params).Code).toBe(code))
})

test('every reply carries the RequestId, and a refusal the whole error body', () => {
  const { call } = worldOf([])
  expect(call('DescribeDBInstanceSSL', { DBInstanceId: 'rm-x' })).toEqual({
    status: 404,
    body: {
      RequestId: 'R-1',
      Code: 'InvalidDBInstanceId.NotFound',
      Message: 'The specified instance is not found.',
      HostId: 'rds.aliyuncs.com',
      Recommend: 'https://api.aliyun.com/troubleshoot?q=InvalidDBInstanceId.NotFound&product=Rds&requestId=R-1',
    },
  })
})

describe('rules handed in', () => {
  test('an action is throttled by region, and free again after the window', () => {
    const { call } = worldOf([seed('MySQL')], { throttle: { limit: 2 } })
    const at = (now: number, region = 'cn-hangzhou') => call('DescribeDBInstances', { RegionId: region }, now)
    expect([at(start), at(start + 1), at(start + 2), at(start + 3, 'ap-southeast-1')].map(reply => reply.body.Code)).toEqual([
      undefined,
      undefined,
      'Throttling.User',
      undefined,
    ])
    expect(at(start + minute).status).toBe(200)
  })

  test('a share of calls is throttled at random, the same with the same seed', () => {
    const share = () => {
      const { call } = worldOf([], { throttle: { limit: 1000, share: 0.3 } })
      return Array.from({ length: 200 }, () => call('DescribeRegions').status)
    }
    expect(share()).toEqual(share())
    expect(share().filter(status => status === 400).length).toBeGreaterThan(30)
    expect(share().filter(status => status === 400).length).toBeLessThan(90)
  })

  test('a refusal fits by every field it names', () => {
    const refusals = [
      { principal: 'reader', action: 'ModifyDBInstanceSSL', code: 'Forbidden.RAM' },
      { sslEnabled: '0', code: 'Forbidden.RAM' },
      { region: 'ap-southeast-1', action: 'DescribeDBInstanceSSL', code: 'EnabledSSLNotSupport' },
    ] as const
    const { call } = worldOf([seed('SQLServer'), { ...seed('MySQL'), id: 'rm-2', region: 'ap-southeast-1' }], { refusals })
    const modify = (principal: string, SSLEnabled: string) =>
      call('ModifyDBInstanceSSL', { DBInstanceId: 'rm-1', ConnectionString: 'private.test', SSLEnabled }, start, principal).body.Code
    expect([modify('reader', '2'), modify('updater', '0'), modify('updater', '2')]).toEqual(['Forbidden.RAM', 'Forbidden.RAM', undefined])
    expect(call('DescribeDBInstanceSSL', { DBInstanceId: 'rm-2' }).body.Code).toBe('EnabledSSLNotSupport')
  })

  test('a refusal ends where it says until when', () => {
    const refusals = [{ code: 'ConcurrentLimit', until: start + minute }] as const
    const { call } = worldOf([seed('SQLServer')], { refusals })
    const code = (at: number) => call('DescribeDBInstanceSSL', { DBInstanceId: 'rm-1' }, at).body.Code
    expect([code(start + minute - 1), code(start + minute)]).toEqual(['ConcurrentLimit', undefined])
  })

  test('an unknown action is not found', () => {
    const { world } = worldOf([])
    const reply = world.handle('DeleteDBInstance', {}, { principal: 'p', requestId: 'R' }, start)
    expect([reply.status, reply.body.Code]).toEqual([404, 'InvalidAction.NotFound'])
  })
})
