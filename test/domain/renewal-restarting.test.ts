import { describe, expect, test } from 'vitest'
import { hour, iso } from '../../shared/domain/duration.ts'
import { pace } from '../../shared/domain/pace.ts'
import type { Gathered } from '../../shared/domain/renewal.ts'
import {
  closed,
  decide,
  instance,
  item,
  logOf,
  newEnd,
  no,
  now,
  oldEnd,
  planned,
  planOf,
  protectedBy,
  rolloutOf,
  slot,
  started,
  task,
  yes,
} from './renewal-scene.ts'

describe('while a restart is under way', () => {
  const restarting = { rollout: rolloutOf(started), log: logOf(planned, { fact: 'Accepted', tries: 1, requestId: 'q' }) }
  const unknown = { rollout: rolloutOf(started), log: logOf(planned, { fact: 'Unknown', tries: 1, cause: 'hang-up' }) }
  const settled = Date.parse(slot.callBefore) + pace.settleAfter

  test('nobody calls again: it is watched', () => {
    expect(decide(restarting)).toEqual({ do: 'watch', because: 'restarting since 2026-05-10T23:00:00Z, status Running' })
    expect(decide({ ...restarting, protection: { enabled: false } })).toMatchObject({ do: 'watch' })
    expect(decide(restarting, settled + hour)).toMatchObject({ do: 'watch' })
  })
  test('it is finished once the expiry moved and the instance runs, whatever else the world says', () => {
    const moved = { protection: protectedBy({ notAfter: newEnd }), plan: planOf(closed, no), mode: 'observe' as const }
    expect(decide({ ...restarting, ...moved })).toEqual({ do: 'finish', notAfter: newEnd, before: slot.before, changed: [], left: [] })
    const because = 'the expiry moved, the instance is SSL_MODIFYING'
    expect(decide({ ...restarting, ...moved, instance: { ...instance, status: 'SSL_MODIFYING' } })).toEqual({ do: 'watch', because })
    expect(decide({ ...restarting, protection: protectedBy({ notAfter: newEnd, changing: true }) })).toMatchObject({ do: 'watch' })
  })
  test('what was set before the first call and is not after is told with the end', () => {
    const settings = { ConnectionString: item.host, CAType: 'aliyun', ForceEncryption: '1' }
    const began = { ...restarting, rollout: rolloutOf({ ...started, slot: { ...slot, settings } }) }
    const saying = (forceEncryption: string) => ({ protection: protectedBy({ notAfter: newEnd, settings: { forceEncryption } }) })
    expect(decide({ ...began, ...saying('1') })).toMatchObject({ do: 'finish', changed: [] })
    const changed = [{ setting: 'ForceEncryption', before: '1', after: '0' }]
    expect(decide({ ...began, ...saying('0') })).toMatchObject({ do: 'finish', changed })
    expect(decide({ ...restarting, ...saying('0') })).toMatchObject({ do: 'finish', changed: [] })
  })
  test('Alibaba’s own TLS tasks of the instance are left over, and those that may be are to be cancelled', () => {
    const ended = { ...restarting, protection: protectedBy({ notAfter: newEnd }) }
    const own = { ...task, cancellable: true }
    const tasks = [own, { ...task, id: '2' }, { ...own, instance: 'rm-2' }, { ...own, tls: false }]
    expect(decide({ ...ended, tasks })).toMatchObject({
      do: 'finish',
      left: [{ task: own }, { task: { id: '2' }, stays: 'it cannot be cancelled' }],
    })
    expect(decide({ ...ended, tasks: [own] })).toHaveProperty('left', [{ task: own }])
    expect(decide({ ...ended, tasks: [own], mode: 'observe' })).toHaveProperty('left', [{ task: own, stays: 'the policy only observes' }])
    expect(decide(ended)).toHaveProperty('left', [])
    const stays = "the answer to the update was lost, so the certificate may be someone else's"
    expect(decide({ ...ended, log: unknown.log, tasks: [own] })).toHaveProperty('left', [{ task: own, stays }])
  })
  test('a refusal for good frees the slot of the call that it answered, and of no other', () => {
    const refusal = { fact: 'NotTaken', tries: 1, code: 'Forbidden.RAM', message: 'no' } as const
    const refused = { rollout: rolloutOf(started), log: logOf(planned, refusal) }
    const freed = { do: 'free', evidence: 'NotTaken', attempt: slot.attempt, refusal: { code: 'Forbidden.RAM', message: 'no' } }
    expect(decide(refused)).toMatchObject(freed)
    expect(decide(refused, settled + 3 * hour)).toMatchObject(freed)
    const second = rolloutOf({ ...started, slot: { ...slot, tries: 2 } })
    expect(decide({ ...refused, rollout: second })).toMatchObject({ do: 'watch' })
    expect(decide({ ...refused, log: logOf(planned, refusal, { fact: 'Accepted', tries: 1, requestId: 'q' }) })).toMatchObject({
      do: 'watch',
    })
    expect(decide({ ...refused, log: logOf(planned, { ...refusal, code: 'Throttling' }) })).toMatchObject({ do: 'watch' })
    expect(decide({ ...refused, protection: protectedBy({ notAfter: newEnd }) })).toMatchObject({ do: 'finish' })
  })
  test.each([{ instance: undefined }, { protection: undefined }])('a vanished instance frees its slot: %j', gone =>
    expect(decide({ ...restarting, ...gone })).toEqual({ do: 'free', evidence: 'Gone' }),
  )
  test('after two hours it is stuck, and a stuck one waits for a person', () => {
    expect(decide(restarting, now + 2 * hour - 1)).toMatchObject({ do: 'watch' })
    const because = 'no end of the restart after 2 h'
    expect(decide(restarting, now + 2 * hour)).toEqual({ do: 'stick', until: iso(now + 3 * hour), because })
    const stuck = { ...restarting, rollout: rolloutOf(started, { fact: 'RestartStuck', renewal: 'r1' }) }
    expect(decide(stuck, now + 3 * hour)).toEqual({ do: 'wait', for: 'Resume', until: iso(now + 4 * hour), because })
    expect(decide(stuck, now + 2 * hour - 1)).toMatchObject({ for: 'Resume', because: 'two calls, and no trace of either' })
  })

  describe('a call whose fate is unknown', () => {
    const unseen = 'the call left no trace in the service, but the old leaf was not seen again'
    const impossible = 'a second call is not possible now:'
    test('is not made again before 15 minutes after callBefore', () => {
      expect(decide(unknown, settled - 1)).toMatchObject({ do: 'watch' })
      expect(decide(unknown, settled)).toMatchObject({ do: 'update', slot: { tries: 2, before: slot.before } })
    })
    test.each<[string, Partial<Gathered>, string]>([
      [
        'the instance does not run',
        { instance: { ...instance, status: 'SSL_MODIFYING' } },
        "the call's fate is unknown, and the instance is SSL_MODIFYING",
      ],
      ['a change is under way', { protection: protectedBy({ changing: true }) }, "the call's fate is unknown, and the instance is Running"],
      ['TLS is off by now', { protection: { enabled: false } }, "the call's fate is unknown, and the instance is Running"],
      [
        'the old leaf is no longer served',
        { served: { reached: true, fingerprint: 'new', notBefore: oldEnd, notAfter: oldEnd, issuerKnown: true } },
        unseen,
      ],
      ['no probe sees the leaf', { served: { reached: false } }, unseen],
      ['no probe saw the leaf before', { rollout: rolloutOf({ ...started, slot: { ...slot, before: undefined } }) }, unseen],
      [
        'the service lists a task since',
        { listedSince: ['modify_ssl'] },
        "the call's fate is unknown, and the service lists modify_ssl since",
      ],
      ['the approval was turned into a no', { plan: planOf(closed, yes, no) }, `${impossible} the answer was no`],
      ['it ended since', { log: logOf(planned, { fact: 'Ended', reason: 'Abandoned', detail: '' }) }, `${impossible} it ended: Abandoned`],
      ['the policy only observes by now', { mode: 'observe' }, `${impossible} the policy only observes`],
      ['the rollout is halted', { rollout: rolloutOf(started, { fact: 'RolloutHalted', why: 'x' }) }, `${impossible} halted: x`],
      ['a freeze came', { freezes: [{ from: settled - hour, to: settled + hour }] }, `${impossible} opens 2026-05-11T00:15:30Z`],
    ])('is not made again where %s', (_, change, because) =>
      expect(decide({ ...unknown, ...change }, settled)).toEqual({ do: 'watch', because }),
    )
    test('is compared with what was told before the first one, though the second sends what is told now', () => {
      const settings = { ConnectionString: item.host, TlsVersion: '1.2' }
      const first = { ...unknown, rollout: rolloutOf({ ...started, slot: { ...slot, settings } }) }
      expect(decide(first, settled)).toMatchObject({ do: 'update', slot: { tries: 2, settings } })
    })
    test('is not made a third time', () => {
      const second_ = { ...unknown, rollout: rolloutOf({ ...started, slot: { ...slot, tries: 2 } }) }
      const because = 'two calls, and no trace of either'
      expect(decide(second_, settled)).toEqual({ do: 'stick', until: iso(now + hour), because })
    })
  })
})
