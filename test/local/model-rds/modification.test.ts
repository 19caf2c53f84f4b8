import { describe, expect, test } from 'vitest'
import { day, type Engine, type InstanceSeed, type Params, year } from '../../../local/model/rds.ts'
import { certificate, minute, seed, start, worldOf } from './worlds.ts'

describe('one accepted Update Validity', () => {
  test('leaves Running after the lag, restarts, runs again, and only then moves the expiry', () => {
    const { world, update, ssl, status } = worldOf([seed('SQLServer')])
    expect(update({ SSLEnabled: '2' }).status).toBe(200)
    expect(status(start + minute - 1)).toBe('Running')
    expect(status(start + minute)).toBe('SSL_MODIFYING')
    expect(world.instance('rm-1')?.down).toBe(true)
    expect(status(start + 4 * minute)).toBe('Running')
    expect(world.instance('rm-1')?.down).toBe(false)
    expect(world.instance('rm-1')?.served?.notAfter).toBe(start + minute + year)
    expect(ssl(start + 10 * minute - 1).SSLExpireTime).toBe('2026-05-16T00:00:00Z')
    expect(ssl(start + 10 * minute).SSLExpireTime).toBe('2027-05-10T00:01:00Z')
    expect(world.nextEventAt()).toBeUndefined()
  })

  test('never moves the expiry before the instance runs again', () => {
    const { update, ssl } = worldOf([seed('SQLServer', { behaviour: { effectDelayMs: 0 } })])
    update({ SSLEnabled: '2' })
    const expiry = (at: number) => ssl(at).SSLExpireTime
    expect([expiry(start + 4 * minute - 1), expiry(start + 4 * minute)]).toEqual(['2026-05-16T00:00:00Z', '2027-05-10T00:01:00Z'])
  })

  test('is one effective update and one logged restart of the caller', () => {
    const { world, update } = worldOf([seed('MySQL', { engineVersion: '5.7' })])
    update({ SSLEnabled: '1' })
    world.advance(start + day)
    expect(world.instance('rm-1')?.effectiveUpdates).toBe(1)
    expect(world.inspect().restarts).toEqual([
      { instance: 'rm-1', what: 'instance', at: start + minute, until: start + 4 * minute, cause: 'update', by: 'tester', request: 'R-1' },
    ])
  })

  test('does not restart MySQL 8.0, and does restart 5.7 and PostgreSQL', () => {
    const restarts = (engine: Engine, engineVersion: string) => {
      const { world, update } = worldOf([seed(engine, { engineVersion })])
      update({ SSLEnabled: '1' })
      world.advance(start + day)
      return [world.inspect().restarts.length, world.instance('rm-1')?.effectiveUpdates]
    }
    expect(restarts('MySQL', '8.0')).toEqual([0, 1])
    expect(restarts('MySQL', '5.7')).toEqual([1, 1])
    expect(restarts('PostgreSQL', '15.0')).toEqual([1, 1])
  })

  test('may move the expiry and go on serving the old certificate', () => {
    const { world, update, ssl } = worldOf([seed('SQLServer', { behaviour: { servesRenewed: false } })])
    update({ SSLEnabled: '2' })
    expect(ssl(start + day).SSLExpireTime).toBe('2027-05-10T00:01:00Z')
    expect(world.instance('rm-1')?.served?.notAfter).toBe(start + 6 * day)
  })

  test.each([
    ['before it begins', minute / 2],
    ['while it restarts', 2 * minute],
    ['before its expiry moves', 5 * minute],
  ])('leaves an endpoint that got another name %s under that name', (_, after) => {
    const { world, update, ssl } = worldOf([seed('SQLServer')])
    update({ SSLEnabled: '2' })
    world.advance(start + after)
    const { endpoints = [], ssl: protection, served } = world.instance('rm-1') ?? {}
    const named = endpoints.map(one => (one.connectionString === 'private.test' ? { ...one, connectionString: 'new.test' } : one))
    if (!protection || !served) throw new Error('no such instance')
    world.amend('rm-1', { endpoints: named, ssl: { ...protection, connectionString: 'new.test' }, served: { ...served, name: 'new.test' } })
    expect(ssl(start + day)).toMatchObject({ ConnectionString: 'new.test', SSLExpireTime: '2027-05-10T00:01:00Z' })
    expect(world.instance('rm-1')).toMatchObject({
      served: { name: 'new.test', notAfter: start + minute + year },
      ssl: { certificate: { name: 'new.test', notAfter: start + minute + year } },
    })
  })

  test.each([
    ['nothing', 0, 'Running', 0],
    ['restartOnly', 1, 'Running', 0],
    ['stuck', 1, 'SSL_MODIFYING', 0],
    ['renewed', 1, 'Running', 1],
  ] as const)('whose outcome is %s restarts %i times, ends as %s and takes effect %i times', (outcome, restarts, ends, effective) => {
    const { world, update, status } = worldOf([seed('SQLServer', { behaviour: { outcome } })])
    expect(update({ SSLEnabled: '2' }).status).toBe(200)
    expect(status(start + day)).toBe(ends)
    expect(world.inspect().restarts).toHaveLength(restarts)
    expect(world.instance('rm-1')?.effectiveUpdates).toBe(effective)
    expect(world.instance('rm-1')?.ssl.certificate?.notAfter).toBe(effective ? start + minute + year : start + 6 * day)
  })
})

