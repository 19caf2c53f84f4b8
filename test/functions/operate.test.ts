import { describe, expect, test } from 'vitest'
import { operate, operating } from '../../functions/operate.ts'
import { updateValidity } from '../../functions/update-validity.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { Fault } from '../../shared/errors.ts'
import { event } from '../../shared/events.ts'
import type { Operation, OperatorReply } from '../../shared/operation.ts'
import { type FakeOffice, fakeOffice, signed } from '../fakes/operator.ts'
import {
  approved,
  approvedScene,
  asked,
  closedOf,
  emitted,
  hints,
  itemOf,
  lastSaidOf,
  now,
  plan,
  planned,
  policyText,
  publishedScene,
  renewal,
  renewalOf,
  restartingScene,
  restarts,
  said,
  saidOf,
  says,
  scene,
  seedRollout,
  slotOf,
  slots,
  versionOf,
} from './scene.ts'

const two = [itemOf('rm-1'), itemOf('rm-2')]
const second = renewalOf('rm-2')

async function askedOffice(): Promise<FakeOffice> {
  const world = await scene({ instances: [{ id: 'rm-1' }, { id: 'rm-2' }] })
  world.journal.seed(`plans/${plan}`, [closedOf(two), asked])
  for (const item of two) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  await world.journal.remind('2026-11-12T18:30:00Z', `plans/${plan}`)
  return fakeOffice(world)
}

const order = (operation: Operation, office: FakeOffice): Promise<OperatorReply> => operate(signed(operation, office), office)
const look = (operation: Operation, office: FakeOffice): Promise<OperatorReply> => operate({ operation }, office)
const no = (reason: string, sentence: string | RegExp = '') => ({ ok: false, reason, sentence: expect.stringMatching(sentence) })
const yes = (result: unknown) => ({ ok: true, by: 'user/li.wei', result })
const answer: Operation = { do: 'answer', plan, decision: 'approve', renewals: [renewal, second] }

describe('who asks', () => {
  test('is known only by a signed request for exactly this operation and deployment, and is journalled with the answer', async () => {
    const office = await askedOffice()
    expect(await order(answer, office)).toMatchObject({ ok: true, by: 'user/li.wei' })
    expect(said(office, `plans/${plan}`).at(-1)).toMatchObject({ by: { kind: 'ram', identity: 'user/li.wei' } })
    expect(office.identities.asked).toHaveLength(1)
  })

  test.each<[string, (office: FakeOffice) => unknown, string]>([
    ['without a proof', () => ({ operation: answer }), 'NoProof'],
    [
      'with the proof for another operation',
      office => ({ ...signed({ ...answer, decision: 'reject' }, office), operation: answer }),
      'ProofOfSomethingElse',
    ],
    [
      'with the proof for another deployment',
      office => signed(answer, { ...office, settings: { ...office.settings, region: 'cn-beijing' } }),
      'ProofOfSomethingElse',
    ],
    [
      'with another salt',
      office => ({ ...signed(answer, office), proof: { ...signed(answer, office).proof, salt: 'f'.repeat(32) } }),
      'ProofOfSomethingElse',
    ],
  ])('%s nothing is done, and STS is not even asked', async (_, request, reason) => {
    const office = await askedOffice()
    expect(await operate(request(office), office)).toMatchObject(no(reason))
    expect(office.identities.asked).toEqual([])
    expect(said(office, `plans/${plan}`)).toHaveLength(2)
    expect(emitted(office)).toEqual([])
  })

  test('may have a clock five minutes off, and not a second more, on either side', async () => {
    for (const [at, ok] of [
      ['2026-11-09T18:35:00Z', true],
      ['2026-11-09T18:35:01Z', false],
      ['2026-11-09T18:25:00Z', true],
      ['2026-11-09T18:24:59Z', false],
    ] as const) {
      const office = await askedOffice()
      const request = signed(answer, office)
      office.clock.set(at)
      expect(await operate(request, office)).toMatchObject(ok ? { ok } : no('ProofTooOld', /set the clock/))
    }
  })

  test('cannot use a proof twice, even where STS would take it again and the first attempt failed behind it', async () => {
    const office = await askedOffice()
    const request = signed(answer, office)
    office.identities.say({ known: false, code: 'SignatureNonceUsed' })
    expect(await operate(request, office)).toMatchObject(no('NotRecognised', /SignatureNonceUsed/))
    office.identities.say({ known: true, account: office.settings.account, identity: 'user/li.wei' })
    office.attempt = 'another'
    expect(await operate(request, office)).toMatchObject(no('ProofUsed'))
    expect(said(office, `plans/${plan}`)).toHaveLength(2)
  })

  test('of another account is turned away', async () => {
    const office = await askedOffice()
    office.identities.say({ known: true, account: '2000000000000002', identity: 'user/mallory' })
    expect(await order(answer, office)).toMatchObject(no('OtherAccount'))
    expect(said(office, `plans/${plan}`)).toHaveLength(2)
  })

  test('leaves nothing of the key in the journal', async () => {
    const office = await askedOffice()
    await order(answer, office)
    expect(JSON.stringify(office.journal.logs().map(log => said(office, log)))).not.toContain('LTAI')
  })
})

