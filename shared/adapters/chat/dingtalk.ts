import { createHmac } from 'node:crypto'
import { Fault } from '../../errors.ts'
import type { Card } from '../../ports.ts'
import * as z from '../../schema.ts'
import type { Channel } from '../../secrets.ts'
import { scrub } from '../scrub.ts'
import type { Answer } from './post.ts'

type DingTalk = Extract<Channel, { kind: 'dingtalk' }>

/** DingTalk refuses longer messages, and a card that is cut is better than none. */
const longest = 20_000

/** The robot's message as JSON: an action card where there is something to press, else plain Markdown. */
export function dingTalkBody(card: Card): string {
  for (let length = card.text.length; ; length = Math.floor(length * 0.8)) {
    const text = length < card.text.length ? `${card.text.slice(0, length)}…` : card.text
    const body = JSON.stringify(payload({ ...card, text }))
    if (Buffer.byteLength(body) <= longest || length === 0) return body
  }
}

function payload(card: Card): unknown {
  const title = card.urgent ? `❗ ${card.title}` : card.title
  const text = `### ${title}\n\n${card.text}`
  if (card.button === undefined) return { msgtype: 'markdown', markdown: { title, text } }
  const btns = [{ title: card.button.label, actionURL: card.button.url }]
  return { msgtype: 'actionCard', actionCard: { title, text, btnOrientation: '0', btns } }
}

/**
 * The robot's address with its signature: base64 of HMAC-SHA256 over `timestamp\nsecret` with the secret as key, percent-encoded. `now` is in
 * milliseconds; DingTalk takes one hour of skew.
 */
export function signedUrl({ url, secret }: DingTalk, now: number): string {
  if (secret === undefined) return url
  const sign = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64')
  return `${url}${url.includes('?') ? '&' : '?'}timestamp=${now}&sign=${encodeURIComponent(sign)}`
}

/** `-1` system busy, 130101 and 410100 too fast (20 a minute, then ten minutes of silence), 90018 the caller is throttled. */
const busy = new Set([-1, 130101, 410100, 90018])

/**
 * DingTalk answers 200 to everything; what happened is in `errcode`.
 *
 * @throws Fault Busy, Refused, BadReply
 */
export function readDingTalk(channel: string, answer: Answer): void {
  const read = z.object({ errcode: z.int(), errmsg: z._default(z.string(), '') }).safeParse(parsed(answer.body))
  if (!read.success) throw new Fault('BadReply', `channel ${channel}: the answer is not DingTalk's`)
  const { errcode, errmsg } = read.data
  if (errcode === 0) return
  throw new Fault(busy.has(errcode) ? 'Busy' : 'Refused', `channel ${channel}: DingTalk ${errcode}: ${scrub(errmsg)}`, {
    cloudCode: String(errcode),
  })
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
