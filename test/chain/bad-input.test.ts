import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { handler as answerApproval } from '../../functions/answer-approval.ts'
import { step as checkExpiry, handler as checkExpiryHandler } from '../../functions/check-expiry.ts'
import { step as notify, handler as notifyHandler } from '../../functions/notify.ts'
import { handler as probeEndpoint } from '../../functions/probe-endpoint.ts'
import { handler as proveHandler, step as proveRenewal } from '../../functions/prove-renewal.ts'
import { step as publishBundle, handler as publishHandler } from '../../functions/publish-bundle.ts'
import { step as requestApproval, handler as requestHandler } from '../../functions/request-approval.ts'
import { handler as updateHandler, step as updateValidity } from '../../functions/update-validity.ts'
import { type Answer, serve } from '../../local/serve.ts'
import { sourceAt } from '../../shared/adapters/source.ts'
import type { Need } from '../../shared/config.ts'
import { type AnyEvent, event } from '../../shared/events.ts'
import { bundleNames, writeTrustBundle } from '../../shared/formats/trust.ts'
import { writeZip } from '../../shared/formats/zip.ts'
import { type Connect, host, type Step } from '../../shared/host.ts'
import type { Probes } from '../../shared/ports.ts'
import { atOnce } from '../contract/cloud.ts'
import { type FakeWorld, fakeWorld } from '../fakes/world.ts'
import {
  approvedScene,
  closedOf,
  emitted,
  lastSaidOf,
  leaves,
  plan,
  policyText,
  publishedScene,
  says,
  scene,
  updatedScene,
  versionOf,
} from '../functions/scene.ts'
import { closedPort } from '../handshake/servers.ts'
import { cloudEvent, http, timer } from '../shared/envelopes.ts'

// Whatever comes in, nothing is lost: what can succeed later is thrown with its code and comes again, what never can lies among the dead letters
// with its code, and the one line of the delivery says which. That formats, adapters and the page refuse bad input is tested beside each.

const silent = vi.spyOn(process.stdout, 'write')
beforeEach(() => void silent.mockImplementation(() => true))
afterEach(() => void silent.mockReset())

type Lines = Record<string, unknown>[]

/** Runs a step as its host does, over a fake world; `outcome` is what its line says becomes of the delivery. */
async function deliver<N extends Need>(step: Step<N>, world: FakeWorld, bytes: Uint8Array, attempt = 'attempt-1', lines: Lines = []) {
  const connect: Connect = async () => ({ ...world, attempt }) as never
  const ended = await host(
    step,
    connect,
    line => void lines.push(line),
  )(bytes, { requestId: attempt }).then(
    () => 'acknowledged',
    (error: Error) => error.message,
  )
  return { ended, outcome: lines.at(-1)?.outcome }
}

const nightly = timer('{"kind":"nightly"}')
const message = (body: unknown) => Buffer.from(JSON.stringify([cloudEvent(typeof body === 'string' ? body : JSON.stringify(body))]))
type Delivering = (world: FakeWorld, bytes: Uint8Array, attempt?: string) => ReturnType<typeof deliver>
const delivering =
  <N extends Need>(step: Step<N>): Delivering =>
  (...of) =>
    deliver(step, ...of)
const [updates, proves, requests] = [delivering(updateValidity), delivering(proveRenewal), delivering(requestApproval)]
const queued = {
  'request-approval': requests,
  'update-validity': updates,
  'publish-bundle': delivering(publishBundle),
  'prove-renewal': proves,
  notify: delivering(notify),
}
const foreign: AnyEvent = event('ApprovalRequested', { plan, ask: 1 })

describe.each(Object.entries(queued))('%s', (name, delivered) => {
  test.each<[string, Uint8Array, string, string]>([
    ['a malformed event', message('{"id":"x"'), 'BadEvent', 'not JSON'],
    ['an event of an unknown type', message({ ...says.due, type: 'RenewalsDone' }), 'BadEvent', 'unknown event type "RenewalsDone"'],
    ['an event of another step', message(name === 'notify' ? says.due : foreign), 'BadEvent', 'look at flow.ts and s.yaml'],
    ['an HTML page', Buffer.from('<html></html>'), 'BadEnvelope', 'not JSON'],
  ])('lays %s among the dead letters, and acts on nothing', async (_, bytes, code, said) => {
    const world = await scene()
    expect(await delivered(world, bytes)).toEqual({ ended: 'acknowledged', outcome: 'dead letter' })
    expect(world.queue.buried).toEqual([{ step: name, code, message: expect.stringContaining(said), envelope: expect.any(String) }])
    expect([world.journal.appended, world.queue.sent, world.chat.posted, world.rds.calls]).toEqual([[], [], [], []])
  })
})

