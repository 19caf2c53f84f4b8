import { randomBytes } from 'node:crypto'
import type { ChatSecrets } from './chat/server.ts'

/** The secrets object of the deployment: what signs the links of the approval page, and the inbox's channels. */
export function secretsObject({ robots, webhooks }: ChatSecrets, inboxUrl: string): Buffer {
  const channels = [
    ...robots.map(({ name, accessToken, secret }) => [
      name,
      { kind: 'dingtalk', url: `${inboxUrl}/robot/send?access_token=${accessToken}`, secret },
    ]),
    ...webhooks.map(({ name, secret }) => [name, { kind: 'webhook', url: `${inboxUrl}/webhook/${name}`, secret }]),
  ]
  return Buffer.from(JSON.stringify({ approvalKey: randomBytes(32).toString('base64'), channels: Object.fromEntries(channels) }))
}
