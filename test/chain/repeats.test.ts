import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answering } from '../../functions/answer-approval.ts'
import { step as checkExpiry } from '../../functions/check-expiry.ts'
import { step as notify } from '../../functions/notify.ts'
import { step as proveRenewal } from '../../functions/prove-renewal.ts'
import { step as publishBundle } from '../../functions/publish-bundle.ts'
import { step as requestApproval } from '../../functions/request-approval.ts'
import { step as updateValidity } from '../../functions/update-validity.ts'
import type { Need } from '../../shared/config.ts'
import type { RenewalFact } from '../../shared/domain/renewal-log.ts'
import { type AnyEvent, event } from '../../shared/events.ts'
import { type Connect, type Handler, host, type Step } from '../../shared/host.ts'
import { unreached } from '../fakes/probes.ts'
import { type FakeWorld, fakeWorld } from '../fakes/world.ts'
import {
  approved,
  approvedScene,
  asked,
  closedOf,
  host as endpoint,
  itemOf,
  leaves,
  newEnd,
  oldEnd,
  plan,
  planned,
  policyText,
  publishedScene,
  renewal,
  renewalOf,
  restartingScene,
  says,
  scene,
  updatedScene,
} from '../functions/scene.ts'
import { http, queueForms, timer } from '../shared/envelopes.ts'

// Queues deliver a message more than once, and to two processes at once. Each handler is called twice with the same envelope, in turn and at
// once under every order of its calls that the scheduler finds; then the whole world is compared, byte by byte, with the one after one call.

type Hosted = (connect: Connect) => Handler
type Case = {
  does: string
  hosted: Hosted
  envelopes: Readonly<Record<string, Buffer>>
  world: () => Promise<FakeWorld>
  incoming?: AnyEvent
}

const silent = () => {}
const hosting =
  <N extends Need>(step: Step<N>): Hosted =>
  connect =>
    host(step, connect, silent)

function onEvent<N extends Need>(step: Step<N>, does: string, incoming: AnyEvent, world: () => Promise<FakeWorld>): Case {
  const text = JSON.stringify(incoming)
  const envelopes = Object.fromEntries(Object.entries(queueForms).map(([form, write]) => [form, write(text)]))
  return { does: `${step.step} ${does}`, hosted: hosting(step), envelopes, world, incoming }
}

function onTimer<N extends Need>(step: Step<N>, does: string, kind: string, world: () => Promise<FakeWorld>): Case {
  return { does: `${step.step} ${does}`, hosted: hosting(step), envelopes: { 'a timer': timer(JSON.stringify({ kind })) }, world }
}

function onRequest(does: string, decision: string | undefined, world: () => Promise<FakeWorld>): Case {
  const path = `/plans/${plan}`
  const token = `token.${plan}.2026-11-30T21:20:00Z`
  const form = new URLSearchParams([
    ['item', renewal],
    ['item', renewalOf('rm-2')],
    ['decision', decision ?? ''],
    ['count', '2'],
    ['token', token],
  ])
  const post = { method: 'POST', path, body: form.toString() }
  const envelopes: Record<string, Buffer> =
    decision === undefined
      ? { 'an HTTP request': http({ path, query: { token } }) }
      : { 'an HTTP request': http(post), 'an HTTP request in base64': http({ ...post, base64: true }) }
  return { does: `answer-approval ${does}`, hosted: connect => answering(connect, silent), envelopes, world }
}

/** Everything that outlives a delivery. Which of two attempts wrote an entry is no difference. */
async function bytesOf(world: FakeWorld, { anyAttempt = false } = {}) {
  const { journal, queue, chat, rds, bundles, source } = world
  const manifest = await bundles.manifest()
  const model = []
  for (const id of ['rm-1', 'rm-2', 'rm-9']) model.push(await rds.instance('cn-hangzhou', id), await rds.protection('cn-hangzhou', id))
  const json = (value: unknown) => {
    const text = JSON.stringify(value, undefined, 1) ?? ''
    return anyAttempt ? text.replaceAll(/attempt-[12]/g, 'attempt') : text
  }
  return {
    model: json({ updates: rds.updates, model }),
    journal: json(await Promise.all(journal.logs().map(async log => [log, await journal.read(log)]))),
    hints: json(journal.hints()),
    bundles: json([manifest, manifest && (await bundles.pem(manifest.version)), await bundles.proofs(), await source.fetch()]),
    // Each channel is a stream of its own.
    chat: json([...chat.posted].sort((a, b) => (a.channel < b.channel ? -1 : 1))),
    queues: [...new Set(queue.sent.map(({ event: { id }, delaySeconds }) => `${id} after ${delaySeconds} s`))].sort(),
    deadLetters: json(queue.buried),
  }
}

