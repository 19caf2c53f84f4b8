import { type Capacity, type Change, capacityOf, changesOf, type Dated } from '../shared/domain/impact.ts'
import type { Policy } from '../shared/domain/policy.ts'
import { plain } from '../shared/page/plain-text.ts'
import type { Access } from './access.ts'
import { readFleet } from './fleet.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { some } from './times.ts'

export type Impact = { changes: Change[]; capacity: Capacity; unread: number; refused: string[] }

/** What a policy means for the fleet as the reader's keys see it; `before` is the one that it would replace. */
export async function impactOf(before: Policy | undefined, after: Policy, access: Access, at: Terminal): Promise<Impact> {
  const fleet = await readFleet(access, after.regions, at)
  const instances = fleet.instances.flatMap(({ instance }) => (instance ? [instance] : []))
  const dated = fleet.instances.flatMap(({ instance, protection }): Dated[] =>
    instance && protection?.enabled ? [{ instance, protection }] : [],
  )
  return {
    changes: before ? changesOf(before, after, instances) : [],
    capacity: capacityOf(after, dated, fleet.settings.pace, at.now()),
    unread: fleet.instances.filter(({ unread }) => unread).length,
    refused: fleet.refused.map(({ region }) => region),
  }
}

const mostShown = 40

export function impactLines({ changes, capacity, unread, refused }: Impact, compared: boolean, { paint }: Terminal): string[] {
  const rows = changes
    .slice(0, mostShown)
    .map(({ instance, fields }) => [
      paint.strong(instance.id),
      plain(instance.description, 40),
      fields.map(({ name, before, after }) => `${name} ${before} → ${after}`).join('; '),
    ])
  const left = changes.length - rows.length
  const changed = !compared
    ? []
    : changes.length === 0
      ? ['Nobody’s treatment changes.']
      : [
          `${some(changes.length, 'instance')} ${changes.length === 1 ? 'is' : 'are'} treated otherwise:`,
          ...columns(rows, '  '),
          ...(left > 0 ? [`  and ${left} more: --json lists them all`] : []),
        ]
  const blind =
    unread > 0 || refused.length > 0
      ? [paint.warn(`Not seen: ${[...refused, ...(unread > 0 ? [some(unread, 'instance')] : [])].join(', ')}`)]
      : []
  return [...changed, ...capacityLines(capacity, paint), ...blind]
}

function capacityLines({ of, hopeless, crowded, fixedBy }: Capacity, paint: Terminal['paint']): string[] {
  const missed = hopeless.length + crowded.length
  if (missed === 0) return [paint.good(`At this policy all ${of} certificates can be renewed in time.`)]
  const fix =
    crowded.length === 0
      ? ''
      : fixedBy === undefined
        ? '; no concurrency fixes it: windows or freezes leave too little time'
        : `; concurrency ${fixedBy} fixes ${hopeless.length === 0 ? 'it' : `${crowded.length} of them`}`
  const none =
    hopeless.length === 0
      ? []
      : [`No window is left for ${hopeless.slice(0, 10).join(', ')}${hopeless.length > 10 ? ` and ${hopeless.length - 10} more` : ''}.`]
  return [paint.bad(`At this policy ${missed} of ${of} miss their date${fix}.`), ...none]
}
