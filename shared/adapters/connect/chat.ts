import { limiter } from '../limiter.ts'
import { realTiming } from '../timing.ts'
import type { Connector } from './connecting.ts'
import { memory } from './kept.ts'
import { secretsOf } from './secrets.ts'

export const chat: Connector<'chat'> = async ({ chat: at, credentials }) => {
  const { chatOver, dingTalkRate } = await import('../chat/chat.ts')
  const { channels } = await secretsOf(at, credentials)
  const dingTalk = await memory.keep('dingtalk', [], async () => limiter(dingTalkRate, realTiming))
  return chatOver(channels, realTiming, dingTalk, fetch)
}
