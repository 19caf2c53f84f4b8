import { eachOf } from './adapters/concurrency.ts'
import { driveRenewal } from './domain/drive.ts'
import { renewalLog } from './logs.ts'
import type { Ports } from './ports.ts'

type Needs = Pick<Ports, 'clock' | 'journal' | 'queue' | 'settings'>

const most = 500
const farOff = '9999-12-31T00:00:00Z'

/** Lets every renewal that waits look again now, instead of when its hint says. Returns how many. */
export async function wakeRenewals(ports: Needs): Promise<number> {
  const { journal, queue, clock, settings } = ports
  const hints = await journal.due(farOff, most)
  const waiting = [...new Set(hints.flatMap(({ id }) => (id.startsWith('renewals/') ? [id.slice('renewals/'.length)] : [])))]
  const said = await eachOf(waiting, 8, async renewal => {
    const { state } = await renewalLog.read(journal, renewal)
    const drive = driveRenewal(renewal, state, clock.now(), settings.pace)
    return drive.do === 'say' ? drive.events : []
  })
  await queue.send(said.flat())
  return said.filter(events => events.length > 0).length
}
