import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { dingTalkSign, signatureFault } from '../../local/chat/dingtalk.ts'
import { verify, webhookSignature } from '../../local/chat/webhook.ts'
import { authenticate as authenticateMns, mnsSignature } from '../../local/mns/signature.ts'
import { addressOf, queryOf } from '../../local/oss/address.ts'
import { authenticate as authenticateOss } from '../../local/oss/authenticate.ts'
import { signatureV4 } from '../../local/oss/signature.ts'
import { type Principal, principalsOf } from '../../local/principals.ts'
import { verifyAcs3 } from '../../local/rds/acs3.ts'
import { Nonces } from '../../local/rds/nonces.ts'
import { rpcSignature, verifyRpc } from '../../local/rds/rpc-signature.ts'
import type { Request } from '../../local/serve.ts'
import { signed } from './rds/requests.ts'

/**
 * For every verifier one signed request, and each of its bytes changed in turn: none may be accepted. What a signature does not cover by the
 * protocol's own rules is named, so that the list of holes is whole.
 */
const now = Date.parse('2026-05-10T00:00:00Z')
const role: Principal = {
  name: 'role/fn',
  accountId: '1',
  accessKeyId: 'STS.role',
  accessKeySecret: 'secret',
  securityToken: 'CAIStoken',
}
const principals = principalsOf([role, { ...role, name: 'other', accessKeyId: 'STS.rolf', accessKeySecret: 'other' }])

/** Every request that differs from `whole` in one byte, each with the part that changed. */
function* neighbours(whole: Request): Generator<[part: string, changed: Request]> {
  for (const text of flips(whole.method)) yield ['method', { ...whole, method: text }]
  for (const text of flips(whole.rawPath)) yield ['path', { ...whole, rawPath: text }]
  for (const text of flips(whole.rawQuery)) yield ['query', { ...whole, rawQuery: text }]
  for (const text of flips(whole.body.toString('latin1'))) yield ['body', { ...whole, body: Buffer.from(text, 'latin1') }]
  for (const [name, value] of Object.entries(whole.headers)) {
    for (const text of flips(value)) yield [name, { ...whole, headers: { ...whole.headers, [name]: text } }]
  }
}

function* flips(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
}

/** The parts in which some changed byte was accepted, after the request itself was. */
function holes(whole: Request, accepts: (request: Request) => boolean): string[] {
  expect(accepts(whole)).toBe(true)
  const parts = new Set<string>()
  for (const [part, changed] of neighbours(whole)) if (accepts(changed)) parts.add(part)
  return [...parts]
}

const date = new Date(now).toUTCString()
const md5 = (body: string) => createHash('md5').update(body).digest('base64')

