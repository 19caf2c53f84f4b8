import { randomBytes } from 'node:crypto'
import type { ChatSecrets } from './chat/server.ts'
import { buckets, secretsKey } from './deployment.ts'
import type { OssModel } from './model/oss.ts'

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

/** The key of the approval links, as it lies in the object. */
export function approvalKeyIn(oss: OssModel): string[] {
  const found = oss.get(buckets.journal, secretsKey)
  if (!found.ok) return []
  const { approvalKey } = JSON.parse(Buffer.from(found.value.bytes).toString('utf8')) as { approvalKey: string }
  return [approvalKey]
}
