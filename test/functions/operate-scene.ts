import { expect } from 'vitest'
import { operate } from '../../functions/operate.ts'
import type { Operation, OperatorReply } from '../../shared/operation.ts'
import { type FakeOffice, fakeOffice, signed } from '../fakes/operator.ts'
import { asked, closedOf, itemOf, plan, planned, renewal, renewalOf, scene } from './scene.ts'

export const two = [itemOf('rm-1'), itemOf('rm-2')]
export const second = renewalOf('rm-2')

export async function askedOffice(): Promise<FakeOffice> {
  const world = await scene({ instances: [{ id: 'rm-1' }, { id: 'rm-2' }] })
  world.journal.seed(`plans/${plan}`, [closedOf(two), asked])
  for (const item of two) world.journal.seed(`renewals/${item.renewal}`, [planned(item)])
  await world.journal.remind('2026-11-12T18:30:00Z', `plans/${plan}`)
  return fakeOffice(world)
}

export const order = (operation: Operation, office: FakeOffice): Promise<OperatorReply> => operate(signed(operation, office), office)
export const look = (operation: Operation, office: FakeOffice): Promise<OperatorReply> => operate({ operation }, office)
export const no = (reason: string, sentence: string | RegExp = '') => ({ ok: false, reason, sentence: expect.stringMatching(sentence) })
export const yes = (result: unknown) => ({ ok: true, by: 'user/li.wei', result })
export const answer: Extract<Operation, { do: 'answer' }> = { do: 'answer', plan, decision: 'approve', renewals: [renewal, second] }
