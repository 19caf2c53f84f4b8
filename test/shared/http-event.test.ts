import { describe, expect, test } from 'vitest'
import { readHttpEvent } from '../../shared/http-event.ts'
import { http } from './envelopes.ts'

const path = '/plans/dba.required.2026-11-09'
const form = 'decision=approve&item=r1&item=r2&count=2&token=t'

describe('a request is read', () => {
  test.each([false, true])('with its form, base64: %s', base64 => {
    const request = readHttpEvent(http({ method: 'POST', path, query: { lang: 'zh' }, body: form, base64 }))
    if (request === 'TooLarge') throw new Error('it is small')
    expect(request).toMatchObject({ method: 'POST', path, from: '10.0.0.1' })
    expect(request.query.get('lang')).toBe('zh')
    expect(request.form.getAll('item')).toEqual(['r1', 'r2'])
  })
  test('with umlauts and Chinese, which base64 carries as UTF-8', () => {
    const request = readHttpEvent(http({ method: 'POST', path, body: 'count=２&note=Größe%20计', base64: true }))
    expect(request !== 'TooLarge' && [...request.form]).toEqual([
      ['count', '２'],
      ['note', 'Größe 计'],
    ])
  })
  test('where only what must be there is there', () => {
    const least = { rawPath: '/', requestContext: { http: { method: 'GET' } } }
    expect(readHttpEvent(Buffer.from(JSON.stringify(least)))).toEqual({
      method: 'GET',
      path: '/',
      query: new URLSearchParams(),
      form: new URLSearchParams(),
      from: 'unknown',
    })
  })
})

test.each([
  [262_144, false, false],
  [262_145, false, true],
  [262_144, true, false],
  [262_145, true, true],
])('a body of %i characters, base64: %s, is too large: %s', (length, base64, tooLarge) =>
  expect(readHttpEvent(http({ method: 'POST', body: 'x'.repeat(length), base64 })) === 'TooLarge').toBe(tooLarge),
)

test.each([
  ['nothing', '', 'no HTTP event: check its trigger'],
  ['an HTML page', '<html>', 'no HTTP event: check its trigger'],
  ['a timer', '{"triggerTime":"","triggerName":"","payload":""}', 'rawPath: '],
  ['null', 'null', 'no HTTP event'],
  ['a request without a method', '{"rawPath":"/","requestContext":{"http":{}}}', 'requestContext.http.method: '],
])('%s is no request', (_, text, said) => {
  expect(() => readHttpEvent(Buffer.from(text))).toThrow(said)
  expect(() => readHttpEvent(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'BadEnvelope' }))
})
