import type { Command } from './command.ts'

/** Every command, in the order of `rds-tls help`. Each is loaded only where it is called: a check must not wait for the SDK of another. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  status: async () => (await import('./status.ts')).status,
  handshake: async () => (await import('./handshake.ts')).handshake,
  'bundle convert': async () => (await import('./bundle-convert.ts')).convert,
  'bundle diff': async () => (await import('./bundle-diff.ts')).diff,
  'bundle verify': async () => (await import('./bundle-verify.ts')).verify,
}

/** The command that these words begin with, and what is left of them; two words go before one. */
export function find(args: readonly string[]): { name: string; rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(' ')
    if (Object.hasOwn(commands, name)) return { name, rest: args.slice(length) }
  }
  return undefined
}