describe('no byte can be changed in', () => {
  test('an ACS3 request', () => {
    const { method, path, query, headers, body } = signed(role, { body: 'A=1&B=%E9%94%80' })
    const request: Request = { method, rawPath: path, rawQuery: query, headers: { ...headers, 'user-agent': 'x' }, body: Buffer.from(body) }
    expect(holes(request, one => 'principal' in verifyAcs3(one, principals, new Nonces(), now))).toEqual(['user-agent'])
  })

  test('an RPC request of the older signature', () => {
    const params: Record<string, string> = {
      Action: 'GetCallerIdentity',
      Version: '2015-04-01',
      Timestamp: '2026-05-10T00:00:00Z',
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: 'n',
      AccessKeyId: role.accessKeyId,
      SecurityToken: role.securityToken ?? '',
      Name: "a b*~(')",
    }
    const rawQuery = new URLSearchParams({ ...params, Signature: rpcSignature('GET', params, role.accessKeySecret) }).toString()
    const request: Request = { method: 'GET', rawPath: '/', rawQuery, headers: { host: 'sts.aliyuncs.com' }, body: Buffer.alloc(0) }
    // To this signature the path is always `/`, and a host has no place in it.
    expect(holes(request, one => 'principal' in verifyRpc(one, principals, new Nonces(), now))).toEqual(['path', 'host'])
  })

  test('a message to a queue', () => {
    const body = '<Message><MessageBody>Yg==</MessageBody></Message>'
    const resource = '/queues/orders/messages?a=1'
    const common = { 'content-type': 'text/xml', 'content-md5': md5(body), 'x-mns-version': '2015-06-06', 'x-mns-date': date }
    const parts = { method: 'POST', contentMd5: md5(body), contentType: 'text/xml', date, headers: common, resource }
    const authorization = `MNS ${role.accessKeyId}:${mnsSignature(role.accessKeySecret, parts)}`
    const headers = { ...common, date, authorization, 'security-token': role.securityToken ?? '', host: '127.0.0.1:1' }
    const request: Request = { method: 'POST', rawPath: '/queues/orders/messages', rawQuery: 'a=1', headers, body: Buffer.from(body) }
    expect(holes(request, one => typeof authenticateMns(one, principals, now) !== 'string')).toEqual(['host'])
  })

  const region = 'cn-hangzhou'
  const ossDate = '20260510T000000Z'
  const scope = `20260510/${region}/oss/aliyun_v4_request`
  const acceptsOss = (one: Request): boolean => {
    const address = addressOf(one, [])
    const query = queryOf(one.rawQuery)
    if ('code' in address || query === undefined) return false
    const found = authenticateOss(one, { address, query }, { principals, region, now })
    return !('code' in found) && found.principal !== undefined
  }

  test('a write to a bucket, signed in its header; the body hangs on its MD5', () => {
    const signing = {
      'content-type': 'text/plain',
      'content-md5': md5('text'),
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-oss-date': ossDate,
      'x-oss-forbid-overwrite': 'true',
      'x-oss-security-token': role.securityToken ?? '',
      'cache-control': 'no-cache',
    }
    const parts = { method: 'PUT', bucket: 'journal', key: 'a b.json', query: [['acl', '1']] as const, headers: signing }
    const signature = signatureV4(role.accessKeySecret, { ...parts, additional: ['cache-control'], date: ossDate, region })
    const credential = `Credential=${role.accessKeyId}/${scope}`
    const authorization = `OSS4-HMAC-SHA256 ${credential},AdditionalHeaders=cache-control,Signature=${signature}`
    const headers = { ...signing, authorization, host: '127.0.0.1:1', 'user-agent': 'x' }
    const request: Request = { method: 'PUT', rawPath: '/journal/a%20b.json', rawQuery: 'acl=1', headers, body: Buffer.from('text') }
    expect(holes(request, acceptsOss)).toEqual(['body', 'host', 'user-agent'])
  })

  test('a read signed in its URL', () => {
    const query: [string, string][] = [
      ['x-oss-credential', `${role.accessKeyId}/${scope}`],
      ['x-oss-date', ossDate],
      ['x-oss-expires', '60'],
      ['x-oss-security-token', role.securityToken ?? ''],
      ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ]
    const parts = { method: 'GET', bucket: 'bundle', key: 'ca.pem', query, headers: {}, additional: [], date: ossDate, region }
    const all = [...query, ['x-oss-signature', signatureV4(role.accessKeySecret, parts)]]
    const rawQuery = all.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')
    const request: Request = { method: 'GET', rawPath: '/bundle/ca.pem', rawQuery, headers: { host: '127.0.0.1:1' }, body: Buffer.alloc(0) }
    expect(holes(request, acceptsOss)).toEqual(['host'])
  })

  test('a robot’s timestamp and signature; its body is not covered: who holds the URL may say anything', () => {
    const robot = { name: 'dba', accessToken: 'token', secret: 'SECret' }
    const timestamp = String(now)
    const rawQuery = new URLSearchParams({ timestamp, sign: dingTalkSign(robot.secret, timestamp) }).toString()
    const request: Request = { method: 'POST', rawPath: '/robot/send', rawQuery, headers: {}, body: Buffer.from('{}') }
    const accepts = ({ rawQuery }: Request) => signatureFault(robot, new URLSearchParams(rawQuery), now) === undefined
    expect(holes(request, accepts)).toEqual(['method', 'path', 'body'])
  })

  test('a webhook’s notice', () => {
    const webhook = { name: 'siem', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }
    const parts = { id: 'n1', timestamp: String(now / 1000), body: Buffer.from('{"title":"x"}') }
    const headers = {
      'webhook-id': parts.id,
      'webhook-timestamp': parts.timestamp,
      'webhook-signature': webhookSignature(webhook.secret, parts),
    }
    const request: Request = { method: 'POST', rawPath: '/webhook/siem', rawQuery: '', headers, body: parts.body }
    const accepts = ({ headers, body }: Request) => 'id' in verify(webhook, headers, body, now)
    // By the path the server chooses the secret; the signature itself knows neither it nor the method.
    expect(holes(request, accepts)).toEqual(['method', 'path'])
  })
})
