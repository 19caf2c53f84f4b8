import type { PlanItem } from '../shared/domain/item.ts'
import { freezesOf } from '../shared/domain/policy.ts'
import { needOf } from '../shared/domain/renewal.ts'
import { chance, windowOf } from '../shared/domain/window.ts'
import { effectivePolicy, readRollout } from '../shared/logs.ts'
import { plain } from '../shared/page/plain-text.ts'
import { windowInZone } from '../shared/page/times.ts'
import { wordsOf } from '../shared/page/words.ts'
import type { Outcome } from './command.ts'
import { exit } from './exit.ts'
import type { Driven } from './renewal-drive.ts'
import type { Wanted } from './renewal-plan.ts'
import type { Place, RenewalPorts } from './renewal-ports.ts'
import type { Terminal } from './terminal.ts'
import { localised, moment } from './times.ts'
import { consoleLink } from './words.ts'

const { ends, waits } = wordsOf('en')

/** What is to be renewed, for the person who is to say yes. */
export function wantedLines({ item, plan, fresh }: Wanted, place: Place, identity: string, { zone, paint, now }: Terminal): string[] {
  const { local, utc } = windowInZone(item.promise.window, zone, 'en', now())
  const how = item.promise.restarts
    ? `it ${paint.warn('restarts')} for 1–5 minutes inside ${local}${utc === undefined ? '' : ` (${utc})`}; every connection breaks off`
    : 'it does not restart'
  const where = place.kind === 'folder' ? place.folder : 'the deployment’s journal'
  return [
    `${paint.strong(item.instance)}  ${plain(item.description, 40)}  ${item.engine} ${item.version}, ${item.region}`,
    `  endpoint ${item.host}`,
    `  certificate ends ${moment(item.notAfter, zone)}${item.deadline === undefined ? '' : `; last chance ${moment(item.deadline, zone)}`}`,
    `  ${how}`,
    fresh ? `  by ${identity}, journalled in ${where}` : `  under way in plan ${plan}, in ${where}`,
    `  ${paint.soft(consoleLink(item.region, item.instance))}`,
  ]
}

/** Whether it could be called at this moment. */
export async function chanceLines(
  { item, state }: Wanted,
  { journal, clock, settings }: RenewalPorts,
  { paint, zone }: Terminal,
): Promise<string[]> {
  if (state.updated) return ['  renewed already: what is left is the bundle and the proof']
  const [{ state: rollout }, { policy }] = await Promise.all([readRollout(journal), effectivePolicy(journal)])
  const held = rollout.slots.find(one => one.renewal === item.renewal)
  if (held) return [`  ${paint.warn('restarts since')} ${moment(held.startedAt, zone)}: watched to its end, not called again`]
  if (rollout.halted) return [`  ${paint.bad('all restarts are halted')}: ${plain(rollout.halted.why, 200)}; rds-tls resume ends that`]
  const window = item.promise.window === 'any' ? 'any' : windowOf(item.promise.window)
  const now = clock.now().getTime()
  const next = window && chance(window, freezesOf(policy), needOf(item.promise.restarts, settings.pace), now)
  if (next?.open) return [`  ${paint.good('it can be called now')}, until ${moment(new Date(next.callBefore).toISOString(), zone)}`]
  const opens = next?.opensAt === undefined ? 'and no freeze leaves one' : `and opens ${moment(new Date(next.opensAt).toISOString(), zone)}`
  return [`  ${paint.warn('its window is closed')}, ${opens}`]
}

/** How it ended: words, data and exit status. */
export function outcomeOf(driven: Driven, item: PlanItem, place: Place, at: Terminal): Outcome {
  const { paint, zone } = at
  const { instance: id } = item
  const bundle = place.kind === 'folder' ? [`The trust bundle for applications: ${place.folder}/bundle/ca/latest`] : []
  const json = { instance: id, renewal: item.renewal, end: driven.end }
  switch (driven.end) {
    case 'proven': {
      const { proof, updated } = driven.state
      const serial = proof?.fact === 'Proven' ? proof.serial : ''
      const until = proof?.fact === 'Proven' ? proof.notAfter : ''
      const how = updated?.adopted ? 'somebody else had renewed it' : item.promise.restarts ? 'restarted once' : 'renewed'
      const lines = [
        `${paint.good('proven')}: ${id} ${how}, and serves its new certificate (serial ${serial}) until ${moment(until, zone)}`,
        ...bundle,
      ]
      return { exit: exit.fine, lines, json: { ...json, serial, notAfter: until, adopted: updated?.adopted } }
    }
    case 'refuted': {
      const proof = driven.state.proof
      const why = proof?.fact === 'Refuted' ? `${proof.code}: ${proof.detail}` : ''
      const lines = [
        `${paint.bad('refuted')}: ${id} was renewed, and what it serves is not the new certificate: ${plain(why, 300)}`,
        'All restarts are halted: look at the endpoint in the console, then rds-tls resume.',
      ]
      return { exit: exit.critical, lines, json: { ...json, why } }
    }
    case 'unreached': {
      const proof = driven.state.proof
      const [why, mend] = proof?.fact === 'Unreached' ? [proof.detail, proof.mend] : ['', '']
      const lines = [
        `${paint.warn('renewed, but not proven')}: ${id}: ${plain(why, 300)}`,
        plain(mend, 300),
        `Where it can be reached: rds-tls renew ${id}`,
        ...bundle,
      ]
      return { exit: exit.unknown, lines, json: { ...json, why, mend } }
    }
    case 'ended': {
      const ended = driven.state.ended
      const words = ended ? ends[ended.reason] : { sentence: '', mend: '' }
      const lines = [
        `${paint.bad('not renewed')}: ${id}: ${ended?.reason}: ${words.sentence}`,
        localised(plain(ended?.detail ?? '', 300), zone),
        words.mend,
      ]
      return { exit: exit.refused, lines, json: { ...json, reason: ended?.reason, detail: ended?.detail } }
    }
    case 'wait': {
      const next =
        driven.for === 'MaintenanceWindow'
          ? '--wait stays until then; or run it again in that window.'
          : `Run it again once that has changed.`
      const lines = [`${paint.warn('not yet')}: ${id} ${waits[driven.for]}: ${localised(plain(driven.because, 300), zone)}`, next]
      return { exit: exit.refused, lines, json: { ...json, for: driven.for, until: driven.until, because: driven.because } }
    }
    case 'stuck':
      return {
        exit: exit.critical,
        lines: [
          `${paint.bad('stuck')}: ${id}: ${localised(plain(driven.because, 300), zone)}`,
          `Look at it in the console; it keeps its place, and is not called again.`,
        ],
        json: { ...json, because: driven.because },
      }
    case 'no permission':
      return {
        exit: exit.refused,
        lines: [`${paint.bad('not renewed')}: ${id}: ${localised(plain(driven.because, 300), zone)}`],
        json: { ...json, because: driven.because },
      }
  }
}
