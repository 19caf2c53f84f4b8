import type { Span } from './draw.ts'
import type { Engine, Instance } from './instance.ts'

/** What becomes of an accepted change: all of it, none of it, only the restart, or a status that never returns to Running. */
export type Outcome = 'renewed' | 'nothing' | 'restartOnly' | 'stuck'

/** Everything in which instances of the real service differ, or of which no source tells how they do. */
export type Behaviour = {
  /** From acceptance to a status that has left Running. */
  visibilityLagMs: Span
  restartMs: Span
  /** From acceptance to an expiry that has moved: never before the instance is Running again. */
  effectDelayMs: Span
  outcome: Outcome
  /** `false`: the expiry moves, and handshakes go on showing the old certificate. */
  servesRenewed: boolean
  /** ForceEncryption, TlsVersion, ACL, ReplicationACL and the client CA fall back to their defaults when a call omits them. */
  omissionResets: boolean
  /** The SSLEnabled that updates the validity of an enabled endpoint. */
  updateValue: 1 | 2
  updateRestarts: boolean
  /** The 2026 reference calls CAType required with SSLEnabled=1 on MySQL and PostgreSQL; older ones give it a default. */
  caTypeRequired: boolean
  statusMeanwhile: string
  /** `false`: DescribeDBInstanceSSL answers IncorrectDBInstanceState while the status is not Running. */
  sslReadableMeanwhile: boolean
  /** Our own update completes a pending SSL task of Alibaba's. */
  updateRemovesTask: boolean
  historyListsSsl: boolean
}

const usual: Omit<Behaviour, 'updateValue' | 'updateRestarts'> = {
  visibilityLagMs: [0, 120_000],
  restartMs: [60_000, 300_000],
  effectDelayMs: [0, 29 * 60_000],
  outcome: 'renewed',
  servesRenewed: true,
  omissionResets: true,
  caTypeRequired: false,
  statusMeanwhile: 'SSL_MODIFYING',
  sslReadableMeanwhile: true,
  updateRemovesTask: false,
  historyListsSsl: true,
}

/** Alibaba's Terraform provider updates SQL Server with 2 and the others with 1; the reference knows 0 and 1. */
const updateValue: Record<Engine, 1 | 2> = { SQLServer: 2, MySQL: 1, PostgreSQL: 1, MariaDB: 1 }

export function behaviourOf(everywhere: Partial<Behaviour>, instance: Instance): Behaviour {
  const updateRestarts = !(instance.engine === 'MySQL' && instance.engineVersion.startsWith('8.'))
  return { ...usual, updateValue: updateValue[instance.engine], updateRestarts, ...everywhere, ...instance.behaviour }
}
