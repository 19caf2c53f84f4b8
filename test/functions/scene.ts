import { iso } from '../../shared/domain/duration.ts'
import type { PlanItem } from '../../shared/domain/item.ts'
import type { Closed, PlanFact } from '../../shared/domain/plan.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { renewalId } from '../../shared/domain/renewal-id.ts'
import type { RenewalFact } from '../../shared/domain/renewal-log.ts'
import { evolveRollout, noRollout, type RolloutFact, type Slot } from '../../shared/domain/rollout.ts'
import { type AnyEvent, event } from '../../shared/events.ts'
import { type Certificate, readCertificate } from '../../shared/formats/certificate.ts'
import type { ProofFile } from '../../shared/ports.ts'
import type { Row } from '../fakes/rds.ts'
import { type FakeWorld, fakeWorld } from '../fakes/world.ts'
import { type Made, make, makeKeys } from '../handshake/authority.ts'

/** Monday, half past six in the evening UTC: inside the window 18:00Z-22:00Z. */
export const now = '2026-11-09T18:30:00Z'
export const oldEnd = '2026-12-01T03:12:45Z'
export const newEnd = '2027-11-09T18:31:00Z'
export const host = 'rm-1.mysql.rds.aliyuncs.com'
export const plan = 'dba.required.2026-11-09'

export const policyText = `mode: act
timezone: Asia/Shanghai
language: en
defaults: { renewBefore: 30d, approval: required, approvers: dba, window: maintenance, concurrency: 1, halt: { failures: 1 }, proof: required, ask: weekly }
approvers:
  dba: { channels: [dingtalk-dba] }
  shop: { channels: [hook-shop, dingtalk-shop] }
reach: [{ region: cn-hangzhou, vpc: vpc-1, function: probe-1 }]
`

export const renewalOf = (instance: string): string =>
  renewalId({ account: '1000000000000001', region: 'cn-hangzhou', instance, kind: 'instance', notAfter: oldEnd })
export const renewal = renewalOf('rm-1')

export function itemOf(instance = 'rm-1', change: Partial<PlanItem> = {}): PlanItem {
  return {
    renewal: renewalOf(instance),
    region: 'cn-hangzhou',
    instance,
    description: instance,
    engine: 'MySQL',
    version: '5.7',
    vpc: 'vpc-1',
    family: instance,
    host: `${instance}.mysql.rds.aliyuncs.com`,
    notAfter: oldEnd,
    deadline: '2026-11-30T21:20:00Z',
    validUntil: '2026-11-30T21:20:00Z',
    promise: { restarts: true, window: '18:00Z-22:00Z', updateValue: 1 },
    ...change,
  }
}

export const closedOf = (items: readonly PlanItem[] = [itemOf()], change: Partial<Closed> = {}): Closed => ({
  fact: 'Closed',
  plan,
  approvers: 'dba',
  approval: 'required',
  items: [...items],
  validUntil: '2026-11-30T21:20:00Z',
  policy: 1,
  ...change,
})

/** A hierarchy with the old leaf of rm-1, its new one, and what does not fit. */
export type Leaves = {
  bundle: Certificate[]
  /** The bundle as the vendor publishes it later: one more intermediate. */
  grown: Certificate[]
  otherRoot: Certificate
  old: Uint8Array[]
  renewed: Uint8Array[]
  /** Of a root that the bundle does not know. */
  foreign: Uint8Array[]
  renewedOf(host: string): Promise<Uint8Array[]>
}

let made: Promise<Leaves> | undefined
/** Made once for each test file. */
export const leaves = (): Promise<Leaves> => {
  made ??= makeLeaves()
  return made
}

async function makeLeaves(): Promise<Leaves> {
  const keys = await makeKeys()
  const root = await make({ subject: 'CN=Test Root', ca: true, serial: '01' })
  const region = await make({ subject: 'CN=Region', ca: true, issuer: root, serial: '02' })
  const second = await make({ subject: 'CN=Second Region', ca: true, issuer: root, serial: '03' })
  const stranger = await make({ subject: 'CN=Stranger', ca: true, serial: '04' })
  const leaf = (issuer: Made, serial: string, from: string, until: string, name = host) =>
    make({ subject: 'CN=leaf', issuer, serial, from, until, names: [name], keys })
  const chain = (one: Made, issuer: Made) => [one, issuer].map(({ der }) => new Uint8Array(der))
  const renewedFrom = '2026-11-09T18:31:00Z'
  const certificates = (...some: Made[]) => some.map(one => readCertificate(new Uint8Array(one.der)))
  const [otherRoot] = certificates(stranger)
  if (!otherRoot) throw new Error('a root was made')
  return {
    bundle: certificates(root, region),
    grown: certificates(root, region, second),
    otherRoot,
    old: chain(await leaf(region, '0a', '2025-12-01T03:12:45Z', oldEnd), region),
    renewed: chain(await leaf(region, '0b', renewedFrom, newEnd), region),
    foreign: chain(await leaf(stranger, '0c', renewedFrom, newEnd), stranger),
    renewedOf: async name => chain(await leaf(region, '0d', renewedFrom, newEnd, name), region),
  }
}

export type SceneOptions = {
  at?: string
  instances?: readonly Row[]
  policy?: string
  attempt?: string
  page?: string
  items?: readonly PlanItem[]
}

const documents = new Map<string, unknown>()
const documentOf = (text: string): unknown => {
  if (!documents.has(text)) documents.set(text, readPolicy(text).document)
  return documents.get(text)
}

