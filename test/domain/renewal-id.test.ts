import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RenewalName, renewalId, renewalName } from '../../shared/domain/renewal-id.ts'

const named: RenewalName = {
  account: '1234567890',
  region: 'cn-hangzhou',
  instance: 'rm-bp1x',
  kind: 'instance',
  notAfter: '2026-12-01T03:12:00Z',
}

test.each(['2026-12-01T03:12:00Z', '2026-12-01T03:12:45Z', '2026-12-01T03:12:59.999Z', '2026-12-01T11:12:45+08:00'])(
  'a certificate that ends %s is named by its minute',
  notAfter => expect(renewalId({ ...named, notAfter })).toBe('1234567890.cn-hangzhou.rm-bp1x.instance.20261201T0312Z'),
)

test('one minute later is another renewal', () =>
  expect(renewalId({ ...named, notAfter: '2026-12-01T03:13:00Z' })).toBe('1234567890.cn-hangzhou.rm-bp1x.instance.20261201T0313Z'))

test.each([
  '',
  'rm-bp1x',
  '1.cn-hangzhou.rm-1.proxy.20261201T0312Z',
  '1.cn-hangzhou.rm-1.instance.20261201T031245Z',
  '1.cn-hangzhou.rm-1.instance.20261201T0312',
  '../1.cn-hangzhou.rm-1.instance.20261201T0312Z',
  '1.cn-hangzhou.rm-1.instance.20261201T0312Z\n',
])('%j names no renewal', id => expect(renewalName(id)).toBeUndefined())

test('reading inverts naming, and an id is safe in an object key', () => {
  const word = fc.stringMatching(/^[\w-]{1,20}$/)
  const minutes = fc.integer({ min: 0, max: 60 * 24 * 365 * 70 })
  fc.assert(
    fc.property(word, word, word, minutes, (account, region, instance, minute) => {
      const name: RenewalName = {
        account,
        region,
        instance,
        kind: 'instance',
        notAfter: new Date(minute * 60_000).toISOString().replace('.000Z', 'Z'),
      }
      const id = renewalId(name)
      expect(id).toMatch(/^[\w.-]+$/)
      expect(renewalName(id)).toEqual(name)
    }),
  )
})
