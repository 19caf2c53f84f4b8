import { createHmac } from 'node:crypto'
import type { Card } from '../../ports.ts'

/** The notice as other systems read it. */
export function webhookPayload({ id, title, text, button, urgent }: Card): unknown {
  return { type: 'rds-tls.notice', id, title, text, button: button ?? null, urgent }
}

/**
 * The headers of the Standard Webhooks specification: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. `now` is in milliseconds, the
 * header in seconds. The id is the card's, so that a receiver sees a repeated delivery as one; a full stop in it would make the signed text
 * ambiguous.
 */
export function webhookHeaders(id: string, body: string, key: Uint8Array, now: number): Record<string, string> {
  const messageId = id.replaceAll('.', '_')
  const timestamp = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': messageId, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
