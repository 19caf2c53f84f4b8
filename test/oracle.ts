import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Whether tests that need this program must run: `describe.skipIf(!needs('keytool'))`. Where it is not installed they are skipped, saying
 * so, except under CI, where they run and fail.
 */
export function needs(program: string): boolean {
  const found = (process.env.PATH ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
  if (!found && !process.env.CI) console.warn(`skipped: ${program} is not installed`)
  return found || Boolean(process.env.CI)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether tests that take long must run: always under CI, elsewhere with CHAIN=all. Where not, they are skipped, saying so. */
export function unhurried(what: string): boolean {
  const asked = Boolean(process.env.CI) || process.env.CHAIN === 'all'
  if (!asked) console.warn(`skipped: ${what} takes long; CHAIN=all runs it, as CI does`)
  return asked
}
