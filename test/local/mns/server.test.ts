import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Meddler, untouched } from '../../../local/meddler.ts'
import { startMns } from '../../../local/mns/server.ts'
import { mnsSignature } from '../../../local/mns/signature.ts'
import { type MnsModel, mnsModel } from '../../../local/model/mns.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'
import type { Serving } from '../../../local/serve.ts'

type Reply = { code: number; body?: Record<string, string> }
type Replies = { code: number; body: Record<string, string>[] }
/** The parts of @alicloud/mns that are used here; the package has no types. */
type MnsClient = {
  createQueue(name: string, attributes?: object): Promise<Reply>
  deleteQueue(name: string): Promise<Reply>
  listQueue(start?: string, limit?: number, prefix?: string): Promise<Replies>
  getQueueAttributes(name: string): Promise<Reply>
  setQueueAttributes(name: string, attributes: object): Promise<Reply>
  sendMessage(queue: string, message: object): Promise<Reply>
  batchSendMessage(queue: string, messages: object[]): Promise<Replies>
  receiveMessage(queue: string, waitSeconds?: number): Promise<Reply>
  batchReceiveMessage(queue: string, most: number, waitSeconds?: number): Promise<Replies>
  peekMessage(queue: string): Promise<Reply>
  batchPeekMessage(queue: string, most: number): Promise<Replies>
  deleteMessage(queue: string, receiptHandle: string): Promise<Reply>
  batchDeleteMessage(queue: string, receiptHandles: string[]): Promise<Replies>
  changeMessageVisibility(queue: string, receiptHandle: string, seconds: number): Promise<Reply>
}
const MNS = createRequire(import.meta.url)('@alicloud/mns') as new (accountId: string, options: object) => MnsClient

const user: Principal = { name: 'user', accountId: '1000', accessKeyId: 'ak-user', accessKeySecret: 'secret-user' }
const role: Principal = {
  name: 'notify',
  accountId: '1000',
  accessKeyId: 'STS.role',
  accessKeySecret: 'secret-role',
  securityToken: 'token-role',
}
const principals = principalsOf([user, role])

let model: MnsModel
let serving: Serving
let now: number
let meddler: Meddler

beforeEach(async () => {
  model = mnsModel()
  now = Date.now()
  meddler = untouched
  serving = await startMns({ model, principals, clock: { now: () => now }, meddler: (call, phase) => meddler(call, phase) })
})
afterEach(() => serving.close())

