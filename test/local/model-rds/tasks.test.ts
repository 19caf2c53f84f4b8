import { describe, expect, test } from 'vitest'
import { day, instant, type TaskSeed, year } from '../../../local/model/rds.ts'
import { certificate, minute, seed, start, worldOf } from './worlds.ts'

const task = (more: Partial<TaskSeed> = {}): TaskSeed => ({ instance: 'rm-1', switchAt: start + day, deadline: start + 3 * day, ...more })
const items = (body: Record<string, unknown>) => body.Items as Record<string, unknown>[]

describe("one of Alibaba's own tasks", () => {
  test('renews by itself at its switch time, and is logged as the vendor’s', () => {
    const { world, ssl, call } = worldOf([seed('SQLServer')], { tasks: [task()] })
    expect(ssl(start + day - 1).SSLExpireTime).toBe('2026-05-16T00:00:00Z')
    expect(ssl(start + day + 10 * minute).SSLExpireTime).toBe(instant(start + day + year))
    expect(world.inspect().restarts).toMatchObject([{ at: start + day, cause: 'vendor', by: 'apsaradb', request: 'task 18800001' }])
    const one = world.instance('rm-1')
    expect([one?.effectiveUpdates, one?.vendorRenewals]).toEqual([0, 1])
    expect(items(call('DescribeActiveOperationTasks', {}, start + 2 * day).body)).toMatchObject([{ Status: 5, ResultInfo: 'success' }])
  })

  test('waits for a restart that is under way', () => {
    const { world, update } = worldOf([seed('SQLServer')], { tasks: [task({ switchAt: start + 2 * minute })] })
    update({ SSLEnabled: '2' })
    world.advance(start + day)
    expect(world.inspect().restarts.map(one => [one.cause, one.at, one.until])).toEqual([
      ['update', start + minute, start + 4 * minute],
      ['vendor', start + 4 * minute, start + 7 * minute],
    ])
  })

  test('outlives our own update, unless the switch says that the update removes it', () => {
    const status = (updateRemovesTask: boolean) => {
      const { world, update } = worldOf([seed('SQLServer', { behaviour: { updateRemovesTask } })], { tasks: [task()] })
      update({ SSLEnabled: '2' })
      world.advance(start + 2 * day)
      return [world.instance('rm-1')?.vendorRenewals, world.inspect().restarts.length]
    }
    expect(status(false)).toEqual([1, 2])
    expect(status(true)).toEqual([0, 1])
  })

  test('that is no SSL task only interrupts', () => {
    const { world } = worldOf([seed('MySQL')], {
      tasks: [task({ renews: false, type: 'rds_apsaradb_ha', en: 'HA switch', zh: '主备切换' })],
    })
    world.advance(start + day)
    expect(world.instance('rm-1')?.down).toBe(true)
    world.advance(start + day + minute)
    expect([world.instance('rm-1')?.down, world.instance('rm-1')?.vendorRenewals]).toEqual([false, 0])
    expect(world.inspect().tasks[0]?.status).toBe(5)
  })

  test('is announced by habit before each expiry, once, and again a year later', () => {
    const vendor = { aheadMs: 2 * day, noticeMs: 3 * day, slackMs: day, level: 'S0', allowChange: false, allowCancel: false } as const
    const { world, call } = worldOf([seed('SQLServer')], { vendor })
    const seen = (now: number) => items(call('DescribeActiveOperationTasks', { Status: '3' }, now).body).map(one => one.SwitchTime)
    expect(seen(start + day - 1)).toEqual([])
    expect(seen(start + day)).toEqual([instant(start + 4 * day)])
    expect(seen(start + 5 * day)).toEqual([])
    expect(seen(start + 4 * day + year - 5 * day)).toEqual([instant(start + 4 * day + year - 2 * day)])
    expect(world.instance('rm-1')?.vendorRenewals).toBe(1)
  })

  test('is not announced for a certificate that was renewed in time', () => {
    const vendor = { aheadMs: day, noticeMs: day, slackMs: day, level: 'S0', allowChange: false, allowCancel: false } as const
    const { world, update } = worldOf([seed('SQLServer')], { vendor })
    update({ SSLEnabled: '2' })
    world.advance(start + 300 * day)
    expect(world.inspect().tasks).toEqual([])
  })

  test('is never announced for a custom certificate', () => {
    const vendor = { aheadMs: day, noticeMs: day, slackMs: 0, level: 'S1', allowChange: true, allowCancel: true } as const
    const { world } = worldOf([seed('SQLServer', { ssl: { certificate: certificate('private.test', 6, 'foreign') } })], { vendor })
    world.advance(start + 30 * day)
    expect(world.inspect().tasks).toEqual([])
  })
})

