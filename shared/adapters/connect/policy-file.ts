import { Fault } from '../../errors.ts'
import type { Connector } from './connecting.ts'

export const policyFile: Connector<'policyFile'> = async ({ policyFile: { file } }) => {
  const { readFile } = await import('node:fs/promises')
  return {
    async read() {
      try {
        return await readFile(file, 'utf8')
      } catch {
        throw new Fault('BadConfig', `POLICY_FILE cannot be read: put the policy beside the function, or name it`)
      }
    },
  }
}