describe('an answer', () => {
  test('approves what was named, and lets it go on by its own hints and events', async () => {
    const office = await askedOffice()
    expect(await order({ ...answer, renewals: [renewal] }, office)).toEqual(
      yes({ plan, decision: 'approve', renewals: [renewal], stillOpen: 1 }),
    )
    expect(emitted(office)).toEqual([says.approved])
    expect(hints(office).some(hint => hint.endsWith(`renewals/${renewal}`))).toBe(true)
  })
  test('that rejects starts nothing', async () => {
    const office = await askedOffice()
    expect(await order({ ...answer, decision: 'reject' }, office)).toMatchObject({ ok: true })
    expect(emitted(office)).toEqual([])
  })
  test.each<[string, Partial<typeof answer>, string]>([
    ['to a plan that is not there', { plan: 'dba.required.2026-01-01' }, 'NoSuchPlan'],
    ['for a renewal that the plan does not have', { renewals: [renewal, renewalOf('rm-9')] }, 'UnknownItem'],
  ])('%s is refused whole', async (_, change, reason) => {
    const office = await askedOffice()
    expect(await order({ ...answer, ...change } as Operation, office)).toMatchObject(no(reason))
    expect(said(office, `plans/${plan}`)).toHaveLength(2)
  })
  test('after another answer is refused, naming whose stands', async () => {
    const office = await askedOffice()
    await order(answer, office)
    office.identities.say({ known: true, account: office.settings.account, identity: 'user/chen.yu' })
    expect(await order({ ...answer, decision: 'reject' }, office)).toMatchObject(no('Answered', /by user\/li\.wei/))
  })
  test('after its time is refused', async () => {
    const office = await askedOffice()
    office.clock.set('2026-11-30T21:20:01Z')
    expect(await order(answer, office)).toMatchObject(no('Lapsed'))
  })
})

