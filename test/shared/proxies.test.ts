import { expect, test } from 'vitest'
import { scanFleet } from '../../shared/fleet-scan.ts'
import { emitted, oldEnd, said, scene } from '../functions/scene.ts'

const morning = '2026-11-09T00:00:00Z'
const today = '2026-11-09'
const host = 'rm-1proxy.rwlb.rds.aliyuncs.com'
const scan = async (row: object, change: (world: Awaited<ReturnType<typeof scene>>) => void = () => {}) => {
  const world = await scene({ at: morning, instances: [{ id: 'rm-1', notAfter: '2027-06-01T03:12:45Z', ...row }] })
  change(world)
  await scanFleet(today, new Date('2026-11-09T00:02:30Z'), world)
  const words = emitted(world).flatMap(one => (one.type === 'AttentionNeeded' ? [one.data] : []))
  return { world, words }
}

test('a database proxy whose certificate ends within the time of a renewal is announced by name, to its owner', async () => {
  const { world, words } = await scan({ proxies: [{ host, notAfter: oldEnd }] })
  expect(words).toEqual([
    {
      reason: 'NotRenewedHere',
      subject: '1 database proxy',
      approvers: 'dba',
      detail: `${host} of rm-1 (until ${oldEnd})`,
      mend: '',
      day: today,
    },
  ])
  expect(said(world, `scans/${today}`)).toContainEqual(
    expect.objectContaining({
      fact: 'Page',
      proxies: [{ instance: 'rm-1', approvers: 'dba', host, notAfter: oldEnd, from: '2026-11-01T03:12:45Z' }],
    }),
  )
})

test.each([
  ['2026-12-09T23:59:59Z', 1],
  ['2026-12-10T00:00:00Z', 0],
  ['2026-10-01T00:00:00Z', 1],
])('one that ends %s is announced %i times that day', async (notAfter, times) => {
  expect((await scan({ proxies: [{ host, notAfter }] })).words).toHaveLength(times)
})

test('a proxy that cannot be read is told as such, and its instance is judged all the same', async () => {
  const { world, words } = await scan({}, ({ rds }) => rds.fail('proxies', 'Refused'))
  expect(words).toEqual([expect.objectContaining({ reason: 'ScanIncomplete', subject: 'database proxies' })])
  expect(words[0]?.detail).toContain('rm-1')
  expect(said(world, `scans/${today}`)).toContainEqual(
    expect.objectContaining({ fact: 'Page', verdicts: [expect.objectContaining({ instance: 'rm-1', reason: 'NotDue' })] }),
  )
})

test('nobody is asked about the proxies of a replica or of another engine: there are none', async () => {
  const replica = await scan({ primary: 'rm-0', proxies: [{ host, notAfter: oldEnd }] })
  const postgres = await scan({ engine: 'PostgreSQL', proxies: [{ host, notAfter: oldEnd }] })
  for (const { world, words } of [replica, postgres]) {
    expect(words).toEqual([])
    expect(world.rds.calls).not.toContain('proxies rm-1')
  }
})
