import { hour } from '../../shared/domain/duration.ts'
import { pace } from '../../shared/domain/pace.ts'
import { deadLetters } from '../../shared/flow.ts'
import type { Checkup } from '../../shared/operations/checkup.ts'
import { plain } from '../../shared/page/plain-text.ts'
import type { Terminal } from '../terminal.ts'
import { moment, some, span, withoutIds } from '../times.ts'
import { bad, type Finding, fine, note, unseen, warning } from './finding.ts'

const redeploy = ['npm run deploy']

/** What the deployment sees of itself, judged. */
export function judgeInside(seen: Checkup, at: Terminal): Finding[] {
  return [clock(seen, at), journal(seen), ...queues(seen), policy(seen), restarts(seen, at), scan(seen, at), bundle(seen, at)]
}

function clock({ now }: Checkup, at: Terminal): Finding {
  const off = at.now().getTime() - Date.parse(now)
  const far = Math.abs(off)
  const words = `this machine’s clock is ${far < 120_000 ? `${Math.round(far / 1000)} s` : span(far)} ${off > 0 ? 'ahead of' : 'behind'} the deployment’s`
  if (far >= 60_000) return bad('clock', 'ClockOff', `${words}: beyond 5 minutes nobody is recognised`, ['timedatectl set-ntp true'])
  return fine('clock', far < 2000 ? 'right' : words)
}

function journal({ journal: { bucket, versioned } }: Checkup): Finding {
  if (!versioned.ok) return unseen('journal', 'JournalUnseen', `${bucket}: ${plain(versioned.message, 200)}`, redeploy)
  if (!versioned.is) return fine('journal', `${bucket} keeps no versions: what is created once stays`)
  const sentence = `${bucket} keeps versions, or did once: OSS then overwrites what must be created once, and nothing is begun`
  return bad('journal', 'JournalVersioned', sentence, [
    '# a bucket that never had versioning: name it as journalBucket in s.yaml and s.resources.yaml',
    ...redeploy,
  ])
}

function queues({ queues: seen }: Checkup): Finding[] {
  if (!seen.ok) return [unseen('queues', 'QueuesUnseen', plain(seen.message, 200), redeploy)]
  const missing = seen.is.flatMap(one => ('fault' in one ? [`${one.queue} (${one.fault})`] : []))
  const letters = seen.is.find(one => one.queue === deadLetters)
  const dead = letters && 'waiting' in letters ? letters.waiting + letters.hidden : 0
  return [
    missing.length === 0
      ? fine('queues', `${seen.is.length} answer`)
      : bad('queues', 'QueueMissing', `not there, or not to be asked: ${missing.join(', ')}`, redeploy),
    dead === 0
      ? fine('dead letters', 'none')
      : warning('dead letters', 'DeadLetters', `${some(dead, 'message')} that no step could take`, [
          'rds-tls dead-letters list',
          'rds-tls dead-letters redrive',
        ]),
  ]
}

function policy({ policy: seen }: Checkup): Finding {
  if (!seen.ok) return bad('policy', 'PolicyUnread', plain(seen.message, 200), ['rds-tls policy push policy.yaml'])
  if (!seen.is) return warning('policy', 'NoPolicy', 'none is in force: nothing is scanned by yours', ['rds-tls policy push policy.yaml'])
  const words = `entry ${seen.is.n}, by ${seen.is.by}`
  if (seen.is.mode === 'observe')
    return note('policy', 'Observes', `${words}, only observes: nothing is called before a person says act`, [
      'rds-tls policy push policy.yaml   # with mode: act',
    ])
  return fine('policy', `${words}, acts`)
}

function restarts({ rollout: seen }: Checkup, { zone }: Terminal): Finding {
  if (!seen.ok) return unseen('restarts', 'RestartsUnread', plain(seen.message, 200))
  const { halted, slots } = seen.is
  const stuck = slots.filter(slot => slot.stuck)
  if (stuck.length > 0) {
    const paste = stuck.map(slot => `rds-tls abandon ${slot.instance}   # once you know its fate`)
    return bad('restarts', 'Stuck', `${stuck.map(slot => slot.instance).join(', ')} shows no end of its restart`, paste)
  }
  if (halted)
    return bad('restarts', 'Halted', `halted since ${moment(halted.at, zone)}: ${plain(withoutIds(halted.why), 200)}`, [
      'rds-tls resume   # once its cause is mended',
    ])
  return fine('restarts', slots.length === 0 ? 'none under way, none halted' : `${some(slots.length, 'restart')} under way`)
}

function scan({ scan: seen }: Checkup, { zone }: Terminal): Finding {
  if (!seen.ok) return unseen('scan', 'ScanUnread', plain(seen.message, 200))
  if (seen.is.fine) return fine('scan', `the fleet was seen whole ${moment(seen.is.at ?? '', zone)}`)
  const last = seen.is.at === undefined ? 'not within three days' : `last ${moment(seen.is.at, zone)}`
  return bad('scan', 'ScanMissing', `the fleet was not seen whole for 36 hours (${last}): a certificate may end unnoticed`, [
    '# the log of rds-tls-check-expiry says why; its timer must be enabled',
    ...redeploy,
  ])
}

function bundle({ bundle: seen }: Checkup, { now, zone }: Terminal): Finding {
  if (!seen.ok)
    return bad('bundle', 'BundleUnreachable', `what applications pull cannot be read by its own address: ${plain(seen.message, 200)}`, [
      '# bundleBaseUrl in s.yaml: its domain, CDN or VPC address',
      ...redeploy,
    ])
  const { url = 'its address', checkedAt, waits } = seen.is
  if (checkedAt === undefined) return warning('bundle', 'NoBundle', `none is published at ${url} yet: the first night does it`)
  const age = now().getTime() - Date.parse(checkedAt)
  if (waits && waits.acceptedBy === undefined)
    return warning(
      'bundle',
      'BundleRefused',
      `a new one waits for a person’s word since ${moment(waits.at, zone)}: nothing restarts before`,
      [`rds-tls bundle accept ${waits.version.slice(0, 12)}   # once its roots are compared with what Alibaba Cloud announced`],
    )
  if (age > pace.bundleFresh)
    return bad(
      'bundle',
      'BundleStale',
      `last compared with its source ${span(age)} ago, and nothing restarts for one older than ${Math.round(pace.bundleFresh / hour)} hours`,
      ['# the log of rds-tls-publish-bundle says why'],
    )
  return fine('bundle', `published at ${url}, compared with its source ${moment(checkedAt, zone)}`)
}
