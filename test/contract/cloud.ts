import type { Call, Meddler, Verdict } from '../../local/meddler.ts'
import { principalsOf } from '../../local/principals.ts'
import type { Timing } from '../../shared/adapters/timing.ts'
import type { Credentials } from '../../shared/config.ts'

/** The one caller of these tests: a role session, since that is what a function has. */
export const session = {
  name: 'role/rds-tls',
  accountId: '1000000000000001',
  accessKeyId: 'STS.NTestTestTestTestTestTest',
  accessKeySecret: 'TheSecretOfTheSession0000000000',
  securityToken: 'CAISTheTokenOfTheSessionTheTokenOfTheSessionTheTokenOfTheSession',
}
export const credentials: Credentials = session
export const principals = principalsOf([session])

/** Nobody's: its key is unknown to every server. */
export const stranger: Credentials = { ...session, accessKeyId: 'STS.NStrangerStrangerStranger' }

/** The wall clock, since SDKs sign with it; nothing waits. */
export const atOnce: Timing = { now: Date.now, sleep: async () => {}, random: () => 0 }

export const clock = { now: () => Date.now() }

export type Fate = Verdict & { phase?: 'before' | 'after'; times?: number }

/** A meddler that tests can tell what to do with the next calls of an action, and that keeps all calls. */
export function toldMeddler() {
  const calls: Call[] = []
  const fates: { action: string; fate: Fate; left: number }[] = []
  const meddler: Meddler = (call, phase) => {
    if (phase === 'before') calls.push(call)
    const told = fates.find(one => one.action === call.action && one.left > 0 && (one.fate.phase ?? 'before') === phase)
    if (told === undefined) return { do: 'pass' }
    told.left--
    return told.fate
  }
  const next = (action: string, fate: Fate) => void fates.push({ action, fate, left: fate.times ?? 1 })
  /** From now on everything passes again. */
  const calm = () => void fates.splice(0)
  return { meddler, calls, next, calm }
}

export const html = (status: number): Verdict => ({
  do: 'answer',
  status,
  contentType: 'text/html',
  body: '<html><head><title>Gateway</title></head><body>proxy error</body></html>',
})
export const empty = (status: number): Verdict => ({ do: 'answer', status, contentType: 'text/plain', body: '' })
export const hangUp: Verdict = { do: 'hang-up' }

/** What must be in no message: keys, tokens, URLs. */
export function expectNoSecret(text: string, more: readonly string[] = []): void {
  for (const secret of [session.accessKeySecret, session.securityToken, session.accessKeyId, '://', ...more]) {
    if (text.includes(secret)) throw new Error(`a message holds ${secret.slice(0, 8)}…`)
  }
}