describe('a pushed policy', () => {
  const observes = policyText.replace('mode: act', 'mode: observe')
  const push = (text: string, after: number, act = false): Operation => ({ do: 'push policy', text, after, act })
  const policies = (office: FakeOffice) => said(office, 'policy') as { text: string; by: string }[]

  test('is in force by the name of who pushed it', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(observes, 1), office)).toEqual(yes({ n: 2, mode: 'observe', was: 'act' }))
    expect(policies(office).at(-1)).toEqual({ text: observes, document: readPolicy(observes).document, by: 'user/li.wei' })
  })
  test('may be the first', async () => {
    const office = fakeOffice(await scene())
    const empty = fakeOffice({ ...office, journal: (await import('../fakes/journal.ts')).fakeJournal() })
    expect(await order(push(observes, 0), empty)).toEqual(yes({ n: 1, mode: 'observe', was: 'none' }))
  })
  test('begins to act only where the person said so, from observing or from nothing', async () => {
    const office = fakeOffice(await scene({ policy: observes }))
    expect(await order(push(policyText, 1), office)).toMatchObject(no('ActUnconfirmed', /restart databases/))
    expect(policies(office)).toHaveLength(1)
    expect(await order(push(policyText, 1, true), office)).toMatchObject({ ok: true, result: { was: 'observe', mode: 'act' } })
    const changed = policyText.replace('concurrency: 1', 'concurrency: 2')
    expect(await order(push(changed, 2), office)).toMatchObject({ ok: true, result: { was: 'act' } })
  })
  test('with faults is refused with the line of each', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(policyText.replace('mode: act', 'mode: auto'), 1), office)).toMatchObject(
      no('BadPolicy', /policy\.yaml:1: mode/),
    )
  })
  test('over another than was looked at is refused, also where that came at the same moment', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(observes, 0), office)).toMatchObject(no('PolicyMoved', /entry 1/))
    office.journal.race('policy', { text: observes, document: readPolicy(observes).document, by: 'user/chen.yu' })
    expect(await order(push(policyText.replace('zh', 'en').replace('30d', '31d'), 1), office)).toMatchObject(
      no('PolicyMoved', /user\/chen\.yu/),
    )
  })
  test('that is in force already is not pushed again', async () => {
    const office = fakeOffice(await scene())
    expect(await order(push(policyText, 1), office)).toMatchObject(no('Same'))
  })
  test('is shown with who put it there', async () => {
    const office = fakeOffice(await scene())
    expect(await look({ do: 'policy' }, office)).toMatchObject({
      ok: true,
      result: { policy: { n: 1, mode: 'act', by: 'a test', text: policyText } },
    })
  })
})

describe('pause, resume, stop all', () => {
  test('a pause lets nothing begin, is by a name, and is said once', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order({ do: 'pause', why: 'release night' }, office)).toMatchObject({ ok: true })
    expect(restarts(office)).toEqual([{ fact: 'RolloutHalted', why: 'user/li.wei paused: release night', by: 'user/li.wei' }])
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'wait', for: 'Resume' })
    expect(office.rds.updates).toEqual([])
    expect(await order({ do: 'pause', why: '' }, office)).toMatchObject(no('Halted', /release night/))
  })
  test('resume ends it, and what waits looks again at once', async () => {
    const office = fakeOffice(await approvedScene())
    await order({ do: 'pause', why: '' }, office)
    await office.journal.remind('2026-11-09T19:30:00Z', `renewals/${renewal}`)
    expect(await order({ do: 'resume' }, office)).toEqual(yes({ rollout: { slots: [], failures: [] }, woken: 1 }))
    expect(emitted(office)).toEqual([says.approved])
    expect(await updateValidity(says.approved, office)).toMatchObject({ reply: 'accepted' })
    expect(await order({ do: 'resume' }, office)).toMatchObject(no('NotHalted'))
  })
  test('stop all takes the policy back to observing: resume alone does not undo it', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order({ do: 'stop all', why: 'incident' }, office)).toMatchObject({
      ok: true,
      result: { observes: true, rollout: { halted: {} } },
    })
    const { text, document, by } = said(office, 'policy').at(-1) as { text: string; document: { mode: string }; by: string }
    expect([document.mode, by, text]).toEqual(['observe', 'user/li.wei', policyText.replace('mode: act', 'mode: observe')])
    await order({ do: 'resume' }, office)
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'wait', for: 'Act' })
  })
  test('stop all while it observes already only halts', async () => {
    const office = fakeOffice(await scene({ policy: policyText.replace('mode: act', 'mode: observe') }))
    expect(await order({ do: 'stop all', why: '' }, office)).toMatchObject({ ok: true })
    expect(said(office, 'policy')).toHaveLength(1)
  })
})