describe('without its environment every function names all that is missing at once, and the message comes again', () => {
  const always = ['FC_REGION', 'FC_ACCOUNT_ID', 'ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET']
  const bucket = ['BUNDLE_BUCKET', 'BUNDLE_BASE_URL']
  test.each([
    ['check-expiry', checkExpiryHandler, timer('{"kind":"check"}'), ['JOURNAL_BUCKET', ...bucket]],
    ['request-approval', requestHandler, message(says.due), ['JOURNAL_BUCKET']],
    ['update-validity', updateHandler, message(says.approved), ['JOURNAL_BUCKET', ...bucket]],
    ['publish-bundle', publishHandler, message(says.updated), ['JOURNAL_BUCKET', ...bucket]],
    ['prove-renewal', proveHandler, message(says.published('v1')), ['JOURNAL_BUCKET', ...bucket]],
    ['notify', notifyHandler, message(says.asked), ['JOURNAL_BUCKET', 'SECRETS']],
  ] as const)('%s', async (_, handler, bytes, needed) => {
    const told = await handler(bytes, { requestId: 'a1' }).then(
      () => 'acknowledged',
      (error: Error) => error.message,
    )
    expect(told).toMatch(/^BadConfig: /)
    for (const variable of [...always, ...needed]) expect(told).toContain(`${variable} is missing`)
    expect(silent.mock.calls.map(([text]) => JSON.parse(String(text)))).toMatchObject([{ code: 'BadConfig', outcome: 'retry' }])
  })
  test('answer-approval, which has no queue to come again from, asks the person to', async () => {
    const reply = JSON.parse(await answerApproval(http({ path: `/plans/${plan}` }), { requestId: 'a1' }))
    expect(reply.statusCode).toBe(503)
    expect(silent.mock.calls.map(([text]) => String(text)).join()).toContain('SECRETS is missing')
  })
})

test('a broken policy.yaml is told by the line of each fault, the check is thrown, and the mended one is taken', async () => {
  const broken = policyText.replace('mode: act', 'mode: auto').replace('concurrency: 1', 'concurrency: 0').replace('[dingtalk-dba]', '[]')
  const world = fakeWorld({ now: '2026-11-09T00:00:00Z', policy: broken, instances: [{ id: 'rm-1' }] })
  const check = timer('{"kind":"check"}')
  const { ended, outcome } = await deliver(checkExpiry, world, check)
  expect(outcome).toBe('retry')
  expect(ended.split('\n').map(line => /policy\.yaml:\d+: [\w.]+/.exec(line)?.[0])).toEqual([
    'policy.yaml:1: mode',
    'policy.yaml:4: defaults.concurrency',
    'policy.yaml:6: approvers.dba.channels',
  ])
  expect(world.journal.logs()).toEqual([])
  const mended = { ...world, policyFile: { read: async () => policyText } }
  expect(await deliver(checkExpiry, mended, check)).toMatchObject({ ended: 'acknowledged' })
})

