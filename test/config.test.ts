import { describe, expect, test } from 'vitest'
import { type Need, readConfig } from '../shared/config.ts'
import { pace } from '../shared/domain/pace.ts'
import { Fault } from '../shared/errors.ts'

const base = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'STS.NTest',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'the-secret',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'the-token',
  FC_REGION: 'cn-hangzhou',
  FC_ACCOUNT_ID: '1234567890',
}
const all: readonly Need[] = ['rds', 'journal', 'queue', 'bundles', 'source', 'probes', 'chat', 'policyFile', 'approvals']
const full = {
  ...base,
  JOURNAL_BUCKET: 'journal',
  BUNDLE_BUCKET: 'bundle',
  BUNDLE_BASE_URL: 'https://ca.example.com',
  SECRETS: 'oss:secrets.json',
}

function faultOf(env: Record<string, string>, needs: readonly Need[] = all): string {
  try {
    readConfig(env, needs)
  } catch (error) {
    if (error instanceof Fault && error.code === 'BadConfig') return error.message
    throw error
  }
  return ''
}

describe('the configuration', () => {
  test('inside FC the little that must be said is enough: all endpoints are those of the region', () => {
    expect(readConfig(full, all)).toEqual({
      region: 'cn-hangzhou',
      accountId: '1234567890',
      credentials: { accessKeyId: 'STS.NTest', accessKeySecret: 'the-secret', securityToken: 'the-token' },
      pace,
      bundleUrl: 'https://ca.example.com',
      rds: { endpoint: undefined, protocol: 'https', perMinute: 180, regions: undefined },
      journal: { endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com', region: 'cn-hangzhou', bucket: 'journal' },
      queue: { endpoint: 'http://1234567890.mns.cn-hangzhou-internal.aliyuncs.com' },
      bundles: {
        endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com',
        region: 'cn-hangzhou',
        bucket: 'bundle',
        baseUrl: 'https://ca.example.com',
      },
      source: { url: 'https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip' },
      probes: { endpoint: '1234567890.cn-hangzhou.fc.aliyuncs.com', protocol: 'https' },
      chat: {
        secretsKey: 'secrets.json',
        bucket: { endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com', region: 'cn-hangzhou', bucket: 'journal' },
      },
      approvals: {
        secretsKey: 'secrets.json',
        bucket: { endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com', region: 'cn-hangzhou', bucket: 'journal' },
        url: undefined,
      },
      policyFile: { file: 'policy.yaml' },
    })
  })

  test('the embedded cloud sets the same names', () => {
    const env = {
      ...full,
      RDS_ENDPOINT: '127.0.0.1:8001',
      RDS_PROTOCOL: 'http',
      RDS_RATE: '6000',
      REGIONS: 'cn-hangzhou, ap-southeast-1',
      MNS_ENDPOINT: 'http://127.0.0.1:8002/',
      OSS_ENDPOINT: 'http://127.0.0.1:8003',
      OSS_REGION: 'oss-cn-shanghai',
      INVOKE_ENDPOINT: 'localhost:8004',
      INVOKE_PROTOCOL: 'http',
      BUNDLE_BASE_URL: 'http://127.0.0.1:8003/bundle/',
      CA_BUNDLE_URL: 'http://127.0.0.1:8005/ApsaraDB-CA-Chain.zip',
      APPROVAL_URL: 'http://127.0.0.1:8006/',
      POLICY_FILE: '/tmp/policy.yaml',
    }
    const config = readConfig(env, all)
    expect(config.rds).toEqual({
      endpoint: '127.0.0.1:8001',
      protocol: 'http',
      perMinute: 6000,
      regions: ['cn-hangzhou', 'ap-southeast-1'],
    })
    expect(config.queue.endpoint).toBe('http://127.0.0.1:8002')
    expect(config.journal).toEqual({ endpoint: 'http://127.0.0.1:8003', region: 'cn-shanghai', bucket: 'journal' })
    expect(config.bundles.baseUrl).toBe('http://127.0.0.1:8003/bundle')
    expect(config.probes).toEqual({ endpoint: 'localhost:8004', protocol: 'http' })
    expect(config.source.url).toBe('http://127.0.0.1:8005/ApsaraDB-CA-Chain.zip')
    expect(config.approvals.url).toBe('http://127.0.0.1:8006')
    expect(config.policyFile.file).toBe('/tmp/policy.yaml')
  })

  test('all that is missing is named at once, and once', () => {
    const faults = faultOf({}).split('; ')
    expect(faults.sort()).toEqual(
      [
        'ALIBABA_CLOUD_ACCESS_KEY_ID',
        'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
        'BUNDLE_BASE_URL',
        'BUNDLE_BUCKET',
        'FC_ACCOUNT_ID',
        'FC_REGION',
        'JOURNAL_BUCKET',
        'SECRETS',
      ].map(name => `${name} is missing`),
    )
  })

  test('an empty variable is a missing one', () => {
    expect(faultOf({ ...full, JOURNAL_BUCKET: ' ' })).toBe('JOURNAL_BUCKET is missing')
  })

  test('only what the needs of a function need is demanded', () => {
    expect(faultOf(base, ['rds', 'queue', 'probes'])).toBe('')
    expect(faultOf(base, ['journal'])).toBe('JOURNAL_BUCKET is missing')
    expect(Object.keys(readConfig(base, ['queue']))).toEqual(['region', 'accountId', 'credentials', 'pace', 'bundleUrl', 'queue'])
  })

  test('a function that signs nothing needs no keys', () => {
    const { FC_REGION, FC_ACCOUNT_ID } = base
    expect(readConfig({ FC_REGION, FC_ACCOUNT_ID }, ['source', 'policyFile']).credentials).toBeUndefined()
  })

  test.each<[string, string, string]>([
    ['FC_REGION', 'Hangzhou', 'cn-hangzhou'],
    ['FC_ACCOUNT_ID', 'me', 'number'],
    ['RDS_ENDPOINT', 'https://rds.aliyuncs.com', 'without a scheme'],
    ['RDS_ENDPOINT', 'rds.aliyuncs.com/x', 'without a scheme'],
    ['RDS_PROTOCOL', 'ftp', 'http or https'],
    ['RDS_RATE', '0', '1 to 99999'],
    ['RDS_RATE', '1.5', '1 to 99999'],
    ['RDS_RATE', 'many', '1 to 99999'],
    ['REGIONS', 'cn-hangzhou,,x', 'cn-hangzhou'],
    ['MNS_ENDPOINT', '127.0.0.1:80', 'https://'],
    ['MNS_ENDPOINT', 'http://127.0.0.1:80/queues', 'no path'],
    ['OSS_ENDPOINT', 'http://127.0.0.1/bucket', 'no path'],
    ['OSS_REGION', 'x', 'cn-hangzhou'],
    ['JOURNAL_BUCKET', 'Journal', 'lower-case'],
    ['JOURNAL_BUCKET', 'ab', '3 to 63'],
    ['BUNDLE_BUCKET', '-abc', 'lower-case'],
    ['BUNDLE_BASE_URL', 'ca.example.com', 'https://'],
    ['BUNDLE_BASE_URL', 'https://me:pw@ca.example.com', 'without a user'],
    ['CA_BUNDLE_URL', 'https://a.example.com/x?token=y', 'without a user'],
    ['APPROVAL_URL', 'ftp://x', 'https://'],
    ['INVOKE_ENDPOINT', 'http://127.0.0.1:80', 'without a scheme'],
    ['INVOKE_PROTOCOL', 'tcp', 'http or https'],
    ['SECRETS', 'kms:rds-tls', 'not built yet'],
    ['SECRETS', 'oss:', 'oss:KEY'],
    ['SECRETS', 'oss:/x', 'oss:KEY'],
    ['SECRETS', '{"approvalKey":"x"}', 'oss:KEY'],
    ['PACE', '{"settleAfter":"5s"}', 'RDS_ENDPOINT is a loopback'],
  ])('%s=%s is a fault that names the variable, says the mend and repeats no value', (name, value, mend) => {
    const fault = faultOf({ ...full, [name]: value })
    expect(fault).toMatch(new RegExp(`^${name} `))
    expect(fault).toContain(mend)
    if (value.length > 3 && !mend.includes(value)) expect(fault).not.toContain(value)
  })

  test('several faults are told together', () => {
    const fault = faultOf({ ...full, RDS_RATE: '0', JOURNAL_BUCKET: '', SECRETS: 'x' })
    expect(fault.split('; ').map(one => one.split(' ')[0])).toEqual(expect.arrayContaining(['RDS_RATE', 'JOURNAL_BUCKET', 'SECRETS']))
  })

  test.each([
    ['RDS_ENDPOINT', 'RDS_PROTOCOL', 'rds.aliyuncs.com'],
    ['INVOKE_ENDPOINT', 'INVOKE_PROTOCOL', '127.0.0.1.example.com'],
  ])('%s away from this machine is never spoken to without TLS', (endpoint, protocol, host) => {
    expect(faultOf({ ...full, [endpoint]: host, [protocol]: 'http' })).toMatch(new RegExp(`^${protocol} may be http only`))
    expect(faultOf({ ...full, [protocol]: 'http' })).toMatch(new RegExp(`^${protocol} may be http only`))
  })
})

describe('PACE', () => {
  const local = { ...full, RDS_ENDPOINT: '127.0.0.1:8001', RDS_PROTOCOL: 'http' }

  test('against an embedded cloud durations are shortened by name, and the others stay', () => {
    const env = { ...local, PACE: '{"settleAfter":"5s","pollRestart":"1s"}' }
    expect(readConfig(env, ['rds']).pace).toEqual({ ...pace, settleAfter: 5_000, pollRestart: 1_000 })
  })

  test.each(['127.0.0.1', '127.9.9.9:1', 'localhost:80', '[::1]:80'])('%s is an embedded cloud', RDS_ENDPOINT => {
    expect(faultOf({ ...full, RDS_ENDPOINT, PACE: '{}' })).toBe('')
  })

  test.each(['rds.aliyuncs.com', '128.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '1127.0.0.1'])(
    'with %s it is refused: shorter waits could restart a database twice',
    RDS_ENDPOINT => {
      expect(faultOf({ ...full, RDS_ENDPOINT, PACE: '{"settleAfter":"5s"}' })).toMatch(/^PACE shortens waits/)
    },
  )

  test('it is refused too for a function that does not need RDS', () => {
    expect(faultOf({ ...base, PACE: '{"settleAfter":"5s"}' }, ['queue'])).toMatch(/^PACE shortens waits/)
  })

  test.each([
    ['rubbish', 'JSON object'],
    ['[]', 'JSON object'],
    ['null', 'JSON object'],
    ['{"settleAfter":5}', 'settleAfter'],
    ['{"settleAfter":"soon"}', 'settleAfter'],
    ['{"settleafter":"5s"}', 'known are callWithin'],
    ['{"toString":"5s"}', 'known are callWithin'],
  ])('%s is refused', (PACE, problem) => {
    expect(faultOf({ ...local, PACE })).toContain(problem)
  })
})