/** The ports of an attempt, each of whose calls waits for its turn. */
function connectTo(world: FakeWorld, turn: (call: string) => Promise<void> = async () => {}): Connect {
  const waiting = <P extends object>(name: string, port: P): P =>
    new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as unknown
        if (typeof call !== 'function') return call
        return async (...of: unknown[]) => {
          await turn(`${name}.${String(method)}`)
          return call(...of)
        }
      },
    })
  return async (needs, attempt) => {
    const { clock, settings } = world
    const ports = needs.map(need => [need, need === 'trust' ? world.trust : waiting(need, world[need as 'journal'])])
    return { clock, settings, attempt, ...Object.fromEntries(ports) } as never
  }
}

/** The message itself, put back until the restart that the other delivery began is over. */
const isWatch = ({ incoming }: Case, sent: string) => incoming?.type === 'RenewalApproved' && sent.startsWith(incoming.id)
const hintsIn = (hints: string) => (JSON.parse(hints) as { id: string }[]).map(({ id }) => id)

const deliver = (one: Case, world: FakeWorld, bytes: Buffer, requestId: string, turn?: (call: string) => Promise<void>) =>
  one.hosted(connectTo(world, turn))(bytes, { requestId })

const two = [itemOf('rm-1'), itemOf('rm-2')]
const rows = ['rm-1', 'rm-2'].map(id => ({ id, notAfter: oldEnd }))
const morning = '2026-11-09T00:00:00Z'
const proof: RenewalFact = { fact: 'Proven', fingerprint: 'f', serial: '0B', notAfter: newEnd, from: 'vpc-1' }

async function closedScene(change: Parameters<typeof closedOf>[1] = {}, logged = false) {
  const world = await scene({ instances: rows, page: 'https://renew.example.com' })
  world.journal.seed(`plans/${plan}`, [closedOf(two, change), ...(logged ? [asked] : [])])
  if (logged) for (const item of two) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  return world
}

async function changed(world: Promise<FakeWorld>, change: (world: FakeWorld) => void | Promise<void>) {
  const made = await world
  await change(made)
  return made
}

async function openScene() {
  const world = await closedScene({}, true)
  world.journal.seed(`plans/${plan}`, [approved(renewal)], { at: '2026-11-09T01:00:00Z' })
  world.clock.set('2026-11-12T18:31:00Z')
  for (const id of [`plans/${plan}`, `renewals/${renewal}`, 'renewals/forgotten']) await world.journal.remind('2026-11-12T18:30:00Z', id)
  return world
}

const proven = async () =>
  changed(publishedScene(), world => {
    world.journal.seed(`renewals/${renewal}`, [proof])
  })
const version = '0'.repeat(64)
const proofDue = event('ProofDue', { region: 'cn-hangzhou', instance: 'rm-1', week: '2026-W46' })
const stuck = event('AttentionNeeded', { reason: 'Stuck', subject: 'rm-1', approvers: 'shop', detail: 'no end', mend: '', plan })

const cases: Case[] = [
  onTimer(checkExpiry, 'scans on its first day', 'check', async () => {
    const world = fakeWorld({ now: morning, instances: [...rows, { id: 'rm-9', notAfter: newEnd }], policy: policyText })
    world.source.set((await leaves()).bundle)
    return world
  }),
  onTimer(checkExpiry, 'sweeps what is open', 'sweep', openScene),
  onTimer(checkExpiry, 'goes on with a scan', 'sweep', () =>
    changed(scene({ at: morning, instances: rows }), world =>
      world.journal.seed('scans/2026-11-09', [{ fact: 'Started', regions: ['cn-hangzhou', 'cn-beijing'], policy: 1 }]),
    ),
  ),
  onEvent(requestApproval, 'asks', says.due, () => closedScene()),
  onEvent(requestApproval, 'approves by policy', says.due, () => closedScene({ approval: 'automatic' })),
  onEvent(requestApproval, 'drops what stands in another plan', says.due, () =>
    changed(closedScene(), world =>
      world.journal.seed(`renewals/${renewalOf('rm-2')}`, [{ ...planned(itemOf('rm-2')), plan: 'dba.required.2026-11-02' }]),
    ),
  ),
  onRequest('shows', undefined, () => closedScene({}, true)),
  onRequest('takes a yes', 'approve', () => closedScene({}, true)),
  onRequest('takes a no', 'reject', () => closedScene({}, true)),
  onEvent(updateValidity, 'calls', says.approved, () => approvedScene()),
  onEvent(updateValidity, 'calls, and never hears the answer', says.approved, () =>
    changed(approvedScene(), world => world.rds.reply({ reply: 'unknown', cause: 'TimedOut' })),
  ),
  onEvent(updateValidity, 'is refused', says.approved, () =>
    changed(approvedScene(), world => world.rds.reply({ reply: 'refused', code: 'Forbidden.RAM', message: 'no right' })),
  ),
  onEvent(updateValidity, 'watches', says.approved, () => restartingScene()),
  onEvent(updateValidity, 'finishes', says.approved, () => changed(restartingScene(), world => world.rds.settle('rm-1', newEnd))),
  onEvent(updateValidity, 'adopts', says.approved, () => changed(approvedScene(), world => world.rds.settle('rm-1', newEnd))),
  onEvent(updateValidity, 'waits for the window', says.approved, () => approvedScene({ at: '2026-11-09T12:00:00Z' })),
  onEvent(updateValidity, 'ends what lost its promise', says.approved, () =>
    changed(approvedScene(), world => world.rds.change('rm-1', { maintainTime: '02:00Z-06:00Z' })),
  ),
  onEvent(updateValidity, 'frees what vanished', says.approved, () => changed(restartingScene(), world => world.rds.release('rm-1'))),
  onEvent(updateValidity, 'sticks', says.approved, () => changed(restartingScene(), world => world.clock.set('2026-11-09T20:30:00Z'))),
  onTimer(publishBundle, 'publishes at night', 'nightly', async () =>
    changed(scene(), async world => world.source.set((await leaves()).grown)),
  ),
  onTimer(publishBundle, 'refuses a root', 'nightly', async () =>
    changed(scene(), async world => world.source.set([...(await leaves()).bundle, (await leaves()).otherRoot])),
  ),
  onEvent(publishBundle, 'publishes after an update', says.updated, async () =>
    changed(updatedScene(), async world => world.source.set((await leaves()).grown)),
  ),
  onEvent(proveRenewal, 'proves', says.published(version), () => publishedScene()),
  onEvent(proveRenewal, 'refutes', says.published(version), async () =>
    changed(publishedScene(), async world => world.probes.serve(endpoint, (await leaves()).foreign)),
  ),
  onEvent(proveRenewal, 'reaches nothing', says.published(version), () =>
    changed(publishedScene(), world => world.probes.set(endpoint, unreached)),
  ),
  onEvent(proveRenewal, 'sees a drift', proofDue, () => changed(scene(), world => world.rds.settle('rm-1', newEnd))),
  onEvent(notify, 'tells who must answer', says.asked, () => closedScene({ approvers: 'shop' }, true)),
  onEvent(notify, 'tells what is proven', says.proven, proven),
  onEvent(notify, 'tells what needs a person', stuck, () => scene()),
]

