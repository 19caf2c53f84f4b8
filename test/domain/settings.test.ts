import { expect, test } from 'vitest'
import type { EchoedSettings } from '../../shared/domain/instance.ts'
import { changedSettings, settingsTold, toldOf } from '../../shared/domain/settings.ts'
import { aProtection } from './items.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const told = (settings: EchoedSettings, more: Parameters<typeof aProtection>[0] = {}) => {
  const protection = aProtection({ settings, ...more })
  if (!protection.enabled) throw new Error('it is enabled')
  return toldOf(protection)
}
const all = told({ forceEncryption: '1', tlsVersion: '1.2', clientCa: pem, clientCrl: 'CRL', acl: 'cert', replicationAcl: 'prefer' })

test('what an update sends back is told by the names of the service, certificates and lists by their digests', () => {
  expect(all).toEqual({
    ConnectionString: 'rm-1.sqlserver.rds.aliyuncs.com',
    CAType: 'aliyun',
    ForceEncryption: '1',
    TlsVersion: '1.2',
    ClientCACert: 'sha256:d08d6e69d84ef952',
    ClientCertRevocationList: expect.stringMatching(/^sha256:[0-9a-f]{16}$/),
    ACL: 'cert',
    ReplicationACL: 'prefer',
  })
  expect(settingsTold.parse(all)).toEqual(all)
})

test('what the service does not tell is left out, an unknown issuer too', () => {
  expect(told({}, { issuedBy: 'unknown' })).toStrictEqual({ ConnectionString: 'rm-1.sqlserver.rds.aliyuncs.com' })
})

test('nothing has changed where everything is told as before', () => {
  expect(changedSettings(all, { ...all })).toEqual([])
})

test.each([
  ['ConnectionString', 'rm-1-public'],
  ['CAType', 'custom'],
  ['ForceEncryption', '0'],
  ['TlsVersion', '1.0'],
  ['ClientCACert', 'sha256:0'],
  ['ClientCertRevocationList', 'sha256:0'],
  ['ACL', 'prefer'],
  ['ReplicationACL', 'cert'],
] as const)('%s that is another one is named, with what it was and is', (setting, after) => {
  expect(changedSettings(all, { ...all, [setting]: after })).toEqual([{ setting, before: all[setting], after }])
})

test('one that is told no more has changed; one that was not told before has not', () => {
  const { ACL, ...without } = all
  expect(changedSettings(all, without)).toStrictEqual([{ setting: 'ACL', before: 'cert' }])
  expect(changedSettings(without, all)).toEqual([])
  expect(changedSettings({}, all)).toEqual([])
})

test('other ends of lines are no change, another byte is one', () => {
  const again = (clientCa: string) => changedSettings(told({ clientCa: pem }), told({ clientCa }))
  expect(again(pem.replaceAll('\n', '\r\n').trim())).toEqual([])
  expect(again(pem.replace('MIIB', 'MIIC'))).toHaveLength(1)
})
