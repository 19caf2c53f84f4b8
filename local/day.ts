import type { Cloud } from './cloud.ts'
import { linksIn } from './inbox-links.ts'
import { approveAll, openPage } from './person.ts'
import type { Progress } from './progress.ts'
import { type First, firstLook } from './report.ts'

export type DayOptions = {
  cloud: Cloud
  progress: Progress
  /** A person puts the policy in force, before anything else: that the deployment may act is nobody else's to say. */
  pushPolicy: () => Promise<void>
  /** Answer every card with yes, through its page. */
  approveAll: boolean
  /** Real milliseconds after which a day that has not come to its end is left as it is; undefined waits for ever. */
  patience?: number | undefined
  say?: (sentence: string) => void
}

/** One day of the deployment: the night's publication, the morning's scan, the answers, and everything that follows. Returns the first look at each instance. */
export async function liveADay({
  cloud,
  progress,
  pushPolicy,
  approveAll: approves,
  patience,
  say = () => {},
}: DayOptions): Promise<Map<string, First>> {
  const until = Date.now() + (patience ?? Number.POSITIVE_INFINITY)
  await pushPolicy()
  say('evening: a person puts the policy in force, by rds-tls policy push')
  await fire(cloud, 'rds-tls-publish-bundle', 'nightly')
  say('night: the trust bundle is published, before anything is renewed')
  await fire(cloud, 'rds-tls-check-expiry', 'daily')
  say('morning: the fleet is scanned, and every endpoint gets its first look')
  await quiet(cloud, ['rds-tls-prove-renewal'], Math.min(until, Date.now() + 20_000))
  const first = await firstLook(cloud)

  const seen = new Set<string>()
  const unseen = async () => (await linksIn(cloud.urls.inbox)).some(link => !seen.has(link))
  const open = async () => !progress.allOver() || !cloud.fc.state().rest || (approves ? await unseen() : await unanswered(seen))
  while (Date.now() < until && (await open())) {
    for (const link of await linksIn(cloud.urls.inbox)) {
      if (seen.has(link)) continue
      seen.add(link)
      say(`a card asks for approval: ${link}`)
      if (!approves) continue
      const renewals = await approveAll(link)
      for (const renewal of renewals) progress.expect(renewal)
      say(`approved ${renewals.length} renewals through the page`)
    }
    await new Promise(resolve => setTimeout(resolve, approves ? 100 : 1000))
  }
  await quiet(cloud, ['rds-tls-notify'], Math.min(until, Date.now() + 10_000))
  return first
}

/** A page that still has boxes to check waits for its person. */
async function unanswered(links: ReadonlySet<string>): Promise<boolean> {
  const pages = await Promise.all([...links].map(openPage))
  return pages.some(page => page.items.length > 0)
}

async function fire({ fc }: Cloud, functionName: string, trigger: string) {
  const end = await fc.fire(functionName, trigger)
  if (end === 'given-up') throw new Error(`${functionName} failed at its ${trigger} timer, and was tried in vain: its lines above say why`)
}

/** Waits until these functions' queues are empty and nothing of theirs runs. */
async function quiet({ fc }: Cloud, functions: readonly string[], until: number) {
  while (Date.now() < until) {
    const { queues, running } = fc.state()
    const full = queues.some(({ queue, waiting, held }) => functions.includes(queue) && waiting + held > 0)
    if (!full && !running.some(one => functions.includes(one.function))) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
