import { readPolicy } from '../shared/domain/policy-text.ts'
import { prefix } from '../shared/flow.ts'
import type { FunctionResource } from './deployment.ts'

/** Every VPC that the policy reaches has the probe that the policy names. The mend is the block to add to s.yaml, ready to paste. */
export function reachFaults(all: readonly FunctionResource[], policy: string): string[] {
  return readPolicy(policy).policy.reach.flatMap(({ vpc, function: name }) => {
    const probe = all.find(({ props }) => props.functionName === name)
    if (probe === undefined)
      return [`policy.yaml reaches ${vpc} by ${name}, which s.yaml does not deploy. Add to it:\n${probeBlock(vpc, name)}`]
    const stands = probe.props.vpcConfig?.vpcId
    return stands === vpc ? [] : [`policy.yaml reaches ${vpc} by ${name}, which stands in ${stands ?? 'no VPC'}`]
  })
}

/** The resource of one more probe. Only whoever made the network knows its vSwitch and its security group. */
export function probeBlock(vpc: string, name: string): string {
  return `
  ${name.startsWith(prefix) ? name.slice(prefix.length) : name}:
    component: fc3@0.1.22
    extend: { name: probe }
    props:
      functionName: ${name}
      description: a handshake with an endpoint, made inside a VPC
      code: ./dist/probe-endpoint
      internetAccess: false
      vpcConfig: { vpcId: ${vpc}, vSwitchIds: [vsw-…], securityGroupId: sg-… } # its addresses belong on the instances' allowlists
`
}