describe.each(cases)('$does', one => {
  test.each(Object.entries(one.envelopes))('twice from %s as once', async (_, bytes) => {
    const [once, twice] = [await one.world(), await one.world()]
    const first = await deliver(one, once, bytes, 'attempt-1')
    await deliver(one, twice, bytes, 'attempt-1')
    const sent = new Set(twice.queue.sent.map(({ event: { id } }) => id))
    twice.queue.clear()
    const second = await deliver(one, twice, bytes, 'attempt-2')
    expect([first, second].every(reply => typeof reply === 'string')).toBe(true)
    expect(twice.queue.sent.filter(({ event: { id } }) => !sent.has(id))).toEqual([])
    const { queues: _first, ...before } = await bytesOf(once)
    const { queues: _second, ...after } = await bytesOf(twice)
    expect(after).toEqual(before)
  })

  test('from every envelope alike, with nothing buried', async () => {
    const worlds: Awaited<ReturnType<typeof bytesOf>>[] = []
    for (const bytes of Object.values(one.envelopes)) {
      const world = await one.world()
      await deliver(one, world, bytes, 'attempt-1')
      worlds.push(await bytesOf(world))
    }
    expect(worlds.filter(world => JSON.stringify(world) !== JSON.stringify(worlds[0]))).toEqual([])
    expect(worlds[0]?.deadLetters).toBe('[]')
  })

  test('twice at once as once, whatever the order of their calls', async () => {
    const [bytes] = Object.values(one.envelopes)
    if (!bytes) throw new Error('a case has an envelope')
    const alone = await one.world()
    await deliver(one, alone, bytes, 'attempt-1')
    const { hints, ...expected } = await bytesOf(alone, { anyAttempt: true })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async scheduler => {
        const world = await one.world()
        const turn = (call: string) => scheduler.schedule(Promise.resolve(), call).then(() => {})
        const both = ['attempt-1', 'attempt-2'].map(attempt =>
          deliver(one, world, bytes, attempt, turn).then(
            () => 'done',
            () => attempt,
          ),
        )
        const ended = await scheduler.waitFor(Promise.all(both))
        // What was thrown comes again, as from the queue.
        for (const attempt of ended) if (attempt !== 'done') await deliver(one, world, bytes, attempt)
        const { hints: kept, queues, ...others } = await bytesOf(world, { anyAttempt: true })
        expect({ ...others, queues: queues.filter(id => !isWatch(one, id)) }).toEqual({
          ...expected,
          queues: expected.queues.filter(id => !isWatch(one, id)),
        })
        // A hint is a look at the journal: one too many, or some minutes later, costs little; none would cost the renewal.
        expect(hintsIn(kept)).toEqual(expect.arrayContaining(hintsIn(hints)))
      }),
      { numRuns: 15 },
    )
  })
})
