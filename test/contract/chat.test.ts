import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startChat } from '../../local/chat/server.ts'
import { chatModel } from '../../local/model/chat.ts'
import { serve } from '../../local/serve.ts'
import { chatOver, dingTalkRate } from '../../shared/adapters/chat/chat.ts'
import { limiter } from '../../shared/adapters/limiter.ts'
import type { Card, Chat } from '../../shared/ports.ts'
import { readSecrets } from '../../shared/secrets.ts'
import { fakeChat } from '../fakes/chat.ts'
import { atOnce, clock, expectNoSecret, hangUp, html, toldMeddler } from './cloud.ts'

const token = 'THETOKENOFTHEROBOT0123456789'
const robotSecret = 'SECthesecretoftherobot'
const whsec = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const secretParts = [token, robotSecret, whsec.slice(6)]

const card: Card = {
  id: 'ApprovalRequested-0123456789abcdef',
  title: '3 renewals wait for 你',
  text: '**rm-1** restarts\n\n- [why](https://example.com/a?b=c)\n- `code` & <b>',
  button: { label: 'Review', url: 'https://approve.example.com/plans/p?t=a.b.c' },
  urgent: false,
}

async function startReal() {
  const model = chatModel()
  const told = toldMeddler()
  const secrets = { robots: [{ name: 'robot', accessToken: token, secret: robotSecret }], webhooks: [{ name: 'hook', secret: whsec }] }
  const serving = await startChat({ model, secrets, meddler: told.meddler, clock })
  const channels = (secret = robotSecret, key = whsec) =>
    readSecrets(
      JSON.stringify({
        approvalKey: Buffer.alloc(32).toString('base64'),
        channels: {
          robot: { kind: 'dingtalk', url: `${serving.url}/robot/send?access_token=${token}`, secret },
          hook: { kind: 'webhook', url: `${serving.url}/webhook/hook`, secret: key },
        },
      }),
    ).channels
  const as = (secret?: string, key?: string) => chatOver(channels(secret, key), atOnce, limiter(dingTalkRate, atOnce), fetch)
  return { ...told, model, as, chat: as(), close: serving.close }
}

type World = { chat: Chat; seen(channel: string): { title: string; text: string; buttons: number }[]; close(): Promise<void> }

const worlds: [string, () => Promise<World>][] = [
  [
    'the fake chat',
    async () => {
      const chat = fakeChat(['robot', 'hook'])
      const seen = (channel: string) =>
        chat.posted
          .filter(one => one.channel === channel)
          .map(one => ({ title: one.card.title, text: one.card.text, buttons: one.card.button === undefined ? 0 : 1 }))
      return { chat, seen, close: async () => {} }
    },
  ],
  [
    'chat over webhooks',
    async () => {
      const { model, chat, close } = await startReal()
      const seen = (channel: string) =>
        model
          .cards()
          .filter(one => one.channel === channel)
          .map(({ title, text, buttons }) => ({ title, text, buttons: buttons.length }))
      return { chat, seen, close }
    },
  ],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  test.each(['robot', 'hook'])('a card with a button arrives in %s with title, text and button', async channel => {
    await world.chat.post(channel, card)
    expect(world.seen(channel)).toMatchObject([{ title: card.title, text: expect.stringContaining(card.text), buttons: 1 }])
  })

  test.each(['robot', 'hook'])('a card without a button arrives in %s', async channel => {
    await world.chat.post(channel, { ...card, button: undefined })
    expect(world.seen(channel)).toMatchObject([{ title: card.title, buttons: 0 }])
  })

  test('a channel that the secrets do not know is a fault of the configuration, named', async () => {
    await expect(world.chat.post('nobody', card)).rejects.toMatchObject({ code: 'BadConfig', message: expect.stringContaining('nobody') })
  })

  test.each(['constructor', '__proto__'])('%s is no channel', async name => {
    await expect(world.chat.post(name, card)).rejects.toMatchObject({ code: 'BadConfig' })
  })
})

