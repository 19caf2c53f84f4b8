import { fileURLToPath } from 'node:url'
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud.ts'
import { liveADay } from '../../local/day.ts'
import { accountId } from '../../local/deployment.ts'
import { readSpec, type Spec } from '../../local/fc/spec.ts'
import { Progress } from '../../local/progress.ts'
import { type Row, rowsOf } from '../../local/report.ts'
import { audit, type Finding } from '../auditor.ts'
import { type } from '../cli/typed.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export type SmallDay = {
  only: readonly string[]
  /** What becomes of s.yaml before it is deployed. */
  deploys?: (spec: Spec) => Spec
  patience?: number
  /** Answers the cards with yes; instances tagged env=dev need no answer. */
  approveAll?: boolean
  /** Looks at the cloud, or meddles with it, before the auditor comes. */
  afterwards?: (cloud: Cloud) => Promise<void>
} & Pick<CloudOptions, 'behaviour' | 'faults' | 'keepsOldLeaf' | 'kill' | 'meddler' | 'onLine' | 'real' | 'scenarios' | 'seed'>

/** A card as it lies in the inbox, newest first. */
export type InboxCard = { channel: string; title: string; text: string }

export type SmallDayEnd = { findings: Finding[]; told: string[]; cards: InboxCard[]; rows: Row[] }

/** As a person does it, by the command line. A fault may cost it some tries. */
async function pushPolicy(cloud: Cloud): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const { exit, err } = await type(['policy', 'push', at('local/policy.yaml'), '--act', '--no-fleet'], { env: cloud.env() })
    if (exit === 0 || exit === 4) return
    if (left === 1) throw new Error(`the policy could not be put in force: ${err}`)
  }
}

/** A day of a few instances whose restarts take half a second, judged by the auditor. */
export async function smallDay(day: SmallDay): Promise<SmallDayEnd> {
  const told: string[] = []
  const progress = new Progress(sentence => told.push(sentence))
  const { deploys = spec => spec, patience = 90_000, approveAll = false, afterwards = async () => {}, ...options } = day
  const cloud = await startCloud({
    ...options,
    spec: deploys(await readSpec(at('s.yaml'), { accountId })),
    policyFile: at('local/policy.yaml'),
    behaviour: { visibilityLagMs: 100, restartMs: 400, effectDelayMs: 600, ...day.behaviour },
    // Every function that runs twice at once is a process more to start.
    atOnce: 2,
    pace: { settleAfter: '3s', pollRestart: '1s', lookAgain: '4s' },
    onLine(line) {
      progress.take(line)
      day.onLine?.(line)
    },
    onDelivery: one => one.end === 'exited' && told.push(`${one.function} was killed; next: ${one.next}`),
  })
  try {
    const first = await liveADay({ cloud, progress, pushPolicy: () => pushPolicy(cloud), approveAll, patience })
    // The auditor sees what is, and is met by no faults.
    cloud.calm()
    await afterwards(cloud)
    const { cards } = (await (await fetch(`${cloud.urls.inbox}/cards.json`)).json()) as { cards: InboxCard[] }
    return { findings: await audit(cloud.urls.control), told, cards, rows: await rowsOf(cloud, progress.standings(), first) }
  } finally {
    await cloud.close()
  }
}