describe('retry', () => {
  const retry: Operation = { do: 'retry', of: 'rm-1' }
  const ended = (reason: string) => ({ fact: 'Ended', reason, detail: 'x' })

  test.each(['RefusedByService', 'Abandoned'])('reopens what ended as %s, by its answer, and by a name', async reason => {
    const office = fakeOffice(await approvedScene())
    office.journal.seed(`renewals/${renewal}`, [ended(reason)])
    expect(await order(retry, office)).toEqual(yes({ renewal, did: 'reopened', woke: 'RenewalApproved' }))
    expect(lastSaidOf(office)).toEqual({ fact: 'Reopened', by: 'user/li.wei' })
    expect(hints(office).some(hint => hint.endsWith(`renewals/${renewal}`))).toBe(true)
    expect(await updateValidity(says.approved, office)).toMatchObject({ reply: 'accepted' })
    expect(office.rds.updates).toHaveLength(1)
  })
  test('wakes what waits, by whatever comes next', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order(retry, office)).toEqual(yes({ renewal, did: 'woken', woke: 'RenewalApproved' }))
    const later = fakeOffice(await publishedScene())
    later.journal.seed(`renewals/${renewal}`, [{ fact: 'Unreached', detail: 'x', mend: 'y' }])
    expect(await order(retry, later)).toMatchObject({ ok: true, result: { did: 'woken', woke: 'BundlePublished' } })
  })
  test.each<[string, string, (office: FakeOffice) => void]>([
    ['a no of the people asked', 'Rejected', office => office.journal.seed(`renewals/${renewal}`, [ended('Rejected')])],
    ['a promise that changed', 'Rejected', office => office.journal.seed(`renewals/${renewal}`, [ended('PromiseChanged')])],
    [
      'what is proven',
      'Done',
      office =>
        office.journal.seed(`renewals/${renewal}`, [
          { fact: 'Updated', notAfter: now, adopted: false },
          { fact: 'Proven', fingerprint: 'f', serial: '1', notAfter: now, from: 'vpc-1' },
        ]),
    ],
    [
      'a restart that is stuck',
      'UnderWay',
      office =>
        seedRollout(office, [
          { fact: 'RestartStarted', slot: slotOf() },
          { fact: 'RestartStuck', renewal },
        ]),
    ],
    [
      'an answer that has lapsed',
      'Lapsed',
      office => {
        office.journal.seed(`renewals/${renewal}`, [ended('Abandoned')])
        office.clock.set('2026-12-01T00:00:00Z')
      },
    ],
  ])('does not undo %s', async (_, reason, arrange) => {
    const office = fakeOffice(await approvedScene())
    arrange(office)
    expect(await order(retry, office)).toMatchObject(no(reason))
    expect(emitted(office)).toEqual([])
  })
  test('of an instance nobody knows says so', async () => {
    expect(await order({ do: 'retry', of: 'rm-404' }, fakeOffice(await scene()))).toMatchObject(no('NoSuchRenewal'))
  })
})

describe('abandon', () => {
  const abandon: Operation = { do: 'abandon', of: renewal, why: 'ticket 42' }
  const stuckOffice = async () => {
    const office = fakeOffice(await restartingScene())
    seedRollout(office, [{ fact: 'RestartStuck', renewal }])
    office.journal.seed('restarts', [
      { what: { fact: 'RestartStuck', renewal }, after: { slots: [slotOf({ stuck: true })], failures: [] } },
    ])
    return office
  }
  test('frees the place of a stuck restart, and ends the renewal by a name', async () => {
    const office = await stuckOffice()
    expect(await order(abandon, office)).toEqual(yes({ renewal, did: 'freed' }))
    expect(slots(office)).toEqual([])
    expect(lastSaidOf(office)).toEqual({ fact: 'Ended', reason: 'Abandoned', detail: 'user/li.wei gave it up: ticket 42' })
    expect(await order(abandon, office)).toMatchObject(no('Done'))
  })
  test('ends before it frees: killed in between, nothing begins it again', async () => {
    const office = await stuckOffice()
    const at = office.journal.appended.length
    await order(abandon, office)
    expect(office.journal.appended.slice(at).map(one => one.log.split('/')[0])).toEqual(['proofs', 'renewals', 'restarts'])
  })
  test('leaves a restart alone that is watched', async () => {
    const office = fakeOffice(await restartingScene())
    expect(await order(abandon, office)).toMatchObject(no('NotStuck'))
    expect(slots(office)).toHaveLength(1)
  })
  test('of what has not begun keeps it from beginning', async () => {
    const office = fakeOffice(await approvedScene())
    expect(await order(abandon, office)).toMatchObject({ ok: true, result: { did: 'abandoned' } })
    expect(await updateValidity(says.approved, office)).toMatchObject({ do: 'leave' })
    expect(office.rds.updates).toEqual([])
  })
})