describe('chat over webhooks, where it goes wrong', () => {
  let real: Awaited<ReturnType<typeof startReal>>
  beforeEach(async () => {
    real = await startReal()
  })
  afterEach(() => real.close())

  test('what is urgent says so in DingTalk’s title and to a webhook as a field', async () => {
    await real.chat.post('robot', { ...card, urgent: true })
    await real.chat.post('hook', { ...card, urgent: true })
    expect(real.model.cards()).toMatchObject([
      { channel: 'hook', title: card.title, urgent: true },
      { channel: 'robot', title: `❗ ${card.title}` },
    ])
  })

  test('the eleventh card within a moment waits for the queue, before DingTalk would silence the robot', async () => {
    for (let n = 0; n < 10; n++) await real.chat.post('robot', card)
    await expect(real.chat.post('robot', card)).rejects.toMatchObject({ code: 'Busy', retry: true })
    expect(real.model.cards()).toHaveLength(10)
    expect(real.model.refusals()).toEqual([])
  })

  test('what DingTalk throttles inside its 200 is busy', async () => {
    for (let n = 0; n < 20; n++) await real.as().post('robot', card)
    await expect(real.as().post('robot', card)).rejects.toMatchObject({ code: 'Busy', cloudCode: '130101' })
  })

  test('a signature that does not fit is refused though the status is 200', async () => {
    await expect(real.as('another').post('robot', card)).rejects.toMatchObject({ code: 'Refused', cloudCode: '310000', retry: false })
  })

  test('a webhook that does not know the key is refused', async () => {
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
    await expect(real.as(robotSecret, other).post('hook', card)).rejects.toMatchObject({ code: 'Refused' })
  })

  test.each(['dingtalk', 'webhook'] as const)('a %s that points elsewhere is not followed: the card would go to a stranger', async kind => {
    const followed: string[] = []
    const stranger = await serve(async request => {
      followed.push(request.method)
      return { status: 200, body: '{"errcode":0}' }
    })
    const pointing = await serve(async () => ({ status: 307, headers: { location: stranger.url } }))
    const channel = kind === 'webhook' ? { kind, url: pointing.url, secret: Buffer.alloc(32) } : { kind, url: pointing.url }
    const chat = chatOver({ moved: channel }, atOnce, limiter(dingTalkRate, atOnce), fetch)
    await expect(chat.post('moved', card)).rejects.toMatchObject({ code: 'Refused' })
    expect(followed).toEqual([])
    await Promise.all([stranger.close(), pointing.close()])
  })

  test('a text longer than DingTalk takes is cut, not lost', async () => {
    await real.chat.post('robot', { ...card, text: '计划'.repeat(20_000) })
    expect(real.model.cards()[0]?.text).toMatch(/划…$|计…$/)
  })

  test('a card whose id holds full stops is still signed so that it verifies', async () => {
    await real.chat.post('hook', { ...card, id: 'plan.1.2' })
    expect(real.model.cards()).toHaveLength(1)
  })

  test.each<[string, string, Parameters<typeof real.next>[1], string]>([
    ['robot', 'RobotSend', hangUp, 'Unreachable'],
    ['hook', 'Webhook', hangUp, 'Unreachable'],
    ['robot', 'RobotSend', html(502), 'Unreachable'],
    ['hook', 'Webhook', html(503), 'Unreachable'],
    ['hook', 'Webhook', html(429), 'Busy'],
    ['robot', 'RobotSend', html(200), 'BadReply'],
    ['hook', 'Webhook', html(404), 'Refused'],
    ['hook', 'Webhook', html(302), 'Refused'],
  ])('%s: %s meets %j → %s, and no message tells the address', async (channel, action, fate, code) => {
    real.next(action, fate)
    const post = real.chat.post(channel, card)
    await expect(post).rejects.toMatchObject({ code })
    expectNoSecret(await post.then(String, String), ['127.0.0.1', ...secretParts])
  })
})
