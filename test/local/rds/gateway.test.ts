import { expect, test } from 'vitest'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { passGateway } from '../../../local/rds/gateway.ts'
import { Nonces } from '../../../local/rds/nonces.ts'
import { rpcSignature } from '../../../local/rds/rpc-signature.ts'
import type { Request } from '../../../local/serve.ts'

const user: Principal = { name: 'user/dev', accountId: '1', accessKeyId: 'AK', accessKeySecret: 'secret' }
const session: Principal = { ...user, name: 'role/night', accessKeyId: 'STS.AK', securityToken: 'token' }
const principals = principalsOf([user, session])
const now = Date.parse('2026-05-10T00:00:00Z')

const parameters = (of: Principal = user): Record<string, string> => ({
  Action: 'DescribeDBInstanceSSL',
  Version: '2014-08-15',
  Format: 'JSON',
  Timestamp: '2026-05-10T00:00:00Z',
  SignatureMethod: 'HMAC-SHA1',
  SignatureType: '',
  SignatureVersion: '1.0',
  SignatureNonce: 'nonce',
  AccessKeyId: of.accessKeyId,
  ...(of.securityToken ? { SecurityToken: of.securityToken } : {}),
  DBInstanceId: 'rm-1',
})

function sent(method: 'GET' | 'POST', all: Record<string, string>): Request {
  const encoded = new URLSearchParams(all).toString()
  return method === 'GET'
    ? { method, rawPath: '/', rawQuery: encoded, headers: {}, body: Buffer.alloc(0) }
    : { method, rawPath: '/', rawQuery: '', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(encoded) }
}

const signed = (method: 'GET' | 'POST', all: Record<string, string>, by: Principal = user) =>
  sent(method, { ...all, Signature: rpcSignature(method, all, by.accessKeySecret) })

const pass = (request: Request, nonces = new Nonces()) => passGateway(request, principals, nonces, now)

test.each(['GET', 'POST'] as const)('an RPC-signed %s passes with the parameters of the service alone', method => {
  expect(pass(signed(method, parameters()))).toEqual({
    principal: user,
    action: 'DescribeDBInstanceSSL',
    version: '2014-08-15',
    params: { DBInstanceId: 'rm-1' },
  })
})

test('a role session passes with its token, which the service does not see', () => {
  expect(pass(signed('GET', parameters(session), session))).toMatchObject({ principal: session, params: { DBInstanceId: 'rm-1' } })
})

test.each(Object.keys(parameters()).filter(name => !['SignatureMethod', 'SignatureVersion', 'AccessKeyId', 'Timestamp'].includes(name)))(
  'a changed %s does not fit the signature, and the refusal tells what should have been signed',
  name => {
    const all = parameters()
    const { rawQuery } = signed('GET', all)
    const changed = sent('GET', { ...Object.fromEntries(new URLSearchParams(rawQuery)), [name]: 'changed' })
    const turned = pass(changed)
    expect(turned).toMatchObject({ status: 400, code: 'SignatureDoesNotMatch' })
    const words = 'message' in turned ? turned.message : ''
    expect(words).toContain('Specified signature is not matched with our calculation. server string to sign is:GET&%2F&AccessKeyId%3DAK')
    expect(words).toContain(`${name}%3Dchanged`)
  },
)

test('a nonce counts once', () => {
  const nonces = new Nonces()
  const request = signed('GET', parameters())
  expect(pass(request, nonces)).toMatchObject({ principal: user })
  expect(pass(request, nonces)).toMatchObject({ code: 'SignatureNonceUsed' })
})

test('a request with neither signature is incomplete', () => {
  const { SignatureVersion: _, ...bare } = parameters()
  expect(pass(sent('GET', bare))).toMatchObject({ status: 400, code: 'IncompleteSignature' })
  expect(pass(sent('GET', parameters()))).toMatchObject({ code: 'IncompleteSignature' })
})
