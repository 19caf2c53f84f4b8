import { describe, expect, test } from 'vitest'
import { operate, operating } from '../../functions/operate.ts'
import { Fault } from '../../shared/errors.ts'
import type { Operation, OperatorReply } from '../../shared/operation.ts'
import { type FakeOffice, fakeOffice, signed } from '../fakes/operator.ts'
import { answer, askedOffice, no, order, yes } from './operate-scene.ts'
import { approved, emitted, hints, plan, renewal, renewalOf, said, saidOf, says, scene } from './scene.ts'

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
