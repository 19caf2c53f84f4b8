import { type Behaviour, day, type RdsErrorCode, type Span } from '../../local/model/rds.ts'
import type { Dice } from './dice.ts'
import type { BadDay, Document, Life, Scenario } from './scenario.ts'

const minute = 60_000
const hour = 60 * minute

/** How an instance takes changes. Of a change that took effect, the service tells within 15 minutes by one of three: expiry, handshake, task. */
export function drawBehaviour(dice: Dice, failing: boolean): Partial<Behaviour> {
  const outcome = dice.weighted({ renewed: failing ? 0 : 88, nothing: 5, restartOnly: 5, stuck: failing ? 20 : 2 })
  const historyListsSsl = outcome === 'restartOnly' || dice.chance(0.6)
  const servesRenewed = !dice.chance(0.12)
  const told = servesRenewed || historyListsSsl
  return {
    outcome,
    historyListsSsl,
    servesRenewed,
    visibilityLagMs: dice.pick<Span>([0, [0, 120_000], 120_000]),
    restartMs: dice.pick<Span>([[60_000, 300_000], 5 * minute, [60_000, 30 * minute], 30 * minute]),
    effectDelayMs: told ? dice.pick<Span>([0, [0, 29 * minute], 29 * minute]) : [0, 12 * minute],
    sslReadableMeanwhile: dice.chance(0.7),
    updateRemovesTask: dice.chance(0.5),
  }
}

/** A refusal that passes by itself has passed when the storm is `over`; the others stay. */
export function drawService(dice: Dice, over: number, badDay: BadDay | undefined): Scenario['rds'] {
  const refusal = (code: RdsErrorCode) => ({
    code,
    action: 'ModifyDBInstanceSSL' as const,
    ...(code === 'ConcurrentLimit' ? { until: over } : {}),
  })
  return {
    ...(dice.chance(0.3)
      ? {
          vendor: {
            aheadMs: dice.between(2, 12) * day,
            noticeMs: 3 * day,
            slackMs: 2 * day,
            level: 'S0' as const,
            allowChange: dice.chance(0.5),
            allowCancel: dice.chance(0.5),
          },
        }
      : {}),
    ...(dice.chance(0.05)
      ? { refusals: [{ code: 'Forbidden.RAM' as const, action: 'DescribeDBInstances' as const, region: 'ap-southeast-1' }] }
      : {}),
    ...(badDay === 'refused' ? { refusals: [refusal('InvalidSSLStatus')] } : {}),
    ...(badDay === undefined && dice.chance(0.05)
      ? { refusals: [refusal(dice.pick(['IncorrectMinorVersion', 'InvalidSSLStatus', 'ConcurrentLimit'] as const))] }
      : {}),
  }
}

export function drawPolicy(dice: Dice, { now, brief, days, renewBefore, badDay }: Life): Document {
  const freezes = Array.from({ length: dice.chance(brief ? 0.2 : 0.4) ? dice.between(1, 2) : 0 }, () => drawFreeze(dice, now, days))
  const automatic = dice.chance(0.3)
  return {
    mode: dice.chance(brief ? 0.98 : 0.9) ? 'act' : 'observe',
    timezone: dice.pick(['Asia/Shanghai', 'UTC'] as const),
    language: dice.chance(0.5) ? 'zh' : 'en',
    defaults: {
      renewBefore: `${renewBefore}d`,
      approval: automatic ? 'automatic' : 'required',
      approvers: 'dba',
      window: 'maintenance',
      concurrency: dice.pick([1, 1, 2, 3] as const),
      halt: { failures: dice.pick(badDay ? ([1, 2, 2, 3] as const) : ([1, 1, 2, 3] as const)) },
      proof: 'required',
      ask: dice.chance(brief ? 0.99 : 0.85) ? 'daily' : 'weekly',
    },
    rules: [
      ...(dice.chance(0.5)
        ? [
            {
              match: { tags: { env: 'dev' } },
              set: { approval: dice.pick(['automatic', 'required'] as const), concurrency: dice.pick([1, 2, 5] as const) },
            },
          ]
        : []),
      ...(dice.chance(0.4)
        ? [
            {
              match: { tags: { env: 'prod' } },
              set: { groups: ['tag:app'], concurrency: dice.pick([1, 2] as const), approvers: dice.pick(['dba', 'sre'] as const) },
            },
          ]
        : []),
    ],
    freezes,
    approvers: { dba: { channels: ['ding-dba'] }, sre: { channels: ['ding-sre', 'hook-sre'] } },
    reach: [
      { region: 'cn-hangzhou', vpc: 'vpc-1', function: 'probe-1' },
      ...(dice.chance(0.9) ? [{ region: 'ap-southeast-1', vpc: 'vpc-2', function: 'probe-2' }] : []),
    ],
  }
}

export function drawFreeze(dice: Dice, now: number, days: number): Document['freezes'][number] {
  const from = now + Math.floor(dice.next() * days * 24) * hour + dice.between(0, 59) * minute
  const to = from + dice.between(1, 48) * hour
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), reason: 'Double 11' }
}
