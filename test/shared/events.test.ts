import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AnyEvent, attentionReason, canonical, event, eventTypes, parseEvent } from '../../shared/events.ts'
import { consumerOf, deadLetters, queueOf } from '../../shared/flow.ts'

const one: AnyEvent[] = [
  event('RenewalsDue', { plan: 'p' }),
  event('ApprovalRequested', { plan: 'p', ask: 1 }),
  event('RenewalApproved', { plan: 'p', renewal: 'r' }),
  event('ValidityUpdated', { plan: 'p', renewal: 'r' }),
  event('BundlePublished', { plan: 'p', renewal: 'r', version: 'v' }),
  event('ProofDue', { region: 'cn-hangzhou', instance: 'rm-1', week: '2026-W46' }),
  event('RenewalProven', { plan: 'p', renewal: 'r' }),
  event('AttentionNeeded', { reason: 'Stuck', subject: 'rm-1', approvers: 'dba', detail: '', mend: '', plan: 'p', day: '2026-11-09' }),
]

test('every event has an example here', () => expect(one.map(({ type }) => type)).toEqual(eventTypes))

describe('an event', () => {
  test.each(one)('$type is read as it was written', made => expect(parseEvent(JSON.stringify(made))).toEqual(made))

  test('has the digest of what it says for its id, as another program would compute it', () =>
    // printf 'RenewalApproved\n{"plan":"p","renewal":"r"}' | openssl sha256
    expect(event('RenewalApproved', { plan: 'p', renewal: 'r' }).id).toBe('RenewalApproved-59619e827af0227e16325004'))
  test('said again has the same id, in whatever order it is said', () => {
    expect(event('RenewalApproved', { renewal: 'r', plan: 'p' }).id).toBe(event('RenewalApproved', { plan: 'p', renewal: 'r' }).id)
  })
  test('about anything else, or of another type, has another id', () => {
    const ids = [
      ...one,
      event('RenewalApproved', { plan: 'p', renewal: 'r2' }),
      event('RenewalApproved', { plan: 'p2', renewal: 'r' }),
    ].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
  test('with a field left out or undefined is the same', () => {
    const { reason, subject, approvers, detail, mend } = { reason: 'Stuck', subject: 's', approvers: 'a', detail: 'd', mend: 'm' } as const
    const bare = event('AttentionNeeded', { reason, subject, approvers, detail, mend })
    expect(event('AttentionNeeded', { reason, subject, approvers, detail, mend, plan: undefined, day: undefined }).id).toBe(bare.id)
    expect(parseEvent(JSON.stringify(bare))).toEqual(bare)
  })
  test('that breaks its schema is not even made', () => {
    expect(() => event('ApprovalRequested', { plan: 'p', ask: 0 })).toThrow(/^ApprovalRequested: ask: /)
    expect(() => event('RenewalsDue', { plan: '' })).toThrow(expect.objectContaining({ code: 'BadEvent' }))
  })
})

describe('a message is refused', () => {
  const due = event('RenewalsDue', { plan: 'p' })
  test.each<[string, string, string]>([
    ['nothing', '', 'not JSON (it begins with ""): only this product'],
    ['an HTML page', '<html><body>Bad Gateway</body></html>', 'not JSON (it begins with "<html><body>Bad Gateway</body></html>")'],
    ['null', 'null', 'the message is no event: the whole: '],
    ['a list', '[]', 'the message is no event: the whole: '],
    ['an event without a type', JSON.stringify({ id: due.id, data: due.data }), 'the message is no event: type: '],
    ['an event without an id', JSON.stringify({ type: due.type, data: due.data }), 'the message is no event: id: '],
    ['an unknown type', JSON.stringify({ ...due, type: 'RenewalsDone' }), 'unknown event type "RenewalsDone": known are RenewalsDue, '],
    ['a type that every object has', JSON.stringify({ ...due, type: 'constructor' }), 'unknown event type "constructor"'],
    ['a missing field', JSON.stringify({ ...due, data: {} }), 'RenewalsDue: plan: '],
    ['an empty field', JSON.stringify({ ...due, data: { plan: '' } }), 'RenewalsDue: plan: '],
    ['an unknown field', JSON.stringify({ ...due, data: { plan: 'p', by: 'me' } }), 'RenewalsDue: the whole: Unrecognized key: "by"'],
    ['a field of another kind', JSON.stringify({ ...due, data: { plan: 7 } }), 'RenewalsDue: plan: '],
    ['data that was altered', JSON.stringify({ ...due, data: { plan: 'q' } }), `id ${due.id} is not the digest of its data`],
    ['an id of its own', JSON.stringify({ ...due, id: 'RenewalsDue-1' }), 'id RenewalsDue-1 is not the digest of its data'],
  ])('that is or has %s', (_, text, said) => {
    expect(() => parseEvent(text)).toThrow(said)
    expect(() => parseEvent(text)).toThrow(expect.objectContaining({ code: 'BadEvent', retry: false }))
  })
  test('that is long is not repeated whole', () => {
    expect(() => parseEvent(`${'x'.repeat(41)}secret`)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })
  test.each(['2026-46', '2026-W6', '2026-W466', ' 2026-W46'])('that is about the week %j', week => {
    expect(() => event('ProofDue', { region: 'r', instance: 'i', week })).toThrow(/week: /)
  })
  test('that needs a person for a reason that nobody knows', () => {
    const told = { ...one[7], data: { ...one[7]?.data, reason: 'Whatever' } }
    expect(() => parseEvent(JSON.stringify(told))).toThrow(/reason: /)
    expect(attentionReason.options).toContain('Stuck')
  })
})

describe('canonical JSON', () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: { d: 1, c: 2 } }, '{"b":{"c":2,"d":1}}'],
    [[{ b: 1, a: 2 }], '[{"a":2,"b":1}]'],
    [undefined, 'null'],
    ['"', '"\\""'],
  ])('of %j is %s', (value, text) => expect(canonical(value)).toBe(text))

  test('is JSON of the same value, and the same for equal values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const again: unknown = JSON.parse(canonical(value))
        expect(JSON.parse(JSON.stringify(value))).toEqual(again)
        expect(canonical(again)).toBe(canonical(value))
      }),
    )
  })
})

describe('the flow', () => {
  test('gives every event one consumer, whose queue has its name', () => {
    expect(Object.keys(consumerOf)).toEqual(eventTypes)
    expect(queueOf(consumerOf.RenewalsDue)).toBe('rds-tls-request-approval')
    expect(deadLetters).toBe('rds-tls-dead-letters')
  })
  test('lets nothing but notify hear what is told to people', () =>
    expect(eventTypes.filter(type => consumerOf[type] === 'notify')).toEqual(['ApprovalRequested', 'RenewalProven', 'AttentionNeeded']))
})
