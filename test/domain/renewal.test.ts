import { describe, expect, test } from 'vitest'
import { day, iso, minute, second } from '../../shared/domain/duration.ts'
import type { Instance, Protection } from '../../shared/domain/instance.ts'
import { hasEnded, hasMoved } from '../../shared/domain/renewal.ts'
import type { RenewalFact } from '../../shared/domain/renewal-log.ts'
import {
  closed,
  decide,
  instance,
  item,
  logOf,
  newEnd,
  now,
  oldEnd,
  planned,
  planOf,
  protectedBy,
  protection,
  rolloutOf,
  slot,
  started,
  yes,
} from './renewal-scene.ts'

test('with everything in favour, it updates with the promised value, and not after 30 seconds from now', () => {
  expect(decide()).toEqual({
    do: 'update',
    callBefore: iso(now + 30 * second),
    value: 2,
    slot: {
      ...slot,
      callBefore: iso(now + 30 * second),
      settings: { ConnectionString: item.host, CAType: 'aliyun' },
      attempt: undefined,
      startedAt: undefined,
    },
  })
})

test('of another that restarts beside it, nothing enters its slot', () => {
  const beside = {
    ...slot,
    renewal: 'r2',
    family: 'rm-2',
    groups: {},
    before: { fingerprint: 'theirs', notBefore: oldEnd },
    settings: { ACL: 'cert' },
  }
  expect(decide({ rollout: rolloutOf({ ...started, slot: beside }) })).toEqual(decide())
})

test('what the service says to be its own needs no probe: its slot has no leaf of before', () => {
  expect(decide({ served: { reached: false } })).toMatchObject({ do: 'update', slot: { before: undefined } })
})

test.each<[string, Instance | undefined, Protection | undefined, boolean]>([
  ['runs, and its expiry moved', instance, protectedBy({ notAfter: newEnd }), true],
  ['runs, and its expiry did not move', instance, protection, false],
  ['does not run', { ...instance, status: 'SSL_MODIFYING' }, protectedBy({ notAfter: newEnd }), false],
  ['still changes', instance, protectedBy({ notAfter: newEnd, changing: true }), false],
  ['lost its TLS', instance, { enabled: false }, false],
  ['lost its protection', instance, undefined, false],
  ['is gone', undefined, protectedBy({ notAfter: newEnd }), false],
])('an update of an instance that %s: has it ended?', (_, instance, protection, ended) =>
  expect(hasEnded(item, instance, protection)).toBe(ended),
)

describe('callBefore is the earliest of', () => {
  test('30 seconds from now', () => expect(decide()).toMatchObject({ callBefore: iso(now + 30 * second) }))
  test('the end of the window less restart and margin', () => {
    const late = Date.parse('2026-05-11T01:19:50Z')
    expect(decide({}, late)).toMatchObject({ do: 'update', callBefore: '2026-05-11T01:20:00Z' })
  })
  test('the start of a freeze less restart and margin', () => {
    const freezes = [{ from: now + 40 * minute + 10 * second, to: now + day }]
    expect(decide({ freezes })).toMatchObject({ do: 'update', callBefore: iso(now + 10 * second) })
  })
  test('the end of the approval', () => {
    const validUntil = iso(now + 5 * second)
    const short = { ...item, validUntil }
    const change = { log: logOf({ ...planned, item: short }), plan: planOf({ ...closed, items: [short] }, yes) }
    expect(decide(change)).toMatchObject({ do: 'update', callBefore: validUntil })
  })
})

describe('what is over', () => {
  const updated: RenewalFact = { fact: 'Updated', notAfter: newEnd, adopted: false }
  test('an update of ours is only announced again', () => expect(decide({ log: logOf(planned, updated) })).toEqual({ do: 'announce' }))
  test('a renewal by someone else is adopted, without a restart', () => {
    expect(decide({ protection: protectedBy({ notAfter: newEnd }) })).toEqual({ do: 'adopt', notAfter: newEnd })
    const because = 'the expiry moved, the change is still under way'
    expect(decide({ protection: protectedBy({ notAfter: newEnd, changing: true }) })).toEqual({ do: 'watch', because })
  })
  test('a renewal that ended by an old look is finished all the same once its restart moved the expiry', () => {
    const log = logOf(planned, { fact: 'Ended', reason: 'PossiblyCustom', detail: '' })
    const moved = { log, rollout: rolloutOf(started), protection: protectedBy({ notAfter: newEnd }) }
    expect(decide(moved)).toMatchObject({ do: 'finish' })
    expect(logOf(planned, { fact: 'Ended', reason: 'PossiblyCustom', detail: '' }, updated).ended).toBeUndefined()
  })
  test('an ended renewal is left alone', () => {
    const log = logOf(planned, { fact: 'Ended', reason: 'Rejected', detail: '' })
    expect(decide({ log })).toEqual({ do: 'leave', because: 'it ended: Rejected' })
  })
})

test.each([
  ['2026-06-01T00:00:00Z', '2026-06-30T23:59:59.999Z', false],
  ['2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z', true],
  ['2026-06-01T00:00:00Z', '2026-06-01T00:00:40Z', false],
  ['2026-06-01T00:00:00Z', '2026-05-01T00:00:00Z', false],
])('an expiry that went from %s to %s has moved: %s', (from, to, moved) => expect(hasMoved(from, to)).toBe(moved))
