import { realTiming } from '../timing.ts'
import type { Connector } from './connecting.ts'

export const source: Connector<'source'> = async ({ source: { url } }) => {
  const { sourceAt } = await import('../source.ts')
  return sourceAt(url, realTiming, fetch)
}