describe('accept bundle', () => {
  const root = { fingerprint: 'ab'.repeat(32), subject: 'CN=Another Root', notAfter: '2046-01-01T00:00:00Z' }
  const next = '9'.repeat(64)
  const accept = (...harms: string[]): Operation => ({ do: 'accept bundle', version: next, harms })
  async function refusedOffice(...harmed: string[]) {
    const office = fakeOffice(await scene())
    const instead = await versionOf(office)
    const fact = { fact: 'Refused', version: next, instead, rootsAdded: [root], rootsRemoved: [], harmed }
    await office.journal.append('bundle', { n: 1, attempt: 'a-night', at: now, fact })
    return { office, instead }
  }
  test('journals who lets which bundle replace which, once', async () => {
    const { office, instead } = await refusedOffice()
    expect(await look({ do: 'bundle' }, office)).toMatchObject({ result: { waits: { version: next, rootsAdded: [root], harmed: [] } } })
    expect(await order(accept(), office)).toEqual(yes({ version: next, instead, harms: [] }))
    expect(said(office, 'bundle').at(-1)).toEqual({ fact: 'Accepted', version: next, instead, harms: [], by: 'user/li.wei' })
    expect(await look({ do: 'bundle' }, office)).toMatchObject({ result: { waits: { acceptedBy: 'user/li.wei' } } })
    expect(await order(accept(), office)).toMatchObject(no('Same', /user\/li\.wei/))
    expect(said(office, 'bundle')).toHaveLength(2)
  })
  test('takes a person, as every act', async () => {
    const { office } = await refusedOffice()
    expect(await operate({ operation: accept() }, office)).toMatchObject(no('NoProof'))
    expect(said(office, 'bundle')).toHaveLength(1)
  })
  test.each<[string, string[], Operation, string]>([
    ['another version than the one that waits', [], { do: 'accept bundle', version: '8'.repeat(64), harms: [] }, 'NoSuchBundle'],
    ['one that harms an instance which nobody named', ['rm-1', 'rm-2'], accept('rm-1'), 'HarmUnnamed'],
    ['an instance that would not be harmed', ['rm-1'], accept('rm-1', 'rm-2'), 'UnknownItem'],
  ])('not %s', async (_, harmed, operation, reason) => {
    const { office } = await refusedOffice(...harmed)
    expect(await order(operation, office)).toMatchObject(no(reason))
    expect(said(office, 'bundle')).toHaveLength(1)
  })
  test('with the instances named that it harms, it is journalled so', async () => {
    const { office } = await refusedOffice('rm-1', 'rm-2')
    expect(await order(accept('rm-2', 'rm-1'), office)).toMatchObject({ ok: true, result: { harms: ['rm-2', 'rm-1'] } })
  })
  test('nothing where none was refused, or the published one was seen at the source since', async () => {
    expect(await order(accept(), fakeOffice(await scene()))).toMatchObject(no('NoSuchBundle'))
    const { office } = await refusedOffice()
    const manifest = await office.bundles.manifest()
    if (!manifest) throw new Error('it was seeded')
    await office.bundles.checked({ ...manifest, checkedAt: '2026-11-10T00:00:00Z' })
    expect(await order(accept(), office)).toMatchObject(no('NoSuchBundle'))
    expect(await look({ do: 'bundle' }, office)).not.toHaveProperty('result.waits')
  })
})

