import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capacityOf, changesOf, type Dated } from '../../shared/domain/impact.ts'
import type { Instance } from '../../shared/domain/instance.ts'
import { pace } from '../../shared/domain/pace.ts'
import { anInstance, aProtection } from './items.ts'
import { aPolicy, someDefaults } from './policies.ts'

const now = new Date('2026-11-10T00:00:00Z')

describe('whose treatment changes', () => {
  const fleet = [anInstance({ id: 'rm-1', tags: { env: 'dev' } }), anInstance({ id: 'rm-2' })]
  test('is told field by field, for those that a new rule reaches and for nobody else', () => {
    const rules = [{ match: { tags: { env: 'dev' } }, set: { renewBefore: '60d', approval: 'automatic', approvers: 'shop' } }]
    expect(changesOf(aPolicy(), aPolicy({ rules }), fleet)).toEqual([
      {
        instance: fleet[0],
        fields: [
          { name: 'renewBefore', before: '30d', after: '60d' },
          { name: 'approval', before: 'required', after: 'automatic' },
          { name: 'approvers', before: 'dba', after: 'shop' },
          { name: 'groups', before: 'defaults', after: 'rule 1' },
        ],
      },
    ])
  })
  test('is worded for everything that a rule can set', () => {
    const set = {
      renewBefore: '60d',
      approval: 'automatic',
      approvers: 'shop',
      concurrency: 5,
      groups: ['tag:app', 'tag:env'],
      halt: { failures: 3 },
      ask: 'daily',
      updateValue: 1,
      certificate: 'aliyun',
    }
    const tagged = anInstance({ tags: { app: 'orders', env: 'dev' } })
    expect(changesOf(aPolicy(), aPolicy({ rules: [{ match: {}, set }] }), [tagged])[0]?.fields).toEqual([
      { name: 'renewBefore', before: '30d', after: '60d' },
      { name: 'approval', before: 'required', after: 'automatic' },
      { name: 'approvers', before: 'dba', after: 'shop' },
      { name: 'concurrency', before: '1', after: '5' },
      { name: 'groups', before: 'defaults', after: 'app=orders, env=dev' },
      { name: 'halt', before: '1 failures', after: '3 failures' },
      { name: 'ask', before: 'weekly', after: 'daily' },
      { name: 'updateValue', before: 'by engine', after: '1' },
      { name: 'certificate', before: 'to be seen', after: 'stated as aliyun' },
    ])
  })
  test('is nobody’s where only the mode changes', () => expect(changesOf(aPolicy(), aPolicy({ mode: 'observe' }), fleet)).toEqual([]))
})

/** So many instances with one window and one end. */
const crowd = (count: number, change: (n: number) => Partial<Instance> = () => ({}), notAfter = '2026-11-12T00:00:00Z'): Dated[] =>
  Array.from({ length: count }, (_, n) => ({
    instance: anInstance({ id: `rm-${String(n).padStart(3, '0')}`, maintainTime: '18:00Z-19:00Z', ...change(n) }),
    protection: aProtection({ notAfter }) as Dated['protection'],
  }))
const capacity = (fleet: readonly Dated[], policy: object = {}) => capacityOf(aPolicy(policy), fleet, pace, now)
const withConcurrency = (concurrency: number) => ({ defaults: { ...someDefaults, concurrency } })

describe('whose date cannot be met', () => {
  // Two evenings are left, each with 20 minutes in which a restart may begin, and each restart holds its place for 6.
  test('eight fit one after the other into what is left of two windows, a ninth does not', () => {
    expect(capacity(crowd(8))).toEqual({ of: 8, hopeless: [], crowded: [], fixedBy: undefined })
    expect(capacity(crowd(9))).toEqual({ of: 9, hopeless: [], crowded: ['rm-008'], fixedBy: 2 })
  })
  test('the last by name finds no place, in whatever order the fleet is read', () => {
    expect(capacity(crowd(10).reverse()).crowded).toEqual(['rm-008', 'rm-009'])
  })
  test('the earliest deadline comes first: who has one evening is not crowded out by who has two', () => {
    const urgent = crowd(1, () => ({ id: 'rm-urgent' }), '2026-11-11T00:00:00Z')
    expect(capacity([...crowd(8), ...urgent]).crowded).toEqual(['rm-007'])
  })
  test('nobody is renewed before it is due', () => {
    const dueAhead = (renewBefore: string) => capacity(crowd(5), { defaults: { ...someDefaults, renewBefore } }).crowded
    expect(dueAhead('1d'), 'the first evening is over').toEqual(['rm-004'])
    expect(dueAhead('2d')).toEqual([])
  })
  test('the smallest concurrency that is enough is named', () => {
    expect(capacity(crowd(40))).toMatchObject({ fixedBy: 5 })
    expect(capacity(crowd(40), withConcurrency(5)).crowded).toEqual([])
    expect(capacity(crowd(40), withConcurrency(4)).crowded).not.toEqual([])
  })
  test('no concurrency fixes a family: primary and replicas never restart together', () => {
    const family = crowd(9, n => (n === 0 ? {} : { primary: 'rm-000' }))
    expect(capacity(family)).toMatchObject({ crowded: ['rm-008'], fixedBy: undefined })
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
    expect(capacity(crowd(1, () => ({ maintainTime: 'never' }))).of).toBe(0)
    expect(capacity(crowd(1, undefined, now.toISOString()))).toMatchObject({ of: 0, hopeless: [] })
    expect(capacity(crowd(1, undefined, '2026-11-10T00:00:00.001Z'))).toMatchObject({ of: 1, hopeless: ['rm-000'] })
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
