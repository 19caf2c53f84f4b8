import type { Call, Meddler } from './meddler.ts'
import type { Fleet, FleetRow } from './model/fleet.ts'
import type { RdsWorld, Refusal, Region } from './model/rds.ts'
import { type Moment, type Scenario, type ScenarioName, scenarios } from './scenarios.ts'

/** Scenarios as the embedded cloud plays them: several at once, each with instances of its own. */
export type Staged = {
  rows: readonly FleetRow[]
  regions: readonly Region[]
  pace: Readonly<Record<string, string>>
  refusals(fleet: Fleet): Refusal[]
  /** Sees the calls by which the moments come, and lets happen then what the scenarios say. */
  director(fleet: Fleet, world: RdsWorld, now: () => number): Meddler
}

const moments: Record<Moment, { phase: 'before' | 'after'; is: (call: Call, id: string) => boolean }> = {
  planned: { phase: 'after', is: call => call.action === 'PutObject' && /\/journal\/plans\/.+\/0*1\.json$/.test(call.resource) },
  'looked at': {
    phase: 'before',
    is: (call, id) =>
      call.action === 'DescribeDBInstanceAttribute' && call.resource === id && call.principal.endsWith('/rds-tls-update-validity'),
  },
  accepted: { phase: 'after', is: (call, id) => call.action === 'ModifyDBInstanceSSL' && call.resource === id },
}

export function stage(names: readonly ScenarioName[]): Staged {
  const played: readonly Scenario[] = names.map(name => scenarios[name])
  const idIn = (fleet: Fleet) => (name: string) => fleet.expectations.find(one => one.name === name)?.id ?? name
  return {
    rows: played.flatMap(one => one.rows),
    regions: played.flatMap(one => one.region ?? []),
    pace: Object.assign({}, ...played.map(one => one.pace ?? {})) as Record<string, string>,
    refusals: fleet => played.flatMap(one => one.refusals?.(idIn(fleet)) ?? []),
    director(fleet, world, now) {
      const id = idIn(fleet)
      const open = played.flatMap(({ at = {}, rows }) =>
        Object.entries(at).map(([moment, act]) => ({ ...moments[moment as Moment], act, about: id(rows[0]?.name ?? '') })),
      )
      return (call, phase) => {
        for (const one of open.filter(one => one.phase === phase && one.is(call, one.about))) {
          open.splice(open.indexOf(one), 1)
          world.advance(now())
          one.act({ world, now: now(), id }, one.about)
        }
        return { do: 'pass' }
      }
    },
  }
}