describe('a second call', () => {
  const again = (after: number) => {
    const { world, update } = worldOf([seed('SQLServer')])
    update({ SSLEnabled: '2' })
    const { status, body } = update({ SSLEnabled: '2' }, start + after)
    world.advance(start + day)
    return [status, body.Code, world.instance('rm-1')?.effectiveUpdates, world.inspect().restarts.length]
  }
  test('within the visibility lag is accepted and restarts again', () => expect(again(minute - 1)).toEqual([200, undefined, 2, 2]))
  test('while the status is not Running is refused', () => expect(again(2 * minute)).toEqual([403, 'IncorrectDBInstanceState', 1, 1]))
  test('between Running and the moved expiry is accepted and restarts again', () =>
    expect(again(5 * minute)).toEqual([200, undefined, 2, 2]))

  test('never lets the expiry go back to that of the first', () => {
    const { world, update } = worldOf([seed('SQLServer', { behaviour: { effectDelayMs: 20 * minute } })])
    update({ SSLEnabled: '2' })
    world.amend('rm-1', { behaviour: { effectDelayMs: 0 } })
    update({ SSLEnabled: '2' }, start + 5 * minute)
    world.advance(start + 20 * minute)
    const ends = world.instance('rm-1')?.ssl.certificate?.notAfter
    expect(ends).toBe(start + 6 * minute + year)
    expect(world.instance('rm-1')?.served?.notAfter).toBe(ends)
  })
})

type Case = [name: string, of: InstanceSeed, params: Params, reply: [number, string | undefined]]
const pg = (more: Partial<InstanceSeed> = {}) => seed('PostgreSQL', more)
const cases: Case[] = [
  ['no instance id', seed('MySQL'), { DBInstanceId: '' }, [400, 'MissingDBInstanceId']],
  ['an unknown instance', seed('MySQL'), { DBInstanceId: 'rm-9' }, [404, 'InvalidDBInstanceId.NotFound']],
  ['MariaDB', seed('MariaDB'), {}, [400, 'InvalidDBInstanceEngineType.Format']],
  ['PostgreSQL Serverless', pg({ serverless: true }), {}, [403, 'OperationDenied.DBInstanceType']],
  ['PostgreSQL on local disks', pg({ storage: 'local_ssd' }), {}, [403, 'InstanceEngineType.NotSupport']],
  ['a locked instance', seed('MySQL', { lockMode: 'LockByExpiration' }), {}, [403, 'IncorrectDBInstanceLockMode']],
  ['an unpaid instance', seed('MySQL', { expired: true }), {}, [403, 'OrderStatus.UnPaid']],
  ['an instance that is not Running', seed('MySQL', { status: 'Rebooting' }), {}, [403, 'IncorrectDBInstanceState']],
  ['no endpoint', seed('MySQL'), { ConnectionString: '' }, [400, 'MissingConnectionString']],
  ['an endpoint of somebody else', seed('MySQL'), { ConnectionString: 'other.test' }, [404, 'Endpoint.NotFound']],
  ['a read/write splitting endpoint', seed('MySQL'), { ConnectionString: 'split.test' }, [404, 'Endpoint.NotFound']],
  ['SSLEnabled absent', seed('MySQL'), { SSLEnabled: '' }, [400, 'InvalidSSLStatus']],
  ['SSLEnabled 2 on MySQL', seed('MySQL'), { SSLEnabled: '2' }, [400, 'InvalidSSLStatus']],
  ['SSLEnabled 2 on PostgreSQL', pg(), { SSLEnabled: '2' }, [400, 'InvalidSSLStatus']],
  ['SSLEnabled 2 where SSL is off', seed('SQLServer', { ssl: { enabled: false } }), { SSLEnabled: '2' }, [400, 'IncorrectDBSslStatus']],
  ['SSLEnabled 0 where SSL is off', seed('MySQL', { ssl: { enabled: false } }), { SSLEnabled: '0' }, [400, 'IncorrectDBSslStatus']],
  ['an unknown CAType', pg(), { CAType: 'mine' }, [400, 'InvalidCAType.NotFound']],
  ['a custom certificate without its key', pg(), { CAType: 'custom', ServerCert: 'x' }, [400, 'InvalidServerCertOrPrivateKey']],
  ['an unknown ACL', pg(), { ACL: 'perfect' }, [400, 'InvalidACL.NotFound']],
  ['an ACL without a client CA', pg(), { ACL: 'cert' }, [403, 'InvalidACL.Permission']],
  ['a client CA without its text', pg(), { ClientCAEnabled: '1' }, [400, 'InvalidClientCACert']],
  ['an impossible TlsVersion', seed('SQLServer'), { SSLEnabled: '2', TlsVersion: '1.3' }, [400, 'Parameters.Invalid']],
  ['no CAType where it is required', pg({ behaviour: { caTypeRequired: true } }), {}, [400, 'RequiredParam.NotFound']],
  ['CAType given where it is required', pg({ behaviour: { caTypeRequired: true } }), { CAType: 'aliyun' }, [200, undefined]],
  ['SSLEnabled 1 on MySQL', seed('MySQL'), {}, [200, undefined]],
  ['SSLEnabled 2 on SQL Server', seed('SQLServer'), { SSLEnabled: '2' }, [200, undefined]],
]

