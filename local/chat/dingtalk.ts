import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from '../../shared/schema.ts'
import type { CardContent } from '../model/chat.ts'
import { unreachable } from '../perform.ts'

/** A group's custom robot: who knows its token and secret may post there. */
export type Robot = { name: string; accessToken: string; secret: string }

/** DingTalk answers 200 to everything and says here what happened. */
export type DingTalkReply = { errcode: number; errmsg: string }

export const replies = {
  ok: { errcode: 0, errmsg: 'ok' },
  noToken: { errcode: 40035, errmsg: 'missing parameter access_token' },
  unknownToken: { errcode: 300005, errmsg: 'token is not exist' },
  badTimestamp: { errcode: 310000, errmsg: 'invalid timestamp' },
  badSign: { errcode: 310000, errmsg: 'sign not match' },
  notJson: { errcode: 43004, errmsg: 'invalid Content-Type: it must be application/json' },
  tooLong: { errcode: 460101, errmsg: 'message too long, exceed 20000 bytes' },
  tooFast: { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' },
} as const satisfies Record<string, DingTalkReply>

/** One hour, as the manual says, ms. */
const greatestSkew = 3_600_000

/** base64 HMAC-SHA256 over `timestamp\nsecret` with the secret as key; it is percent-encoded into the URL. */
export function dingTalkSign(secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}

/** What is wrong with the signature in the query; undefined where nothing is. `now` is ms. */
export function signatureFault(robot: Robot, query: URLSearchParams, now: number): DingTalkReply | undefined {
  const timestamp = query.get('timestamp') ?? ''
  if (!/^\d{13}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > greatestSkew) return replies.badTimestamp
  // An unencoded `+` of the signature arrives as a space, and is refused here as it is there.
  return same(query.get('sign') ?? '', dingTalkSign(robot.secret, timestamp)) ? undefined : replies.badSign
}

const url = z.string().check(z.regex(/^https?:\/\/[^\s]+$/, 'must be an http or https URL'))
const text = z.string().check(z.minLength(1))
const at = z.partial(z.strictObject({ atMobiles: z.array(z.string()), atUserIds: z.array(z.string()), isAtAll: z.boolean() }))
const actionCard = z
  .strictObject({
    title: text,
    text,
    btnOrientation: z.optional(z.enum(['0', '1'])),
    btns: z.optional(z.array(z.strictObject({ title: text, actionURL: url })).check(z.minLength(1))),
    singleTitle: z.optional(text),
    singleURL: z.optional(url),
  })
  .check(
    z.refine(card => (card.singleTitle === undefined) === (card.singleURL === undefined), 'needs singleTitle and singleURL together'),
    z.refine(card => (card.btns === undefined) !== (card.singleURL === undefined), 'needs either btns or singleTitle with singleURL'),
  )
const message = z.discriminatedUnion('msgtype', [
  z.strictObject({ msgtype: z.literal('actionCard'), actionCard }),
  z.strictObject({ msgtype: z.literal('markdown'), markdown: z.strictObject({ title: text, text }), at: z.optional(at) }),
  z.strictObject({ msgtype: z.literal('text'), text: z.strictObject({ content: text }), at: z.optional(at) }),
])

/** The card that a robot's message shows, or why it is none: unknown fields and message types are refused too. */
export function readMessage(contentType: string, body: Buffer): CardContent | DingTalkReply {
  if (!/^application\/json\b/.test(contentType)) return replies.notJson
  if (body.length > 20_000) return replies.tooLong
  const json = parsed(body)
  const read = message.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    return { errcode: 40035, errmsg: `invalid parameter ${issue?.path.join('.') || 'json'}: ${issue?.message ?? 'not a message'}` }
  }
  const { data } = read
  switch (data.msgtype) {
    case 'text':
      return { title: data.text.content.split('\n')[0] ?? '', text: data.text.content, buttons: [], urgent: false }
    case 'markdown':
      return { ...data.markdown, buttons: [], urgent: false }
    case 'actionCard': {
      const { title, text, btns, singleTitle = '', singleURL = '' } = data.actionCard
      const buttons = btns?.map(({ title, actionURL }) => ({ label: title, url: actionURL })) ?? [{ label: singleTitle, url: singleURL }]
      return { title, text, buttons, urgent: false }
    }
    default:
      return unreachable(data)
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
