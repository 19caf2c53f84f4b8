import { answerApproval } from '../../functions/answer-approval.ts'
import type { PlanItem } from '../../shared/domain/item.ts'
import type { Policy } from '../../shared/domain/policy.ts'
import { readRollout, recordRollout, renewalLog } from '../../shared/logs.ts'
import { pause, resume } from '../../shared/operations/brakes.ts'
import type { Card } from '../../shared/ports.ts'
import type { Dice } from './dice.ts'
import type { Truth } from './oracle/truth.ts'
import type { Platform } from './world/platform.ts'
import { entriesOf, portsOf } from './world/ports.ts'
import type { Process } from './world/process.ts'
import type { World } from './world/world.ts'

const minute = 60_000
const hour = 60 * minute

/** How the people of a storm answer what they are asked. */
export type Temper = 'prompt' | 'late' | 'twice' | 'partly' | 'rejects' | 'wavers' | 'silent'

/** People: they read cards, open pages, answer, stop and resume, change the policy. All they do goes through the product's own doors. */
export class People {
  temper: Temper
  /** Once the troubles are over they answer everything. */
  cooperative = false
  /** Told of everything people do, for the counts. */
  onAct: (what: string) => void = () => {}
  readonly #world: World
  readonly #platform: Platform
  readonly #truth: Truth
  readonly #dice: Dice
  readonly #known = new Set<string>()
  #acts = 0

  constructor(of: { world: World; platform: Platform; truth: Truth; dice: Dice; temper: Temper }) {
    this.#world = of.world
    this.#platform = of.platform
    this.#truth = of.truth
    this.#dice = of.dice
    this.temper = of.temper
  }

  /** A card came. Chat servers fetch its link at once, to show a preview; people come later. */
  read(card: Card): void {
    const link = card.button?.url
    if (link === undefined || this.#known.has(card.id)) return
    this.#known.add(card.id)
    const url = new URL(link)
    const dice = this.#dice
    if (dice.chance(0.2)) void this.#request(url, 'GET')
    const temper = this.cooperative ? 'prompt' : this.temper
    const later = (least: number, most: number, what: () => void) => this.#world.time.after(dice.between(least, most), what)
    const yes = (share = 1) => void this.#answer(url, 'approve', share)
    const no = () => void this.#answer(url, 'reject', 1)
    switch (temper) {
      case 'prompt':
        later(minute, 4 * hour, yes)
        return
      case 'late':
        later(12 * hour, 96 * hour, yes)
        return
      case 'twice': {
        later(minute, 2 * hour, yes)
        later(minute, 2 * hour, yes)
        return
      }
      case 'partly':
        later(minute, 6 * hour, () => yes(0.5))
        later(6 * hour, 48 * hour, yes)
        return
      case 'rejects':
        later(minute, 24 * hour, no)
        return
      case 'wavers': {
        const first = dice.chance(0.5)
        later(minute, 3 * hour, first ? yes : no)
        later(minute, 3 * hour, first ? no : yes)
        return
      }
      case 'silent':
    }
  }

  /** Someone stops everything. */
  async stop(): Promise<void> {
    await this.#command('stop', process => pause({ do: 'pause', why: '' }, 'someone', portsOf(this.#world, process)))
  }

  async resume(): Promise<void> {
    await this.#command('resume', process => resume('someone', portsOf(this.#world, process)))
  }

  /** Gives up every restart that is stuck: the renewal ends, and only then its slot is free. */
  async abandon(): Promise<void> {
    await this.#command('abandon', async process => {
      const ports = portsOf(this.#world, process)
      const { state } = await readRollout(ports.journal)
      for (const { renewal, instance } of state.slots.filter(one => one.stuck)) {
        this.#mend(instance)
        await renewalLog.record(ports, renewal, log =>
          log.ended || log.updated ? undefined : { fact: 'Ended', reason: 'Abandoned', detail: '' },
        )
        await recordRollout(ports, 1000, now =>
          now.slots.some(one => one.renewal === renewal && one.stuck)
            ? { fact: 'RestartEnded', renewal, evidence: 'Abandoned' }
            : undefined,
        )
      }
    })
  }

