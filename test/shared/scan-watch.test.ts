import { describe, expect, test } from 'vitest'
import type { ScanFact } from '../../shared/domain/scan.ts'
import { watchScans } from '../../shared/scan-watch.ts'
import { fakeWorld } from '../fakes/world.ts'
import { scene } from '../functions/scene.ts'

const started: ScanFact = { fact: 'Started', regions: ['cn-hangzhou'], policy: 1 }
const ended: ScanFact = { fact: 'Ended', plans: [] }
const missed: ScanFact = { fact: 'Ended', plans: [], missed: ['cn-hangzhou'] }

/** Tuesday the 10th, 20:00 in Shanghai. */
const at = '2026-11-10T12:00:00Z'

async function afterScans(...scans: [day: string, facts: ScanFact[], at: string][]) {
  const world = await scene({ at })
  for (const [day, facts, end] of scans) world.journal.seed(`scans/${day}`, facts, { at: end })
  return world
}

describe('the fleet', () => {
  test.each<[string, [string, ScanFact[], string][], { fine: boolean; at: string | undefined }]>([
    ['was seen whole this morning', [['2026-11-10', [started, ended], '2026-11-10T00:05:00Z']], { fine: true, at: '2026-11-10T00:05:00Z' }],
    [
      'was seen whole 35 h 59 min ago',
      [['2026-11-09', [started, ended], '2026-11-09T00:01:00Z']],
      { fine: true, at: '2026-11-09T00:01:00Z' },
    ],
    ['was seen whole 36 h ago', [['2026-11-09', [started, ended], '2026-11-09T00:00:00Z']], { fine: false, at: '2026-11-09T00:00:00Z' }],
    ['was never seen', [], { fine: false, at: undefined }],
    ['was seen four days ago', [['2026-11-06', [started, ended], '2026-11-06T00:05:00Z']], { fine: false, at: undefined }],
    ['is being looked at', [['2026-11-10', [started], '2026-11-10T00:00:00Z']], { fine: false, at: undefined }],
    [
      'was seen but for a region, and whole the day before',
      [
        ['2026-11-10', [started, missed], '2026-11-10T00:05:00Z'],
        ['2026-11-09', [started, ended], '2026-11-09T00:05:00Z'],
      ],
      { fine: true, at: '2026-11-09T00:05:00Z' },
    ],
    ['was seen but for a region', [['2026-11-10', [started, missed], '2026-11-10T00:05:00Z']], { fine: false, at: undefined }],
  ])('%s', async (_, scans, seen) => expect(await watchScans(await afterScans(...scans))).toEqual(seen))

  test('has no day to look at before a policy is in force', async () => {
    expect(await watchScans(fakeWorld({ now: at }))).toEqual({ fine: false, at: undefined })
  })
})
