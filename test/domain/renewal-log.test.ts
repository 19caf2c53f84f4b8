import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brokenPromises } from '../../shared/domain/item.ts'
import { type EndReason, endReason, evolveRenewal, mayPlan, noRenewal, type RenewalFact } from '../../shared/domain/renewal-log.ts'
import { anItem } from './items.ts'

const planned: RenewalFact = { fact: 'Planned', plan: 'p1', item: anItem() }
const accepted: RenewalFact = { fact: 'Accepted', tries: 1, requestId: 'A1' }
const refused: RenewalFact = { fact: 'NotTaken', tries: 1, code: 'Throttling', message: 'slow down' }
const updated: RenewalFact = { fact: 'Updated', notAfter: '2027-11-09T18:31:00Z', adopted: false }
const published: RenewalFact = { fact: 'Published', version: 'v1' }
const proven: RenewalFact = { fact: 'Proven', fingerprint: 'new', serial: '01', notAfter: '2027-11-09T18:31:00Z', from: 'vpc-1' }
const unreached: RenewalFact = { fact: 'Unreached', detail: 'TimedOut', mend: 'allow the vSwitch' }
const refuted: RenewalFact = { fact: 'Refuted', code: 'OldLeafServed', detail: 'the old one' }
const ended = (reason: EndReason): RenewalFact => ({ fact: 'Ended', reason, detail: 'so' })
const logOf = (...facts: RenewalFact[]) => facts.reduce(evolveRenewal, noRenewal)

describe('the log of a renewal', () => {
  test('belongs to the first plan that claims it', () => {
    expect(logOf(planned, { ...planned, plan: 'p2' }).planned?.plan).toBe('p1')
  })
  test('begins anew in another plan only after it ended, and forgets what was before', () => {
    const again = logOf(planned, accepted, refused, ended('PromiseChanged'), { ...planned, plan: 'p2' })
    expect(again).toEqual({ ...noRenewal, planned: { ...planned, plan: 'p2' } })
  })
  test('keeps every refusal, since their number decides', () =>
    expect(logOf(planned, refused, refused).notTaken).toEqual([refused, refused]))
  test('takes a call whose fate is unknown for no refusal', () => {
    expect(logOf(planned, { fact: 'Unknown', tries: 1, cause: 'hang-up' })).toEqual(logOf(planned))
  })
  test('knows that the service took a call', () => {
    expect(logOf(planned).accepted).toBe(false)
    expect(logOf(planned, accepted, refused).accepted).toBe(true)
  })
  test('keeps its first update and its first publication', () => {
    const log = logOf(planned, updated, { ...updated, adopted: true }, published, { ...published, version: 'v2' })
    expect(log.updated).toEqual(updated)
    expect(log.published).toEqual(published)
  })
  test('keeps its first end, and an update takes the end back', () => {
    expect(logOf(planned, ended('Rejected'), ended('Abandoned')).ended?.reason).toBe('Rejected')
    expect(logOf(planned, ended('PossiblyCustom'), updated)).toMatchObject({ ended: undefined, updated })
  })
  test('ends no more once it is updated, unless the instance is gone', () => {
    expect(logOf(planned, updated, ended('RefusedByService')).ended).toBeUndefined()
    expect(logOf(planned, updated, ended('InstanceGone')).ended?.reason).toBe('InstanceGone')
  })
  test('a person opens what ended anew, with no call and no refusal behind it; what is open or updated stays as it is', () => {
    const reopened: RenewalFact = { fact: 'Reopened', by: 'user/li.wei' }
    expect(logOf(planned, accepted, refused, ended('RefusedByService'), reopened)).toEqual(logOf(planned))
    expect(logOf(planned, accepted, refused, reopened)).toEqual(logOf(planned, accepted, refused))
    const gone = [planned, updated, ended('InstanceGone')]
    expect(logOf(...gone, reopened)).toEqual(logOf(...gone))
  })
  test('cannot end once it is updated', () => expect(logOf(planned, updated, ended('Abandoned')).ended).toBeUndefined())
  test.each([refuted, unreached])('holds a proof for final, whatever is seen later', later =>
    expect(logOf(planned, updated, proven, later).proof).toEqual(proven),
  )
  test('lets a later look overrule an endpoint that was not reached', () => {
    expect(logOf(planned, updated, unreached, proven).proof).toEqual(proven)
    expect(logOf(planned, updated, unreached, refuted).proof).toEqual(refuted)
  })
})

describe('an item may enter a plan', () => {
  const moved = anItem({ host: 'rm-1-public.sqlserver.rds.aliyuncs.com' })
  const unsettled: EndReason[] = ['ApprovalLapsed', 'ApprovalNeeded', 'RefusedByService']
  const voided: EndReason[] = ['PromiseChanged', 'EndpointMoved', 'EncryptionOff', 'PossiblyCustom', 'NotSupported']

  test('whose renewal was never planned', () => expect(mayPlan(noRenewal, anItem())).toBe(true))
  test('only once: nobody is asked twice about an unchanged item', () => {
    expect(mayPlan(logOf(planned), anItem())).toBe(false)
    expect(mayPlan(logOf(planned), moved)).toBe(false)
    expect(mayPlan(logOf(planned, updated), moved)).toBe(false)
  })
  test.each(endReason.options.filter(reason => !unsettled.includes(reason)))(
    'after it ended by %s only if that is an end that the world can undo, and it did',
    reason => {
      const log = logOf(planned, ended(reason))
      expect(mayPlan(log, anItem())).toBe(false)
      expect(mayPlan(log, moved)).toBe(voided.includes(reason))
    },
  )
  test.each(unsettled)('again after %s: nobody said no, and the certificate still expires', reason =>
    expect(mayPlan(logOf(planned, ended(reason)), anItem())).toBe(true),
  )
  test('again once a person states who issued its certificate', () => {
    const log = logOf(planned, ended('PossiblyCustom'))
    expect(mayPlan(log, anItem({ stated: true }))).toBe(true)
    expect(mayPlan(logOf({ ...planned, item: anItem({ stated: true }) }, ended('PossiblyCustom')), anItem({ stated: true }))).toBe(false)
    expect(mayPlan(logOf(planned, ended('Rejected')), anItem({ stated: true }))).toBe(false)
  })
  test.each([{ restarts: false }, { window: '02:00Z-06:00Z' }, { updateValue: 1 as const }])(
    'again where its promise is another: %j',
    change => {
      const item = anItem({ promise: { ...anItem().promise, ...change } })
      expect(mayPlan(logOf(planned, ended('PromiseChanged')), item)).toBe(true)
      expect(brokenPromises(anItem().promise, item.promise)).toEqual(Object.keys(change))
    },
  )
  test('not again where only what is shown differs', () => {
    const shown = anItem({ description: 'renamed', deadline: undefined, validUntil: '2026-12-31T00:00:00Z' })
    expect(mayPlan(logOf(planned, ended('PromiseChanged')), shown)).toBe(false)
  })
})

test('a fact said twice in a row is said once, but for refusals, which are counted', () => {
  const facts = [planned, accepted, updated, published, proven, unreached, refuted, ended('Rejected'), ended('PromiseChanged')]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...facts), { maxLength: 8 }), fc.constantFrom(...facts), (before, fact) => {
      const once = logOf(...before, fact)
      expect(evolveRenewal(once, fact)).toEqual(once)
    }),
  )
})
