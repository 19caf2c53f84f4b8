import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { InstanceSeed } from '../../local/model/rds.ts'
import type { Rds, ValidityUpdate } from '../../shared/ports.ts'
import { fakeRds, type Row } from '../fakes/rds.ts'
import { leafUntil, startRdsWorld } from './rds-world.ts'

const notAfter = '2027-12-01T03:12:45Z'
const leaf = leafUntil(notAfter)
const proxy = { endpointId: 'ep-1', connectionString: 'rm-myproxy.rwlb.rds.aliyuncs.com', certificate: leaf, served: leaf }
const canary = '-----BEGIN PRIVATE KEY-----\nTheKeyOfTheServer\n-----END PRIVATE KEY-----'

/** The same instances, as the embedded service is given them and as the fake is. */
const given: { seed: InstanceSeed; row: Row }[] = [
  {
    seed: {
      id: 'rm-sql',
      engine: 'SQLServer',
      tags: { env: 'prod', app: 'shop' },
      maintainTime: '22:00Z-02:00Z',
      ssl: { certificate: leaf, forceEncryption: '1', tlsVersion: '1.2' },
    },
    row: {
      id: 'rm-sql',
      engine: 'SQLServer',
      version: '2019_std_ha',
      tags: { env: 'prod', app: 'shop' },
      maintainTime: '22:00Z-02:00Z',
      notAfter,
      host: 'rm-sql.sqlserver.rds.aliyuncs.com',
      port: 1433,
      settings: { forceEncryption: '1', tlsVersion: '1.2' },
    },
  },
  {
    seed: { id: 'rm-my', engine: 'MySQL', engineVersion: '5.7', ssl: { certificate: leaf }, proxy },
    row: { id: 'rm-my', notAfter, replicas: ['rr-my'], proxies: [{ host: proxy.connectionString, notAfter }] },
  },
  {
    seed: { id: 'rr-my', engine: 'MySQL', engineVersion: '5.7', type: 'Readonly', masterId: 'rm-my', ssl: { certificate: leaf } },
    row: { id: 'rr-my', notAfter, primary: 'rm-my' },
  },
  {
    seed: {
      id: 'pgm-a',
      engine: 'PostgreSQL',
      ssl: { certificate: leaf, serverKey: canary, clientCaCert: 'PEM', clientCrl: 'CRL', acl: 'verify-ca', replicationAcl: 'cert' },
    },
    row: {
      id: 'pgm-a',
      engine: 'PostgreSQL',
      version: '15.0',
      notAfter,
      host: 'pgm-a.pg.rds.aliyuncs.com',
      port: 5432,
      issuedBy: 'aliyun',
      settings: { clientCa: 'PEM', clientCrl: 'CRL', acl: 'verify-ca', replicationAcl: 'cert' },
    },
  },
  {
    seed: { id: 'pgm-b', engine: 'PostgreSQL', ssl: { certificate: { ...leaf, by: 'foreign' } } },
    row: {
      id: 'pgm-b',
      engine: 'PostgreSQL',
      version: '15.0',
      notAfter,
      host: 'pgm-b.pg.rds.aliyuncs.com',
      port: 5432,
      issuedBy: 'custom',
    },
  },
  {
    seed: { id: 'rm-off', engine: 'MySQL', engineVersion: '5.7' },
    row: { id: 'rm-off', notAfter: undefined },
  },
  {
    seed: { id: 'rm-maria', engine: 'MariaDB' },
    row: { id: 'rm-maria', engine: 'MariaDB', version: '10.3', notAfter: undefined },
  },
  {
    seed: { id: 'rm-sg', engine: 'MySQL', engineVersion: '5.7', region: 'ap-southeast-1', lockMode: 'ManualLock' },
    row: { id: 'rm-sg', region: 'ap-southeast-1', locked: true, notAfter: undefined },
  },
]

const switchTime = '2027-11-20T18:00:00Z'
const [cancellable, fixed] = [
  { id: '18800001', switchTime, deadline: switchTime, cancellable: true },
  { id: '18800002', switchTime, deadline: switchTime },
]

type World = { rds: Rds; release(id: string): void; close(): Promise<void> }

