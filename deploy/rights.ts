import type { Role, Statement } from './stack.ts'

/** What a role permits: Deny before Allow, as RAM judges. A Deny that hangs on a condition counts only where `met` says that it holds. */
export function permits(
  { statements }: Role,
  action: string,
  resource: string,
  met: (condition: NonNullable<Statement['Condition']>) => boolean,
): boolean {
  const about = statements.filter(one => one.Action.includes(action) && one.Resource.some(pattern => matches(pattern, resource)))
  const holds = ({ Condition }: Statement) => Condition === undefined || met(Condition)
  if (about.some(one => one.Effect === 'Deny' && holds(one))) return false
  return about.some(one => one.Effect === 'Allow' && holds(one))
}

/** `*` stands for any text, as in RAM's resource names. */
export function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(resource)
}
