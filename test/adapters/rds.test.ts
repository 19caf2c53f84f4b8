import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { InstanceSeed, RdsOptions } from '../../local/model/rds.ts'
import { day } from '../../local/model/rds.ts'
import type { Timing } from '../../shared/adapters/timing.ts'
import { refusalPasses } from '../../shared/domain/engine.ts'
import type { ValidityUpdate } from '../../shared/ports.ts'
import { atOnce, credentials, empty, expectNoSecret, hangUp, html, stranger } from '../contract/cloud.ts'
import { leafUntil, startRdsWorld } from '../contract/rds-world.ts'

const region = 'cn-hangzhou'
const leaf = leafUntil('2027-12-01T03:12:45Z')
const sql: InstanceSeed = { id: 'rm-sql', engine: 'SQLServer', ssl: { certificate: leaf, forceEncryption: '1', tlsVersion: '1.2' } }
const my: InstanceSeed = { id: 'rm-my', engine: 'MySQL', engineVersion: '5.7', ssl: { certificate: leaf } }
const pg: InstanceSeed = {
  id: 'pgm-a',
  engine: 'PostgreSQL',
  ssl: { certificate: leaf, serverKey: 'THE-SERVER-KEY', clientCaCert: 'PEM', clientCrl: 'CRL', acl: 'verify-ca', replicationAcl: 'cert' },
}
const update: ValidityUpdate = {
  region,
  instance: 'rm-sql',
  host: 'rm-sql.sqlserver.rds.aliyuncs.com',
  value: 2,
  settings: { forceEncryption: '1', tlsVersion: '1.2' },
}

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.map(close => close()))
  closing = []
})

async function start(instances: readonly InstanceSeed[], options: Partial<RdsOptions> = {}, timing: Timing = atOnce) {
  const started = await startRdsWorld(instances, options, timing)
  closing.push(started.close)
  return started
}

