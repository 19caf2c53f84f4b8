import { rollout } from '../domain/rollout.ts'
import { recordRollout } from '../logs.ts'
import type { Act } from '../operation.ts'
import type { Ports } from '../ports.ts'
import * as z from '../schema.ts'
import { wakeRenewals } from '../wake.ts'
import { type Answered, done, refused } from './answered.ts'
import { newestPolicy, putInForce } from './policies.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'settings'>

/** `woken`: how many waiting renewals look again at once. */
export const braked = z.strictObject({ rollout, observes: z.optional(z.boolean()), woken: z.optional(z.int()) })
type Braked = z.infer<typeof braked>

/** No further restart begins. What restarts already is watched to its end, and what was approved stays approved. */
export async function pause({ why }: Act & { do: 'pause' }, identity: string, ports: Needs): Promise<Answered<Braked>> {
  const { state, added } = await halt(why, identity, ports)
  if (!added) return refused('Halted', `restarts are halted already, since ${state.halted?.at}: ${state.halted?.why}`)
  return done({ rollout: state })
}

/** Ends every halt, a person's or the brake's, and forgets the failures that led to it. */
export async function resume(identity: string, ports: Needs): Promise<Answered<Braked>> {
  const { state, added } = await recordRollout(ports, 1, now =>
    now.halted || now.failures.length > 0 ? { fact: 'RolloutResumed', by: identity } : undefined,
  )
  if (!added) return refused('NotHalted', 'nothing is halted: restarts begin by themselves once they may')
  return done({ rollout: state, woken: await wakeRenewals(ports) })
}

/** Pauses, and takes the policy back to observing: no single `resume` undoes it. */
export async function stopAll({ why }: Act & { do: 'stop all' }, identity: string, ports: Needs): Promise<Answered<Braked>> {
  const { state } = await halt(why, identity, ports)
  for (let race = 0; race < 5; race++) {
    const policy = await newestPolicy(ports.journal)
    if (policy === undefined || policy.mode === 'observe') return done({ rollout: state, observes: true })
    const { observing } = await import('../domain/policy-text.ts')
    const { text, document } = observing(policy.text)
    if (await putInForce(policy.n + 1, { text, document, by: identity }, ports)) return done({ rollout: state, observes: true })
  }
  return done({ rollout: state, observes: false })
}

function halt(why: string, identity: string, ports: Needs) {
  const said = why === '' ? `${identity} paused` : `${identity} paused: ${why}`
  return recordRollout(ports, 1, now => (now.halted ? undefined : { fact: 'RolloutHalted', why: said, by: identity }))
}