describe('the operations on tasks', () => {
  const movable = task({ level: 'S1', allowChange: true, allowCancel: true })

  test('DescribeActiveOperationTasks shapes and filters them', () => {
    const { call } = worldOf([seed('SQLServer')], { tasks: [task(), movable] })
    const found = (params: Record<string, string>) => items(call('DescribeActiveOperationTasks', params).body).map(one => one.Id)
    expect(items(call('DescribeActiveOperationTasks', { Region: 'all' }).body)[0]).toMatchObject({
      Id: 18_800_001,
      DbType: 'mssql',
      ChangeLevel: 'S0',
      SwitchTime: '2026-05-11T00:00:00Z',
      Deadline: '2026-05-13T00:00:00Z',
      StartTime: '2026-05-10T23:50:00Z',
      PrepareInterval: '00:10:00',
      AllowChange: '0',
      AllowCancel: '0',
      Status: 3,
    })
    expect(found({ AllowChange: '1' })).toEqual([18_800_002])
    expect(found({ ChangeLevel: 'S0' })).toEqual([18_800_001])
    expect(found({ InsName: 'rm-2' })).toEqual([])
    expect(found({ Region: 'ap-southeast-1' })).toEqual([])
    expect(found({ Status: '-1', TaskType: 'all', DbType: 'mssql', PageSize: '1', PageNumber: '2' })).toEqual([18_800_002])
  })

  test('ModifyActiveOperationTasks moves the switch: nothing happens at the old time', () => {
    const { world, call } = worldOf([seed('SQLServer')], { tasks: [movable] })
    const moved = { Ids: '18800001', SwitchTime: '2026-05-12T06:00:00Z' }
    expect(call('ModifyActiveOperationTasks', moved).body).toEqual({ Ids: '18800001', RequestId: 'R-1' })
    world.advance(start + 5 * day)
    expect(world.inspect().restarts.map(one => instant(one.at))).toEqual(['2026-05-12T06:00:00Z'])
  })

  test('ImmediateStart switches once the preparation is over', () => {
    const { world, call } = worldOf([seed('SQLServer')], { tasks: [movable] })
    call('ModifyActiveOperationTasks', { Ids: '18800001', ImmediateStart: '1' })
    world.advance(start + 5 * day)
    expect(world.inspect().restarts.map(one => one.at)).toEqual([start + 10 * minute])
  })

  test.each([
    [task(), { SwitchTime: '2026-05-12T00:00:00Z' }, 'TaskNotAllowed'],
    [movable, { SwitchTime: '2026-05-13T00:00:01Z' }, 'InvalidSwitchTime'],
    [movable, { SwitchTime: '2026-05-09T00:00:00Z' }, 'InvalidSwitchTime'],
    [movable, { SwitchTime: 'soon' }, 'InvalidSwitchTime'],
    [movable, {}, 'MissingSwitchTime'],
    [movable, { Ids: '1', SwitchTime: '2026-05-12T00:00:00Z' }, 'InvalidTaskId'],
  ])('ModifyActiveOperationTasks refuses %#', (one, params, code) => {
    const { world, call } = worldOf([seed('SQLServer')], { tasks: [one] })
    expect(call('ModifyActiveOperationTasks', { Ids: '18800001', ...params }).body.Code).toBe(code)
    expect(world.inspect().tasks[0]?.switchAt).toBe(start + day)
  })

  test('CancelActiveOperationTasks cancels where it may', () => {
    const { world, call } = worldOf([seed('SQLServer')], { tasks: [movable, task({ switchAt: start + 2 * day })] })
    expect(call('CancelActiveOperationTasks', { Ids: '18800001,18800002' }).body.Code).toBe('TaskNotAllowed')
    expect(call('CancelActiveOperationTasks', { Ids: '18800001' }).body.Ids).toBe('18800001')
    world.advance(start + 5 * day)
    expect(world.inspect().restarts.map(one => one.request)).toEqual(['task 18800002'])
    expect(call('CancelActiveOperationTasks', { Ids: '18800001' }, start + 5 * day).body.Code).toBe('InvalidTaskId')
  })

  test('CancelActiveOperationTasks cancels up to the start time, and not while the switch is prepared', () => {
    const cancelled = (now: number) =>
      worldOf([seed('SQLServer')], { tasks: [movable] }).call('CancelActiveOperationTasks', { Ids: '18800001' }, now).body
    expect(cancelled(start + day - 10 * minute)).toHaveProperty('Ids', '18800001')
    expect(cancelled(start + day - 10 * minute + 1)).toHaveProperty('Code', 'TaskNotAllowed')
  })
})