describe('a look', () => {
  test('needs no proof, and changes nothing', async () => {
    const office = await askedOffice()
    const before = [office.journal.appended.length, hints(office)]
    for (const operation of [
      { do: 'overview' },
      { do: 'plan', plan },
      { do: 'history', of: 'rm-1' },
      { do: 'policy' },
      { do: 'letters' },
      { do: 'bundle' },
    ] as const)
      expect(await look(operation, office)).toMatchObject({ ok: true })
    expect([office.journal.appended.length, hints(office)]).toEqual(before)
    expect(emitted(office)).toEqual([])
  })
  test('over everything tells the open plans, what waits, and who put the policy in force', async () => {
    const office = await askedOffice()
    await office.journal.remind('2026-11-09T19:00:00Z', `renewals/${renewal}`)
    expect(await look({ do: 'overview' }, office)).toMatchObject({
      result: {
        policy: { n: 1, by: 'a test' },
        plans: [{ plan, items: 2, open: 2, restarting: 2, asks: 1 }],
        renewals: [{ renewal, look: '2026-11-09T19:00:00.000Z' }],
        rollout: { slots: [], failures: [] },
      },
    })
  })
  test('over a deployment that observes counts what it would have done, each renewal once', async () => {
    const office = fakeOffice(await scene({ policy: policyText.replace('mode: act', 'mode: observe') }))
    const due = (instance: string, change = {}) => ({ due: true, approvers: 'dba', approval: 'required', item: itemOf(instance, change) })
    const { deadline: _, ...late } = itemOf('rm-3')
    const scan = (verdicts: unknown[]) => [
      { fact: 'Started', regions: ['cn-hangzhou'], policy: 1 },
      { fact: 'Page', region: 'cn-hangzhou', verdicts },
      { fact: 'Ended', plans: [] },
    ]
    const runsOn = { promise: { restarts: false, window: 'any', updateValue: 1 } }
    office.journal.seed('scans/2026-11-09', scan([due('rm-1'), due('rm-2', runsOn)]))
    office.journal.seed('scans/2026-11-10', scan([due('rm-1'), due('rm-2', runsOn), { ...due('rm-3'), item: late }]))
    expect(await look({ do: 'overview' }, office)).toMatchObject({ result: { observed: { nights: 2, renewals: 2, restarts: 1, late: 1 } } })
    expect(await look({ do: 'overview' }, fakeOffice(await scene()))).not.toHaveProperty('result.observed')
  })
  test('at a plan and at a history gives what the logs say, with their times', async () => {
    const office = fakeOffice(await restartingScene())
    seedRollout(office, [{ fact: 'SecondNotTaken', first: slotOf() }])
    expect(await look({ do: 'plan', plan }, office)).toMatchObject({
      result: { plan, entries: [{ n: 1 }, { n: 2 }, { n: 3, fact: { fact: 'Answered' } }] },
    })
    expect(await look({ do: 'history', of: 'rm-1' }, office)).toMatchObject({
      result: {
        renewals: [
          {
            renewal,
            entries: [{ fact: { fact: 'Planned' } }, { fact: { fact: 'Accepted' } }],
            restarts: [{ fact: { fact: 'RestartStarted' } }, { fact: { fact: 'SecondNotTaken' } }],
            held: { renewal },
          },
        ],
      },
    })
    expect(await look({ do: 'history', of: 'rm-404' }, office)).toMatchObject(no('NoSuchRenewal'))
    expect(await look({ do: 'plan', plan: 'x' }, office)).toMatchObject(no('NoSuchPlan'))
  })
})

