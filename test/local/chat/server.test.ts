import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dingTalkSign } from '../../../local/chat/dingtalk.ts'
import { startChat } from '../../../local/chat/server.ts'
import { webhookSignature } from '../../../local/chat/webhook.ts'
import { type Meddler, untouched } from '../../../local/meddler.ts'
import { type ChatModel, chatModel } from '../../../local/model/chat.ts'
import type { Serving } from '../../../local/serve.ts'

const start = Date.parse('2026-05-10T18:00:00Z')
const robot = { name: 'dba', accessToken: 'token-of-the-robot', secret: 'SEC-of-the-robot' }
const webhook = { name: 'siem', secret: `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}` }

let model: ChatModel
let serving: Serving
let now: number
let meddler: Meddler

beforeEach(async () => {
  model = chatModel()
  now = start
  meddler = untouched
  const secrets = { robots: [robot], webhooks: [webhook] }
  serving = await startChat({ model, secrets, meddler: (call, phase) => meddler(call, phase), clock: { now: () => now } })
})
afterEach(() => serving.close())

const actionCard = {
  title: 'Renew 3',
  text: '### Renew 3\n\n- **db-1** restarts',
  btnOrientation: '0',
  btns: [{ title: 'Review', actionURL: 'https://approve.example/p/1?t=abc' }],
}
const message = { msgtype: 'actionCard', actionCard }

type Posted = { token?: string | null; timestamp?: string; sign?: string; contentType?: string; body?: string }

async function post(body: unknown, changed: Posted = {}): Promise<{ status: number; errcode: number; errmsg: string }> {
  const timestamp = changed.timestamp ?? String(now)
  const sign = changed.sign ?? dingTalkSign(robot.secret, timestamp)
  const query = new URLSearchParams({ timestamp, sign })
  const token = changed.token === undefined ? robot.accessToken : changed.token
  if (token !== null) query.set('access_token', token)
  const headers = { 'content-type': changed.contentType ?? 'application/json' }
  const reply = await fetch(`${serving.url}/robot/send?${query}`, { method: 'POST', headers, body: changed.body ?? JSON.stringify(body) })
  return { status: reply.status, ...((await reply.json()) as { errcode: number; errmsg: string }) }
}

