import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { day, iso } from '../../shared/domain/duration.ts'
import { type Context, type ExpiryVerdict, expiryVerdict, judgeExpiry, plansOf } from '../../shared/domain/expiry.ts'
import type { Instance, Protection } from '../../shared/domain/instance.ts'
import { pace } from '../../shared/domain/pace.ts'
import type { Treatment } from '../../shared/domain/treatment.ts'
import { anInstance, anItem, aProtection, aTreatment } from './items.ts'

/** Monday, eight in the morning in Shanghai. */
const monday = '2026-11-09T00:00:00Z'
const context = (treatment: Partial<Treatment> = {}, freezes: Context['freezes'] = []): Context => ({
  account: '1234567890',
  treatment: aTreatment(treatment),
  freezes,
  pace,
  timezone: 'Asia/Shanghai',
})
const judge = (at: string, instance: Instance, protection: Protection | undefined, of = context()) =>
  judgeExpiry(instance, protection, of, new Date(at))

describe('an instance needs no renewal, or cannot have one,', () => {
  test.each<[string, Partial<Instance>, Protection | undefined, string, string]>([
    [
      'whose engine the service cannot renew',
      { engine: 'MariaDB' },
      undefined,
      'NotSupported',
      'MariaDB: the service cannot update its certificate by API',
    ],
    [
      'that is a PostgreSQL Serverless',
      { engine: 'PostgreSQL', serverless: true },
      aProtection(),
      'NotSupported',
      'PostgreSQL Serverless has no TLS by API',
    ],
    ['that is gone', {}, undefined, 'Gone', 'it was listed, and is gone'],
    ['without TLS', {}, { enabled: false }, 'EncryptionOff', 'TLS is off'],
  ])('%s: by name', (_, change, protection, reason, detail) => {
    const instance = anInstance(change)
    const { region, id, description, engine } = instance
    expect(judge(monday, instance, protection)).toStrictEqual({ due: false, region, instance: id, description, engine, reason, detail })
  })
  test.each<[string, Partial<Instance>, Protection, string, string]>([
    ['of its owner', {}, aProtection({ issuedBy: 'custom' }), 'CustomCertificate', 'its owner issues and renews its certificate'],
    [
      'whose window nobody can read',
      { maintainTime: '' },
      aProtection(),
      'BadWindow',
      'its maintenance window reads "": set one in the console',
    ],
  ])('with a certificate %s: by name, and the end is told', (_, change, protection, reason, detail) =>
    expect(judge(monday, anInstance(change), protection)).toMatchObject({ due: false, reason, detail, notAfter: '2026-12-01T03:12:45Z' }),
  )
  test('a PostgreSQL that is none can', () =>
    expect(judge(monday, anInstance({ engine: 'PostgreSQL', version: '15.0' }), aProtection()).due).toBe(true))
  test('a MySQL Serverless can, and so can an unknown issuer: that is found out before the call', () => {
    expect(judge(monday, anInstance({ engine: 'MySQL', version: '8.0', serverless: true }), aProtection()).due).toBe(true)
    expect(judge(monday, anInstance(), aProtection({ issuedBy: 'unknown' })).due).toBe(true)
  })
  test('a window that cannot be read is no matter to what does not restart', () =>
    expect(judge(monday, anInstance({ engine: 'MySQL', version: '8.0', maintainTime: '' }), aProtection()).due).toBe(true))
})

