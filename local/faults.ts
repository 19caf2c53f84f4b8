import { faultAnswer } from './fault-answers.ts'
import type { Call, Meddler, Verdict } from './meddler.ts'
import type { FaultKind, Faults } from './model/faults.ts'
import { unreachable } from './perform.ts'

/** What faults do beside losing answers. */
export type Reach = {
  /** Further names of what a call is about: an instance's description. */
  namesOf(call: Call): readonly string[]
  /** Kills the process of this function that has been at work longest; false where none is. */
  kill(functionName: string): boolean
  keepOldLeaf(instance: string): void
  /** Real ms. */
  wait(ms: number): Promise<void>
}

/** A meddler that lets `faults` befall calls; each call's fate is decided once, before its effect. */
export function faultMeddler(faults: Faults, reach: Reach): Meddler {
  const fates = new WeakMap<Call, FaultKind>()
  return async (call, phase) => {
    if (phase === 'before') {
      const { service, action, resource } = call
      const fate = faults.at({ service, action, about: [resource, ...reach.namesOf(call)] })
      if (fate !== undefined) fates.set(call, fate)
    }
    const fate = fates.get(call)
    return fate === undefined ? { do: 'pass' } : befall(fate, call, phase, reach)
  }
}

async function befall(fate: FaultKind, call: Call, phase: 'before' | 'after', reach: Reach): Promise<Verdict> {
  switch (fate.kind) {
    case 'hang':
      return fate.when === phase ? { do: 'hang-up' } : { do: 'pass' }
    case 'kill':
      // The caller's name ends with its function's: `ROLE/rds-tls-update-validity`.
      return fate.when === phase && reach.kill(call.principal.split('/').at(-1) ?? '') ? { do: 'hang-up' } : { do: 'pass' }
    case 'html':
    case 'empty':
    case '5xx':
      return fate.when === phase ? faultAnswer(call.service, call.action, fate.kind) : { do: 'pass' }
    case 'throttle':
      return phase === 'before' ? faultAnswer(call.service, call.action, 'throttle') : { do: 'pass' }
    case 'delay':
      if (phase === 'before') await reach.wait(fate.ms)
      return { do: 'pass' }
    case 'keeps-old-leaf':
      if (phase === 'before') reach.keepOldLeaf(call.resource)
      return { do: 'pass' }
    case 'duplicate':
    case 'reorder':
    case 'loss':
    case 'clock-skew':
      return { do: 'pass' }
    default:
      return unreachable(fate)
  }
}
