import { randomBytes } from 'node:crypto'
import type { ChatSecrets } from './deployment.ts'

/** The secrets object of the deployment: what signs the links of the approval page, and the inbox's two channels. */
export function secretsObject({ dingTalk, webhook }: ChatSecrets, inboxUrl: string): Buffer {
  const channels = {
    'dingtalk-dba': { kind: 'dingtalk', url: `${inboxUrl}/robot/send?access_token=${dingTalk.token}`, secret: dingTalk.secret },
    'webhook-dev': { kind: 'webhook', url: `${inboxUrl}/hooks/${webhook.path}`, secret: webhook.secret },
  }
  return Buffer.from(JSON.stringify({ approvalKey: randomBytes(32).toString('base64'), channels }))
}
