import { rollout } from '../domain/rollout.ts'
import { Fault } from '../errors.ts'
import { event } from '../events.ts'
import { noticeLog, readPolicyLog, readRollout } from '../logs.ts'
import type { Look } from '../operation.ts'
import type { OperatorPorts } from '../ports.ts'
import { watchScans } from '../scan-watch.ts'
import * as z from '../schema.ts'
import { type Answered, done, refused } from './answered.ts'
import { type BundleSeen, seeBundle } from './bundles.ts'
import { newestPolicy, policySeen } from './policies.ts'

type Needs = Pick<OperatorPorts, 'clock' | 'attempt' | 'journal' | 'queue' | 'bundles' | 'letters' | 'logNames' | 'settings'>

/** A part of the checkup, or why it could not be had: one that fails must not hide the others. */
const part = <T extends z.ZodMiniType>(of: T) =>
  z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), is: of }),
    z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string() }),
  ])

const queueSeen = z.union([
  z.strictObject({ queue: z.string(), waiting: z.int(), hidden: z.int() }),
  z.strictObject({ queue: z.string(), fault: z.string() }),
])
const unproven = z.strictObject({
  instance: z.string(),
  region: z.string(),
  host: z.string(),
  from: z.string(),
  at: z.string(),
  reason: z.string(),
})

/** What the deployment sees of itself. */
export const checkup = z.strictObject({
  now: z.string(),
  journal: z.strictObject({ bucket: z.string(), versioned: part(z.boolean()) }),
  policy: part(z.optional(policySeen)),
  rollout: part(rollout),
  scan: part(z.strictObject({ fine: z.boolean(), at: z.optional(z.string()) })),
  queues: part(z.array(queueSeen)),
  /** `waits`: the version that was not published, and since when. */
  bundle: part(
    z.strictObject({
      url: z.optional(z.string()),
      checkedAt: z.optional(z.string()),
      waits: z.optional(z.strictObject({ version: z.string(), at: z.string(), acceptedBy: z.optional(z.string()) })),
    }),
  ),
  /** Endpoints that no probe reached when they were last looked at. */
  unreached: part(z.array(unproven)),
})
export type Checkup = z.infer<typeof checkup>

export async function checkUp({ clock, ...ports }: Needs): Promise<Answered<Checkup>> {
  const { journal, logNames, letters, bundles, settings } = ports
  const [versioned, policy, state, scan, queues, bundle, unreached] = await Promise.all([
    seen(() => logNames.versioned()),
    seen(() => newestPolicy(journal)),
    seen(async () => (await readRollout(journal)).state),
    seen(() => watchScans({ journal, clock })),
    seen(() => letters.depths()),
    seen(async () => bundleOf(await seeBundle({ ...ports, clock }), settings.bundleUrl)),
    seen(async () => (await bundles.proofs()).filter(({ verdict }) => verdict === 'unreached').map(unprovenOf)),
  ])
  const told = {
    now: clock.now().toISOString(),
    journal: { bucket: logNames.bucket, versioned },
    policy,
    rollout: state,
    scan,
    queues,
    bundle,
    unreached,
  }
  // What is undefined is left out on its way as JSON, as the schema has it.
  return done(checkup.parse(JSON.parse(JSON.stringify(told))))
}

const bundleOf = ({ published, waits }: BundleSeen, url: string | undefined) => ({
  url,
  checkedAt: published?.checkedAt,
  waits: waits && { version: waits.version, at: waits.at, acceptedBy: waits.acceptedBy },
})

const unprovenOf = ({
  instance,
  region,
  host,
  from,
  at,
  reason = '',
}: {
  instance: string
  region: string
  host: string
  from: string
  at: string
  reason?: string | undefined
}) => ({
  instance,
  region,
  host,
  from,
  at,
  reason,
})

type Seen<T> = { ok: true; is: T } | { ok: false; code: string; message: string }

async function seen<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { ok: true, is: await look() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ok: false, code: error.cloudCode ?? error.code, message: error.message }
  }
}

export const chatTried = z.strictObject({
  cards: z.array(z.strictObject({ card: z.string(), approvers: z.string(), channels: z.array(z.string()) })),
})

/** Says a test to each group of people: it goes by queue, notify and chat as every card does. */
export async function tryChat(identity: string, ports: Needs): Promise<Answered<z.infer<typeof chatTried>>> {
  const known = await readPolicyLog(ports.journal)
  if (!known) return refused('NoSuchPlan', 'no policy is in force yet, so that nobody is known: rds-tls policy push')
  const detail = `${identity}, ${ports.clock.now().toISOString()}`
  const cards = Object.entries(known.policy.approvers).map(([approvers, { channels }]) => {
    const said = event('AttentionNeeded', { reason: 'Test', subject: 'rds-tls doctor', approvers, detail, mend: '' })
    return { said, card: said.id, approvers, channels }
  })
  await ports.queue.send(cards.map(({ said }) => said))
  return done({ cards: cards.map(({ card, approvers, channels }) => ({ card, approvers, channels: [...channels] })) })
}

export const cardSeen = z.strictObject({
  channels: z.array(z.strictObject({ channel: z.string(), posted: z.boolean(), claimed: z.boolean() })),
})

export async function seeCard(
  { card, channels }: Look & { do: 'test card' },
  { journal }: Needs,
): Promise<Answered<z.infer<typeof cardSeen>>> {
  const states = await Promise.all(
    channels.map(async channel => {
      const { state } = await noticeLog.read(journal, `${card}.${channel}`)
      return { channel, posted: state.posted, claimed: state.claimedAt !== undefined }
    }),
  )
  return done({ channels: states })
}