function client({ accessKeyId, accessKeySecret, securityToken }: Principal = user): MnsClient {
  return new MNS('1000', { endpoint: serving.url, accessKeyId, accessKeySecret, securityToken, readTimeout: 5000, connectTimeout: 5000 })
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('the real client', () => {
  test('makes, reads, sets, lists and deletes queues', async () => {
    const mns = client()
    expect((await mns.createQueue('dead')).code).toBe(201)
    const policy = { Enabled: true, DeadLetterTargetQueue: 'dead', MaxReceiveCount: 3 }
    expect((await mns.createQueue('orders', { VisibilityTimeout: 600, DlqPolicy: policy })).code).toBe(201)
    expect((await mns.createQueue('orders', { VisibilityTimeout: 600, DlqPolicy: policy })).code).toBe(204)
    await expect(mns.createQueue('orders', { VisibilityTimeout: 30 })).rejects.toThrow(/failed with 409/)
    expect((await mns.setQueueAttributes('orders', { PollingWaitSeconds: 1 })).code).toBe(204)
    expect(model.queueState('orders', now)).toMatchObject({ value: { deadLetter: { queue: 'dead', maxReceiveCount: 3 } } })
    const { body } = await mns.getQueueAttributes('orders')
    expect(body).toMatchObject({ QueueName: 'orders', VisibilityTimeout: '600', PollingWaitSeconds: '1', ActiveMessages: '0' })
    await mns.setQueueAttributes('orders', { DlqPolicy: { ...policy, Enabled: false } })
    expect(model.queueState('orders', now)).toMatchObject({ value: { deadLetter: undefined } })
    expect((await mns.listQueue(undefined, 10, 'd')).body).toEqual([{ QueueURL: `${serving.url}/queues/dead` }])
    expect((await mns.deleteQueue('dead')).code).toBe(204)
    await expect(mns.getQueueAttributes('dead')).rejects.toMatchObject({ name: 'MNSQueueNotExistError' })
  })

  test('sends, peeks, receives, holds and deletes a message', async () => {
    const mns = client()
    await mns.createQueue('orders', { VisibilityTimeout: 30 })
    const body = base64('{"plan":"计划 1 <&>"}')
    const sent = await mns.sendMessage('orders', { MessageBody: body, DelaySeconds: 5 })
    expect(sent.code).toBe(201)
    expect(sent.body?.MessageBodyMD5).toBe(createHash('md5').update(body).digest('hex').toUpperCase())
    await expect(mns.receiveMessage('orders')).rejects.toMatchObject({ name: 'MNSMessageNotExistError' })
    now += 5000
    expect((await mns.peekMessage('orders')).body).toMatchObject({ MessageBody: body, DequeueCount: '0' })
    const received = await mns.receiveMessage('orders')
    expect(received).toMatchObject({
      code: 200,
      body: { MessageId: sent.body?.MessageId, MessageBody: body, DequeueCount: '1', Priority: '8' },
    })
    const handle = received.body?.ReceiptHandle ?? ''
    expect(handle).toMatch(/==$/)
    const held = await mns.changeMessageVisibility('orders', handle, 600)
    expect(held).toMatchObject({ code: 200, body: { NextVisibleTime: String(now + 600_000) } })
    await expect(mns.deleteMessage('orders', handle)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' })
    expect((await mns.deleteMessage('orders', held.body?.ReceiptHandle ?? '')).code).toBe(204)
    expect(model.messages('orders', now)).toEqual([])
    await expect(mns.deleteMessage('orders', 'nonsense')).rejects.toMatchObject({ name: 'MNSReceiptHandleErrorError' })
  })

  test('sends, peeks, receives and deletes batches, and learns which deletes failed', async () => {
    const mns = client()
    await mns.createQueue('orders')
    const bodies = ['a', 'b', 'c'].map(base64)
    const sent = await mns.batchSendMessage(
      'orders',
      bodies.map(MessageBody => ({ MessageBody })),
    )
    expect([sent.code, sent.body.length]).toEqual([201, 3])
    expect((await mns.batchPeekMessage('orders', 16)).body.map(one => one.MessageBody)).toEqual(bodies)
    const received = await mns.batchReceiveMessage('orders', 16)
    expect(received.body.map(one => one.MessageBody)).toEqual(bodies)
    const [a = '', b = '', c = ''] = received.body.map(one => one.ReceiptHandle)
    const partly = await mns.batchDeleteMessage('orders', [a, 'nonsense', b])
    expect(partly).toMatchObject({ code: 404, body: [{ ErrorCode: 'ReceiptHandleError', ReceiptHandle: 'nonsense' }] })
    expect((await mns.batchDeleteMessage('orders', [c])).code).toBe(204)
    expect(model.messages('orders', now)).toEqual([])
    await expect(mns.batchReceiveMessage('orders', 17)).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' })
  })

  test('of a role is let in with its token only', async () => {
    expect((await client(role).createQueue('orders')).code).toBe(201)
    await expect(client({ ...role, securityToken: undefined }).createQueue('orders')).rejects.toMatchObject({
      name: 'MNSInvalidSecurityTokenError',
    })
    await expect(client({ ...role, securityToken: 'token-other' }).createQueue('orders')).rejects.toThrow(/403/)
    await expect(client({ ...user, securityToken: 'token-role' }).createQueue('orders')).rejects.toThrow(/403/)
  })

  test('with a wrong secret or an unknown key is refused', async () => {
    await expect(client({ ...user, accessKeySecret: 'wrong' }).listQueue()).rejects.toMatchObject({ name: 'MNSSignatureDoesNotMatchError' })
    await expect(client({ ...user, accessKeyId: 'nobody' }).listQueue()).rejects.toMatchObject({ name: 'MNSInvalidAccessKeyIdError' })
  })

  test.each([
    [15 * 60_000 - 2000, 'resolves'],
    [15 * 60_000 + 2000, 'MNSTimeExpiredError'],
  ])('whose clock is %i ms off: %s', async (skew, expected) => {
    for (const off of [skew, -skew]) {
      now = Date.now() + off
      const outcome = await client()
        .createQueue('orders')
        .then(
          () => 'resolves',
          (error: Error) => error.name,
        )
      expect(outcome).toBe(expected)
    }
  })
})

describe('a long poll', () => {
  beforeEach(() => void model.createQueue('orders', {}, now))

  /** A poll that has reached the server. */
  async function polling(waitSeconds?: number): Promise<{ outcome: Promise<string | undefined> }> {
    return new Promise(resolve => {
      meddler = (_, phase) => {
        if (phase === 'before') setImmediate(() => resolve({ outcome }))
        return { do: 'pass' }
      }
      const outcome = client()
        .receiveMessage('orders', waitSeconds)
        .then(
          reply => reply.body?.MessageBody,
          (error: Error) => error.name,
        )
    })
  }

  test('ends as soon as a message arrives, even past this server', async () => {
    const { outcome } = await polling(30)
    model.send('orders', { body: 'late' }, now)
    expect(await outcome).toBe('late')
  })

  test('gets a message whose delay ends while it waits', async () => {
    model.send('orders', { body: 'delayed', delaySeconds: 20 }, now)
    const { outcome } = await polling(30)
    now += 20_000
    expect(await outcome).toBe('delayed')
  })

  test('ends empty when the embedded clock has passed its time', async () => {
    const { outcome } = await polling(30)
    now += 30_000
    expect(await outcome).toBe('MNSMessageNotExistError')
  })

  test('waits as long as the queue says where the request says nothing', async () => {
    model.setAttributes('orders', { pollingWaitSeconds: 30 }, now)
    const { outcome } = await polling()
    model.send('orders', { body: 'late' }, now)
    expect(await outcome).toBe('late')
  })

  test('ends when the server closes, and takes no message after that', async () => {
    const { outcome } = await polling(30)
    const ended = new Promise<void>(resolve => {
      meddler = (_, phase) => {
        if (phase === 'after') resolve()
        return { do: 'pass' }
      }
    })
    await serving.close()
    await ended
    expect(await outcome).toMatch(/Error$/)
  })

  test('longer than 30 s is refused', async () => {
    await expect(client().receiveMessage('orders', 31)).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' })
  })
})

describe('the signature', () => {
  test('is the known answer', () => {
    const parts = {
      method: 'PUT',
      contentMd5: '574683b3684e3cff610afa155cc2506d',
      contentType: 'text/xml',
      date: 'Tue, 11 Apr 2017 10:09:19 GMT',
      headers: { 'x-mns-version': '2015-06-06' },
      resource: '/',
    }
    expect(mnsSignature('ACCESS_KEY_SECRET', parts)).toBe('A9zehggaYHHujmuRMxGIDrhWwx8=')
  })

  type Sent = { method: string; path: string; headers: Record<string, string>; body: string | undefined }

  function signed(body = '<Message><MessageBody>Yg==</MessageBody></Message>', md5: 'hex' | 'raw' = 'hex'): Sent {
    const digest = createHash('md5').update(body).digest()
    const date = new Date(now).toUTCString()
    const headers: Record<string, string> = {
      date,
      'content-type': 'text/xml',
      'content-md5': md5 === 'raw' ? digest.toString('base64') : base64(digest.toString('hex')),
      'x-mns-version': '2015-06-06',
      'x-mns-date': date,
    }
    const [contentMd5 = '', contentType = ''] = [headers['content-md5'], headers['content-type']]
    const resource = '/queues/orders/messages?a=1'
    const signature = mnsSignature(user.accessKeySecret, { method: 'POST', contentMd5, contentType, date, headers, resource })
    return { method: 'POST', path: resource, headers: { ...headers, authorization: `MNS ${user.accessKeyId}:${signature}` }, body }
  }

  async function answerTo({ method, path, headers, body }: Sent): Promise<{ status: number; code: string | undefined }> {
    const reply = await fetch(serving.url + path, { method, headers, body })
    return { status: reply.status, code: /<Code>(.*)<\/Code>/.exec(await reply.text())?.[1] }
  }

  beforeEach(() => void model.createQueue('orders', {}, now))

  test('is accepted with the MD5 in either spelling', async () => {
    expect((await answerTo(signed(undefined, 'hex'))).status).toBe(201)
    expect((await answerTo(signed(undefined, 'raw'))).status).toBe(201)
  })

  const header = (name: string, change: (value: string) => string) => (sent: Sent) => ({
    ...sent,
    headers: { ...sent.headers, [name]: change(sent.headers[name] ?? '') },
  })
  const changes: [string, (sent: Sent) => Sent, string][] = [
    ['verb', sent => ({ ...sent, method: 'PUT' }), 'SignatureDoesNotMatch'],
    ['path', sent => ({ ...sent, path: sent.path.replace('orders', 'worl') }), 'SignatureDoesNotMatch'],
    ['query', sent => ({ ...sent, path: sent.path.replace('a=1', 'a=2') }), 'SignatureDoesNotMatch'],
    ['content type', header('content-type', value => `${value};charset=utf-8`), 'SignatureDoesNotMatch'],
    ['content MD5', header('content-md5', value => value.replace(/^./, first => (first === 'A' ? 'B' : 'A'))), 'SignatureDoesNotMatch'],
    ['date', header('date', value => new Date(Date.parse(value) + 1000).toUTCString()), 'SignatureDoesNotMatch'],
    ['x-mns header', header('x-mns-date', value => `${value} `.replace('GMT', 'UTC')), 'SignatureDoesNotMatch'],
    ['x-mns header that was added', header('x-mns-prefix', () => 'w'), 'SignatureDoesNotMatch'],
    ['signature', header('authorization', value => value.replace(/:./, match => (match === ':A' ? ':B' : ':A'))), 'SignatureDoesNotMatch'],
    ['access key', header('authorization', value => value.replace('ak-user', 'ak-usex')), 'InvalidAccessKeyId'],
    ['body', sent => ({ ...sent, body: sent.body?.replace('Yg==', 'Yh==') }), 'InvalidDegist'],
    ['scheme', header('authorization', value => value.replace('MNS', 'OSS')), 'InvalidAuthorizationHeader'],
    ['version', header('x-mns-version', () => '2015-06-07'), 'InvalidVersionHeader'],
    ['date’s form', header('date', () => 'yesterday'), 'InvalidDateHeader'],
  ]
  test.each(changes)('a changed %s is refused', async (_, change, expected) => {
    expect((await answerTo(change(signed()))).code).toBe(expected)
    expect(model.messages('orders', now)).toEqual([])
  })

  test('that is missing, and a body that is no XML, are refused', async () => {
    const { authorization: _, ...unsigned } = signed().headers
    expect(await answerTo({ ...signed(), headers: unsigned })).toEqual({ status: 400, code: 'MissingAuthorizationHeader' })
    expect(await answerTo(signed('<Message><MessageBody>'))).toEqual({ status: 400, code: 'MalformedXML' })
    expect(await answerTo(signed('<!DOCTYPE m><Message/>'))).toEqual({ status: 400, code: 'MalformedXML' })
    expect(await answerTo(signed('<Message></Message>'))).toEqual({ status: 400, code: 'InvalidArgument' })
  })
})

describe("what Alibaba's Java SDK takes by its letters", () => {
  test("an error document is in the namespace without the manual's last slash", async () => {
    const reply = await fetch(`${serving.url}/queues`)
    expect(await reply.text()).toContain('<Error xmlns="http://mns.aliyuncs.com/doc/v1"><Code>MissingAuthorizationHeader</Code>')
  })

  test("a new queue's URL comes under Location, with a capital", async () => {
    const date = new Date(now).toUTCString()
    const headers: Record<string, string> = { date, 'x-mns-version': '2015-06-06' }
    const path = '/queues/made'
    const signature = mnsSignature(user.accessKeySecret, { method: 'PUT', contentMd5: '', contentType: '', date, headers, resource: path })
    const raw = await new Promise<string[]>((resolve, reject) => {
      const authorization = `MNS ${user.accessKeyId}:${signature}`
      const sent = httpRequest(serving.url + path, { method: 'PUT', headers: { ...headers, authorization } }, reply => {
        reply.resume()
        resolve(reply.rawHeaders)
      })
      sent.on('error', reject).end()
    })
    expect(raw[raw.indexOf('Location') + 1]).toBe(`${serving.url}/queues/made`)
  })
})

describe('the meddler', () => {
  beforeEach(() => void model.createQueue('orders', {}, now))

  test('sees the call, and stops it before its effect', async () => {
    const seen: unknown[] = []
    meddler = (call, phase) => {
      seen.push({ ...call, phase })
      return { do: 'answer', status: 503, contentType: 'text/html', body: '<h1>busy</h1>' }
    }
    // The client resolves what is no XML: its callers have to check the code of every reply.
    expect((await client().sendMessage('orders', { MessageBody: 'Yg==' })).code).toBe(503)
    expect(seen).toEqual([{ service: 'mns', action: 'SendMessage', resource: 'orders', principal: 'user', phase: 'before' }])
    expect(model.messages('orders', now)).toEqual([])
  })

  test('loses the answer after the effect', async () => {
    meddler = (_, phase) => (phase === 'after' ? { do: 'hang-up' } : { do: 'pass' })
    await expect(client().sendMessage('orders', { MessageBody: 'Yg==' })).rejects.toThrow()
    expect(model.messages('orders', now)).toHaveLength(1)
  })

  test('is not asked about a call whose signature is wrong', async () => {
    meddler = () => {
      throw new Error('asked')
    }
    await expect(client({ ...user, accessKeySecret: 'wrong' }).listQueue()).rejects.toMatchObject({ name: 'MNSSignatureDoesNotMatchError' })
  })
})
