import type { Connector } from './connecting.ts'

export const trust: Connector<'trust'> = async () => (await import('../trust.ts')).trust