describe('a certificate until 2026-12-01T03:12:45Z with the window 18:00Z-22:00Z', () => {
  const deadline = '2026-11-30T21:20:00Z'
  test('is due 30 days before its deadline, which is the last instant of its last window', () => {
    expect(judge('2026-10-31T21:19:59.999Z', anInstance(), aProtection())).toEqual({
      due: false,
      region: 'cn-hangzhou',
      instance: 'rm-1',
      description: 'orders',
      engine: 'SQLServer',
      reason: 'NotDue',
      detail: 'due from 2026-10-31T21:20:00Z',
      notAfter: '2026-12-01T03:12:45Z',
      from: '2026-10-31T21:20:00Z',
    })
    expect(judge('2026-10-31T21:20:00Z', anInstance(), aProtection())).toMatchObject({ due: true, item: { deadline } })
  })
  test('is due earlier by as much as a freeze moves its deadline', () => {
    const freeze = { from: Date.parse('2026-11-25T00:00:00Z'), to: Date.parse('2026-12-05T00:00:00Z') }
    const frozen = context({}, [freeze])
    expect(judge('2026-10-25T21:19:59.999Z', anInstance(), aProtection(), frozen)).toMatchObject({
      due: false,
      from: '2026-10-25T21:20:00Z',
    })
    expect(judge('2026-10-25T21:20:00Z', anInstance(), aProtection(), frozen)).toMatchObject({ item: { deadline: '2026-11-24T21:20:00Z' } })
  })
  test('promises what will be done, to what, until when', () =>
    expect(judge(monday, anInstance(), aProtection())).toEqual({
      due: true,
      approvers: 'dba',
      approval: 'required',
      item: anItem({ renewal: '1234567890.cn-hangzhou.rm-1.instance.20261201T0312Z' }),
    }))
  test('of a MySQL 8.0, which does not restart, may be renewed at any time until ten minutes before its end', () =>
    expect(judge(monday, anInstance({ engine: 'MySQL', version: '8.0' }), aProtection())).toMatchObject({
      item: { deadline: '2026-12-01T03:02:45Z', promise: { restarts: false, window: 'any', updateValue: 1 } },
    }))
  test('of a replica belongs to the family of its primary', () =>
    expect(judge(monday, anInstance({ primary: 'rm-0' }), aProtection())).toMatchObject({ item: { family: 'rm-0' } }))
  test('carries the word of a person who stated its issuer', () => {
    const verdict = judge(monday, anInstance(), aProtection(), context({ stated: true }))
    expect(verdict).toMatchObject({ item: { stated: true } })
  })
  test('carries what the treatment says', () =>
    expect(judge(monday, anInstance(), aProtection(), context({ approvers: 'shop', approval: 'automatic', updateValue: 1 }))).toMatchObject(
      {
        approvers: 'shop',
        approval: 'automatic',
        item: { promise: { updateValue: 1 } },
      },
    ))
})

test('a certificate without a window before its end is due at once, has no deadline, and its answer is good for a week', () => {
  const instance = anInstance({ vpc: undefined })
  const verdict = judge('2026-11-30T21:20:00Z', instance, aProtection())
  expect(verdict).toMatchObject({ due: true, item: { validUntil: '2026-12-07T21:20:00Z' } })
  expect(verdict.due && Object.keys(verdict.item)).not.toContain('deadline')
  expect(verdict.due && Object.keys(verdict.item)).not.toContain('vpc')
  expect(judge('2027-01-01T00:00:00Z', instance, aProtection())).toMatchObject({ due: true, item: { validUntil: '2027-01-08T00:00:00Z' } })
})

describe('an owner who is asked weekly', () => {
  const weekly = context({ ask: 'weekly' })
  test.each([
    ['Sunday, a second before midnight', '2026-11-08T15:59:59Z', false],
    ['Monday, midnight', '2026-11-08T16:00:00Z', true],
    ['Monday, a second before midnight', '2026-11-09T15:59:59Z', true],
    ['Tuesday, midnight', '2026-11-09T16:00:00Z', false],
  ])('is asked on %s in the time zone of the policy: %s', (_, at, due) => {
    const verdict = judge(at, anInstance(), aProtection(), weekly)
    expect(verdict.due).toBe(due)
    const told = { reason: 'AskLater', detail: 'asked on Monday', notAfter: '2026-12-01T03:12:45Z', from: '2026-10-31T21:20:00Z' }
    if (!due) expect(verdict).toMatchObject(told)
  })
  test('is asked on any day within ten days of the deadline', () => {
    const thursday = (at: string) => judge(at, anInstance(), aProtection({ notAfter: '2026-11-30T03:12:45Z' }), weekly).due
    expect(thursday('2026-11-19T21:19:59.999Z'), 'its deadline is 10 days and a millisecond ahead').toBe(false)
    expect(thursday('2026-11-19T21:20:00.000Z'), 'its deadline is exactly 10 days ahead').toBe(true)
  })
  test('is asked at once where no window is left', () =>
    expect(judge('2026-11-19T21:20:00Z', anInstance(), aProtection({ notAfter: '2026-11-20T00:00:00Z' }), weekly).due).toBe(true))
  test('hears nothing before the renewal is due', () =>
    expect(judge(monday, anInstance(), aProtection({ notAfter: '2027-06-01T00:00:00Z' }), weekly)).toMatchObject({ reason: 'NotDue' }))
})

