/** daily timer → RenewalsDue;  5-minute timer → whatever was lost, late or left unfinished */
import { bundles } from '../shared/adapters/connect/bundles.ts'
import { chat } from '../shared/adapters/connect/chat.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { policyFile } from '../shared/adapters/connect/policy-file.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { rds } from '../shared/adapters/connect/rds.ts'
import { second } from '../shared/domain/duration.ts'
import { dayOf, type ScanNeeds, scanFleet } from '../shared/fleet-scan.ts'
import { host } from '../shared/host.ts'
import { effectivePolicy, readPolicyLog, recordPolicy, scanLog } from '../shared/logs.ts'
import { outspoken } from '../shared/outspoken.ts'
import type { Ports } from '../shared/ports.ts'
import { scanOverdue } from '../shared/scan-watch.ts'
import { type SweepNeeds, sweep } from '../shared/sweep.ts'

type Needs = ScanNeeds & SweepNeeds & Pick<Ports, 'policyFile' | 'chat'>

/** A scan takes as long as the fleet is large: one run works for this long, the next sweep goes on. The function's time-out is 240 s. */
const atMost = 150 * second

/**
 * Looks at the whole fleet once a day. On the very first day it adopts the packaged policy, which then only observes, whatever it says: that a
 * deployment may act is a person's to say (rds-tls policy push).
 */
export async function checkExpiry(_payload: unknown, given: Needs) {
  const ports = { ...given, queue: outspoken(given) }
  const policy = await policyInForce(ports)
  const now = ports.clock.now()
  return scanFleet(dayOf(now, policy.timezone), new Date(now.getTime() + atMost), ports)
}

/** Wakes what is due, then goes on with a scan that ran out of time, or begins one whose timer was lost: trouble with the one must not keep the other from its turn. */
export async function sweepOpen(_payload: unknown, given: Needs) {
  const ports = { ...given, queue: outspoken(given) }
  const known = await readPolicyLog(ports.journal)
  if (!known) return { do: 'nothing', because: 'no policy is in force yet' }
  const swept = await sweep(ports)
  const now = ports.clock.now()
  const today = dayOf(now, known.policy.timezone)
  const { state } = await scanLog.read(ports.journal, today)
  const left = state.started ? !state.ended : await scanOverdue(ports, known.policy.timezone)
  if (left) await scanFleet(today, new Date(now.getTime() + atMost), ports)
  return swept
}

async function policyInForce(ports: Needs) {
  if (!(await readPolicyLog(ports.journal))) {
    // Loaded on the first day alone: reading YAML is the dearest thing that this step could load.
    const { observing } = await import('../shared/domain/policy-text.ts')
    const { text, document } = observing(await ports.policyFile.read())
    await recordPolicy(ports, { text, document, by: 'the packaged policy.yaml' })
  }
  return (await effectivePolicy(ports.journal)).policy
}

export const step = {
  step: 'check-expiry',
  needs: ['journal', 'queue', 'rds', 'bundles', 'policyFile', 'chat'] as const,
  timers: { check: checkExpiry, sweep: sweepOpen },
}

export const handler = host(step, connecting({ bundles, chat, journal, policyFile, queue, rds }))
