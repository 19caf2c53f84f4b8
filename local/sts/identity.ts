import { createHash } from 'node:crypto'
import type { Principal } from '../principals.ts'

/** Who a principal is to RAM, by its name: `root`, `user/NAME` (or a bare name with a lasting key), else the role session `ROLE/SESSION`. */
export type Identity =
  | { type: 'Account'; arn: string; principalId: string }
  | { type: 'RAMUser'; arn: string; principalId: string; userId: string }
  | { type: 'AssumedRoleUser'; arn: string; principalId: string; roleId: string }

/** A session with a bare name is one of the role `fc`. */
export function identityOf({ name, accountId, securityToken }: Principal): Identity {
  const account = `acs:ram::${accountId}`
  if (name === 'root') return { type: 'Account', arn: `${account}:root`, principalId: accountId }
  if (securityToken === undefined || name.startsWith('user/')) {
    const user = name.replace(/^user\//, '')
    const userId = numberOf(`${accountId} user ${user}`)
    return { type: 'RAMUser', arn: `${account}:user/${user}`, principalId: userId, userId }
  }
  const [role = '', session = ''] = name.includes('/') ? name.split('/') : ['fc', name]
  const roleId = numberOf(`${accountId} role ${role}`)
  return { type: 'AssumedRoleUser', arn: `${account}:assumed-role/${role}/${session}`, principalId: `${roleId}:${session}`, roleId }
}

export const roleIdOf = (accountId: string, role: string): string => numberOf(`${accountId} role ${role}`)

/** 18 digits that are always the same for the same thing. */
function numberOf(what: string): string {
  const digest = createHash('sha256').update(what).digest().readBigUInt64BE()
  return `2${(digest % 10n ** 17n).toString().padStart(17, '0')}`
}
