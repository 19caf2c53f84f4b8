import type { Amendment, Instance } from '../../../local/model/rds.ts'
import type { PlanItem } from '../../../shared/domain/item.ts'
import type { Policy } from '../../../shared/domain/policy.ts'
import type { World } from '../world/world.ts'

/** What can be read of an instance, as it was during a span of time. */
export type View = Pick<Instance, 'tags' | 'maintainTime' | 'engineVersion' | 'resourceGroupId'> & { host: string; custom: boolean }

/** How an instance is to be treated under a policy: read anew here, not by the code under test. */
export type Rights = {
  automatic: boolean
  act: boolean
  groups: readonly string[]
  concurrency: number
  updateValue: number
  stated: boolean
  brake: number
  freezes: readonly { from: number; to: number }[]
}

/** `at`: when its plan was closed. */
export type Asked = { plan: string; item: PlanItem; automatic: boolean; at: number }

/** What really was: who said what, what was in force, what instances looked like, each with its time. */
export class Truth {
  readonly #world: World
  readonly #views = new Map<string, { from: number; view: View }[]>()
  readonly #policies: { from: number; policy: Policy }[] = []
  /** Renewal → the plans that it stood in, as people saw them. */
  readonly asked = new Map<string, Asked[]>()
  readonly #said = new Map<string, Said>()

  constructor(world: World) {
    this.#world = world
    for (const one of world.rds.instances()) this.#views.set(one.id, [{ from: 0, view: viewOf(one) }])
  }

  /** A person changes an instance in the console. */
  amend(id: string, change: Amendment): void {
    this.#world.rds.advance(this.#world.time.now)
    if (!this.#world.rds.amend(id, change)) return
    const one = this.#world.rds.instance(id)
    if (one) this.#views.get(id)?.push({ from: this.#world.time.now, view: viewOf(one) })
  }

  policy(policy: Policy): void {
    this.#policies.push({ from: this.#world.time.now, policy })
  }

  get policyNow(): Policy | undefined {
    return this.#policies.at(-1)?.policy
  }

  /** Everything that was true of an instance and of the policy at some moment since `from`: a process cannot see what changes while it runs. */
  since(id: string, from: number): { view: View; rights: Rights }[] {
    const engine = this.#world.rds.instance(id)?.engine ?? 'MySQL'
    const views = held(this.#views.get(id) ?? [], from).map(one => one.view)
    const policies = held(this.#policies, from).map(one => one.policy)
    return policies.flatMap(policy => views.map(view => ({ view, rights: rightsOf(policy, engine, id, view) })))
  }

  /** The person sends a yes: from now on it may be known. */
  approve(plan: string, renewals: readonly string[]): void {
    for (const renewal of renewals) this.#set(plan, renewal, { approved: this.said(plan, renewal).approved ?? this.#world.time.now })
  }

  /** The person was told that the answer was taken: from now on it must be known. */
  taken(plan: string, renewals: readonly string[], decision: 'approve' | 'reject'): void {
    const { now } = this.#world.time
    for (const renewal of renewals) {
      const said = this.said(plan, renewal)
      this.#set(plan, renewal, { answered: said.answered ?? now, ...(decision === 'reject' ? { rejected: said.rejected ?? now } : {}) })
    }
  }

  said(plan: string, renewal: string): Said {
    return this.#said.get(`${plan} ${renewal}`) ?? { approved: undefined, answered: undefined, rejected: undefined }
  }

  /** Since when the newest plan of a renewal permits it, by its answer or by its policy; an unanswered one since it was closed. */
  permittedSince(renewal: string): number {
    const newest = this.asked.get(renewal)?.at(-1)
    if (!newest) return Number.NEGATIVE_INFINITY
    return this.said(newest.plan, renewal).answered ?? newest.at
  }

  #set(plan: string, renewal: string, more: Partial<Said>): void {
    this.#said.set(`${plan} ${renewal}`, { ...this.said(plan, renewal), ...more })
  }
}

/** When a yes was first sent, when an answer was first taken, and when a no was. */
type Said = { approved: number | undefined; answered: number | undefined; rejected: number | undefined }

/** The versions that were in force at some time from `from` on. */
function held<T extends { from: number }>(versions: readonly T[], from: number): readonly T[] {
  const first = versions.findLastIndex(one => one.from <= from)
  return versions.slice(Math.max(first, 0))
}

function viewOf(one: Readonly<Instance>): View {
  const { tags, maintainTime, engineVersion, resourceGroupId, ssl } = one
  return { tags, maintainTime, engineVersion, resourceGroupId, host: ssl.connectionString, custom: ssl.certificate?.by === 'foreign' }
}

function rightsOf(policy: Policy, engine: string, id: string, view: View): Rights {
  const at = policy.rules.findIndex(({ match }) => {
    const tags = Object.entries(match.tags ?? {}).every(([key, value]) => view.tags[key] === value)
    return tags && (match.engine ?? engine) === engine && (match.instance ?? id) === id
  })
  const set = policy.rules[at]?.set
  const named = (set?.groups ?? []).flatMap(group => {
    const tag = group.replace('tag:', '')
    return view.tags[tag] === undefined ? [] : [`${tag}=${view.tags[tag]}`]
  })
  return {
    automatic: (set?.approval ?? policy.defaults.approval) === 'automatic',
    act: policy.mode === 'act',
    groups: named.length > 0 ? named : [at < 0 ? 'defaults' : `rule ${at + 1}`],
    concurrency: set?.concurrency ?? policy.defaults.concurrency,
    updateValue: set?.updateValue ?? (engine === 'SQLServer' ? 2 : 1),
    stated: set?.certificate === 'aliyun',
    brake: Math.max(policy.defaults.halt.failures, ...policy.rules.map(rule => rule.set.halt?.failures ?? 0)),
    freezes: policy.freezes.map(one => ({ from: Date.parse(one.from), to: Date.parse(one.to) })),
  }
}
