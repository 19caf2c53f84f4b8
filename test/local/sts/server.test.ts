import OpenApi, { $OpenApiUtil } from '@alicloud/openapi-core'
import * as rds from '@alicloud/rds20140815'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from '../../../local/meddler.ts'
import { instanceOf, RdsWorld, seededRandom } from '../../../local/model/rds.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import { rpcSignature } from '../../../local/rds/rpc-signature.ts'
import { startRds } from '../../../local/rds/server.ts'
import type { Serving } from '../../../local/serve.ts'
import { startSts } from '../../../local/sts/server.ts'
import { RoleSessions } from '../../../local/sts/sessions.ts'
import { seed, start } from '../model-rds/worlds.ts'
import { sdkAt } from '../rds/clients.ts'

const accountId = '1234567890123456'
const user: Principal = { name: 'user/li.wei', accountId, accessKeyId: 'AK-li', accessKeySecret: 'secret' }
const root: Principal = { ...user, name: 'root', accessKeyId: 'AK-root' }
const step: Principal = { ...user, name: 'fc-cert/check-expiry', accessKeyId: 'STS.step', securityToken: 'token' }
const role = `acs:ram::${accountId}:role/cert-reader`

const began = Date.now()
let now = began
const clock = { now: () => now }
const sessions = new RoleSessions(principalsOf([user, root, step]))
let sts: Serving
let calls: Call[] = []
beforeAll(async () => {
  const meddler = (call: Call, phase: string) => {
    if (phase === 'before') calls.push(call)
    return { do: 'pass' } as const
  }
  sts = await startSts({ sessions, roles: ['cert-reader'], meddler, clock })
})
afterAll(() => sts.close())

type Algorithm = 'ACS3-HMAC-SHA256' | 'v2'

/** The SDKs' common core as a real client of STS, by either signature. */
async function call(
  principal: Principal,
  action: string,
  query: Record<string, string> = {},
  algorithm: Algorithm = 'ACS3-HMAC-SHA256',
  method = 'POST',
) {
  const Client = (OpenApi as unknown as { default?: typeof OpenApi }).default ?? OpenApi
  const { accessKeyId, accessKeySecret, securityToken } = principal
  const config = new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    endpoint: `127.0.0.1:${sts.port}`,
    protocol: 'http',
    signatureAlgorithm: algorithm,
  })
  if (securityToken) config.securityToken = securityToken
  const client = new Client(config)
  Object.assign(client, { _endpoint: config.endpoint })
  const style = {
    action,
    version: '2015-04-01',
    protocol: 'HTTP',
    pathname: '/',
    method,
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  }
  const runtime = {} as Parameters<OpenApi['callApi']>[2]
  const reply = await client.callApi(new $OpenApiUtil.Params(style), new $OpenApiUtil.OpenApiRequest({ query }), runtime)
  return reply.body as Record<string, unknown>
}

