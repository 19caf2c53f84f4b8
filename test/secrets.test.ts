import { describe, expect, test } from 'vitest'
import { Fault } from '../shared/errors.ts'
import { readSecrets } from '../shared/secrets.ts'

const approvalKey = Buffer.alloc(32, 1).toString('base64')
const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 2).toString('base64')}`
const secret = 'S3cretValueThatMustNotBeTold'
const dingtalk = { kind: 'dingtalk', url: `https://oapi.dingtalk.com/robot/send?access_token=${secret}`, secret: 'SECx' }

const read = (channels: unknown, key: unknown = approvalKey) => readSecrets(JSON.stringify({ approvalKey: key, channels }))

function faultOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof Fault && error.code === 'BadConfig') return error.message
    throw error
  }
  return ''
}

describe('the secrets', () => {
  test('are read: the key in bytes, each channel by its kind', () => {
    const secrets = read({ 'dingtalk-dba': dingtalk, ops: { kind: 'webhook', url: 'https://ops.example.com/hook', secret: whsec(24) } })
    expect(Buffer.from(secrets.approvalKey)).toEqual(Buffer.alloc(32, 1))
    expect(secrets.channels['dingtalk-dba']).toEqual(dingtalk)
    expect(secrets.channels.ops).toEqual({ kind: 'webhook', url: 'https://ops.example.com/hook', secret: Buffer.alloc(24, 2) })
  })

  test('a DingTalk robot without a signature is possible, and so is none at all', () => {
    const { secret: _, ...unsigned } = dingtalk
    expect(read({ a: unsigned }).channels.a).toEqual(unsigned)
    expect(read({}).channels).toEqual({})
  })

  test.each(['feishu', 'wecom', 'slack', 'teams'])('%s is refused by name: it is not built yet', kind => {
    expect(faultOf(() => read({ team: { kind, url: 'https://x.example.com' } }))).toMatch(
      new RegExp(`^SECRETS: channels.team.kind names ${kind}, which is not built yet`),
    )
  })

  test.each<[string, unknown, string]>([
    ['a kind nobody knows', { a: { kind: secret, url: 'https://x.example.com' } }, 'channels.a.kind must be dingtalk or webhook'],
    ['no kind', { a: { url: dingtalk.url } }, 'channels.a.kind must be dingtalk or webhook'],
    [
      'an address without TLS',
      { a: { ...dingtalk, url: `http://oapi.dingtalk.com/?access_token=${secret}` } },
      'channels.a.url must be a URL that begins with https',
    ],
    ['an address that is none', { a: { ...dingtalk, url: secret } }, 'channels.a.url must be a URL'],
    ['no address', { a: { kind: 'dingtalk' } }, 'channels.a.url is missing'],
    ['a webhook without a key', { a: { kind: 'webhook', url: 'https://x.example.com' } }, 'channels.a.secret is missing'],
    [
      'a key without its prefix',
      { a: { kind: 'webhook', url: 'https://x.example.com', secret } },
      'channels.a.secret must begin with whsec_',
    ],
    ['a key that is too short', { a: { kind: 'webhook', url: 'https://x.example.com', secret: whsec(23) } }, '24 to 64 bytes'],
    ['a key that is too long', { a: { kind: 'webhook', url: 'https://x.example.com', secret: whsec(65) } }, '24 to 64 bytes'],
    ['a key that is not base64', { a: { kind: 'webhook', url: 'https://x.example.com', secret: `whsec_${secret}!` } }, 'must be base64'],
    ['a field nobody knows', { a: { ...dingtalk, [secret]: 1 } }, 'channels.a has an unknown key'],
    ['a secret in the place of a name', { [secret]: dingtalk }, 'channels.(a key that is not shown)'],
    ['an address in the place of a name', { [dingtalk.url]: dingtalk }, 'channels.(a key that is not shown)'],
    ['a channel that is a text', { a: secret }, 'channels.a is missing or is no object'],
  ])('%s is a fault that names the place and repeats no value', (_, channels, problem) => {
    const fault = faultOf(() => read(channels))
    expect(fault).toContain(problem)
    expect(fault).not.toContain(secret)
  })

  test.each<[string, unknown, string]>([
    ['31 bytes', Buffer.alloc(31).toString('base64'), '32 bytes'],
    ['no base64', `${secret}${secret}!!`, 'base64'],
    ['a number', 7, 'approvalKey'],
  ])('an approval key of %s is refused', (_, key, problem) => {
    const fault = faultOf(() => read({}, key))
    expect(fault).toContain(problem)
    expect(fault).not.toContain(secret)
  })

  test('what is not JSON is not quoted', () => {
    expect(faultOf(() => readSecrets(`{"approvalKey": "${secret}" "x`))).toBe('SECRETS: the object is not JSON')
  })

  test('all faults are told together', () => {
    const fault = faultOf(() => read({ a: { kind: 'slack' }, b: { ...dingtalk, url: 'x' } }, 'AAAA'))
    expect(fault.split('; ').map(one => one.replace('SECRETS: ', '').split(' ')[0])).toEqual([
      'approvalKey',
      'channels.a.kind',
      'channels.b.url',
    ])
  })

  test('an embedded chat may be spoken to without TLS', () => {
    expect(read({ a: { ...dingtalk, url: 'http://127.0.0.1:8006/robot/send' } }).channels.a).toBeDefined()
  })
})