const worlds: [string, () => Promise<World>][] = [
  [
    'the fake RDS',
    async () => {
      const group = { resourceGroup: 'rg-acfm2xdefault0' }
      const tasks = (id: string) => (id === 'rm-sg' ? { tasks: [cancellable, fixed] } : {})
      const rds = fakeRds(given.map(({ row }) => ({ ...group, ...row, ...tasks(row.id) })))
      return { rds, release: rds.release, close: async () => {} }
    },
  ],
  [
    'RDS over its SDK',
    async () => {
      const task = { instance: 'rm-sg', switchAt: Date.parse(switchTime) }
      const { rds, world, close } = await startRdsWorld(
        given.map(({ seed }) => seed),
        { tasks: [{ ...task, allowCancel: true }, task] },
      )
      return { rds, release: id => void world.release(id), close }
    },
  ],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  const here = 'cn-hangzhou'
  const update = (instance: string, more: Partial<ValidityUpdate>): ValidityUpdate => ({
    region: here,
    instance,
    host: `${instance}.mysql.rds.aliyuncs.com`,
    value: 1,
    settings: {},
    ...more,
  })

  test('a region is listed once, however many zones it has', async () => {
    expect((await world.rds.regions()).sort()).toEqual(['ap-southeast-1', 'cn-hangzhou'])
  })

  test('the fleet of a region is listed whole, with what the list says', async () => {
    const { instances, next } = await world.rds.list(here)
    expect(next).toBeUndefined()
    expect(instances.map(one => one.id).sort()).toEqual(['pgm-a', 'pgm-b', 'rm-maria', 'rm-my', 'rm-off', 'rm-sql', 'rr-my'])
    expect(instances.find(one => one.id === 'rr-my')).toEqual({
      region: here,
      id: 'rr-my',
      description: 'rr-my',
      engine: 'MySQL',
      version: '5.7',
      status: 'Running',
      locked: false,
      serverless: false,
      vpc: 'vpc-1',
      primary: 'rm-my',
      resourceGroup: 'rg-acfm2xdefault0',
    })
    expect((await world.rds.list('ap-southeast-1')).instances).toMatchObject([{ id: 'rm-sg', locked: true }])
  })

  test('an instance has its tags, its window and its replicas', async () => {
    expect(await world.rds.instance(here, 'rm-sql')).toMatchObject({
      engine: 'SQLServer',
      version: '2019_std_ha',
      maintainTime: '22:00Z-02:00Z',
      tags: { env: 'prod', app: 'shop' },
      replicas: [],
      primary: undefined,
    })
    expect(await world.rds.instance(here, 'rm-my')).toMatchObject({ replicas: ['rr-my'], tags: {} })
  })

  test('the protection of each engine says endpoint, end, issuer and the settings to send back', async () => {
    const of = (id: string) => world.rds.protection(here, id)
    const enabled = { enabled: true, notAfter, changing: false }
    expect(await of('rm-sql')).toEqual({
      ...enabled,
      host: 'rm-sql.sqlserver.rds.aliyuncs.com',
      issuedBy: 'unknown',
      settings: { forceEncryption: '1', tlsVersion: '1.2' },
    })
    expect(await of('rm-my')).toEqual({ ...enabled, host: 'rm-my.mysql.rds.aliyuncs.com', issuedBy: 'unknown', settings: {} })
    expect(await of('pgm-a')).toEqual({
      ...enabled,
      host: 'pgm-a.pg.rds.aliyuncs.com',
      issuedBy: 'aliyun',
      settings: { clientCa: 'PEM', clientCrl: 'CRL', acl: 'verify-ca', replicationAcl: 'cert' },
    })
    expect(await of('pgm-b')).toMatchObject({ issuedBy: 'custom', settings: {} })
  })

  test('TLS that is off, and an engine that has none, are the same answer', async () => {
    expect(await world.rds.protection(here, 'rm-off')).toEqual({ enabled: false })
    expect(await world.rds.protection(here, 'rm-maria')).toEqual({ enabled: false })
  })

  test('the private key that the service returns is nowhere in what is read', async () => {
    expect(JSON.stringify(await world.rds.protection(here, 'pgm-a'))).not.toContain('PRIVATE KEY')
  })

  test('an instance that is gone is undefined, whatever is asked', async () => {
    world.release('rm-my')
    const { rds } = world
    expect(await rds.instance(here, 'rm-my')).toBeUndefined()
    expect(await rds.protection(here, 'rm-my')).toBeUndefined()
    expect(await rds.port(here, 'rm-my', 'rm-my.mysql.rds.aliyuncs.com')).toBeUndefined()
  })

  test('the certificate of a database proxy is found, and an instance without a proxy has none', async () => {
    expect(await world.rds.proxies(here, 'rm-my')).toEqual([{ host: proxy.connectionString, notAfter }])
    expect(await world.rds.proxies(here, 'rr-my')).toEqual([])
  })

  test('the port of the protected endpoint is found, and a foreign host has none', async () => {
    expect(await world.rds.port(here, 'rm-sql', 'rm-sql.sqlserver.rds.aliyuncs.com')).toBe(1433)
    expect(await world.rds.port(here, 'rm-my', 'rm-other.mysql.rds.aliyuncs.com')).toBeUndefined()
  })

  test('a region without tasks has none', async () => {
    expect(await world.rds.vendorTasks(here)).toEqual([])
  })

  test('a task of Alibaba’s own is listed with what may be done to it', async () => {
    const [instance, type] = ['rm-sg', 'rds_apsaradb_ssl_update']
    const listed = { instance, type, tls: true, movable: false, switchTime, deadline: switchTime }
    expect(await world.rds.vendorTasks('ap-southeast-1')).toEqual([
      { ...listed, id: cancellable.id, cancellable: true },
      { ...listed, id: fixed.id, cancellable: false },
    ])
  })

  test('a task that is cancelled is listed no more, and one that cannot be stays', async () => {
    const region = 'ap-southeast-1'
    await world.rds.cancelTask(region, cancellable.id)
    const refused = { code: 'Refused', cloudCode: expect.any(String) }
    for (const one of [fixed, cancellable]) await expect(world.rds.cancelTask(region, one.id)).rejects.toMatchObject(refused)
    expect((await world.rds.vendorTasks(region)).map(one => one.id)).toEqual([fixed.id])
  })

  test('an update that is accepted carries a request id, and the instance leaves Running', async () => {
    const reply = await world.rds.updateValidity(update('rm-my', {}))
    expect(reply).toEqual({ reply: 'accepted', requestId: expect.stringMatching(/^[0-9A-F-]{36}$/) })
    expect(await world.rds.instance(here, 'rm-my')).toMatchObject({ status: 'SSL_MODIFYING' })
  })
})