describe('Update Validity', () => {
  const modified = (calls: readonly { action: string }[]) => calls.filter(call => call.action === 'ModifyDBInstanceSSL').length

  test.each([true, false])(
    'is taken for MySQL and PostgreSQL with the CA type, whether the service requires it (%s) or not',
    async caTypeRequired => {
      const { rds, world } = await start([pg, my], { behaviour: { caTypeRequired } })
      for (const id of ['pgm-a', 'rm-my']) {
        const protection = await rds.protection(region, id)
        if (!protection?.enabled) throw new Error(`${id} has no TLS`)
        const { host, settings } = protection
        expect(await rds.updateValidity({ region, instance: id, host, value: 1, caType: 'aliyun', settings })).toMatchObject({
          reply: 'accepted',
        })
      }
      expect(world.inspect().modifications.map(one => one.kind)).toEqual(['update', 'update'])
    },
  )

  test.each(['rm-sql', 'pgm-a', 'rm-my'])('sends what was read of %s back, and so changes no setting of it', async id => {
    const { rds, world } = await start([sql, pg, my])
    const protection = await rds.protection(region, id)
    if (!protection?.enabled) throw new Error(`${id} has no TLS`)
    const before = world.instance(id)?.ssl
    const { host, settings } = protection
    expect(await rds.updateValidity({ region, instance: id, host, value: id === 'rm-sql' ? 2 : 1, settings })).toMatchObject({
      reply: 'accepted',
    })
    world.advance(Date.now() + 3_600_000)
    const { certificate: old, ...kept } = before ?? {}
    expect(world.instance(id)).toMatchObject({ effectiveUpdates: 1, ssl: kept })
    expect(world.instance(id)?.ssl.certificate).not.toEqual(old)
  })

  test('a client CA that is off is not made up for: its modes, which the service would refuse, are not sent', async () => {
    const { rds, next } = await start([my])
    const told = { SSLEnabled: 'on', ConnectionString: 'h', SSLExpireTime: '2027-01-01T00:00:00Z', ACL: 'prefer', ReplicationACL: 'prefer' }
    next('DescribeDBInstanceSSL', { do: 'answer', status: 200, contentType: 'application/json', body: JSON.stringify(told) })
    const protection = await rds.protection(region, 'rm-my')
    expect(protection?.enabled && protection.settings).toEqual({})
  })

  test.each<[string, Parameters<Awaited<ReturnType<typeof startRdsWorld>>['next']>[1], number]>([
    ['a hang-up after it took effect', { ...hangUp, phase: 'after' }, 1],
    ['a hang-up before it took effect', hangUp, 0],
    ['an HTML page with 502 after it took effect', { ...html(502), phase: 'after' }, 1],
    ['an HTML page with 200 before it took effect', html(200), 0],
    ['an HTML page with 403', html(403), 0],
    ['an empty 200', empty(200), 0],
    ['a 200 without a RequestId', { do: 'answer', status: 200, contentType: 'application/json', body: '{}' }, 0],
    [
      'a 500 of the service',
      { do: 'answer', status: 500, contentType: 'application/json', body: '{"Code":"ExternalFailure","Message":"m"}' },
      0,
    ],
    ['a 403 without a code', { do: 'answer', status: 403, contentType: 'application/json', body: '{}' }, 0],
    ['a 403 that is JSON null', { do: 'answer', status: 403, contentType: 'application/json', body: 'null' }, 0],
  ])('%s is unknown, and the call is made once', async (_, fate, effects) => {
    const { rds, world, calls, next } = await start([sql])
    next('ModifyDBInstanceSSL', fate)
    expect(await rds.updateValidity(update)).toMatchObject({ reply: 'unknown', cause: expect.any(String) })
    expect(modified(calls)).toBe(1)
    expect(world.inspect().modifications).toHaveLength(effects)
  })

  test.each<[string, Partial<RdsOptions>, Partial<ValidityUpdate>, string]>([
    ['another endpoint', {}, { host: 'rm-other.sqlserver.rds.aliyuncs.com' }, 'Endpoint.NotFound'],
    ['an instance that is gone', {}, { instance: 'rm-gone' }, 'InvalidDBInstanceId.NotFound'],
    ['a role that may not', { refusals: [{ code: 'Forbidden.RAM', action: 'ModifyDBInstanceSSL' }] }, {}, 'Forbidden.RAM'],
    ['a throttled account', { throttle: { limit: 0 } }, {}, 'Throttling.User'],
  ])('%s is refused with the code of the service, once', async (_, options, change, code) => {
    const { rds, world, calls } = await start([sql], options)
    expect(await rds.updateValidity({ ...update, ...change })).toMatchObject({ reply: 'refused', code })
    expect(modified(calls)).toBe(1)
    expect(world.inspect().modifications).toEqual([])
  })

  test('a port that nobody listens on is refused: nothing left this machine', async () => {
    const { as, close } = await start([sql])
    const closed = await portOfNobody()
    const rds = await as(credentials, 60_000, closed)
    expect(await rds.updateValidity(update)).toEqual({
      reply: 'refused',
      code: 'NotConnected',
      message: 'ECONNREFUSED: no connection was opened',
    })
    expect(refusalPasses('NotConnected')).toBe(true)
    await close()
  })

  test('it never waits for the rate: where that is used up, nothing is sent', async () => {
    const slept: number[] = []
    const { as, calls } = await start([sql], {}, { ...atOnce, sleep: async ms => void slept.push(ms) })
    const rds = await as(credentials, 1)
    await rds.updateValidity(update)
    expect(await rds.updateValidity(update)).toMatchObject({ reply: 'refused', code: 'RateExhausted' })
    expect(modified(calls)).toBe(1)
    expect(slept).toEqual([])
  })

  test('neither an answer nor its absence tells a secret', async () => {
    const { rds, next } = await start([sql])
    next('ModifyDBInstanceSSL', hangUp)
    expectNoSecret(JSON.stringify(await rds.updateValidity(update)), ['127.0.0.1', 'rm-sql.sqlserver'])
  })
})

