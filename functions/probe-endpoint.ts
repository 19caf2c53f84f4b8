/** invoked by prove-renewal and update-validity → a handshake, from inside a VPC; it has no rights and reaches nothing else */

import { endpointHosts } from '../shared/endpoint-hosts.ts'
import { Fault, faultsOf } from '../shared/errors.ts'
import { shake, TargetFault } from '../shared/handshake/handshake.ts'
import * as z from '../shared/schema.ts'

const target = z.strictObject({
  engine: z.enum(['SQLServer', 'MySQL', 'PostgreSQL']),
  host: z.string().check(z.minLength(1)),
  port: z.int().check(z.minimum(1), z.maximum(65535)),
  timeoutMs: z.int().check(z.minimum(100), z.maximum(20_000)),
})

/** Answers what it saw as JSON, the chain as base64; an endpoint that cannot be reached is an answer too. What it throws has a code. */
export async function handler(event: Uint8Array): Promise<string> {
  try {
    return JSON.stringify(await probe(event))
  } catch (error) {
    if (error instanceof Fault || error instanceof TargetFault) throw new Error(`${error.code}: ${error.message}`)
    throw error
  }
}

async function probe(event: Uint8Array) {
  const asked = target.safeParse(jsonOf(event))
  if (!asked.success) throw new Fault('BadEvent', `the probe was asked for something else: ${faultsOf(asked.error)}`)
  const address = (await endpointHosts(process.env.ENDPOINT_HOSTS)).get(asked.data.host)
  const seen = await shake({ ...asked.data, ...(address ? { address } : {}) })
  if (!seen.reached) return { reached: false, code: seen.failure.code, detail: seen.failure.sentence, mend: seen.failure.mend }
  const chain = seen.chain.map(der => Buffer.from(der).toString('base64'))
  return { reached: true, chain, protocol: seen.protocol, cipher: seen.cipher }
}

/** What is no JSON is no target either, and told as such. */
function jsonOf(event: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(event).toString('utf8'))
  } catch {
    return undefined
  }
}
