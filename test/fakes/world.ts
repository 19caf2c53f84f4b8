import { trust } from '../../shared/adapters/trust.ts'
import { type Pace, pace } from '../../shared/domain/pace.ts'
import type { Approvals, Ports } from '../../shared/ports.ts'
import { type FakeBundles, type FakeSource, fakeBundles, fakeSource } from './bundles.ts'
import { type FakeChat, fakeChat } from './chat.ts'
import { type FakeClock, fakeClock } from './clock.ts'
import { type FakeJournal, fakeJournal } from './journal.ts'
import { type FakeProbes, fakeProbes } from './probes.ts'
import { type FakeQueue, fakeQueue } from './queue.ts'
import { type FakeRds, fakeRds, type Row } from './rds.ts'

/** All ports as fakes, each with its records and its ways to fail. `attempt` may be set: a second delivery is another attempt. */
export type FakeWorld = Omit<Ports, 'clock' | 'rds' | 'journal' | 'queue' | 'bundles' | 'source' | 'probes' | 'chat'> & {
  clock: FakeClock
  rds: FakeRds
  journal: FakeJournal
  queue: FakeQueue
  bundles: FakeBundles
  source: FakeSource
  probes: FakeProbes
  chat: FakeChat
}

export function fakeWorld(of: {
  now: string
  instances?: readonly Row[]
  policy?: string
  attempt?: string
  channels?: readonly string[]
  page?: string
  bundleUrl?: string
  pace?: Partial<Pace>
}): FakeWorld {
  return {
    clock: fakeClock(of.now),
    attempt: of.attempt ?? 'attempt-1',
    rds: fakeRds(of.instances),
    journal: fakeJournal(),
    queue: fakeQueue(),
    bundles: fakeBundles(),
    source: fakeSource(),
    trust,
    probes: fakeProbes(),
    chat: fakeChat(of.channels),
    settings: { account: '1000000000000001', region: 'cn-hangzhou', pace: { ...pace, ...of.pace }, bundleUrl: of.bundleUrl },
    policyFile: {
      read: async () => {
        if (of.policy === undefined) throw new Error('this world has no policy.yaml: give fakeWorld a policy')
        return of.policy
      },
    },
    approvals: fakeApprovals(of.page),
  }
}

/** Tokens that show what they are for; one that `mint` did not make is malformed. */
export function fakeApprovals(url?: string): Approvals {
  return {
    url,
    mint: async ({ plan, validUntil }) => `token.${plan}.${validUntil}`,
    read: async token => {
      const plan = /^token\.(.+)\.[^.]+Z$/.exec(token)?.[1]
      return plan === undefined ? { ok: false, reason: 'Malformed' } : { ok: true, plan }
    },
  }
}
