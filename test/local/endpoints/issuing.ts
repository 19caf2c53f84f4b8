import { randomBytes } from 'node:crypto'
import { type Authority, type Issued, makeAuthority, type Order } from '../../../local/ca/authority.ts'
import { type Endpoint, type EndpointOptions, startEndpoint } from '../../../local/endpoints/endpoint.ts'

export const region = 'cn-beijing'
const day = 86_400_000

/** Real clients verify by the clock of the machine, so these authorities live in the present. */
export const authorityNow = () => makeAuthority(new Date(), ['cn-hangzhou', region])

/** A certificate that began 100 days ago and ends in `days`. */
export function issueFor(authority: Authority, host: string, days = 100, by: Order['by'] = 'apsaradb'): Promise<Issued> {
  const now = Date.now()
  const serial = `01${randomBytes(8).toString('hex')}`
  return authority.issue({ region, host, notBefore: new Date(now - 100 * day), notAfter: new Date(now + days * day), serial, by })
}

/** Endpoints of one test file; `close` ends them all, and fails if one of them failed unexpectedly. */
export function endpoints() {
  const started: Endpoint[] = []
  const faults: Error[] = []
  return {
    async start(options: Pick<EndpointOptions, 'engine' | 'certificate'> & Partial<EndpointOptions>): Promise<Endpoint> {
      const failed = (error: Error) => void faults.push(error)
      const endpoint = await startEndpoint({ admits: () => true, state: () => 'running', failed, ...options })
      started.push(endpoint)
      return endpoint
    },
    async close(): Promise<void> {
      await Promise.all(started.splice(0).map(endpoint => endpoint.close()))
      if (faults.length > 0) throw new AggregateError(faults, `endpoints failed: ${faults.map(fault => fault.message).join('; ')}`)
    },
  }
}
