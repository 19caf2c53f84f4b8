import { day, minute } from './duration.ts'
import type { Instance, Protection } from './instance.ts'
import type { Pace } from './pace.ts'
import { freezesOf, type Policy } from './policy.ts'
import { renewableOf } from './renewable.ts'
import { type Treatment, treatmentOf } from './treatment.ts'
import { callableSpans, type Window } from './window.ts'

/** What one instance is treated otherwise in, by two policies. */
export type Change = { instance: Instance; fields: { name: string; before: string; after: string }[] }

/** Whose treatment changes, in the order given. */
export function changesOf(before: Policy, after: Policy, instances: readonly Instance[]): Change[] {
  return instances.flatMap(instance => {
    const [was, is] = [worded(treatmentOf(before, instance)), worded(treatmentOf(after, instance))]
    const names = Object.keys(is) as (keyof typeof is)[]
    const fields = names.filter(name => was[name] !== is[name]).map(name => ({ name, before: was[name], after: is[name] }))
    return fields.length === 0 ? [] : [{ instance, fields }]
  })
}

const worded = ({ renewBefore, approval, approvers, concurrency, groups, halt, ask, updateValue, stated }: Treatment) => ({
  renewBefore: `${Math.round(renewBefore / day)}d`,
  approval,
  approvers,
  concurrency: String(concurrency),
  groups: groups.join(', '),
  halt: `${halt.failures} failures`,
  ask,
  updateValue: updateValue === undefined ? 'by engine' : String(updateValue),
  certificate: stated ? 'stated as aliyun' : 'to be seen',
})

/** An instance with a certificate to renew. */
export type Dated = { instance: Instance; protection: Extract<Protection, { enabled: true }> }

/**
 * Whose date cannot be met: `hopeless` have no window at all before the end, `crowded` would find a place only with more restarts at once.
 * `fixedBy` is the smallest concurrency at which nobody is crowded, where there is one.
 */
export type Capacity = { of: number; hopeless: string[]; crowded: string[]; fixedBy: number | undefined }

/**
 * Plays one round of renewals through the windows, the earliest deadline first, with as many restarts at once as the policy allows. An estimate:
 * it is shown, and binds nobody.
 */
export function capacityOf(policy: Policy, fleet: readonly Dated[], pace: Pace, now: Date): Capacity {
  const jobs = fleet.flatMap(one => jobOf(policy, one, pace, now))
  const hopeless = jobs.filter(job => job.deadline === undefined).map(job => job.id)
  const rest = jobs.filter(isDated).sort((a, b) => a.deadline - b.deadline || (a.id < b.id ? -1 : 1))
  const crowded = play(rest, undefined, policy, now)
  const fixedBy = crowded.length === 0 ? undefined : smallest(most => play(rest, most, policy, now).length === 0)
  return { of: jobs.length, hopeless, crowded, fixedBy }
}

type Job = {
  id: string
  family: string
  groups: Readonly<Record<string, number>>
  from: number
  deadline: number
  window: Window
  need: number
  takes: number
}
type Hopeless = { id: string; deadline: undefined }

const isDated = (job: Job | Hopeless): job is Job => job.deadline !== undefined

/** From the call until the place is free again: a restart of one to five minutes, and the look that finds it over. */
const restartTakes = 6 * minute

function jobOf(policy: Policy, { instance, protection }: Dated, pace: Pace, now: Date): (Job | Hopeless)[] {
  const treatment = treatmentOf(policy, instance)
  const renewable = renewableOf(instance, protection, { treatment, freezes: freezesOf(policy), pace }, now)
  // One that has expired is renewed as soon as it can be; it misses no further date.
  if (!renewable.can || Date.parse(protection.notAfter) <= now.getTime()) return []
  const { id } = instance
  const { deadline, window, need, promise, from } = renewable
  if (deadline === undefined) return [{ id, deadline }]
  const groups = Object.fromEntries(treatment.groups.map(group => [group, treatment.concurrency]))
  const takes = promise.restarts ? restartTakes : minute
  return [{ id, family: instance.primary ?? id, groups, from, deadline: Date.parse(deadline), window, need, takes }]
}

/** Who finds no place before their deadline. `most` replaces every concurrency. */
function play(jobs: readonly Job[], most: number | undefined, policy: Policy, now: Date): string[] {
  const freezes = freezesOf(policy)
  const lanes = new Map<string, number[]>()
  const families = new Map<string, number>()
  const late: string[] = []
  for (const { id, family, groups, from, deadline, window, need, takes } of jobs) {
    const mine = Object.entries(groups).map(([group, concurrency]) => {
      const lane = lanes.get(group) ?? Array<number>(most ?? concurrency).fill(now.getTime())
      lanes.set(group, lane)
      return lane
    })
    const free = Math.max(from, families.get(family) ?? 0, ...mine.map(lane => Math.min(...lane)))
    const [span] = callableSpans(window, freezes, need, free, deadline)
    if (!span) {
      late.push(id)
      continue
    }
    const until = span.from + takes
    families.set(family, until)
    for (const lane of mine) lane[lane.indexOf(Math.min(...lane))] = until
  }
  return late
}

/** The smallest of 1…1000 that is enough, where more is never less; undefined where none is. */
function smallest(enough: (most: number) => boolean): number | undefined {
  if (!enough(1000)) return undefined
  let [low, high] = [1, 1000]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle + 1
  }
  return low
}
