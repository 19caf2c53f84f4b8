import type { Call, Meddler } from '../local/meddler.ts'
import { smallDay } from '../test/chain/small-cloud.ts'

/** One engine each, and one whose policy asks nobody: what a renewal costs in calls hardly depends on the instance. */
const fleet = ['sqlserver-due', 'mysql57-due', 'mysql57-dev-due', 'postgres-due']

export type CallCount = { by: string; service: Call['service']; action: string; count: number }
export type Chain = { renewed: number; seconds: number; calls: CallCount[] }

/** A small day over the embedded cloud: from the night's publication to the last proof. Calls are counted where they arrive, signed. */
export async function measureChain(say: (sentence: string) => void): Promise<Chain> {
  const counts = new Map<string, CallCount>()
  const count: Meddler = ({ principal: session, service, action }, phase) => {
    const principal = session.split('/')[0] ?? session
    const key = `${principal} ${service} ${action}`
    const known = counts.get(key) ?? { by: principal, service, action, count: 0 }
    if (phase === 'before') counts.set(key, { ...known, count: known.count + 1 })
    return { do: 'pass' }
  }
  const began = performance.now()
  const { findings, told } = await smallDay({ only: fleet, meddler: count, approveAll: true, patience: 90_000 })
  const seconds = (performance.now() - began) / 1000
  const renewed = told.filter(line => line.endsWith('proof: Proven')).length
  say(`${renewed} of ${fleet.length} renewed in ${seconds.toFixed(1)} s`)
  if (findings.length > 0 || renewed < fleet.length)
    throw new Error(`the day did not end well: ${JSON.stringify(findings)}\n${told.join('\n')}`)
  return { renewed, seconds, calls: [...counts.values()] }
}
