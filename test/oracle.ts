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