describe('a CA archive that cannot be read', () => {
  let close = async () => {}
  afterEach(() => close())

  /** publish-bundle over the real source: first the bad answer, for as long as it is tried again, then the vendor's archive. */
  async function publishing(bad: Answer) {
    const { grown } = await leaves()
    let mended = false
    const mend = () => {
      mended = true
    }
    const good = { status: 200, body: archiveOf(writeTrustBundle(grown)) }
    const serving = await serve(async () => (mended ? good : bad))
    close = serving.close
    const world = { ...(await updatedScene()), source: sourceAt(`${serving.url}/ca.zip`, atOnce, fetch) } as FakeWorld
    return { world, before: await versionOf(world), mend }
  }
  const archiveOf = ({ pem, p7b, jks }: Pick<ReturnType<typeof writeTrustBundle>, 'pem' | 'p7b' | 'jks'>) =>
    writeZip(Object.entries({ pem, p7b, jks }).map(([kind, data]) => ({ name: bundleNames[kind as 'pem'], data })))

  test.each<[string, (bundle: ReturnType<typeof writeTrustBundle>) => Answer, string]>([
    ['that is truncated', bundle => ({ status: 200, body: archiveOf(bundle).subarray(0, 1_000) }), 'BadArchive: the CA archive: Zip'],
    [
      'whose PEM has rubbish for a certificate',
      bundle => ({
        status: 200,
        body: archiveOf({ ...bundle, pem: Buffer.from(bundle.pem.toString().replace(/\n[A-Za-z0-9+/]{20}/, '\n????????????????????')) }),
      }),
      'BadArchive: the CA archive: ',
    ],
    [
      'whose files disagree',
      bundle => ({
        status: 200,
        body: archiveOf({ ...bundle, pem: Buffer.from(bundle.pem.toString().split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? '') }),
      }),
      'BadArchive: the CA archive: BundleDisagrees',
    ],
    ['that is an HTML page', () => ({ status: 200, body: '<html><body>Bad Gateway</body></html>' }), 'BadArchive: the CA archive: Zip'],
    ['in whose place a gateway answers', () => ({ status: 502, body: '<html></html>' }), 'Unreachable: '],
  ])('%s is thrown with its code by night, changes nothing, and is made up for once it is mended', async (_, badOf, code) => {
    const { world, before, mend } = await publishing(badOf(writeTrustBundle((await leaves()).grown)))
    expect((await deliver(publishBundle, world, nightly)).ended).toContain(code)
    expect([await versionOf(world), world.bundles.checks, emitted(world), world.queue.buried]).toEqual([before, [], [], []])
    // An update that is done is proven against what is published meanwhile, and the line says why.
    const lines: Lines = []
    expect(await deliver(publishBundle, world, message(says.updated), 'attempt-1', lines)).toMatchObject({ ended: 'acknowledged' })
    expect(lines).toMatchObject([{ decision: { do: 'kept', because: expect.stringContaining(code) } }])
    expect(emitted(world)).toEqual([says.published(before)])
    mend()
    expect(await deliver(publishBundle, world, nightly, 'attempt-2')).toMatchObject({ ended: 'acknowledged' })
    expect(await versionOf(world)).not.toBe(before)
  })
})

describe('a cloud that answers with something else than its protocol', () => {
  test.each<[string, Delivering, AnyEvent, (world: FakeWorld) => void]>([
    ['RDS', updates, says.approved, world => world.rds.fail('protection', 'BadReply')],
    ['OSS', updates, says.approved, world => world.journal.fail('append', 'BadReply')],
    ['the bundle’s host', proves, says.published('v1'), world => world.bundles.fail('manifest', 'BadReply')],
    ['MNS', requests, says.due, world => world.queue.fail('send', 'BadReply')],
    ['Function Compute', proves, says.published('v1'), world => world.probes.fail('shake', 'BadReply')],
  ])('%s: the message comes again, and then does what it should', async (_, delivered, incoming, fail) => {
    const world =
      incoming.type === 'RenewalApproved' ? await approvedScene() : incoming.type === 'RenewalsDue' ? await scene() : await publishedScene()
    if (incoming.type === 'RenewalsDue') world.journal.seed(`plans/${plan}`, [closedOf()])
    fail(world)
    expect(await delivered(world, message(incoming))).toEqual({ ended: expect.stringMatching(/^BadReply: /), outcome: 'retry' })
    expect([world.rds.updates, emitted(world), world.queue.buried]).toEqual([[], [], []])
    expect(await delivered(world, message(incoming), 'attempt-2')).toMatchObject({ ended: 'acknowledged' })
    expect(emitted(world)).toHaveLength(1)
  })
})

test('a closed port in the place of a database is an endpoint that was not reached: told with its mend, never called done', async () => {
  const world = await publishedScene()
  const port = await closedPort()
  // The name that rm-1 is reached by exists nowhere: the probe is asked for the machine itself.
  const probes: Probes = {
    shake: async (_, target) => JSON.parse(await probeEndpoint(Buffer.from(JSON.stringify({ ...target, host: '127.0.0.1', port })))),
  }
  expect(await deliver(proveRenewal, { ...world, probes } as FakeWorld, message(says.published('v1')))).toMatchObject({
    ended: 'acknowledged',
  })
  expect(lastSaidOf(world)).toMatchObject({ fact: 'Unreached', detail: expect.stringContaining('ConnectionRefused') })
  expect(world.queue.emitted('AttentionNeeded').map(({ data }) => data)).toMatchObject([
    { reason: 'Unreached', subject: 'rm-1', mend: expect.stringMatching(/port/) },
  ])
})