describe('DescribeHistoryTasks', () => {
  const range = { FromStartTime: '2026-05-01T00:00:00Z', ToStartTime: '2026-12-01T00:00:00Z' }

  test('lists a change of SSL from the moment its status shows, by whom, and how it ended', () => {
    const { update, call } = worldOf([seed('SQLServer')])
    update({ SSLEnabled: '2' })
    const at = (now: number) => items(call('DescribeHistoryTasks', range, now).body)
    expect(at(start + minute - 1)).toEqual([])
    expect(at(start + minute)).toMatchObject([{ InstanceId: 'rm-1', Status: 'Running', CallerSource: 'User', CallerUid: 'tester' }])
    expect(at(start + 4 * minute)).toMatchObject([{ Status: 'Succeed', EndTime: instant(start + 4 * minute) }])
    expect(at(start + 31 * day)).toEqual([])
  })

  test('lists none where the switch says so', () => {
    const { update, call } = worldOf([seed('SQLServer', { behaviour: { historyListsSsl: false } })])
    update({ SSLEnabled: '2' })
    expect(call('DescribeHistoryTasks', range, start + day).body.TotalCount).toBe(0)
  })

  test.each([
    [{ FromStartTime: '' }, 'MissingFromStartTime'],
    [{ ToStartTime: '' }, 'MissingToStartTime'],
    [{ ToStartTime: 'later' }, 'Parameters.Invalid'],
    [{ PageSize: '9' }, 'Parameters.Invalid'],
  ])('refuses %o', (params, code) => {
    expect(worldOf([]).call('DescribeHistoryTasks', { ...range, ...params }).body.Code).toBe(code)
  })
})

describe('the database proxy', () => {
  const old = certificate('proxy.test', 5)
  const proxied = seed('MySQL', { proxy: { endpointId: 'ep-1', connectionString: 'proxy.test', certificate: old, served: old } })
  const given = { DbInstanceId: 'rm-1', DbProxyEndpointId: 'ep-1', DbProxyConnectString: 'proxy.test', DbProxySslEnabled: '2' }
  const listed = (body: Record<string, unknown>) => (body.DbProxyCertListItems as { DbProxyCertListItems: unknown[] }).DbProxyCertListItems

  test('has its own certificate, and its update restarts the proxy alone', () => {
    const { world, call } = worldOf([proxied])
    expect(call('ModifyDbProxyInstanceSsl', given).status).toBe(200)
    expect(listed(call('GetDbProxyInstanceSsl', { DbInstanceId: 'rm-1' }, start + 4 * minute).body)).toEqual([
      {
        DbInstanceName: 'rm-1',
        EndpointName: 'ep-1',
        EndpointType: 'RWSplit',
        CertCommonName: 'proxy.test',
        SslExpiredTime: '2026-05-15T00:00:00Z',
      },
    ])
    const [item] = listed(call('GetDbProxyInstanceSsl', { DbInstanceId: 'rm-1' }, start + 10 * minute).body)
    expect(item).toMatchObject({ SslExpiredTime: '2027-05-10T00:01:00Z' })
    expect(world.inspect().restarts).toMatchObject([{ what: 'proxy', cause: 'update' }])
    const one = world.instance('rm-1')
    expect([one?.status, one?.proxy?.served?.notAfter, one?.ssl.certificate?.notAfter]).toEqual([
      'Running',
      start + minute + year,
      start + 6 * day,
    ])
  })

  test('is an empty list where there is none', () => {
    expect(listed(worldOf([seed('MySQL')]).call('GetDbProxyInstanceSsl', { DbInstanceId: 'rm-1' }).body)).toEqual([])
  })

  test.each([
    [{ DbInstanceId: 'rm-9' }, 'InvalidDBInstanceName.NotFound'],
    [{ DbProxyEndpointId: '' }, 'MissingDbProxyEndpointId'],
    [{ DbProxyEndpointId: 'ep-2' }, 'Endpoint.NotFound'],
    [{ DbProxyConnectString: 'other.test' }, 'InvalidDbProxyConnectionString.NotFound'],
    [{ DbProxySslEnabled: '3' }, 'InvalidSSLStatus'],
    [{ DbProxySslEnabled: '1' }, 'IncorrectDBSslStatus'],
  ])('refuses %o', (params, code) => {
    expect(worldOf([proxied]).call('ModifyDbProxyInstanceSsl', { ...given, ...params }).body.Code).toBe(code)
  })
})