describe('a robot’s message', () => {
  test('that is signed and well-formed becomes a card with its buttons', async () => {
    expect(await post(message)).toEqual({ status: 200, errcode: 0, errmsg: 'ok' })
    expect(model.cards()).toEqual([
      {
        id: 'dba-1',
        channel: 'dba',
        title: 'Renew 3',
        text: '### Renew 3\n\n- **db-1** restarts',
        buttons: [{ label: 'Review', url: 'https://approve.example/p/1?t=abc' }],
        urgent: false,
        receivedAt: start,
        deliveries: 1,
      },
    ])
  })

  test('is signed as another program computes it', () => {
    // printf '1577262236757\nSEC-test' | openssl dgst -sha256 -hmac SEC-test -binary | base64
    expect(dingTalkSign('SEC-test', '1577262236757')).toBe('bmBKWaVv21UQK0MCLgm9f8rO21mhNB3680LMF1iR+A8=')
  })

  const shapes: [string, unknown, RegExp][] = [
    ['an unknown message type', { msgtype: 'feedCard', feedCard: {} }, /msgtype/],
    ['no title', { msgtype: 'actionCard', actionCard: { ...actionCard, title: undefined } }, /actionCard\.title/],
    ['an unknown field', { msgtype: 'actionCard', actionCard: { ...actionCard, colour: 'red' } }, /colour/],
    ['an unknown field beside the card', { ...message, extra: 1 }, /extra/],
    ['no button', { msgtype: 'actionCard', actionCard: { ...actionCard, btns: [] } }, /actionCard\.btns/],
    ['neither kind of button', { msgtype: 'actionCard', actionCard: { title: 'a', text: 'b' } }, /actionCard: needs either btns/],
    ['half a single button', { msgtype: 'actionCard', actionCard: { title: 'a', text: 'b', singleTitle: 'c' } }, /together/],
    [
      'a button that is no web address',
      { msgtype: 'actionCard', actionCard: { ...actionCard, btns: [{ title: 'x', actionURL: 'javascript:alert(1)' }] } },
      /actionURL/,
    ],
    ['an orientation as a number', { msgtype: 'actionCard', actionCard: { ...actionCard, btnOrientation: 0 } }, /btnOrientation/],
    ['an empty text', { msgtype: 'markdown', markdown: { title: 'a', text: '' } }, /markdown\.text/],
  ]
  test.each(shapes)('with %s is refused inside HTTP 200, naming the field', async (_, body, expected) => {
    expect(await post(body)).toMatchObject({ status: 200, errcode: 40035, errmsg: expect.stringMatching(expected) })
    expect(model.cards()).toEqual([])
  })

  test('of the kinds markdown, text and single button is shown too', async () => {
    await post({ msgtype: 'markdown', markdown: { title: 'a', text: 'b' } })
    await post({ msgtype: 'text', text: { content: 'first line\nsecond' }, at: { isAtAll: true } })
    await post({ msgtype: 'actionCard', actionCard: { title: 'c', text: 'd', singleTitle: 'Open', singleURL: 'http://x.example/' } })
    expect(model.cards().map(card => [card.title, card.buttons])).toEqual([
      ['c', [{ label: 'Open', url: 'http://x.example/' }]],
      ['first line', []],
      ['a', []],
    ])
  })

  const refused: [string, Posted, number][] = [
    ['no token', { token: null }, 40035],
    ['an unknown token', { token: 'token-of-the-robos' }, 300005],
    [
      'a changed signature',
      { sign: dingTalkSign(robot.secret, String(start)).replace(/^./, first => (first === 'A' ? 'B' : 'A')) },
      310000,
    ],
    ['the signature of another time', { sign: dingTalkSign(robot.secret, String(start + 1)) }, 310000],
    ['the signature of another secret', { sign: dingTalkSign('SEC-of-the-roboT', String(start)) }, 310000],
    ['a time in seconds', { timestamp: String(start / 1000) }, 310000],
    ['a time more than an hour old', { timestamp: String(start - 3_600_001) }, 310000],
    ['a time more than an hour ahead', { timestamp: String(start + 3_600_001) }, 310000],
    ['another content type', { contentType: 'text/plain' }, 43004],
    ['a body that is no JSON', { body: '{' }, 40035],
    ['a body over 20,000 bytes', { body: JSON.stringify({ msgtype: 'text', text: { content: 'x'.repeat(20_000) } }) }, 460101],
  ]
  test.each(refused)('with %s is refused inside HTTP 200', async (_, changed, errcode) => {
    expect(await post(message, changed)).toMatchObject({ status: 200, errcode })
    expect(model.cards()).toEqual([])
    expect(model.refusals()).toHaveLength(1)
  })

  test('one hour old exactly is taken', async () => {
    expect((await post(message, { timestamp: String(start - 3_600_000) })).errcode).toBe(0)
  })

  test('is throttled after 20 a minute, for ten minutes, whatever comes meanwhile', async () => {
    const send = async () => (await post(message)).errcode
    for (let sent = 0; sent < 20; sent++) expect(await send()).toBe(0)
    now = start + 59_999
    expect(await send()).toBe(130101)
    now += 599_999
    expect(await send()).toBe(130101)
    now += 1
    expect(await send()).toBe(0)
    expect(model.cards()).toHaveLength(21)
  })

  test('is not throttled where the first of 20 is a minute old, nor are refused ones counted', async () => {
    for (let sent = 0; sent < 30; sent++) await post({ msgtype: 'none' })
    for (let sent = 0; sent < 20; sent++) expect((await post(message)).errcode).toBe(0)
    now = start + 60_000
    expect((await post(message)).errcode).toBe(0)
  })
})

