import * as z from '../schema.ts'
import { day, later } from './duration.ts'
import { settingsTold } from './settings.ts'

/** One restart under way: who holds it, and what may not restart beside it. */
export const slot = z.lazy(() =>
  z.strictObject({
    renewal: z.string(),
    instance: z.string(),
    family: z.string(),
    /** Group → how many of it may restart at once, by the treatment at the start. */
    groups: z.record(z.string(), z.int().check(z.minimum(1))),
    /** The only attempt that may call. */
    attempt: z.string(),
    callBefore: z.iso.datetime(),
    startedAt: z.iso.datetime(),
    /** 1, or 2 for the one automatic second attempt. */
    tries: z.int().check(z.minimum(1), z.maximum(2)),
    /** The leaf that was served before the first call; absent where no probe reached the endpoint. */
    before: z.optional(z.strictObject({ fingerprint: z.string(), notBefore: z.iso.datetime() })),
    /** What the service told before the first call, and must tell after it; absent in entries of older versions. */
    settings: z.optional(settingsTold),
    stuck: z.boolean(),
  }),
)
export type Slot = z.infer<typeof slot>

const failure = z.lazy(() => z.strictObject({ at: z.iso.datetime(), renewal: z.string(), why: z.string() }))
type Failure = z.infer<typeof failure>

/** State after an entry of the one `restarts` log. */
export const rollout = z.lazy(() =>
  z.strictObject({
    slots: z.array(slot),
    failures: z.array(failure),
    /** Failures that a person resumed past: of the same certificate the same refusal is no news. Absent where there are none. */
    known: z.optional(z.array(failure)),
    halted: z.optional(z.strictObject({ at: z.iso.datetime(), why: z.string() })),
  }),
)
export type Rollout = z.infer<typeof rollout>

export const noRollout: Rollout = { slots: [], failures: [] }

const evidence = z.enum(['Moved', 'NotTaken', 'Gone', 'Abandoned'])

/** What happened. A start ends only by evidence; time alone makes it stuck, and a stuck one keeps its slot. */
export const rolloutFact = z.lazy(() =>
  z.discriminatedUnion('fact', [
    z.strictObject({ fact: z.literal('RestartStarted'), slot }),
    z.strictObject({ fact: z.literal('RestartEnded'), renewal: z.string(), evidence, failure: z.optional(z.string()) }),
    /** The second attempt's call was not taken, and nobody knows yet of the first one's: its slot, as it was before. */
    z.strictObject({ fact: z.literal('SecondNotTaken'), first: slot }),
    z.strictObject({ fact: z.literal('RestartStuck'), renewal: z.string() }),
    z.strictObject({ fact: z.literal('RenewalFailed'), renewal: z.string(), why: z.string() }),
    /** `by` only where a person stopped it. */
    z.strictObject({ fact: z.literal('RolloutHalted'), why: z.string(), by: z.optional(z.string()) }),
    z.strictObject({ fact: z.literal('RolloutResumed'), by: z.string() }),
  ]),
)
export type RolloutFact = z.infer<typeof rolloutFact>

/** What the log `looks/<renewal>` says: a message is under way that has the restart looked at then. */
export const lookFact = z.lazy(() => z.strictObject({ fact: z.literal('Look'), at: z.iso.datetime() }))

/** What one entry of the `restarts` log holds: the fact, and the state after it. */
export const rolloutEntry = z.lazy(() => z.strictObject({ what: rolloutFact, after: rollout }))

/** `brake`: how many failures within 24 h halt everything, until a person resumes. */
export function evolveRollout(state: Rollout, fact: RolloutFact, at: string, brake: number): Rollout {
  switch (fact.fact) {
    case 'RestartStarted':
      return { ...state, slots: [...state.slots.filter(one => one.renewal !== fact.slot.renewal), fact.slot] }
    case 'SecondNotTaken':
      return { ...state, slots: [...state.slots.filter(one => one.renewal !== fact.first.renewal), fact.first] }
    case 'RestartEnded': {
      const ended = { ...state, slots: state.slots.filter(one => one.renewal !== fact.renewal) }
      if (fact.failure === undefined || isKnown(state, fact.renewal, fact.failure)) return ended
      return failed(ended, { at, renewal: fact.renewal, why: fact.failure }, brake)
    }
    case 'RestartStuck': {
      const slots = state.slots.map(one => (one.renewal === fact.renewal ? { ...one, stuck: true } : one))
      return failed({ ...state, slots }, { at, renewal: fact.renewal, why: 'Stuck' }, brake)
    }
    case 'RenewalFailed':
      return failed(state, { at, renewal: fact.renewal, why: fact.why }, brake)
    case 'RolloutHalted':
      return { ...state, halted: state.halted ?? { at, why: fact.why } }
    case 'RolloutResumed':
      return { slots: state.slots, failures: [], ...known(state, at) }
  }
}

/** A service that refuses one instance each night must not keep all others from their windows each night: it halts until a person has seen it. */
const isKnown = (state: Rollout, renewal: string, why: string): boolean =>
  state.known?.some(one => one.renewal === renewal && one.why === why) ?? false

/** A certificate that is renewed in time is asked for within fewer days than a failure is remembered. */
const remembered = 100 * day

function known(state: Rollout, at: string): Pick<Rollout, 'known'> {
  const since = before(at, remembered)
  const all = [...(state.known ?? []), ...state.failures].filter(one => later(one.at, since))
  return all.length > 0 ? { known: all } : {}
}

const before = (at: string, ms: number): string => new Date(Date.parse(at) - ms).toISOString()

function failed(state: Rollout, failure: Failure, brake: number): Rollout {
  const since = before(failure.at, day)
  const failures = [...state.failures.filter(one => later(one.at, since)), failure]
  if (state.halted || failures.length < brake) return { ...state, failures }
  return {
    ...state,
    failures,
    halted: { at: failure.at, why: `${failures.length} failed within 24 h, the last ${failure.renewal}: ${failure.why}` },
  }
}

export type Admission = { free: true } | { free: false; for: 'Slot' | 'Resume'; because: string }

/** May this one start beside those that restart now? Limits of both sides hold: a policy loosened meanwhile does not overrun an older start. */
export function admit(state: Rollout, candidate: Pick<Slot, 'renewal' | 'family' | 'groups'>): Admission {
  if (state.halted) return { free: false, for: 'Resume', because: `halted: ${state.halted.why}` }
  const others = state.slots.filter(one => one.renewal !== candidate.renewal)
  const relative = others.find(one => one.family === candidate.family)
  if (relative) return { free: false, for: 'Slot', because: `${relative.instance} of the same family restarts` }
  for (const [group, limit] of Object.entries(candidate.groups)) {
    const held = others.filter(one => Object.hasOwn(one.groups, group))
    const lowest = Math.min(limit, ...held.map(one => one.groups[group] ?? limit))
    if (held.length >= lowest) return { free: false, for: 'Slot', because: `${held.length} of ${group} restart already` }
  }
  return { free: true }
}
