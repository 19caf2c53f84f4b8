import { expect, test } from 'vitest'
import { updateValidity } from '../../functions/update-validity.ts'
import { approvedScene, itemOf, oldEnd, says } from './scene.ts'

test.each([
  ['SQLServer', '2019_std_ha', undefined],
  ['MySQL', '5.7', 'aliyun'],
  ['PostgreSQL', '15.0', 'aliyun'],
] as const)('an update of %s %s carries the CA type %s', async (engine, version, caType) => {
  const promise = { restarts: true, window: '18:00Z-22:00Z', updateValue: engine === 'SQLServer' ? 2 : 1 } as const
  const world = await approvedScene({
    instances: [{ id: 'rm-1', engine, version, notAfter: oldEnd, host: 'rm-1.mysql.rds.aliyuncs.com', issuedBy: 'aliyun' }],
    items: [itemOf('rm-1', { engine, version, promise })],
  })
  expect(await updateValidity(says.approved, world)).toMatchObject({ reply: 'accepted' })
  expect(world.rds.updates[0]?.caType).toBe(caType)
})
