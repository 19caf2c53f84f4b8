import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEnvelope } from '../../shared/envelope.ts'
import { Fault } from '../../shared/errors.ts'
import { bodyForms, cloudEvent, queueForms, timer } from './envelopes.ts'

const text = '{"id":"x","type":"RenewalsDue","data":{"plan":"p"}}'
const read = (envelope: unknown) => readEnvelope(Buffer.from(typeof envelope === 'string' ? envelope : JSON.stringify(envelope)))

describe('a message of a queue is read', () => {
  test.each(Object.entries(queueForms))('from %s', (_, form) => {
    const waking = readEnvelope(form(text))
    expect(waking).toEqual({ by: 'queue', messages: [expect.any(String)] })
    expect(waking.by === 'queue' && JSON.parse(waking.messages[0] ?? '')).toEqual(JSON.parse(text))
  })
  test('whatever the samples write as source and type', () => {
    const other = { ...cloudEvent(text), source: 'acs.mns', type: 'mns:Topic:SendMessage', subject: undefined, specversion: '0.3' }
    expect(read([other])).toEqual({ by: 'queue', messages: [text] })
  })
  test('each of several in one array, in their order', () =>
    expect(read([cloudEvent('{"a":1}'), cloudEvent('{"b":2}')])).toEqual({ by: 'queue', messages: ['{"a":1}', '{"b":2}'] }))
  test('from base64 that was broken into lines, as MIME does', () => {
    const base64 = Buffer.from(text)
      .toString('base64')
      .replace(/(.{20})/g, '$1\r\n')
    expect(read([cloudEvent(base64)])).toEqual({ by: 'queue', messages: [text] })
  })
  test.each(['<html>', 'no event', 'aGVsbG8=', '[]', ''])('as it is, where it is no event in any form: %j', body =>
    expect(read([cloudEvent(body)])).toEqual({ by: 'queue', messages: [body] }),
  )
  test('with white space before it', () => expect(read([cloudEvent(`\n ${text}`)])).toEqual({ by: 'queue', messages: [`\n ${text}`] }))
  test('with a key that no object should have, which its schema must still see', () => {
    const body: unknown = JSON.parse('{"__proto__":{"a":1}}')
    expect(read([{ ...cloudEvent(''), data: { messageBody: body } }])).toEqual({ by: 'queue', messages: ['{"__proto__":{"a":1}}'] })
  })
  test('in every form alike, whatever it says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), data => {
        const said = JSON.stringify(data)
        for (const form of Object.values(bodyForms)) {
          const waking = read([{ ...cloudEvent(said), data: { messageBody: form(said) } }])
          expect(waking.by === 'queue' && JSON.parse(waking.messages[0] ?? '')).toEqual(JSON.parse(said))
        }
      }),
    )
  })
})

describe('a timer is read', () => {
  test('with its kind and its whole payload', () =>
    expect(readEnvelope(timer('{"kind":"check","deep":true}'))).toEqual({
      by: 'timer',
      kind: 'check',
      payload: { kind: 'check', deep: true },
    }))
  test.each(['', 'check', '{}', '{"kind":1}', 'null'])('with the payload %j only as a fault that names the mend', payload =>
    expect(() => readEnvelope(timer(payload))).toThrow(/the timer's payload must be JSON like \{"kind":"check"\}/),
  )
  test('without a payload is a fault too', () =>
    expect(() => read({ triggerTime: '2026-11-09T00:00:00Z', triggerName: 't' })).toThrow(/timer's payload/))
})

describe('what is no envelope', () => {
  test.each<[string, unknown, string]>([
    ['nothing', '', 'not JSON (0 bytes)'],
    ['an HTML page', '<html></html>', 'not JSON (13 bytes)'],
    ['half an envelope', '[{"id":"1","data":{"messageBo', 'not JSON'],
    ['null', 'null', "neither a timer's nor a queue's"],
    ['an empty array', [], "neither a timer's nor a queue's"],
    ['an HTTP event', { version: 'v1', rawPath: '/', requestContext: {} }, '0.id: '],
    ['a CloudEvent without data', [{ id: '1' }], '0.data: '],
    ['a CloudEvent without its body', [{ id: '1', data: {} }], '0.data.messageBody: must be text or an object'],
    ['a body that is a number', [{ id: '1', data: { messageBody: 7 } }], '0.data.messageBody: must be text or an object'],
    ['a body that is a list', [{ id: '1', data: { messageBody: [] } }], '0.data.messageBody: must be text or an object'],
    ['our event without the envelope', text, '0.data.messageBody: '],
    ['a second CloudEvent that is none', [cloudEvent(text), {}], '1.id: '],
  ])('%s is refused by its place', (_, envelope, said) => {
    expect(() => read(envelope)).toThrow(said)
    expect(() => read(envelope)).toThrow(expect.objectContaining({ code: 'BadEnvelope' }))
  })

  test('whatever bytes come, they are read or refused with the code', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map(json => Buffer.from(json)),
        ),
        bytes => {
          try {
            readEnvelope(bytes)
          } catch (error) {
            expect(error instanceof Fault && error.code).toBe('BadEnvelope')
          }
        },
      ),
    )
  })
})
