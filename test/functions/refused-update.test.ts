import { expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { approvedScene, lastSaidOf, renewal, restarts, said, says, seedRollout, slotOf, slots } from './scene.ts'

async function refusedWith(code: string) {
  const world = await approvedScene()
  world.rds.reply({ reply: 'refused', code, message: 'no' })
  await updateValidity(says.approved, world)
  const { after } = said(world, 'restarts').at(-1) as { after: { slots: unknown[]; halted?: { why: string } } }
  return { world, halted: after.halted?.why, slots: after.slots.length }
}

test('a refusal that speaks of one instance ends its renewal and frees its slot, and halts nothing', async () => {
  const { world, halted, slots } = await refusedWith('OrderStatus.UnPaid')
  expect([halted, slots]).toEqual([undefined, 0])
  expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason: 'RefusedByService', detail: 'OrderStatus.UnPaid: no' })
  expect(restarts(world).at(-1)).toEqual({ fact: 'RestartEnded', renewal: says.approved.data.renewal, evidence: 'NotTaken' })
})

test('a refusal that may be meant for all halts the rollout', async () => {
  const { world, halted } = await refusedWith('Forbidden.RAM')
  expect(halted).toContain('Forbidden.RAM')
  expect(world.queue.emitted()).toContainEqual(
    expect.objectContaining({ type: 'AttentionNeeded', data: expect.objectContaining({ reason: 'Refused' }) }),
  )
})

test('the same refusal of the same certificate halts no more once a person has resumed past it, and is told all the same', async () => {
  const world = await approvedScene()
  const no = { reply: 'refused', code: 'Forbidden.RAM', message: 'no' } as const
  seedRollout(world, [
    { fact: 'RestartEnded', renewal, evidence: 'NotTaken', failure: no.code },
    { fact: 'RolloutResumed', by: 'user/li.wei' },
  ])
  world.rds.reply(no)
  await updateValidity(says.approved, world)
  expect(said(world, 'restarts').at(-1)).toMatchObject({ after: { slots: [], failures: [], known: [{ renewal, why: no.code }] } })
  expect(said(world, 'restarts').at(-1)).not.toHaveProperty('after.halted')
  expect(world.queue.emitted('AttentionNeeded').map(({ data }) => data.reason)).toEqual(['Refused'])
})

test('a refusal whose delivery died before it freed the slot is handled by the next one: free, counted, ended and told', async () => {
  const world = await approvedScene()
  seedRollout(world, [{ fact: 'RestartStarted', slot: slotOf() }])
  world.journal.seed(`renewals/${renewal}`, [{ fact: 'NotTaken', tries: 1, code: 'Forbidden.RAM', message: 'no' }])
  expect(await updateValidity(says.approved, { ...world, attempt: 'attempt-2' })).toMatchObject({ do: 'free', evidence: 'NotTaken' })
  expect(world.rds.updates).toEqual([])
  expect(slots(world)).toEqual([])
  expect(said(world, 'restarts').at(-1)).toMatchObject({ after: { halted: { why: expect.stringContaining('Forbidden.RAM') } } })
  expect(lastSaidOf(world)).toMatchObject({ fact: 'Ended', reason: 'RefusedByService' })
  expect(world.queue.emitted('AttentionNeeded').map(({ data }) => data.reason)).toEqual(['Refused'])
})