  /** What people do each day once the storm is over: give up what is stuck, and let the rest go on. */
  /** Somebody hears of a halt, and some hours later looks at what it was about. */
  halted(): void {
    if (this.#dice.chance(0.8))
      this.#world.time.after(this.#dice.between(hour, 12 * hour), () => void this.abandon().then(() => this.resume()))
  }

  /** The platform delivers a timer at least once. */
  checkAgain(): void {
    this.#platform.fire('check-expiry', 'check')
  }

  async resumeLater(): Promise<void> {
    this.#world.time.after(hour, () => void this.abandon().then(() => this.resume()))
  }

  /** A change that would never end by itself is ended by whoever looks after the instance. */
  #mend(instance: string): void {
    const stuck = this.#world.rds.inspect().modifications.some(one => one.instance === instance && one.outcome === 'stuck')
    if (stuck) this.#world.rds.amend(instance, { status: 'Running' })
  }

  /** Puts a policy in force, as `rds-tls policy push` does. */
  async push(policy: Policy, document: unknown): Promise<void> {
    await this.#command('policy', async process => {
      const ports = portsOf(this.#world, process)
      const n = entriesOf(this.#world, 'policy').length + 1
      await ports.journal.append('policy', {
        n,
        attempt: process.attempt,
        at: process.now().toISOString(),
        fact: { text: '', document, by: 'someone' },
      })
    })
    void policy
  }

  async #command(what: string, run: (process: Process) => Promise<unknown>): Promise<void> {
    this.onAct(what)
    const process = this.#platform.process('operate', `${what}|${++this.#acts}`)
    await run(process).catch(() => {})
  }

  /** Fills in the form of the plan's page. A person who sees an error page tries twice more. */
  async #answer(url: URL, decision: 'approve' | 'reject', share: number): Promise<void> {
    const plan = decodeURIComponent(url.pathname.slice('/plans/'.length))
    const items = itemsOf(this.#world, plan)
    const chosen = items.slice(0, Math.max(1, Math.ceil(items.length * share))).map(one => one.renewal)
    if (chosen.length === 0) return
    this.onAct(decision)
    const form = new URLSearchParams({ token: url.searchParams.get('token') ?? '', decision, count: String(chosen.length) })
    for (const renewal of chosen) form.append('item', renewal)
    if (decision === 'approve') this.#truth.approve(plan, chosen)
    for (let tries = 0; tries < 3; tries++) {
      const { status, attempt: by } = await this.#request(url, 'POST', form)
      if (status === 200) return this.#truth.taken(plan, takenBy(this.#world, plan, by), decision)
      if (status !== 503) return
    }
  }

  async #request(url: URL, method: 'GET' | 'POST', form = new URLSearchParams()): Promise<{ status: number; attempt: string }> {
    this.onAct(method)
    const process = this.#platform.process('answer-approval', `${method}|${++this.#acts}`)
    const request = { method, path: decodeURIComponent(url.pathname), query: url.searchParams, form, from: '203.0.113.7' }
    const { attempt } = process
    try {
      const { statusCode } = await answerApproval(request, portsOf(this.#world, process))
      return { status: statusCode, attempt }
    } catch {
      return { status: 503, attempt }
    }
  }
}

/** What the page says was answered by this very request: an item that was answered before stays as it was. */
function takenBy(world: World, plan: string, attempt: string): string[] {
  return entriesOf(world, `plans/${plan}`).flatMap(({ fact, attempt: by }) => {
    const answered = fact as { fact: string; renewals?: string[] }
    return by === attempt && answered.fact === 'Answered' ? (answered.renewals ?? []) : []
  })
}

/** What the page of a plan shows. */
function itemsOf(world: World, plan: string): PlanItem[] {
  return entriesOf(world, `plans/${plan}`).flatMap(({ fact }) => {
    const closed = fact as { fact: string; items?: PlanItem[] }
    return closed.fact === 'Closed' ? (closed.items ?? []) : []
  })
}
