import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import type { ChatModel } from '../model/chat.ts'
import { perform } from '../perform.ts'
import { type Answer, type Request, type Serving, serve } from '../serve.ts'
import { type DingTalkReply, type Robot, readMessage, replies, signatureFault } from './dingtalk.ts'
import { inboxPage, pageHeaders } from './page.ts'
import { readNotice, verify, type Webhook, webhookSignature } from './webhook.ts'

export type ChatSecrets = { robots: readonly Robot[]; webhooks: readonly Webhook[] }

/**
 * A chat on 127.0.0.1: `POST /robot/send` as DingTalk's, `POST /webhook/NAME` by Standard Webhooks, and the inbox that shows what came:
 * `GET /` for people, `GET /cards.json` for programs. Throws where a webhook's secret is malformed.
 */
export async function startChat(of: {
  model: ChatModel
  secrets: ChatSecrets
  meddler: Meddler
  clock: Clock
  port?: number
}): Promise<Serving> {
  const { model, secrets, meddler, clock } = of
  for (const { secret } of secrets.webhooks) webhookSignature(secret, { id: '', timestamp: '', body: Buffer.of() })

  async function handle(request: Request): Promise<Answer | 'hang-up'> {
    const { method, rawPath } = request
    const webhook = secrets.webhooks.find(({ name }) => rawPath === `/webhook/${encodeURIComponent(name)}`)
    const posts = rawPath === '/robot/send' || webhook !== undefined
    const shows = rawPath === '/' || rawPath === '/cards.json'
    if (!posts && !shows) return plain(404, 'there is nothing here: see /, /cards.json, /robot/send and /webhook/NAME')
    if (posts && method !== 'POST') return plain(405, 'post here')
    if (shows && method !== 'GET' && method !== 'HEAD') return plain(405, 'only read here')
    if (webhook !== undefined) return fromWebhook(webhook, request)
    if (posts) return fromRobot(request)
    return rawPath === '/' ? { status: 200, headers: pageHeaders, body: inboxPage(model) } : cardsJson()
  }

  async function fromRobot(request: Request): Promise<Answer | 'hang-up'> {
    const query = new URLSearchParams(request.rawQuery)
    const accessToken = query.get('access_token')
    const robot = secrets.robots.find(one => one.accessToken === accessToken)
    if (robot === undefined) return refuse('an unknown robot', accessToken === null ? replies.noToken : replies.unknownToken)
    const fault = signatureFault(robot, query, clock.now())
    if (fault !== undefined) return refuse(robot.name, fault)
    return perform(meddler, { service: 'chat', action: 'RobotSend', resource: robot.name, principal: robot.name }, () => {
      const content = readMessage(request.headers['content-type'] ?? '', request.body)
      if ('errcode' in content) return refuse(robot.name, content)
      if (!model.admit(robot.name, clock.now())) return refuse(robot.name, replies.tooFast)
      model.show(robot.name, content, clock.now())
      return json(replies.ok)
    })
  }

  function refuse(channel: string, reply: DingTalkReply): Answer {
    model.refuse(channel, `${reply.errcode} ${reply.errmsg}`, clock.now())
    return json(reply)
  }

  async function fromWebhook(webhook: Webhook, request: Request): Promise<Answer | 'hang-up'> {
    const verified = verify(webhook, request.headers, request.body, clock.now())
    if ('fault' in verified) return decline(webhook, 401, verified.fault)
    return perform(meddler, { service: 'chat', action: 'Webhook', resource: webhook.name, principal: webhook.name }, () => {
      const content = readNotice(request.body)
      if ('fault' in content) return decline(webhook, 400, content.fault)
      model.show(webhook.name, content, clock.now(), verified.id)
      return { status: 204 }
    })
  }

  function decline(webhook: Webhook, status: number, reason: string): Answer {
    model.refuse(webhook.name, reason, clock.now())
    return plain(status, reason)
  }

  function cardsJson(): Answer {
    const iso = (ms: number) => new Date(ms).toISOString()
    const cards = model.cards().map(card => ({ ...card, receivedAt: iso(card.receivedAt) }))
    return json({ cards, refusals: model.refusals().map(refusal => ({ ...refusal, at: iso(refusal.at) })) })
  }

  return serve(handle, of.port)
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify(value) }
}

function plain(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${text}\n` }
}
