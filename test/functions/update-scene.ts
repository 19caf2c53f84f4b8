import { updateValidity } from '../../functions/update-validity.ts'
import type { FakeWorld } from '../fakes/world.ts'
import { host, oldEnd, plan, renewal, says } from './scene.ts'

export const id = `renewals/${renewal}`
export const soon = `2026-11-09T18:34:59Z ${id}`
export const poll = { event: says.approved, delaySeconds: 60 }
export const protection = (change: Record<string, unknown> = {}) =>
  ({ enabled: true, host, notAfter: oldEnd, issuedBy: 'unknown', changing: false, settings: {}, ...change }) as never
export const run = (world: FakeWorld, attempt = world.attempt) => updateValidity(says.approved, { ...world, attempt })
export const word = (reason: string, detail: string, more: Record<string, unknown> = {}) => ({
  reason,
  subject: 'rm-1',
  approvers: 'dba',
  detail,
  mend: '',
  plan,
  ...more,
})
export const words = (world: FakeWorld) => world.queue.emitted('AttentionNeeded').map(({ data }) => data)