describe('a webhook’s notice', () => {
  const notice = {
    type: 'rds-tls.notice',
    id: 'n1',
    title: 'Proof refuted',
    text: 'db-1',
    button: { label: 'Open', url: 'https://x.example/' },
    urgent: true,
  }

  type Sent = { name: string; id: string; timestamp: string; body: string; signature: string }
  function signed(body: unknown = notice, id = 'n1'): Sent {
    const text = JSON.stringify(body)
    const parts = { id, timestamp: String(Math.floor(now / 1000)) }
    return { name: webhook.name, ...parts, body: text, signature: webhookSignature(webhook.secret, { ...parts, body: Buffer.from(text) }) }
  }
  async function send({ name, id, timestamp, body, signature }: Sent): Promise<number> {
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature, 'content-type': 'application/json' }
    return (await fetch(`${serving.url}/webhook/${name}`, { method: 'POST', headers, body })).status
  }

  test('is signed as the specification’s example', () => {
    // The example of the specification's reference libraries.
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: Buffer.from('{"test": 2432232314}') }
    expect(webhookSignature('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', example)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('is shown once and counted as often as it comes', async () => {
    expect([await send(signed()), await send(signed()), await send(signed())]).toEqual([204, 204, 204])
    expect(model.cards()).toMatchObject([{ id: 'n1', channel: 'siem', title: 'Proof refuted', urgent: true, deliveries: 3 }])
  })

  const changes: [string, (sent: Sent) => Sent, number][] = [
    ['id', sent => ({ ...sent, id: 'n2' }), 401],
    ['timestamp', sent => ({ ...sent, timestamp: String(Number(sent.timestamp) + 1) }), 401],
    ['body', sent => ({ ...sent, body: sent.body.replace('db-1', 'db-2') }), 401],
    ['signature', sent => ({ ...sent, signature: sent.signature.replace(/,./, match => (match === ',A' ? ',B' : ',A')) }), 401],
    ['version', sent => ({ ...sent, signature: sent.signature.replace('v1', 'v2') }), 401],
    ['receiver', sent => ({ ...sent, name: 'other' }), 404],
  ]
  test.each(changes)('with a changed %s is refused', async (_, change, status) => {
    expect(await send(change(signed()))).toBe(status)
    expect(model.cards()).toEqual([])
  })

  test('is refused where its id holds a full stop, which parts what is signed', async () => {
    expect(await send(signed(notice, 'n.1'))).toBe(401)
  })

  test('is taken when one of several signatures fits, and five minutes late, but no later', async () => {
    const sent = signed()
    expect(await send({ ...sent, signature: `v1,AAAA ${sent.signature}` })).toBe(204)
    now += 300_000
    expect(await send(sent)).toBe(204)
    now += 1000
    expect(await send(sent)).toBe(401)
  })

  test.each([
    ['no title', { ...notice, title: undefined }],
    ['a button that is no web address', { ...notice, button: { label: 'x', url: 'javascript:alert(1)' } }],
    ['no object', 'text'],
  ])('with %s is refused', async (_, body) => {
    expect(await send(signed(body))).toBe(400)
  })

  test('needs a secret that is one: the server does not start otherwise', async () => {
    const secrets = { robots: [], webhooks: [{ name: 'bad', secret: 'whsec_short' }] }
    await expect(startChat({ model, secrets, meddler: untouched, clock: { now: () => now } })).rejects.toThrow(/whsec_/)
  })
})

describe('what people see', () => {
  const page = async () => (await fetch(serving.url)).text()

  test('is the newest card first, with its button as a link, and no script', async () => {
    await post(message)
    now += 60_000
    await post({ msgtype: 'markdown', markdown: { title: 'Second', text: 'b' } })
    const html = await page()
    expect(html.indexOf('Second')).toBeLessThan(html.indexOf('Renew 3'))
    expect(html).toContain(
      '<a class="button" href="https://approve.example/p/1?t=abc" rel="noreferrer" aria-describedby="card-1">Review</a>',
    )
    expect(html).toContain('<li><strong>db-1</strong> restarts</li>')
    expect(html.match(/Renew 3/g)).toHaveLength(1) // the title, without the heading that repeats it
    expect(html).not.toMatch(/<script|javascript:/i)
  })

  test('holds nothing of the sender’s as markup', async () => {
    const nasty = '<img src=x onerror=alert(1)>"\'&'
    await post({
      msgtype: 'markdown',
      markdown: { title: nasty, text: `**${nasty}** [${nasty}](https://x.example/"onclick="x) [x](javascript:alert(1))` },
    })
    const html = await page()
    expect(html).not.toMatch(/<img|href="javascript|" ?onclick/i)
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;')
  })

  test('names neither token nor secret, whatever was accepted or refused', async () => {
    await post(message)
    await post(message, { token: 'token-of-the-robos' })
    await post(message, { sign: 'x' })
    await fetch(`${serving.url}/webhook/siem`, { method: 'POST', body: '{}' })
    const all = (await page()) + (await (await fetch(`${serving.url}/cards.json`)).text())
    expect(all).toContain('Refused: 3')
    for (const secret of [robot.accessToken, 'token-of-the-robos', robot.secret, webhook.secret, webhook.secret.slice(6)]) {
      expect(all).not.toContain(secret)
    }
  })

  test('may load and run nothing, and tells no referrer', async () => {
    const { headers } = await fetch(serving.url)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('reloads itself while it is empty, and no longer once somebody reads', async () => {
    expect(await page()).toContain('http-equiv="refresh"')
    await post(message)
    expect(await page()).not.toContain('http-equiv="refresh"')
  })

  test('is also there for programs', async () => {
    await post(message)
    const { cards } = (await (await fetch(`${serving.url}/cards.json`)).json()) as { cards: object[] }
    expect(cards).toMatchObject([{ title: 'Renew 3', receivedAt: '2026-05-10T18:00:00.000Z', buttons: [{ label: 'Review' }] }])
  })

  test('does not change by looking, and nothing else is there', async () => {
    const statuses = ['/robot/send', '/webhook/siem', '/nothing'].map(async path => (await fetch(serving.url + path)).status)
    expect(await Promise.all(statuses)).toEqual([405, 405, 404])
    expect((await fetch(serving.url, { method: 'POST' })).status).toBe(405)
    expect(model.cards()).toEqual([])
  })
})

describe('the meddler', () => {
  test('sees a robot by its name, never by its token', async () => {
    const seen: unknown[] = []
    meddler = (call, phase) => {
      seen.push({ ...call, phase })
      return { do: 'answer', status: 502, contentType: 'text/html', body: '<h1>bad gateway</h1>' }
    }
    await expect(post(message)).rejects.toThrow()
    expect(seen).toEqual([{ service: 'chat', action: 'RobotSend', resource: 'dba', principal: 'dba', phase: 'before' }])
    expect(model.cards()).toEqual([])
  })

  test('loses the answer after the card is shown', async () => {
    meddler = (_, phase) => (phase === 'after' ? { do: 'hang-up' } : { do: 'pass' })
    await expect(post(message)).rejects.toThrow()
    expect(model.cards()).toHaveLength(1)
  })
})