/** A deployment with its policy in force, its bundle published and checked, and the old certificate served. */
export async function scene({
  at = now,
  instances = [{ id: 'rm-1', notAfter: oldEnd }],
  policy = policyText,
  ...more
}: SceneOptions = {}): Promise<FakeWorld> {
  const world = fakeWorld({ now: at, instances, policy, bundleUrl: 'https://ca.example.com', ...more })
  const { bundle, old } = await leaves()
  world.journal.seed('policy', [{ text: policy, document: documentOf(policy), by: 'a test' }], { at })
  world.bundles.seed(bundle, iso(Date.parse(at) - 3_600_000))
  world.source.set(bundle)
  world.probes.serve(host, old)
  return world
}

export const asked: PlanFact = { fact: 'Asked', ask: 1 }
export const approved = (...renewals: string[]): PlanFact => ({
  fact: 'Answered',
  decision: 'approve',
  renewals: renewals.length > 0 ? renewals : [renewal],
  by: { kind: 'link', from: '10.0.0.1' },
})
export const rejected = (...renewals: string[]): PlanFact => ({ ...approved(...renewals), decision: 'reject' }) as PlanFact
export const planned = (item = itemOf()): RenewalFact => ({ fact: 'Planned', plan, item })
export const updated: RenewalFact = { fact: 'Updated', notAfter: newEnd, adopted: false }
export const published = (version: string): RenewalFact => ({ fact: 'Published', version })

/** A scene in which rm-1 was asked for and approved. */
export async function approvedScene(options: SceneOptions = {}): Promise<FakeWorld> {
  const world = await scene(options)
  const items = options.items ?? [itemOf()]
  world.journal.seed(`plans/${plan}`, [closedOf(items), asked, approved(...items.map(item => item.renewal))])
  for (const item of items) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  return world
}

export const slotOf = (change: Partial<Slot> = {}): Slot => ({
  renewal,
  instance: 'rm-1',
  family: 'rm-1',
  groups: { defaults: 1 },
  attempt: 'an-earlier-one',
  callBefore: '2026-11-09T18:30:30Z',
  startedAt: now,
  tries: 1,
  stuck: false,
  ...change,
})

/** Puts facts into the restarts log, each with the state after it. */
export function seedRollout(world: FakeWorld, facts: readonly RolloutFact[], at = now): void {
  let state = noRollout
  world.journal.seed(
    'restarts',
    facts.map(what => {
      state = evolveRollout(state, what, at, 1)
      return { what, after: state }
    }),
  )
}

/** A scene in which rm-1's update is accepted, and its old leaf was seen before. */
export async function restartingScene(options: SceneOptions = {}): Promise<FakeWorld> {
  const world = await approvedScene(options)
  world.journal.seed(`renewals/${renewal}`, [{ fact: 'Accepted', tries: 1, requestId: 'A1' }])
  seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf() }])
  world.rds.change('rm-1', { status: 'SSL_MODIFYING' })
  return world
}

/** A scene in which rm-1 runs again with its new certificate, and its update is journalled. */
export async function updatedScene(options: SceneOptions = {}): Promise<FakeWorld> {
  const world = await approvedScene({ at: '2026-11-09T18:40:00Z', ...options })
  world.journal.seed(`renewals/${renewal}`, [updated])
  world.rds.settle('rm-1', newEnd)
  world.probes.serve(host, (await leaves()).renewed)
  return world
}

/** The same, with the bundle published after it. */
export async function publishedScene(options: SceneOptions = {}): Promise<FakeWorld> {
  const world = await updatedScene(options)
  world.journal.seed(`renewals/${renewal}`, [published(await versionOf(world))])
  return world
}

export async function versionOf({ bundles }: FakeWorld): Promise<string> {
  return (await bundles.manifest())?.version ?? ''
}

export const says = {
  due: event('RenewalsDue', { plan }),
  asked: event('ApprovalRequested', { plan, ask: 1 }),
  approved: event('RenewalApproved', { plan, renewal }),
  updated: event('ValidityUpdated', { plan, renewal }),
  published: (version: string) => event('BundlePublished', { plan, renewal, version }),
  proven: event('RenewalProven', { plan, renewal }),
} satisfies Record<string, AnyEvent | ((version: string) => AnyEvent)>

/** What a log says, without when and by whom. */
export const said = (world: FakeWorld, log: string): unknown[] => world.journal.facts(log)
export const saidOf = (world: FakeWorld, of = renewal): unknown[] => said(world, `renewals/${of}`)
export const lastSaidOf = (world: FakeWorld, of = renewal): unknown => saidOf(world, of).at(-1)

/** What the restarts log says happened. */
export const restarts = (world: FakeWorld): unknown[] => (said(world, 'restarts') as { what: unknown }[]).map(one => one.what)
export const slots = (world: FakeWorld): Slot[] =>
  (said(world, 'restarts').at(-1) as { after: { slots: Slot[] } } | undefined)?.after.slots ?? []

export const emitted = ({ queue }: FakeWorld): AnyEvent[] => queue.emitted()
export const hints = ({ journal }: FakeWorld): string[] => journal.hints().map(({ look, id }) => `${look.replace('.000Z', 'Z')} ${id}`)

export const proofOf = (change: Partial<ProofFile> = {}): ProofFile => ({
  region: 'cn-hangzhou',
  instance: 'rm-1',
  host,
  verdict: 'proven',
  reason: undefined,
  chain: [],
  fingerprint: undefined,
  serial: undefined,
  notAfter: undefined,
  protocol: 'TLSv1.2',
  bundle: undefined,
  from: 'vpc-1',
  at: '2026-11-08T18:30:00Z',
  ...change,
})
