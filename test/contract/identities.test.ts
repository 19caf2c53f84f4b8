import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Principal, principalsOf } from '../../local/principals.ts'
import { type Serving, serve } from '../../local/serve.ts'
import { startSts } from '../../local/sts/server.ts'
import { RoleSessions } from '../../local/sts/sessions.ts'
import { identitiesAt } from '../../shared/adapters/identities.ts'
import { headersOf, identityOf, purposeOf, type SignedIdentity, signIdentity } from '../../shared/identity.ts'
import { clock, empty, expectNoSecret, hangUp, html, toldMeddler } from './cloud.ts'

const account = '1000000000000001'
const li: Principal = { name: 'user/li.wei', accountId: account, accessKeyId: 'LTAI5tLiLiLiLiLiLiLi', accessKeySecret: 'SecretOfLi' }
const root: Principal = { ...li, name: 'root', accessKeyId: 'LTAI5tRootRootRoot' }
const role: Principal = { ...li, name: 'ops/chen', accessKeyId: 'STS.NChenChenChen', securityToken: 'CAISChen' }

const told = toldMeddler()
let sts: Serving
const closing: Serving[] = []
beforeAll(async () => {
  sts = await startSts({ sessions: new RoleSessions(principalsOf([li, root, role])), meddler: told.meddler, clock })
  closing.push(sts)
})
afterAll(async () => void (await Promise.all(closing.map(one => one.close()))))

const hostOf = ({ url }: Serving) => url.slice('http://'.length)
const at = (serving: Serving) => identitiesAt({ endpoint: hostOf(serving), protocol: 'http' }, fetch)
const keys = ({ accessKeyId, accessKeySecret, securityToken }: Principal) => ({ accessKeyId, accessKeySecret, securityToken })
let salt = 0
const shown = (who: Principal, by: Partial<{ host: string; at: Date }> = {}): SignedIdentity =>
  signIdentity(keys(who), by.host ?? hostOf(sts), purposeOf('d', { do: 'x' }, 'now', String(salt++)), by.at ?? new Date())

describe('a signed GetCallerIdentity, sent on by somebody else', () => {
  test.each([
    [li, 'user/li.wei'],
    [root, 'root'],
    [role, 'assumed-role/ops/chen'],
  ])('names who signed it: %o', async (who, identity) => {
    expect(await at(sts).whoSigned(shown(who))).toEqual({ known: true, account, identity })
  })

  test('is taken once: whoever saw it cannot show it again', async () => {
    const signed = shown(li)
    expect(await at(sts).whoSigned(signed)).toMatchObject({ known: true })
    expect(await at(sts).whoSigned(signed)).toEqual({ known: false, code: 'SignatureNonceUsed' })
  })

  test('is nobody’s where a part of it was changed, a key is unknown, it is old, or it was signed for another host', async () => {
    const whoIs = (signed: SignedIdentity) => at(sts).whoSigned(signed)
    const other = purposeOf('d', { do: 'y' }, 'now', 's')
    expect(await whoIs({ ...shown(li), nonce: other })).toEqual({ known: false, code: 'SignatureDoesNotMatch' })
    expect(await whoIs({ ...shown(li), accessKeyId: root.accessKeyId, signature: '0'.repeat(64) })).toMatchObject({ known: false })
    expect(await whoIs(shown({ ...li, accessKeyId: 'LTAI5tNobody' }))).toEqual({ known: false, code: 'InvalidAccessKeyId.NotFound' })
    expect(await whoIs(shown(li, { at: new Date(Date.now() - 16 * 60_000) }))).toEqual({ known: false, code: 'InvalidTimeStamp.Expired' })
    expect(await whoIs(shown(li, { host: 'sts.evil.example' }))).toEqual({ known: false, code: 'SignatureDoesNotMatch' })
  })

  test('is sent once: what may have been counted is no second time tried', async () => {
    for (const fate of [hangUp, html(502), empty(503)]) {
      told.next('GetCallerIdentity', fate)
      told.calls.length = 0
      await expect(at(sts).whoSigned(shown(li))).rejects.toMatchObject({ code: 'Unreachable' })
      expect(told.calls).toHaveLength(1)
    }
    told.next('GetCallerIdentity', html(403))
    await expect(at(sts).whoSigned(shown(li))).rejects.toMatchObject({ code: 'BadReply' })
    told.next('GetCallerIdentity', { do: 'answer', status: 200, contentType: 'application/json', body: '{"Arn":"acs:oss::1:x y"}' })
    await expect(at(sts).whoSigned(shown(li))).rejects.toMatchObject({ code: 'BadReply' })
  })

  test('goes nowhere else, even where the host answers with a redirect', async () => {
    const seen: string[] = []
    const elsewhere = await serve(async request => {
      seen.push(request.headers.authorization ?? '')
      return { status: 200, body: '{}' }
    })
    const sends = await serve(async () => ({ status: 307, headers: { location: `${elsewhere.url}/` } }))
    closing.push(elsewhere, sends)
    await expect(at(sends).whoSigned(shown(li))).rejects.toMatchObject({ code: 'Unreachable' })
    expect(seen).toEqual([])
  })

  test('holds no secret: neither its parts nor a fault about it', async () => {
    expectNoSecret(JSON.stringify(shown(li)), [li.accessKeySecret])
    const gone = identitiesAt({ endpoint: '127.0.0.1:1', protocol: 'http' }, fetch)
    const fault = await gone.whoSigned(shown(role)).then(
      () => '',
      (error: Error) => error.message,
    )
    expectNoSecret(fault, [role.accessKeySecret, 'CAISChen'])
  })
})

test('a known answer: the signature that Python’s hmac and hashlib make of the documented text', () => {
  const credentials = { accessKeyId: 'YourAccessKeyId', accessKeySecret: 'YourAccessKeySecret', securityToken: undefined }
  const nonce = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
  const signed = signIdentity(credentials, 'sts.aliyuncs.com', nonce, new Date('2026-11-24T10:22:32.900Z'))
  expect(signed).toMatchObject({
    date: '2026-11-24T10:22:32Z',
    signature: '9c89f927d6019341a1b9776944336c720b22bd4a5e152698065147944b79c27f',
  })
  expect(headersOf(signed, 'sts.aliyuncs.com').authorization).toBe(
    `ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=${signed.signature}`,
  )
})

test('a purpose is another for another deployment, command, date or salt, and the same for the same', () => {
  const one = purposeOf('d1', { do: 'pause', why: 'x' }, 'now', 's')
  expect(purposeOf('d1', { why: 'x', do: 'pause' }, 'now', 's')).toBe(one)
  for (const other of [
    purposeOf('d2', { do: 'pause', why: 'x' }, 'now', 's'),
    purposeOf('d1', { do: 'pause', why: 'y' }, 'now', 's'),
    purposeOf('d1', { do: 'pause', why: 'x' }, 'then', 's'),
    purposeOf('d1', { do: 'pause', why: 'x' }, 'now', 't'),
  ])
    expect(other).not.toBe(one)
})

test('what is no ARN of an identity names nobody', () => {
  expect(identityOf('acs:ram::1234:user/li.wei')).toBe('user/li.wei')
  expect(identityOf('acs:ram::1234:user/li wei\n')).toBeUndefined()
  expect(identityOf('acs:oss::1234:bucket')).toBeUndefined()
})
