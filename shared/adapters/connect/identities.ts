import type { Connector } from './connecting.ts'

export const identities: Connector<'identities'> = async ({ identities: at }) => {
  const { identitiesAt } = await import('../identities.ts')
  return identitiesAt(at, fetch)
}
