import { Fault, faultsOf } from '../errors.ts'
import type { Probes, Served } from '../ports.ts'
import * as z from '../schema.ts'
import type { Invoke } from './functions.ts'
import { type RetryLimits, retrying } from './retry.ts'
import type { Timing } from './timing.ts'

/** A cold start and the way there and back, on top of the handshake itself. */
const overhead = 15_000

/** Once more at most: every probe of a MySQL endpoint is a refused login in that instance's log. */
const limits: RetryLimits = { attempts: 2, firstWait: 1_000, within: 30_000 }

/** The Probes port: a handshake made by the probe function that stands where the endpoint can be reached. */
export function probesOver(invoke: Invoke, timing: Timing): Probes {
  return {
    async shake(from, target): Promise<Served> {
      const seen = await retrying(() => invoke(from, target, target.timeoutMs + overhead), timing, limits)
      return readServed(seen, from)
    },
  }
}

const words = z.string().check(z.maxLength(2_000))
const served = z.discriminatedUnion('reached', [
  z.object({
    reached: z.literal(true),
    chain: z.array(z.base64().check(z.minLength(1), z.maxLength(100_000))).check(z.minLength(1), z.maxLength(16)),
    protocol: words,
    cipher: words,
  }),
  z.object({ reached: z.literal(false), code: words, detail: words, mend: words }),
])

/** What a probe answered: the chain in base64. A probe has no rights, so what it says is checked like a stranger's. */
function readServed(answer: unknown, from: string): Served {
  const read = served.safeParse(answer)
  if (!read.success) throw new Fault('BadReply', `${from}: ${faultsOf(read.error)}: caller and probe must be of the same release`)
  return read.data.reached ? { ...read.data, chain: read.data.chain.map(der => Buffer.from(der, 'base64')) } : read.data
}