test.each(cases)('%s is answered as the reference says', (_, of, params, [status, code]) => {
  const { world, update } = worldOf([of])
  const reply = update({ SSLEnabled: '1', ...params })
  expect([reply.status, reply.body.Code]).toEqual([status, code])
  expect(world.inspect().modifications).toHaveLength(status === 200 ? 1 : 0)
})

describe('what a call does beside the validity', () => {
  const changed = (of: InstanceSeed, params: Params) => {
    const { world, update } = worldOf([of])
    expect(update(params).body).toEqual({ RequestId: 'R-1' })
    world.advance(start + day)
    const one = world.instance('rm-1')
    return { one, ssl: one?.ssl, done: world.inspect().modifications[0], restarts: world.inspect().restarts.length }
  }

  test.each([
    ['SQLServer', '2'],
    ['SQLServer', '1'],
    ['MySQL', '1'],
  ] as const)('another endpoint moves the protection: %s, SSLEnabled %s', (engine, SSLEnabled) => {
    const { ssl, one, done } = changed(seed(engine), { SSLEnabled, ConnectionString: 'public.test' })
    expect([ssl?.connectionString, ssl?.certificate?.name, one?.served?.name]).toEqual(['public.test', 'public.test', 'public.test'])
    expect([done?.kind, done?.movedFrom]).toEqual(['move', 'private.test'])
  })

  test('a custom certificate is replaced where CAType is omitted', () => {
    const { ssl, done } = changed(pg({ ssl: { certificate: certificate('private.test', 6, 'foreign') } }), { SSLEnabled: '1' })
    expect([ssl?.certificate?.by, done?.replacedCustom]).toEqual(['apsaradb', true])
  })

  test.each(['1', '2'])("SQL Server's custom PFX is replaced by SSLEnabled %s without a certificate", value => {
    const { ssl, done } = changed(seed('SQLServer', { ssl: { certificate: certificate('private.test', 6, 'foreign') } }), {
      SSLEnabled: value,
    })
    expect([ssl?.certificate?.by, done?.replacedCustom]).toEqual(['apsaradb', true])
  })

  test('SSLEnabled 1 on SQL Server leaves the certificate and restarts nothing', () => {
    const { ssl, done, restarts, one } = changed(seed('SQLServer'), { SSLEnabled: '1', ForceEncryption: '0', TlsVersion: '1.0' })
    expect([ssl?.certificate?.notAfter, done?.kind, restarts, one?.effectiveUpdates]).toEqual([start + 6 * day, 'none', 0, 0])
  })

  test('SSLEnabled 1 on SQL Server changes settings alone without a restart', () => {
    const { ssl, done, restarts } = changed(seed('SQLServer'), { SSLEnabled: '1', ForceEncryption: '1', TlsVersion: '1.2' })
    expect([ssl?.certificate?.notAfter, ssl?.forceEncryption, done?.kind, restarts]).toEqual([start + 6 * day, '1', 'settings', 0])
  })

  const strict = seed('SQLServer', { ssl: { forceEncryption: '1', tlsVersion: '1.2' } })
  test('omitted ForceEncryption and TlsVersion fall back to their defaults', () => {
    const { ssl, done } = changed(strict, { SSLEnabled: '2' })
    expect([ssl?.forceEncryption, ssl?.tlsVersion, done?.reset]).toEqual(['0', '1.0', ['ForceEncryption', 'TlsVersion']])
  })

  test('echoed ForceEncryption and TlsVersion stay', () => {
    const { ssl, done } = changed(strict, { SSLEnabled: '2', ForceEncryption: '1', TlsVersion: '1.2' })
    expect([ssl?.forceEncryption, ssl?.tlsVersion, done?.reset]).toEqual(['1', '1.2', []])
  })

  test('omitted settings stay where the switch says so', () => {
    const { ssl } = changed({ ...strict, behaviour: { omissionResets: false } }, { SSLEnabled: '2' })
    expect([ssl?.forceEncryption, ssl?.tlsVersion]).toEqual(['1', '1.2'])
  })

  const mutual = pg({ ssl: { clientCaCert: 'CA', acl: 'cert', replicationAcl: 'verify-ca' } })
  test("PostgreSQL's client CA and ACLs are lost where a call omits them", () => {
    const { ssl, done } = changed(mutual, { SSLEnabled: '1', ACL: 'cert', ReplicationACL: 'verify-ca' })
    expect([ssl?.clientCaCert, done?.reset]).toEqual([undefined, ['ClientCACert']])
  })

  test("PostgreSQL's client CA and ACLs stay where a call echoes them", () => {
    const echo = { ClientCAEnabled: '1', ClientCACert: 'CA', ACL: 'cert', ReplicationACL: 'verify-ca' }
    const { ssl, done } = changed(mutual, { SSLEnabled: '1', ...echo })
    expect([ssl?.clientCaCert, ssl?.acl, ssl?.replicationAcl, done?.reset]).toEqual(['CA', 'cert', 'verify-ca', []])
  })

  test('SSLEnabled 0 does switch SSL off, and the oracle sees it', () => {
    const { ssl, one, done } = changed(seed('SQLServer'), { SSLEnabled: '0' })
    expect([ssl?.enabled, one?.served, done?.kind]).toEqual([false, undefined, 'disable'])
  })

  test('SSLEnabled 1 where SSL is off enables it', () => {
    const { ssl, one, done } = changed(seed('MySQL', { ssl: { enabled: false } }), { SSLEnabled: '1' })
    expect([ssl?.enabled, one?.served?.by, done?.kind, one?.effectiveUpdates]).toEqual([true, 'apsaradb', 'enable', 0])
  })

  test('a custom certificate can be brought', () => {
    const { ssl, done } = changed(pg(), { SSLEnabled: '1', CAType: 'custom', ServerCert: 'cert', ServerKey: 'key' })
    expect([ssl?.certificate?.by, done?.kind]).toEqual(['foreign', 'custom'])
  })
})

test('an instance that is released while its update is pending is simply gone', () => {
  const { world, update, call } = worldOf([seed('SQLServer')])
  update({ SSLEnabled: '2' })
  expect(world.release('rm-1')).toBe(true)
  world.advance(start + day)
  expect(world.inspect().restarts).toEqual([])
  expect(call('DescribeDBInstanceAttribute', { DBInstanceId: 'rm-1' }, start + day).body.Code).toBe('InvalidDBInstanceId.NotFound')
})

test('a call behind a stuck one is accepted, and nothing is ever due for it', () => {
  const { world, update, status } = worldOf([seed('SQLServer', { behaviour: { outcome: 'stuck' } })])
  update({ SSLEnabled: '2' })
  expect(update({ SSLEnabled: '2' }, start + 1).status).toBe(200)
  expect(status(start + 300 * day)).toBe('SSL_MODIFYING')
  expect([world.inspect().restarts.length, world.nextEventAt()]).toEqual([1, undefined])
})
