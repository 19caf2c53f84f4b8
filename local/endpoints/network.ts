import { BlockList, isIPv4 } from 'node:net'

/**
 * The places of the embedded cloud's network. All of 127/8 is the machine itself on Linux, and a client chooses its own address there
 * (`localAddress`), so each /24 can stand for a VPC.
 */
export const vpcs: Readonly<Record<string, string>> = { 'vpc-1': '127.0.1.0/24', 'vpc-2': '127.0.2.0/24' }

/** Whoever chose no address: the person at the machine and the tests. Reaches everything, past every allowlist. */
export const bastion = '127.0.0.1'

/** Where an endpoint is. An internal one has a VPC, a public one has none; `allowlist` holds addresses and CIDRs. */
export type Placement = { vpc?: string; allowlist: readonly string[] }

export type Reach = 'admitted' | 'not-allowed' | 'unroutable'

/** Whether a caller's packets find an endpoint, and whether its allowlist then lets them in. */
export function reach(placement: Placement, address: string): Reach {
  if (address === bastion) return 'admitted'
  if (placement.vpc !== undefined && !within([cidrOf(placement.vpc)], address)) return 'unroutable'
  return within(placement.allowlist, address) ? 'admitted' : 'not-allowed'
}

function cidrOf(vpc: string): string {
  const cidr = vpcs[vpc]
  if (cidr === undefined) throw new Error(`vpc "${vpc}" is not in the embedded cloud: take one of ${Object.keys(vpcs).join(', ')}`)
  return cidr
}

function within(ranges: readonly string[], address: string): boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [, net, prefix = '32'] = /^([\d.]+)(?:\/(\d+))?$/.exec(range) ?? []
    if (net === undefined || !isIPv4(net) || Number(prefix) > 32) throw new Error(`allowlist entry "${range}" is no IPv4 address or CIDR`)
    list.addSubnet(net, Number(prefix), 'ipv4')
  }
  return isIPv4(address) && list.check(address)
}
