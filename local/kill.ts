import type { Call, Meddler } from './meddler.ts'

/** Where a function's process is killed, once: seen from the service that it speaks to, so that nothing of the product knows of it. */
export const killPoints = {
  'update-validity:before-call': { phase: 'before', at: (call: Call) => call.action === 'ModifyDBInstanceSSL' },
  'update-validity:after-call': { phase: 'after', at: (call: Call) => call.action === 'ModifyDBInstanceSSL' },
  'publish-bundle:after-write': {
    phase: 'after',
    at: (call: Call) => call.action === 'PutObject' && call.resource.endsWith('/ca/latest/manifest.json'),
  },
  'request-approval:after-append': {
    phase: 'after',
    at: (call: Call) => call.action === 'PutObject' && /\/journal\/plans\/.+\/\d+\.json$/.test(call.resource),
  },
} as const satisfies Record<string, { phase: 'before' | 'after'; at: (call: Call) => boolean }>

export type KillPoint = keyof typeof killPoints

export const isKillPoint = (text: string): text is KillPoint => Object.hasOwn(killPoints, text)

/** Kills the function of `point` the first time it makes the call, before or after its effect; the call's answer never leaves. */
export function functionKill(point: KillPoint | undefined, kill: (functionName: string) => boolean): Meddler {
  if (point === undefined) return () => ({ do: 'pass' })
  const { phase: when, at } = killPoints[point]
  const functionName = `rds-tls-${point.split(':')[0]}`
  let done = false
  return (call, phase) => {
    if (done || phase !== when || !call.principal.endsWith(`/${functionName}`) || !at(call)) return { do: 'pass' }
    done = kill(functionName)
    return done ? { do: 'hang-up' } : { do: 'pass' }
  }
}