describe('dead letters', () => {
  const buriedOne = (envelope: string) => JSON.stringify({ step: 'update-validity', code: 'BadJournal', message: 'policy/1: x', envelope })
  const enveloped = JSON.stringify([
    { id: '1', source: 's', specversion: '1.0', type: 'mns', data: { messageBody: JSON.stringify(says.due) } },
  ])

  test('are told with the step, its reason and what they hold, whoever buried them', async () => {
    const office = fakeOffice(await scene())
    office.letters.put(buriedOne(JSON.stringify(says.approved)))
    office.letters.put(enveloped)
    office.letters.put('<html>')
    expect(await look({ do: 'letters' }, office)).toMatchObject({
      result: {
        waiting: 3,
        letters: [
          { step: 'update-validity', code: 'BadJournal', events: [{ type: 'RenewalApproved' }] },
          { events: [{ type: 'RenewalsDue' }] },
          { events: [], unreadable: expect.stringContaining('not JSON') },
        ],
      },
    })
  })
  test('are sent again to the steps that take them, and removed; what cannot be read stays', async () => {
    const office = fakeOffice(await scene())
    office.letters.put(buriedOne(JSON.stringify(says.approved)))
    office.letters.put(enveloped)
    office.letters.put('<html>')
    expect(await order({ do: 'redrive' }, office)).toMatchObject({
      ok: true,
      result: {
        sent: [{ events: ['RenewalApproved → update-validity'] }, { events: ['RenewalsDue → request-approval'] }],
        kept: [{ why: expect.any(String) }],
      },
    })
    expect(emitted(office)).toEqual([says.approved, says.due])
    expect(office.letters.left()).toEqual(['<html>'])
    expect(await office.letters.peek()).toHaveLength(1)
  })
  test('are not removed where sending fails', async () => {
    const office = fakeOffice(await scene())
    office.letters.put(enveloped)
    office.queue.fail('send')
    await expect(order({ do: 'redrive' }, office)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(office.letters.left()).toHaveLength(1)
  })
  test('may be sent one at a time, and the others are seen again', async () => {
    const office = fakeOffice(await scene())
    for (let n = 0; n < 3; n++) office.letters.put(JSON.stringify(event('RenewalsDue', { plan: `p${n}` })))
    expect(await order({ do: 'redrive', letter: 'M0002' }, office)).toMatchObject({ ok: true, result: { sent: [{ letter: 'M0002' }] } })
    expect(await office.letters.peek()).toHaveLength(2)
    expect(await order({ do: 'redrive', letter: 'M0009' }, office)).toMatchObject(no('NoSuchLetter'))
  })
  test('all of many are sent, not only those that come at once', async () => {
    const office = fakeOffice(await scene())
    for (let n = 0; n < 40; n++) office.letters.put(JSON.stringify(event('RenewalsDue', { plan: `p${n}` })))
    await order({ do: 'redrive' }, office)
    expect(emitted(office)).toHaveLength(40)
    expect(office.letters.left()).toEqual([])
  })
})

describe('as it is invoked', () => {
  const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const invoked = async (office: FakeOffice, value: unknown) =>
    JSON.parse(await operating(async () => office)(bytes(value), { requestId: 'r1' })) as OperatorReply

  test('what it cannot understand is an answer that names the field', async () => {
    const office = fakeOffice(await scene())
    expect(await invoked(office, { operation: { do: 'drop tables' } })).toMatchObject(no('BadRequest', /operation\.do/))
    expect(await invoked(office, { operation: { do: 'plan', plan: '../secrets' } })).toMatchObject(no('BadRequest', /operation\.plan/))
    expect(await invoked(office, 'hello')).toMatchObject(no('Failed', /not JSON/))
  })
  test('trouble is an answer too, in a fault’s own words; a defect shows nothing of itself', async () => {
    const office = fakeOffice(await scene())
    office.journal.fail('newest', 'Unreachable')
    expect(await invoked(office, { operation: { do: 'policy' } })).toMatchObject(no('Failed', /^Unreachable: /))
    const handler = operating(async () => {
      throw new Fault('BadConfig', 'JOURNAL_BUCKET is missing')
    })
    expect(JSON.parse(await handler(bytes({ operation: { do: 'policy' } }), { requestId: 'r' }))).toMatchObject(
      no('Failed', /JOURNAL_BUCKET/),
    )
  })
})

test('an approval of the same plan by card and by command counts once', async () => {
  const office = await askedOffice()
  office.journal.race(`plans/${plan}`, approved(renewal))
  expect(await order({ ...answer, renewals: [renewal] }, office)).toMatchObject(no('Answered', /the link/))
  expect(saidOf(office)).toHaveLength(1)
})
