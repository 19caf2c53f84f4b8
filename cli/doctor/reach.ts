import type { Listed } from '../../shared/domain/instance.ts'
import { isEngine } from '../../shared/domain/instance.ts'
import type { Policy } from '../../shared/domain/policy.ts'
import type { Checkup } from '../../shared/operations/checkup.ts'
import { plain } from '../../shared/page/plain-text.ts'
import { some } from '../times.ts'
import { bad, type Finding, fine, unseen, warning } from './finding.ts'

/** Whether the policy names a probe in every VPC that has instances. */
export function judgeProbes(policy: Policy, instances: readonly Listed[]): Finding {
  const places = new Map<string, { region: string; vpc: string; count: number }>()
  for (const { region, vpc = 'none', engine } of instances) {
    if (!isEngine(engine) || policy.reach.some(one => one.region === region && one.vpc === vpc)) continue
    const key = `${region} ${vpc}`
    places.set(key, { region, vpc, count: (places.get(key)?.count ?? 0) + 1 })
  }
  if (places.size === 0) return fine('probes', 'the policy names one in every VPC that has instances')
  const blind = [...places.values()]
  const count = blind.reduce((sum, one) => sum + one.count, 0)
  const lines = blind.map(({ region, vpc }) => `  - { region: ${region}, vpc: ${vpc}, function: rds-tls-probe-${vpc} }`)
  const sentence = `none in ${blind.map(({ vpc }) => vpc).join(', ')}: ${some(count, 'instance')} cannot be proven there, and most not even begun`
  return bad('probes', 'NoProbe', sentence, [
    '# reach in policy.yaml, and a function for each in s.yaml',
    ...lines,
    'npm run deploy',
    'rds-tls policy push policy.yaml',
  ])
}

const mostShown = 10

/** Endpoints that their probe did not reach: by allowlist, most of all. */
export function judgeReach({ unreached: seen }: Checkup, policy: Policy): Finding {
  if (!seen.ok) return unseen('endpoints', 'ProofsUnread', plain(seen.message, 200))
  if (seen.is.length === 0) return fine('endpoints', 'every one that was looked at was reached')
  const shown = seen.is.slice(0, mostShown)
  const words = shown.map(({ instance, reason }) => `${instance} (${plain(reason.split(':')[0] ?? '', 40)})`)
  const more = seen.is.length > shown.length ? ` and ${seen.is.length - shown.length} more` : ''
  const vpcs = [...new Set(shown.map(({ from }) => from))]
  const paste = [
    ...vpcs.map(vpc => `# ${functionOf(vpc, policy)} stands in ${vpc}; the CIDR of its vSwitch (s.yaml names it):`),
    ...vpcs.map(() => 'aliyun vpc DescribeVSwitchAttributes --VSwitchId VSWITCH | grep CidrBlock'),
    ...shown.map(
      ({ region, instance }) =>
        `aliyun rds ModifySecurityIps --RegionId ${region} --DBInstanceId ${instance} --DBInstanceIPArrayName rds_tls --SecurityIps CIDR --ModifyMode Append`,
    ),
  ]
  return warning(
    'endpoints',
    'Unreached',
    `${some(seen.is.length, 'endpoint')} not reached by the probe: ${words.join(', ')}${more}`,
    paste,
  )
}

const functionOf = (vpc: string, { reach }: Policy): string => reach.find(one => one.vpc === vpc)?.function ?? 'no probe'
