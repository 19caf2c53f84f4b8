/** RenewalsDue → ApprovalRequested, or RenewalApproved where the policy says automatic */

import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { type OpenPlan, unanswered } from '../shared/domain/plan.ts'
import { mayPlan } from '../shared/domain/renewal-log.ts'
import { type EventOf, event } from '../shared/events.ts'
import { host } from '../shared/host.ts'
import { planLog, renewalLog } from '../shared/logs.ts'
import type { Ports } from '../shared/ports.ts'
import { handOver } from '../shared/sweep.ts'

type Needs = Pick<Ports, 'clock' | 'attempt' | 'journal' | 'queue' | 'settings'>

export async function requestApproval({ data: { plan } }: EventOf<'RenewalsDue'>, ports: Needs) {
  const { state } = await planLog.read(ports.journal, plan)
  if (state.is === 'unknown') return { do: 'leave', because: 'no such plan was closed' } as const
  // A message that comes late must not take its items back into a plan that nobody can answer any more.
  if (state.lapsed) return { do: 'leave', because: 'it lapsed' } as const
  const claimed = await claim(plan, state, ports)
  return claimed.closed.approval === 'automatic' ? approveByPolicy(plan, ports) : ask(plan, ports)
}

/** Each renewal is in one plan: the first that claims it. What another plan holds is dropped from this one, so that nobody is asked twice. */
async function claim(plan: string, open: OpenPlan, ports: Needs): Promise<OpenPlan> {
  const elsewhere: string[] = []
  for (const item of unanswered(open)) {
    const { state } = await renewalLog.record(ports, item.renewal, log =>
      mayPlan(log, item) ? { fact: 'Planned', plan, item } : undefined,
    )
    if (state.planned?.plan !== plan) elsewhere.push(item.renewal)
  }
  if (elsewhere.length === 0) return open
  const { state } = await planLog.record(ports, plan, now => {
    const still = now.is === 'open' ? now.closed.items.filter(item => elsewhere.includes(item.renewal)) : []
    return still.length > 0 ? { fact: 'Dropped', renewals: still.map(item => item.renewal) } : undefined
  })
  return state.is === 'open' ? state : open
}

async function approveByPolicy(plan: string, ports: Needs) {
  const { state } = await planLog.record(ports, plan, now => {
    const open = now.is === 'open' ? unanswered(now) : []
    if (now.is !== 'open' || open.length === 0) return undefined
    return {
      fact: 'Answered',
      decision: 'approve',
      renewals: open.map(item => item.renewal),
      by: { kind: 'policy', entry: now.closed.policy },
    }
  })
  const renewals =
    state.is === 'open' ? [...state.answers].filter(([, answer]) => answer.decision === 'approve').map(([renewal]) => renewal) : []
  await handOver(renewals, ports)
  await ports.queue.send(renewals.map(renewal => event('RenewalApproved', { plan, renewal })))
  return { do: 'approve', renewals: renewals.length } as const
}

async function ask(plan: string, ports: Needs) {
  const { state } = await planLog.record(ports, plan, now =>
    now.is === 'open' && now.asks === 0 && unanswered(now).length > 0 ? { fact: 'Asked', ask: 1 } : undefined,
  )
  if (state.is !== 'open' || unanswered(state).length === 0) return { do: 'leave', because: 'nothing is left to ask' } as const
  await ports.queue.send([event('ApprovalRequested', { plan, ask: state.asks })])
  return { do: 'ask', ask: state.asks } as const
}

export const step = {
  step: 'request-approval',
  needs: ['journal', 'queue'] as const,
  events: { RenewalsDue: requestApproval },
}

export const handler = host(step, connecting({ journal, queue }))
