/** invoked by prove-renewal and update-validity → a handshake, from inside a VPC; it has no rights and reaches nothing else */
import * as z from 'zod'
import { endpointHosts } from '../shared/endpoint-hosts.ts'
import { faultsOf } from '../shared/events.ts'
import { shake } from '../shared/handshake/handshake.ts'

const target = z.strictObject({
  engine: z.enum(['SQLServer', 'MySQL', 'PostgreSQL']),
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  timeoutMs: z.int().min(100).max(20_000),
})

/** Answers what it saw as JSON, the chain as base64; an endpoint that cannot be reached is an answer too. */
export async function handler(event: Uint8Array): Promise<string> {
  const asked = target.safeParse(JSON.parse(Buffer.from(event).toString('utf8')))
  if (!asked.success) throw new Error(`BadEvent: the probe was asked for something else: ${faultsOf(asked.error)}`)
  const address = (await endpointHosts(process.env.ENDPOINT_HOSTS)).get(asked.data.host)
  const seen = await shake({ ...asked.data, ...(address ? { address } : {}) })
  if (!seen.reached)
    return JSON.stringify({ reached: false, code: seen.failure.code, detail: seen.failure.sentence, mend: seen.failure.mend })
  return JSON.stringify({
    reached: true,
    chain: seen.chain.map(der => Buffer.from(der).toString('base64')),
    protocol: seen.protocol,
    cipher: seen.cipher,
  })
}
