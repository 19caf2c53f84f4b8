import { describe, expect, test } from 'vitest'
import { day, hour, iso, minute, second } from '../../shared/domain/duration.ts'
import type { Gathered, WaitFor } from '../../shared/domain/renewal.ts'
import { decide, instance, item, logOf, newEnd, now, planned, protectedBy, rolloutOf, slot, started, task } from './renewal-scene.ts'

describe('what delays an update', () => {
  const odd = { ...item, promise: { ...item.promise, window: 'never' } }
  const unreadable = { log: logOf({ ...planned, item: odd }), instance: { ...instance, maintainTime: 'never' } }
  test.each<[string, Partial<Gathered>, WaitFor, number, string]>([
    ['a policy that only observes', { mode: 'observe' }, 'Act', 60, 'the policy only observes'],
    [
      'an unknown issuer that no probe reached',
      { protection: protectedBy({ issuedBy: 'unknown' }), served: { reached: false } },
      'Issuer',
      60,
      'the service does not say who issued the certificate, and no probe reached the endpoint',
    ],
    [
      'an unknown issuer that no probe reaches while the instance restarts',
      { protection: protectedBy({ issuedBy: 'unknown' }), served: { reached: false }, instance: { ...instance, status: 'SSL_MODIFYING' } },
      'Running',
      10,
      'the instance is SSL_MODIFYING',
    ],
    ['a locked instance', { instance: { ...instance, locked: true } }, 'Running', 15, 'the instance is locked'],
    ['an instance that is not Running', { instance: { ...instance, status: 'REBOOTING' } }, 'Running', 10, 'the instance is REBOOTING'],
    [
      'a change of TLS under way',
      { protection: protectedBy({ changing: true }) },
      'Running',
      10,
      'a change of its TLS settings is under way',
    ],
    [
      'a leaf of somebody’s renewal, of which the service says nothing yet',
      { served: { reached: true, fingerprint: 'new', notBefore: '2026-05-10T22:50:00Z', notAfter: newEnd, issuerKnown: true } },
      'Running',
      10,
      `the endpoint serves a certificate until ${newEnd}, and the service has yet to say so`,
    ],
    [
      'an SSL task of Alibaba that cannot be moved',
      { tasks: [task] },
      'VendorTask',
      43 * 60 + 40,
      'Alibaba renews it at 2026-05-12T18:00:00Z',
    ],
    ['no bundle', { bundleCheckedAt: undefined }, 'Bundle', 10, 'no bundle is published yet'],
    [
      'a bundle whose source holds another, which waits for a person',
      { bundleWaiting: 'ab'.repeat(32) },
      'Bundle',
      10,
      'a new trust bundle waits for a person: rds-tls bundle accept abababababab',
    ],
    [
      'a bundle checked over 26 hours ago',
      { bundleCheckedAt: '2026-05-09T20:59:59.999Z' },
      'Bundle',
      10,
      'the bundle was last checked at 2026-05-09T20:59:59.999Z',
    ],
    ['a freeze', { freezes: [{ from: now - hour, to: now + hour }] }, 'MaintenanceWindow', 60, 'opens 2026-05-11T00:00:00Z'],
    [
      'freezes for years',
      { freezes: [{ from: now, to: now + 1000 * day }] },
      'MaintenanceWindow',
      24 * 60,
      'no window is left that no freeze covers',
    ],
    ['a window that nobody can read', unreadable, 'MaintenanceWindow', 24 * 60, 'no window is left that no freeze covers'],
    ['a halt', { rollout: rolloutOf({ fact: 'RolloutHalted', why: 'refuted' }) }, 'Resume', 60, 'halted: refuted'],
    [
      'a replica of the family that restarts',
      { rollout: rolloutOf({ ...started, slot: { ...slot, renewal: 'r2', groups: { other: 9 } } }) },
      'Slot',
      1,
      'rm-1 of the same family restarts',
    ],
    [
      'a full group',
      { rollout: rolloutOf({ ...started, slot: { ...slot, renewal: 'r2', family: 'rm-2' } }) },
      'Slot',
      1,
      '1 of defaults restart already',
    ],
  ])('%s', (_, change, reason, minutes, because) =>
    expect(decide(change)).toEqual({ do: 'wait', for: reason, until: iso(now + minutes * minute), because }),
  )

  test("a task that can be moved, is another instance's or not about SSL delays nothing", () => {
    for (const other of [{ movable: true }, { instance: 'rm-9' }, { tls: false }]) {
      expect(decide({ tasks: [{ ...task, ...other }] })).toMatchObject({ do: 'update' })
    }
  })
  test('a task that goes on after its switch is looked at again when a restart takes, and not at once', () => {
    const until = (switchTime: number) => decide({ tasks: [{ ...task, switchTime: iso(switchTime) }] })
    expect(until(now + hour)).toMatchObject({ for: 'VendorTask', until: iso(now + hour + 40 * minute) })
    expect(until(now - 5 * hour)).toMatchObject({ for: 'VendorTask', until: iso(now + 40 * minute) })
  })
  test('two looks within one hour wait until the same moment, so that they leave one hint', () => {
    const halted = { rollout: rolloutOf({ fact: 'RolloutHalted', why: 'refuted' }) }
    for (const at of [now, now + hour - 1]) expect(decide(halted, at)).toMatchObject({ until: iso(now + hour) })
    expect(decide(halted, now + hour)).toMatchObject({ until: iso(now + 2 * hour) })
  })
  test('an endpoint that looks like one that restarts is looked at again with the next ten minutes, any other with the next hour', () => {
    const unseen = (served: Gathered['served']) => decide({ protection: protectedBy({ issuedBy: 'unknown' }), served }, now + 1)
    expect(unseen({ reached: false, passing: true })).toMatchObject({ for: 'Issuer', until: iso(now + 10 * minute) })
    expect(unseen({ reached: false })).toMatchObject({ for: 'Issuer', until: iso(now + hour) })
  })
  test('what does not restart waits for no window, but for the end of a freeze', () => {
    const calm = { ...item, engine: 'MySQL' as const, promise: { restarts: false, window: 'any', updateValue: 1 as const } }
    const mysql = {
      log: logOf({ ...planned, item: calm }),
      instance: { ...instance, engine: 'MySQL', version: '8.0' },
      bundleCheckedAt: iso(now),
    }
    const noon = Date.parse('2026-05-11T12:00:00Z')
    expect(decide(mysql, noon)).toMatchObject({ do: 'update', value: 1, callBefore: iso(noon + 30 * second) })
    const freezes = [{ from: noon + 10 * minute, to: noon + hour + 1 }]
    expect(decide({ ...mysql, freezes }, noon)).toMatchObject({ for: 'MaintenanceWindow', until: iso(noon + hour + second) })
  })
  test('a bundle checked 26 hours ago to the millisecond is fresh enough', () => {
    expect(decide({ bundleCheckedAt: iso(now - 26 * hour) })).toMatchObject({ do: 'update' })
  })
  test('outside the window it waits until it opens', () => {
    expect(decide({}, Date.parse('2026-05-10T12:00:00Z'))).toMatchObject({
      do: 'wait',
      for: 'MaintenanceWindow',
      until: '2026-05-10T22:00:00Z',
    })
  })
  test('with 40 minutes left in the window it is too late for today', () => {
    expect(decide({}, Date.parse('2026-05-11T01:19:59.999Z'))).toMatchObject({ do: 'update' })
    expect(decide({}, Date.parse('2026-05-11T01:20:00Z'))).toMatchObject({
      do: 'wait',
      for: 'MaintenanceWindow',
      until: '2026-05-11T22:00:00Z',
    })
  })
})