describe('reading', () => {
  test('250 instances come in three pages, each once', async () => {
    const many = Array.from({ length: 250 }, (_, at): InstanceSeed => ({ id: `rm-${String(at).padStart(3, '0')}`, engine: 'MySQL' }))
    const { rds } = await start(many)
    const ids: string[] = []
    const sizes: number[] = []
    let next: string | undefined
    do {
      const page = await rds.list(region, next)
      ids.push(...page.instances.map(one => one.id))
      sizes.push(page.instances.length)
      next = page.next
    } while (next !== undefined)
    expect(sizes).toEqual([100, 100, 50])
    expect(new Set(ids).size).toBe(250)
  })

  test('more tags than a page holds are all there', async () => {
    const tags = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, `v${at}`]))
    const { rds } = await start([{ ...my, tags }])
    expect((await rds.instance(region, 'rm-my'))?.tags).toEqual(tags)
  })

  test('more tasks than a page holds are all there, and the finished ones are not', async () => {
    const switchAt = Date.now() + day
    const pending = Array.from({ length: 120 }, () => ({ instance: 'rm-my', switchAt }))
    const { rds } = await start([my], { tasks: [...pending, { instance: 'rm-my', switchAt, status: 7 }] })
    expect(await rds.vendorTasks(region)).toHaveLength(120)
  })

  test('an update that began is among the tasks that the service lists since, and not among those since after it', async () => {
    const { rds } = await start([my, sql])
    const before = new Date(Date.now() - 60_000).toISOString()
    expect(await rds.tasksSince(region, 'rm-sql', before)).toEqual([])
    await rds.updateValidity(update)
    expect(await rds.tasksSince(region, 'rm-sql', before)).toEqual(['modify_ssl'])
    expect(await rds.tasksSince(region, 'rm-my', before)).toEqual([])
    expect(await rds.tasksSince(region, 'rm-sql', new Date(Date.now() + 60_000).toISOString())).toEqual([])
  })

  test('a task says whether it is about TLS by any of its names, and what may be done to it', async () => {
    const switchAt = Date.parse('2027-01-05T18:00:00Z')
    const { rds } = await start([my], {
      tasks: [
        { instance: 'rm-my', switchAt, deadline: Date.parse('2027-01-08T18:00:00Z'), allowChange: true },
        { instance: 'rm-my', switchAt, type: 'rds_apsaradb_ha', en: 'Switchover', zh: '主备切换', allowCancel: true },
        { instance: 'rm-my', switchAt, type: 'rds_apsaradb_x', en: 'Something', zh: 'SSL证书更新' },
      ],
    })
    expect(await rds.vendorTasks(region)).toMatchObject([
      {
        instance: 'rm-my',
        tls: true,
        switchTime: '2027-01-05T18:00:00Z',
        deadline: '2027-01-08T18:00:00Z',
        movable: true,
        cancellable: false,
      },
      { type: 'rds_apsaradb_ha', tls: false, movable: false, cancellable: true },
      { type: 'rds_apsaradb_x', tls: true },
    ])
  })

  test('a cancellation whose answer is lost is sent again, and then refused: it is for the list to say what became of it', async () => {
    const { rds, calls, next, world } = await start([my], { tasks: [{ instance: 'rm-my', switchAt: Date.now() + day, allowCancel: true }] })
    next('CancelActiveOperationTasks', { ...hangUp, phase: 'after' })
    await expect(rds.cancelTask(region, '18800001')).rejects.toMatchObject({ code: 'Refused', cloudCode: 'InvalidTaskId' })
    expect(calls).toHaveLength(2)
    expect(world.inspect().tasks).toMatchObject([{ status: 7 }])
    expect(await rds.vendorTasks(region)).toEqual([])
  })

  test.each<[string, Parameters<Awaited<ReturnType<typeof startRdsWorld>>['next']>[1]]>([
    ['a hang-up', hangUp],
    ['an HTML page', html(503)],
    ['throttling', { do: 'answer', status: 400, contentType: 'application/json', body: '{"Code":"Throttling.User","Message":"m"}' }],
    ['a 500', { do: 'answer', status: 500, contentType: 'application/json', body: '{"Code":"InternalError","Message":"m"}' }],
    ['an answer without its fields', { do: 'answer', status: 200, contentType: 'application/json', body: '{"RequestId":"x"}' }],
  ])('%s is tried again', async (_, fate) => {
    const { rds, calls, next } = await start([my])
    next('DescribeDBInstances', { ...fate, times: 2 })
    expect((await rds.list(region)).instances).toHaveLength(1)
    expect(calls).toHaveLength(3)
  })

  test('an instance in motion is told at once, for the queue to come back to', async () => {
    const { rds, calls } = await start([{ ...my, status: 'SSL_MODIFYING', behaviour: { sslReadableMeanwhile: false } }])
    await expect(rds.protection(region, 'rm-my')).rejects.toMatchObject({ code: 'Busy', cloudCode: 'IncorrectDBInstanceState' })
    expect(calls).toHaveLength(1)
  })

  test('a page that does not hold as many rows as it says is no page: the fleet would be seen in part', async () => {
    const { rds, next } = await start([my])
    const body = '{"RequestId":"x","PageRecordCount":1,"Items":{"DBInstance":[]}}'
    next('DescribeDBInstances', { do: 'answer', status: 200, contentType: 'application/json', body, times: 9 })
    await expect(rds.list(region)).rejects.toMatchObject({ code: 'BadReply', message: expect.stringContaining('PageRecordCount') })
  })

  test.each([
    ['{}', 'SSLEnabled'],
    ['{"SSLEnabled":"maybe"}', 'SSLEnabled'],
    ['{"SSLEnabled":"Yes","ConnectionString":"","SSLExpireTime":"2027-01-01T00:00:00Z"}', 'ConnectionString'],
    ['{"SSLEnabled":"Yes","ConnectionString":"h","SSLExpireTime":"2027-01-01"}', 'SSLExpireTime'],
    ['{"SSLEnabled":"on","ConnectionString":"h"}', 'SSLExpireTime'],
  ])('a protection of %s is a bad reply that names the field and no value', async (body, field) => {
    const { rds, next } = await start([my])
    next('DescribeDBInstanceSSL', { do: 'answer', status: 200, contentType: 'application/json', body, times: 9 })
    const read = rds.protection(region, 'rm-my')
    await expect(read).rejects.toMatchObject({ code: 'BadReply', message: expect.stringContaining(field) })
    await expect(read).rejects.not.toThrow(/maybe|2027-01-01"/)
  })

  test('a key that the service does not know is refused, and nothing secret is told', async () => {
    const { as } = await start([my])
    const refused = (await as(stranger)).list(region)
    await expect(refused).rejects.toMatchObject({ code: 'Refused', retry: false })
    expectNoSecret(await refused.then(String, String), [stranger.accessKeyId])
  })

  test('a secret that does not fit its key is refused, and the string to sign is not told', async () => {
    const { as } = await start([my])
    const refused = (await as({ ...credentials, accessKeySecret: 'another' })).list(region)
    await expect(refused).rejects.toMatchObject({ code: 'Refused', cloudCode: expect.stringMatching(/Signature/) })
    expectNoSecret(await refused.then(String, String), ['x-acs-'])
  })

  test('a scan of many keeps the rate, by waiting', async () => {
    let now = Date.now()
    const sleep = async (ms: number) => {
      now += ms
    }
    const timing: Timing = { now: () => now, sleep, random: () => 0 }
    const { as } = await start([my], {}, timing)
    const rds = await as(credentials, 60)
    const began = now
    for (let call = 0; call < 30; call++) await rds.protection(region, 'rm-my')
    expect(now - began).toBe(24_000)
  })

  test('regions that the deployment names are not asked for', async () => {
    const { calls, rds } = await start([my])
    expect(await rds.regions()).toEqual(['cn-hangzhou', 'ap-southeast-1'])
    expect(calls.map(call => call.action)).toEqual(['DescribeRegions'])
  })
})

/** A port that was open a moment ago. */
async function portOfNobody(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
