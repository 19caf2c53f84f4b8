import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readDeployment } from '../../deploy/deployment.ts'
import { permits } from '../../deploy/rights.ts'
import { buckets } from '../../local/deployment.ts'
import type { Meddler } from '../../local/meddler.ts'
import { account, requestOf } from '../deploy/measured.ts'
import { smallDay } from './small-cloud.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('a day goes to its end with the rights of s.resources.yaml and no others', { timeout: 180_000 }, async () => {
  const { stack } = await readDeployment(root, account)
  const refused = new Set<string>()
  const seen = new Set<string>()
  /** Answers as RAM does where a role does not permit a call. */
  const byRights: Meddler = (call, phase) => {
    const role = stack.roles.find(({ name }) => name === call.principal.split('/')[0])
    if (phase === 'after' || role === undefined || !['oss', 'mns', 'rds', 'fc'].includes(call.service)) return { do: 'pass' }
    const { action, resource } = requestOf(call, buckets)
    seen.add(role.name)
    if (permits(role, action, resource, () => false)) return { do: 'pass' }
    refused.add(`${role.name}: ${action} ${resource}`)
    return {
      do: 'answer',
      status: 403,
      contentType: 'application/json',
      body: '{"Code":"NoPermission","Message":"not authorized","RequestId":"r"}',
    }
  }
  const { findings, told } = await smallDay({
    only: ['mysql57-dev-due', 'mysql57-due'],
    meddler: byRights,
    approveAll: true,
    patience: 150_000,
  })
  expect([...refused]).toEqual([])
  expect(findings).toEqual([])
  expect(told.filter(line => line.endsWith('proof: Proven'))).toHaveLength(2)
  // Every step of the chain was judged, none by accident left out.
  const deployed = stack.roles.map(({ name }) => name).filter(name => name !== 'rds-tls-operate')
  expect(deployed.filter(name => !seen.has(name))).toEqual([])
})
