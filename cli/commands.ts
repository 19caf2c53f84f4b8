import type { Command } from './command.ts'

/** Every command, in the order of `rds-tls help`. Each is loaded only where it is called: a check must not wait for the SDK of another. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  status: async () => (await import('./status.ts')).status,
  renew: async () => (await import('./renew.ts')).renew,
  plan: async () => (await import('./plan.ts')).plan,
  approve: async () => (await import('./answer.ts')).approve,
  reject: async () => (await import('./answer.ts')).reject,
  history: async () => (await import('./history.ts')).history,
  retry: async () => (await import('./drive.ts')).retry,
  abandon: async () => (await import('./drive.ts')).abandon,
  pause: async () => (await import('./brakes.ts')).pause,
  resume: async () => (await import('./brakes.ts')).resume,
  'stop-all': async () => (await import('./brakes.ts')).stopAll,
  'dead-letters list': async () => (await import('./dead-letters.ts')).list,
  'dead-letters show': async () => (await import('./dead-letters.ts')).show,
  'dead-letters redrive': async () => (await import('./dead-letters.ts')).redrive,
  'policy check': async () => (await import('./policy-check.ts')).check,
  'policy push': async () => (await import('./policy-push.ts')).push,
  doctor: async () => (await import('./doctor.ts')).doctor,
  handshake: async () => (await import('./handshake.ts')).handshake,
  'bundle convert': async () => (await import('./bundle-convert.ts')).convert,
  'bundle diff': async () => (await import('./bundle-diff.ts')).diff,
  'bundle verify': async () => (await import('./bundle-verify.ts')).verify,
  'bundle accept': async () => (await import('./bundle-accept.ts')).accept,
}

/** The command that these words begin with, and what is left of them; two words go before one. */
export function find(args: readonly string[]): { name: string; rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(' ')
    if (Object.hasOwn(commands, name)) return { name, rest: args.slice(length) }
  }
  return undefined
}
