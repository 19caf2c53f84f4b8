import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capacityOf, changesOf, type Dated } from '../../shared/domain/impact.ts'
import type { Instance } from '../../shared/domain/instance.ts'
import { pace } from '../../shared/domain/pace.ts'
import { type Policy, policySchema } from '../../shared/domain/policy.ts'
import { anInstance, aProtection } from './items.ts'

const now = new Date('2026-11-10T00:00:00Z')
const document = {
  mode: 'act',
  timezone: 'Asia/Shanghai',
  language: 'en',
  defaults: {
    renewBefore: '30d',
    approval: 'required',
    approvers: 'dba',
    window: 'maintenance',
    concurrency: 1,
    halt: { failures: 1 },
    proof: 'required',
    ask: 'weekly',
  },
  approvers: { dba: { channels: ['c'] }, dev: { channels: ['d'] } },
}
const policyWith = (change: object = {}): Policy => policySchema.parse({ ...document, ...change })

describe('whose treatment changes', () => {
  const fleet = [anInstance({ id: 'rm-1', tags: { env: 'dev' } }), anInstance({ id: 'rm-2' })]
  test('is told field by field, for those that a new rule reaches and for nobody else', () => {
    const rules = [{ match: { tags: { env: 'dev' } }, set: { renewBefore: '60d', approval: 'automatic', approvers: 'dev' } }]
    expect(changesOf(policyWith(), policyWith({ rules }), fleet)).toEqual([
      {
        instance: fleet[0],
        fields: [
          { name: 'renewBefore', before: '30d', after: '60d' },
          { name: 'approval', before: 'required', after: 'automatic' },
          { name: 'approvers', before: 'dba', after: 'dev' },
          { name: 'groups', before: 'defaults', after: 'rule 1' },
        ],
      },
    ])
  })
  test('is nobody’s where only the mode changes', () => expect(changesOf(policyWith(), policyWith({ mode: 'observe' }), fleet)).toEqual([]))
})

/** So many instances with one window and one end. */
const crowd = (count: number, change: (n: number) => Partial<Instance> = () => ({}), notAfter = '2026-11-12T00:00:00Z'): Dated[] =>
  Array.from({ length: count }, (_, n) => ({
    instance: anInstance({ id: `rm-${String(n).padStart(3, '0')}`, maintainTime: '18:00Z-19:00Z', ...change(n) }),
    protection: aProtection({ notAfter }) as Dated['protection'],
  }))
const capacity = (fleet: readonly Dated[], policy: object = {}) => capacityOf(policyWith(policy), fleet, pace, now)
const withConcurrency = (concurrency: number) => ({ defaults: { ...document.defaults, concurrency } })

describe('whose date cannot be met', () => {
  // Two evenings are left, each with 20 minutes in which a restart may begin, and each restart holds its place for 6.
  test('eight fit one after the other into what is left of two windows, a ninth does not', () => {
    expect(capacity(crowd(8))).toEqual({ of: 8, hopeless: [], crowded: [], fixedBy: undefined })
    expect(capacity(crowd(9))).toMatchObject({ of: 9, hopeless: [], crowded: [expect.any(String)], fixedBy: 2 })
  })
  test('the smallest concurrency that is enough is named', () => {
    expect(capacity(crowd(40))).toMatchObject({ fixedBy: 5 })
    expect(capacity(crowd(40), withConcurrency(5)).crowded).toEqual([])
    expect(capacity(crowd(40), withConcurrency(4)).crowded).not.toEqual([])
  })
  test('no concurrency fixes a family: primary and replicas never restart together', () => {
    const family = crowd(9, n => (n === 0 ? {} : { primary: 'rm-000' }))
    expect(capacity(family)).toMatchObject({ crowded: [expect.any(String)], fixedBy: undefined })
  })
  test('a group of its own has places of its own', () => {
    const rules = [{ match: {}, set: { groups: ['tag:app'] } }]
    const apps = crowd(16, n => ({ tags: { app: n % 2 === 0 ? 'a' : 'b' } }))
    expect(capacity(apps).crowded).toHaveLength(8)
    expect(capacity(apps, { rules }).crowded).toEqual([])
  })
  test('without a window before its end it is hopeless, whatever the concurrency', () => {
    const freezes = [{ from: '2026-11-09T00:00:00Z', to: '2026-11-20T00:00:00Z', reason: 'x' }]
    expect(capacity(crowd(3), { freezes })).toEqual({ of: 3, hopeless: ['rm-000', 'rm-001', 'rm-002'], crowded: [], fixedBy: undefined })
  })
  test('what does not restart needs no window, and what is custom or expired is not counted', () => {
    expect(capacity(crowd(500, () => ({ engine: 'MySQL', version: '8.0' }))).crowded).toEqual([])
    const [one] = crowd(1)
    if (!one) throw new Error('a crowd of one')
    expect(capacity([{ ...one, protection: aProtection({ issuedBy: 'custom' }) as Dated['protection'] }]).of).toBe(0)
    expect(capacity(crowd(1, undefined, '2026-11-09T00:00:00Z')).of).toBe(0)
  })
})

test('more restarts at once never make more certificates late', () => {
  const fleet = fc.array(fc.record({ family: fc.nat(5), day: fc.integer({ min: 0, max: 5 }), hour: fc.nat(23) }), { maxLength: 40 })
  fc.assert(
    fc.property(fleet, fc.integer({ min: 1, max: 6 }), (some, concurrency) => {
      const dated = some.map(({ family, day, hour }, n): Dated => {
        const from = String(hour).padStart(2, '0')
        const instance = anInstance({
          id: `rm-${n}`,
          primary: `rm-${family}`,
          maintainTime: `${from}:00Z-${String((hour + 1) % 24).padStart(2, '0')}:00Z`,
        })
        return { instance, protection: aProtection({ notAfter: `2026-11-1${day + 1}T12:00:00Z` }) as Dated['protection'] }
      })
      const fewer = capacity(dated, withConcurrency(concurrency)).crowded.length
      return capacity(dated, withConcurrency(1000)).crowded.length <= fewer
    }),
  )
})

test('three thousand instances are played within seconds', () => {
  const began = performance.now()
  const { crowded, fixedBy } = capacity(
    crowd(
      3000,
      n => ({ maintainTime: `${String(n % 24).padStart(2, '0')}:00Z-${String((n + 2) % 24).padStart(2, '0')}:00Z` }),
      '2026-12-20T00:00:00Z',
    ),
  )
  expect(crowded.length).toBeGreaterThan(0)
  expect(fixedBy).toBeGreaterThan(1)
  expect(performance.now() - began).toBeLessThan(5000)
})
