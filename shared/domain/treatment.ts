import type { Instance } from './instance.ts'
import type { Policy, Rule } from './policy.ts'

/** What a policy says of one instance: the defaults, changed by the first rule that matches. */
export type Treatment = Policy['defaults'] & {
  /** `defaults`, or the number of the rule from 1: for sentences. */
  from: string
  /** Groups whose members share the concurrency: by tag values, else everybody treated by the same rule. */
  groups: readonly string[]
  updateValue: 1 | 2 | undefined
  /** A person states in the policy that Alibaba issued the certificate. */
  stated: boolean
}

export function treatmentOf(policy: Policy, instance: Instance): Treatment {
  const at = policy.rules.findIndex(rule => matches(rule.match, instance))
  const set = policy.rules[at]?.set ?? {}
  const from = at < 0 ? 'defaults' : `rule ${at + 1}`
  const { groups, updateValue, certificate, ...changed } = set
  return {
    ...policy.defaults,
    ...present(changed),
    from,
    groups: groupsOf(groups, instance, from),
    updateValue,
    stated: certificate === 'aliyun',
  }
}

function matches(match: Rule['match'], instance: Instance): boolean {
  const { tags = {}, engine, version, region, instance: id, resourceGroup } = match
  return (
    Object.entries(tags).every(([name, value]) => instance.tags[name] === value) &&
    (engine === undefined || engine === instance.engine) &&
    (version === undefined || version === instance.version) &&
    (region === undefined || region === instance.region) &&
    (id === undefined || id === instance.id) &&
    (resourceGroup === undefined || resourceGroup === instance.resourceGroup)
  )
}

/** `tag:app` on an instance tagged app=shop is the group `app=shop`; an instance without the tag falls back to its rule's own group. */
function groupsOf(groups: readonly string[] | undefined, instance: Instance, from: string): string[] {
  const named = (groups ?? []).flatMap(group => {
    const tag = group.slice('tag:'.length)
    const value = instance.tags[tag]
    return value === undefined ? [] : [`${tag}=${value}`]
  })
  return named.length > 0 ? named : [from]
}

function present<T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}
