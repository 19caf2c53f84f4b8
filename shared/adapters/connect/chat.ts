import { limiter } from '../limiter.ts'
import { realTiming } from '../timing.ts'
import type { Connector } from './connecting.ts'
import { memory } from './kept.ts'
import { secretsOf } from './secrets.ts'

/** The secrets are read when something is to be said: most deliveries of a step that may speak say nothing. */
export const chat: Connector<'chat'> = async ({ chat: at, credentials }) => ({
  async post(channel, card) {
    const [{ chatOver, dingTalkRate }, { channels }] = await Promise.all([import('../chat/chat.ts'), secretsOf(at, credentials)])
    const dingTalk = await memory.keep('dingtalk', [], async () => limiter(dingTalkRate, realTiming))
    await chatOver(channels, realTiming, dingTalk, fetch).post(channel, card)
  },
})