describe('the plans of a day', () => {
  const due = (
    renewal: string,
    deadline: string | undefined,
    change: Partial<Extract<ExpiryVerdict, { due: true }>> = {},
  ): ExpiryVerdict => ({
    due: true,
    approvers: 'dba',
    approval: 'required',
    item: anItem({ renewal, deadline }),
    ...change,
  })
  const later: ExpiryVerdict = { due: false, region: 'r', instance: 'i', description: '', engine: 'MySQL', reason: 'NotDue', detail: '' }
  const named = (verdicts: ExpiryVerdict[]) =>
    plansOf(verdicts, '2026-11-09').map(({ plan, items }) => [plan, ...items.map(one => one.renewal)])

  test('are one for each owner and way of approval, named by both and the day', () =>
    expect(
      named([
        due('r1', '2026-11-20T00:00:00Z', { approvers: 'shop' }),
        due('r2', '2026-11-20T00:00:00Z'),
        later,
        due('r3', '2026-11-20T00:00:00Z', { approval: 'automatic' }),
      ]),
    ).toEqual([
      ['dba.automatic.2026-11-09', 'r3'],
      ['dba.required.2026-11-09', 'r2'],
      ['shop.required.2026-11-09', 'r1'],
    ]))
  test('hold their items in order of deadline, then of name; what has no deadline counts by its end', () =>
    expect(
      named([
        due('r4', undefined),
        due('r1', '2026-12-02T00:00:00Z'),
        due('r2', '2026-11-21T00:00:00Z'),
        due('r3', '2026-11-20T00:00:00Z'),
        due('r5', '2026-11-20T00:00:00.000Z'),
        due('r0', '2026-11-20T00:00:00Z'),
      ]),
    ).toEqual([['dba.required.2026-11-09', 'r0', 'r3', 'r5', 'r2', 'r4', 'r1']]))
  test('are none where nothing is due', () => expect(plansOf([later], '2026-11-09')).toEqual([]))
  test('are the same in whatever order the fleet is read', () => {
    const verdicts = ['r1', 'r2', 'r3', 'r4'].map((renewal, at) =>
      due(renewal, iso(Date.parse(monday) + (at % 2) * day), { approvers: at < 2 ? 'dba' : 'shop' }),
    )
    const shuffled = fc.shuffledSubarray(verdicts, { minLength: verdicts.length })
    fc.assert(
      fc.property(shuffled, read => {
        expect(plansOf(read, 'today')).toEqual(plansOf(verdicts, 'today'))
      }),
    )
  })
})

test('whatever the certificate, its verdict can be journalled, and a deadline leaves room for the restart before the end', () => {
  const start = Date.parse('2026-01-01T00:00:00Z')
  const ends = fc.integer({ min: -400, max: 800 }).map(days => iso(start + days * day + 11_565_000))
  const hours = fc.integer({ min: 0, max: 23 }).map(hour => `${String(hour).padStart(2, '0')}:30Z`)
  fc.assert(
    fc.property(ends, hours, hours, fc.constantFrom('SQLServer', 'MySQL', 'PostgreSQL', 'MariaDB'), (notAfter, from, to, engine) => {
      const verdict = judge(iso(start), anInstance({ engine, maintainTime: `${from}-${to}` }), aProtection({ notAfter }))
      expect(expiryVerdict.safeParse(JSON.parse(JSON.stringify(verdict))).error).toBeUndefined()
      const deadline = verdict.due && verdict.item.deadline
      if (deadline) {
        expect(Date.parse(deadline)).toBeGreaterThanOrEqual(start)
        expect(Date.parse(deadline)).toBeLessThanOrEqual(Date.parse(notAfter) - pace.restart - pace.margin)
      }
    }),
  )
})
