import '../../../shared/page/approval-page.ts'
import { answerApproval } from '../../../functions/answer-approval.ts'
import { resume } from '../../../shared/operations/brakes.ts'
import { newestPolicy, pushPolicy } from '../../../shared/operations/policies.ts'
import { abandon } from '../../../shared/operations/renewals.ts'
import { wordsOf } from '../../../shared/page/words.ts'
import type { Card, OperatorPorts, Ports } from '../../../shared/ports.ts'
import type { Truth } from '../oracle/truth.ts'
import type { Platform } from '../world/platform.ts'
import type { Process } from '../world/process.ts'
import { journalBucket, type World } from '../world/world.ts'

export type Temper = 'approves' | 'rejects' | 'is silent'

const minute = 60_000
const hour = 60 * minute

type Surroundings = {
  world: World
  platform: Platform
  truth: Truth
  ports: (world: World, process: Process) => Ports
  again: () => number
  temper: Temper
}

/** One person: answers what is asked, and mends what only people can mend. Whoever sees no answer comes again as often as the cut says. */
export class Person {
  /** When a yes was first sent, by instance. */
  readonly yes = new Map<string, number>()
  /** Every yes that was sent. */
  readonly approved: { plan: string; renewals: readonly string[]; at: number }[] = []
  readonly #of: Surroundings
  readonly known = new Set<string>()
  #acts = 0

  constructor(of: Surroundings) {
    this.#of = of
  }

  read(card: Card): void {
    if (this.known.has(card.id)) return
    this.known.add(card.id)
    const { world, temper } = this.#of
    const { Stuck, Refuted, Halted } = wordsOf('en').attention
    if ([Stuck, Refuted, Halted].some(({ title }) => card.title.startsWith(title))) {
      world.time.after(hour, () => this.#mend())
    }
    const link = card.button?.url
    if (link === undefined || temper === 'is silent') return
    world.time.after(minute, () => void this.#answer(new URL(link), temper))
  }

  /** Looks first, then fills in the form with everything that is shown. */
  async #answer(url: URL, temper: Temper): Promise<void> {
    await this.#insist('answer-approval', process => this.#request(process, url, 'GET', new URLSearchParams()))
    const plan = decodeURIComponent(url.pathname.slice('/plans/'.length))
    const renewals = (this.#of.world.rds.instances() ?? []).flatMap(({ id }) => this.#asked(plan, id))
    if (renewals.length === 0) return
    const decision = temper === 'rejects' ? 'reject' : 'approve'
    const form = new URLSearchParams({ token: url.searchParams.get('token') ?? '', decision, count: String(renewals.length) })
    for (const renewal of renewals) form.append('item', renewal)
    if (decision === 'approve') this.approves(plan, renewals)
    await this.#insist('answer-approval', async process => {
      const status = await this.#request(process, url, 'POST', form)
      if (status === 200) this.#of.truth.taken(plan, renewals, decision)
    })
  }

  /** Sends a yes: from now on it may be known. */
  approves(plan: string, renewals: readonly string[]): void {
    const at = this.#of.world.time.now
    this.#of.truth.approve(plan, renewals)
    this.approved.push({ plan, renewals, at })
    for (const renewal of renewals) {
      const instance = renewal.split('.')[2] ?? ''
      this.yes.set(instance, this.yes.get(instance) ?? at)
    }
  }

  /** What the page of a plan lists of an instance. */
  #asked(plan: string, instance: string): string[] {
    return [...this.#of.truth.asked].flatMap(([renewal, plans]) =>
      renewal.includes(`.${instance}.`) && plans.some(one => one.plan === plan) ? [renewal] : [],
    )
  }

  async #request(process: Process, url: URL, method: 'GET' | 'POST', form: URLSearchParams): Promise<number> {
    const request = { method, path: decodeURIComponent(url.pathname), query: url.searchParams, form, from: '203.0.113.7' }
    const { statusCode } = await answerApproval(request, this.#of.ports(this.#of.world, process))
    return statusCode
  }

  /** Looks after what is stuck, gives it up, and lets the others go on. */
  #mend(): void {
    const { world, truth } = this.#of
    const stuck = world.rds.inspect().modifications.filter(one => one.outcome === 'stuck')
    for (const { instance } of stuck) truth.amend(instance, { status: 'Running' })
    for (const { id } of world.rds.instances()) {
      void this.#insist('operate', process => abandon({ do: 'abandon', of: id, why: '' }, 'user/li.wei', this.#operator(process)))
    }
    world.time.after(minute, () => void this.#insist('operate', process => resume('user/li.wei', this.#operator(process))))
  }

  /** Puts a policy in force; an hour later sees whether it is, and else tries again. */
  push(text: string): void {
    let done = false
    void this.#insist('operate', async process => {
      const ports = this.#operator(process)
      const after = (await newestPolicy(ports.journal))?.n ?? 0
      const answered = await pushPolicy({ do: 'push policy', text, after, act: true }, 'user/li.wei', ports)
      done = answered.ok || answered.reason === 'Same'
    })
    this.#of.world.time.after(hour, () => done || this.push(text))
  }

  #operator(process: Process): OperatorPorts {
    const { world, ports } = this.#of
    const under = (prefix: string) =>
      process.call('logNames.under', () => {
        const listed = world.oss.list(journalBucket, { prefix: `journal/${prefix}`, maxKeys: 1000 })
        const keys = listed.ok ? listed.value.objects.map(one => one.key) : []
        return [...new Set(keys.map(key => key.slice('journal/'.length, key.lastIndexOf('/'))))]
      })
    const none = async () => {
      throw new Error('nobody asks for it here')
    }
    return {
      ...ports(world, process),
      identities: { host: '', whoSigned: none },
      letters: { count: none, depths: none, peek: none, take: none, remove: none, putBack: none },
      logNames: { bucket: journalBucket, versioned: async () => false, under },
    }
  }

  /** Does something by a process of its own; where that dies or fails, does it again some seconds later: as often at once as the cut says. */
  #insist(step: string, run: (process: Process) => Promise<unknown>, tries = 3): Promise<void> {
    const { platform, world, again } = this.#of
    return new Promise(resolve => {
      const process = platform.process(step, `${step}|${++this.#acts}`)
      const retry = (copies: number) => {
        if (tries <= 1 || copies === 0) return resolve()
        const all = () => Promise.all(Array.from({ length: copies }, () => this.#insist(step, run, tries - 1)))
        world.time.after(10_000, () => void all().then(() => resolve()))
      }
      process.onDeath = () => retry(again())
      run(process).then(
        () => resolve(),
        () => retry(1),
      )
    })
  }
}
