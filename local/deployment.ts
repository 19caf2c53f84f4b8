import { randomBytes } from 'node:crypto'
import type { ChatSecrets } from './chat/server.ts'
import type { mnsModel } from './model/mns.ts'
import type { ossModel } from './model/oss.ts'
import type { Principal } from './principals.ts'

/** What stands in the account before the functions come: queues, buckets, the secrets object. In an account s.resources.yaml makes them. */
export const buckets = { journal: 'rds-tls-journal', bundle: 'rds-tls-bundle' } as const
export const secretsKey = 'secrets.json'
export const deadLetters = 'rds-tls-dead-letters'
const steps = ['request-approval', 'update-validity', 'publish-bundle', 'prove-renewal', 'notify']

/** Seconds. */
const day = 86_400

export function makeQueues(model: ReturnType<typeof mnsModel>, now: number): void {
  const attributes = { visibilityTimeout: 600, messageRetentionPeriod: 7 * day }
  for (const name of [...steps.map(step => `rds-tls-${step}`), deadLetters]) {
    const made = model.createQueue(name, attributes, now)
    if (!made.ok) throw new Error(`queue ${name}: ${made.fault.message}`)
  }
}

export function makeBuckets(model: ReturnType<typeof ossModel>, owner: string, now: number): void {
  model.putBucket(buckets.journal, owner, now)
  model.putBucket(buckets.bundle, owner, now, { acl: 'public-read' })
}

/** The inbox's channels, and what signs for each. */
export const chatSecrets = (): ChatSecrets => ({
  robots: [{ name: 'dingtalk-dba', accessToken: randomBytes(32).toString('hex'), secret: `SEC${randomBytes(32).toString('hex')}` }],
  webhooks: [{ name: 'webhook-dev', secret: `whsec_${randomBytes(32).toString('base64')}` }],
})

export const accountId = '1000000000000001'

/** The person at this machine: signs for whoever looks around. */
export function owner(): Principal {
  return {
    name: 'owner',
    accountId,
    accessKeyId: `LTAI${randomBytes(10).toString('hex')}`,
    accessKeySecret: randomBytes(20).toString('base64url'),
  }
}
