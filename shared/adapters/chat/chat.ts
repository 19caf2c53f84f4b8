import { Fault, unreachable } from '../../errors.ts'
import type { Card, Chat } from '../../ports.ts'
import type { Channel } from '../../secrets.ts'
import type { Fetch } from '../download.ts'
import type { Limiter, Rate } from '../limiter.ts'
import type { Timing } from '../timing.ts'
import { dingTalkBody, readDingTalk, signedUrl } from './dingtalk.ts'
import { postJson } from './post.ts'
import { webhookHeaders, webhookPayload } from './webhook.ts'

/** DingTalk silences a robot for ten minutes after more than 20 messages in a minute: this never comes to that. */
export const dingTalkRate: Rate = { perMinute: 9, burst: 10 }

/** The Chat port over webhooks. Nothing is tried again here: the queue brings the message back. */
export function chatOver(channels: Readonly<Record<string, Channel>>, timing: Pick<Timing, 'now'>, dingTalk: Limiter, fetch: Fetch): Chat {
  async function send(name: string, channel: Channel, card: Card): Promise<void> {
    switch (channel.kind) {
      case 'dingtalk': {
        if (!dingTalk.tryTake(name))
          throw new Fault('Busy', `channel ${name}: any more cards now, and DingTalk would silence the robot for ten minutes`)
        return readDingTalk(name, await postJson(name, signedUrl(channel, timing.now()), dingTalkBody(card), {}, fetch))
      }
      case 'webhook': {
        const body = JSON.stringify(webhookPayload(card))
        await postJson(name, channel.url, body, webhookHeaders(card.id, body, channel.secret, timing.now()), fetch)
        return
      }
      default:
        return unreachable(channel)
    }
  }

  return {
    async post(name, card) {
      const channel = Object.hasOwn(channels, name) ? channels[name] : undefined
      if (channel === undefined) {
        throw new Fault(
          'BadConfig',
          `channel ${name} is in the policy and not in the secrets: known are ${Object.keys(channels).join(', ') || 'none'}`,
        )
      }
      await send(name, channel, card)
    },
  }
}
