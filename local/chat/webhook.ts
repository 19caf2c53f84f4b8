import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from '../../shared/schema.ts'
import type { CardContent } from '../model/chat.ts'

/** A receiver by the Standard Webhooks specification. `secret` is `whsec_` and base64 of 24 to 64 bytes. */
export type Webhook = { name: string; secret: string }

/** Five minutes, as the specification's own libraries take it, s. */
const tolerance = 300

/** `v1,` and base64 HMAC-SHA256 over `id.timestamp.body`. Throws where the secret is malformed. */
export function webhookSignature(secret: string, { id, timestamp, body }: { id: string; timestamp: string; body: Buffer }): string {
  const key = Buffer.from(/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] ?? '', 'base64')
  if (key.length < 24 || key.length > 64) throw new Error('a webhook secret must be whsec_ and the base64 of 24 to 64 bytes')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** The message's id, or what is wrong with its signature. `now` is ms. */
export function verify(webhook: Webhook, headers: Record<string, string>, body: Buffer, now: number): { id: string } | { fault: string } {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers
  if (id === undefined || id === '' || id.includes('.')) return { fault: 'webhook-id must be present and hold no full stop' }
  if (timestamp === undefined || !/^\d{10}$/.test(timestamp)) return { fault: 'webhook-timestamp must be seconds since 1970' }
  if (Math.abs(now / 1000 - Number(timestamp)) > tolerance) return { fault: 'webhook-timestamp is more than five minutes off' }
  const expected = webhookSignature(webhook.secret, { id, timestamp, body })
  // Several signatures, separated by spaces, are how a sender changes its secret.
  const fits = (signatures ?? '').split(' ').some(one => same(one, expected))
  return fits ? { id } : { fault: 'webhook-signature does not fit' }
}

const notice = z.object({
  title: z.string().check(z.minLength(1)),
  text: z.string(),
  button: z.nullish(
    z.strictObject({
      label: z.string().check(z.minLength(1)),
      url: z.string().check(z.regex(/^https?:\/\/[^\s]+$/, 'must be an http or https URL')),
    }),
  ),
  urgent: z._default(z.boolean(), false),
})

/** The card of a notice: `{title, text, button?: {label, url}, urgent?}` and whatever else it says of itself. */
export function readNotice(body: Buffer): CardContent | { fault: string } {
  let json: unknown
  try {
    json = JSON.parse(body.toString())
  } catch {
    return { fault: 'the body must be JSON' }
  }
  const read = notice.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    return { fault: `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not a notice'}` }
  }
  const { title, text, button, urgent } = read.data
  return { title, text, urgent, buttons: button ? [button] : [] }
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