describe.each(['ACS3-HMAC-SHA256', 'v2'] as const)('GetCallerIdentity signed by %s', algorithm => {
  test('says which user signed', async () => {
    expect(await call(user, 'GetCallerIdentity', {}, algorithm)).toMatchObject({
      IdentityType: 'RAMUser',
      AccountId: accountId,
      Arn: `acs:ram::${accountId}:user/li.wei`,
      UserId: expect.stringMatching(/^\d{18}$/),
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
    })
  })

  test('says which role session signed, and which account', async () => {
    const session = await call(step, 'GetCallerIdentity', {}, algorithm)
    expect(session).toMatchObject({ IdentityType: 'AssumedRoleUser', Arn: `acs:ram::${accountId}:assumed-role/fc-cert/check-expiry` })
    expect(session.PrincipalId).toBe(`${session.RoleId}:check-expiry`)
    expect(await call(root, 'GetCallerIdentity', {}, algorithm)).toMatchObject({
      IdentityType: 'Account',
      Arn: `acs:ram::${accountId}:root`,
    })
  })

  test('by a wrong secret or token is refused', async () => {
    await expect(call({ ...user, accessKeySecret: 'x' }, 'GetCallerIdentity', {}, algorithm)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
    const wrong = call({ ...step, securityToken: 'x' }, 'GetCallerIdentity', {}, algorithm)
    await expect(wrong).rejects.toMatchObject({ code: 'InvalidSecurityToken.MismatchWithAccessKey' })
  })
})

describe('AssumeRole', () => {
  const assume = (more: Record<string, string> = {}) => call(user, 'AssumeRole', { RoleArn: role, RoleSessionName: 'night', ...more })

  test('mints a session that other services know, until it ends', async () => {
    // The SDK signs by the machine's clock, 15 minutes around the server's: minted a minute earlier, the session ends within them.
    now = began - 60_000
    const { Credentials, AssumedRoleUser } = (await assume({ DurationSeconds: '900' })) as {
      Credentials: { AccessKeyId: string; AccessKeySecret: string; SecurityToken: string; Expiration: string }
      AssumedRoleUser: Record<string, string>
    }
    expect(AssumedRoleUser.Arn).toBe(`acs:ram::${accountId}:assumed-role/cert-reader/night`)
    expect(AssumedRoleUser.AssumedRoleId).toMatch(/^\d{18}:night$/)
    expect(Date.parse(Credentials.Expiration)).toBe(Math.floor((began + 840_000) / 1000) * 1000)
    const minted: Principal = {
      name: '',
      accountId,
      accessKeyId: Credentials.AccessKeyId,
      accessKeySecret: Credentials.AccessKeySecret,
      securityToken: Credentials.SecurityToken,
    }
    expect(await call(minted, 'GetCallerIdentity')).toMatchObject({ Arn: AssumedRoleUser.Arn })

    const world = new RdsWorld({ now: start, random: seededRandom(1), instances: [instanceOf(seed('MySQL'))] })
    const seen: string[] = []
    const meddler = (one: Call) => {
      seen.push(one.principal)
      return { do: 'pass' } as const
    }
    const serving = await startRds({ world, principals: sessions, meddler, clock })
    try {
      await sdkAt(serving.port, minted).describeRegions(new rds.DescribeRegionsRequest({}))
      expect(seen).toEqual(['cert-reader/night', 'cert-reader/night'])
    } finally {
      await serving.close()
    }
    now = began + 840_000
    try {
      await expect(call(minted, 'GetCallerIdentity')).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' })
    } finally {
      now = began
    }
  })

  test('never mints the same session twice', async () => {
    const key = async () => ((await assume()).Credentials as { AccessKeyId: string }).AccessKeyId
    expect(await key()).not.toBe(await key())
  })

  test.each([
    [{ RoleArn: '' }, 'MissingRoleArn'],
    [{ RoleSessionName: '' }, 'MissingRoleSessionName'],
    [{ RoleArn: 'cert-reader' }, 'InvalidParameter.RoleArn'],
    [{ RoleSessionName: 'a b' }, 'InvalidParameter.RoleSessionName'],
    [{ DurationSeconds: '899' }, 'InvalidParameter.DurationSeconds'],
    [{ DurationSeconds: '43201' }, 'InvalidParameter.DurationSeconds'],
    [{ RoleArn: 'acs:ram::99:role/cert-reader' }, 'NoPermission'],
    [{ RoleArn: `acs:ram::${accountId}:role/other` }, 'EntityNotExist.Role'],
  ])('refuses %o', (params, code) => expect(assume(params)).rejects.toMatchObject({ code }))
})

describe('a request signed beforehand by the older signature', () => {
  const params = (more: Record<string, string> = {}) => {
    const all: Record<string, string> = {
      Action: 'GetCallerIdentity',
      Version: '2015-04-01',
      Format: 'JSON',
      Timestamp: `${new Date(began).toISOString().slice(0, 19)}Z`,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: `beforehand ${JSON.stringify(more)}`,
      AccessKeyId: user.accessKeyId,
      ...more,
    }
    return { ...all, Signature: rpcSignature('GET', all, user.accessKeySecret) }
  }
  const get = async (all: Record<string, string>) => {
    const answer = await fetch(`${sts.url}/?${new URLSearchParams(all)}`)
    return (await answer.json()) as Record<string, unknown>
  }

  test('shows an identity once, by GET', async () => {
    const url = params()
    expect(await get(url)).toMatchObject({ Arn: `acs:ram::${accountId}:user/li.wei` })
    expect(await get(url)).toMatchObject({ Code: 'SignatureNonceUsed' })
  })

  test.each([
    [{ ...params({ n: '1' }), n: '2' }, 'SignatureDoesNotMatch'],
    [params({ Timestamp: '2020-01-01T00:00:00Z' }), 'InvalidTimeStamp.Expired'],
    [params({ SignatureMethod: 'HMAC-SHA256' }), 'IncompleteSignature'],
    [params({ AccessKeyId: 'nobody' }), 'InvalidAccessKeyId.NotFound'],
    [params({ Version: '2015-04-02' }), 'InvalidVersion'],
    [params({ Action: 'GetFederationToken' }), 'InvalidAction.NotFound'],
  ])('is refused when it is wrong: %#', async (all, code) => expect(await get(all)).toMatchObject({ Code: code }))

  // An independent check of the signature is the SDKs' own signer in GetCallerIdentity above; this vector pins it.
  test('has the signature of the published RPC example', () => {
    const published = {
      Timestamp: '2016-02-23T12:46:24Z',
      Format: 'XML',
      AccessKeyId: 'testid',
      Action: 'DescribeRegions',
      SignatureMethod: 'HMAC-SHA1',
      SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
      Version: '2014-05-26',
      SignatureVersion: '1.0',
    }
    expect(rpcSignature('GET', published, 'testsecret')).toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=')
  })
})

test('the meddler is told who assumes what', async () => {
  calls = []
  await call(user, 'AssumeRole', { RoleArn: role, RoleSessionName: 'night' })
  expect(calls).toEqual([{ service: 'sts', action: 'AssumeRole', resource: role, principal: 'user/li.wei' }])
})
