import { day } from '../domain/duration.ts'
import { planFact } from '../domain/plan.ts'
import { renewalName } from '../domain/renewal-id.ts'
import { renewalFact } from '../domain/renewal-log.ts'
import { rolloutFact, slot } from '../domain/rollout.ts'
import { dayOf } from '../fleet-scan.ts'
import { planLog, readPolicyLog, readRollout, renewalLog, scanLog } from '../logs.ts'
import type { Look } from '../operation.ts'
import type { OperatorPorts } from '../ports.ts'
import * as z from '../schema.ts'
import { type Answered, done, entryOf, refused } from './answered.ts'

type Needs = Pick<OperatorPorts, 'clock' | 'journal' | 'logNames' | 'settings'>

const told = z.strictObject({
  renewal: z.string(),
  entries: z.array(entryOf(renewalFact)),
  plan: z.array(entryOf(planFact)),
  /** What the one log of restarts says of it; empty where that log is too long to be read whole. */
  restarts: z.array(entryOf(rolloutFact)),
  /** It restarts now, or is stuck. */
  held: z.optional(slot),
})

/** Everything that was journalled of an instance's renewals, oldest first. */
export const history = z.strictObject({ of: z.string(), renewals: z.array(told) })
export type History = z.infer<typeof history>

/** Reading the restarts log whole costs one request an entry. */
const longestRestarts = 600

export async function tellHistory({ of }: Look & { do: 'history' }, ports: Needs): Promise<Answered<History>> {
  const ids = await renewalsOf(of, ports)
  const restarts = await restartsOf(ports)
  const { state } = await readRollout(ports.journal)
  const renewals = await Promise.all(
    ids.map(async renewal => {
      const read = await ports.journal.read(renewalLog.name(renewal))
      const entries = read.map(({ n, at, fact }) => ({ n, at, fact: renewalFact.parse(fact) }))
      const planned = entries.findLast(({ fact }) => fact.fact === 'Planned')?.fact
      const plan = planned?.fact === 'Planned' ? await ports.journal.read(planLog.name(planned.plan)) : []
      const mine = restarts.filter(({ fact }) => nameIn(fact) === renewal)
      const held = state.slots.find(one => one.renewal === renewal)
      return {
        renewal,
        entries,
        plan: plan.map(({ n, at, fact }) => ({ n, at, fact: planFact.parse(fact) })),
        restarts: mine,
        ...(held ? { held } : {}),
      }
    }),
  )
  const known = renewals.filter(({ entries }) => entries.length > 0)
  if (known.length === 0)
    return refused('NoSuchRenewal', `nothing is journalled of ${of}: rds-tls status shows what becomes of each instance`)
  return done({ of, renewals: known })
}

const nameIn = (fact: z.infer<typeof rolloutFact>): string | undefined => {
  if (fact.fact === 'RestartStarted') return fact.slot.renewal
  if (fact.fact === 'SecondNotTaken') return fact.first.renewal
  return 'renewal' in fact ? fact.renewal : undefined
}

/** The renewals of an instance, by the names of their logs; `of` may be the id of one. */
export async function renewalsOf(of: string, { logNames, settings, ...ports }: Needs): Promise<string[]> {
  if (renewalName(of)) return [of]
  const regions = await regionsSeen({ logNames, settings, ...ports })
  const found = await Promise.all(regions.map(region => logNames.under(`renewals/${settings.account}.${region}.${of}.`)))
  return found.flat().map(log => log.slice('renewals/'.length))
}

/** The regions of the last scan that began, at most a week ago. */
async function regionsSeen({ journal, clock, settings }: Needs): Promise<readonly string[]> {
  const timezone = (await readPolicyLog(journal))?.policy.timezone ?? 'Asia/Shanghai'
  for (let ago = 0; ago < 7; ago++) {
    const { state } = await scanLog.read(journal, dayOf(new Date(clock.now().getTime() - ago * day), timezone))
    if (state.started) return state.regions
  }
  return [settings.region]
}

async function restartsOf({ journal }: Needs) {
  const newest = await journal.newest('restarts')
  if (!newest || newest.n > longestRestarts) return []
  const entry = z.object({ what: rolloutFact })
  return (await journal.read('restarts')).map(({ n, at, fact }) => ({ n, at, fact: entry.parse(fact).what }))
}
