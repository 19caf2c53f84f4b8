import { expect, test } from 'vitest'
import { type ProxySeen, proxiesToTell } from '../../shared/domain/proxy.ts'

const seen = (instance: string, approvers: string, from: string): ProxySeen => ({
  instance,
  approvers,
  host: `${instance}.proxy`,
  notAfter: '2026-12-01T03:12:45Z',
  from,
})
const now = '2026-11-09T18:30:00.000Z'

test('owners hear of their proxies from the millisecond on at which they are to, in the order in which they were seen', () => {
  const told = proxiesToTell(
    [
      seen('rm-1', 'dba', now),
      seen('rm-2', 'dba', '2026-11-09T18:30:00.001Z'),
      seen('rm-3', 'shop', '2026-11-01T00:00:00Z'),
      seen('rm-4', 'dba', '2026-11-01T00:00:00Z'),
      { instance: 'rm-5', approvers: 'shop', unread: 'Forbidden.RAM' },
    ],
    now,
  )
  expect([...told]).toEqual([
    ['dba', ['rm-1.proxy of rm-1 (until 2026-12-01T03:12:45Z)', 'rm-4.proxy of rm-4 (until 2026-12-01T03:12:45Z)']],
    ['shop', ['rm-3.proxy of rm-3 (until 2026-12-01T03:12:45Z)']],
  ])
})
