import { Fault } from '../errors.ts'
import { headersOf, identityOf, type SignedIdentity } from '../identity.ts'
import type { Identities } from '../ports.ts'
import * as z from '../schema.ts'
import type { Fetch } from './download.ts'
import { networkProblem } from './network.ts'
import { scrub } from './scrub.ts'

const caller = z.object({ AccountId: z.string().check(z.minLength(1)), Arn: z.string().check(z.minLength(1)) })
const refusal = z.object({ Code: z.string().check(z.maxLength(200)) })

/**
 * The Identities port over STS at `endpoint`, which is the only host that ever gets such a request. It is sent once: STS takes a nonce once, so a
 * lost answer means a new signature.
 */
export function identitiesAt({ endpoint, protocol }: { endpoint: string; protocol: 'http' | 'https' }, fetch: Fetch): Identities {
  return {
    host: endpoint,
    async whoSigned(signed: SignedIdentity) {
      const { host: _host, ...headers } = headersOf(signed, endpoint)
      let response: Response
      let text: string
      try {
        response = await fetch(`${protocol}://${endpoint}/`, {
          method: 'POST',
          headers,
          redirect: 'error',
          signal: AbortSignal.timeout(10_000),
        })
        text = (await response.text()).slice(0, 20_000)
      } catch (error) {
        throw new Fault('Unreachable', `GetCallerIdentity: ${networkProblem(error)}`)
      }
      const body = parse(text)
      if (response.status >= 500) throw new Fault('Unreachable', `GetCallerIdentity: ${response.status}`)
      if (response.status >= 400) {
        const code = refusal.safeParse(body)
        if (!code.success) throw new Fault('BadReply', `GetCallerIdentity: ${response.status} without the service's own answer`)
        return { known: false, code: scrub(code.data.Code) }
      }
      const read = caller.safeParse(body)
      const identity = read.success ? identityOf(read.data.Arn) : undefined
      if (!read.success || identity === undefined) throw new Fault('BadReply', 'GetCallerIdentity: the answer names no identity')
      return { known: true, account: read.data.AccountId, identity }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
