import { expect, test } from 'vitest'
import { type Placement, type Reach, reach } from '../../../local/endpoints/network.ts'

const inside: Placement = { vpc: 'vpc-1', allowlist: ['127.0.1.0/25', '127.0.1.200'] }
const open: Placement = { allowlist: ['0.0.0.0/0'] }
const closed: Placement = { allowlist: ['127.0.0.1'] }

test.each<[string, Placement, string, Reach]>([
  ['the first address of an allowed range', inside, '127.0.1.0', 'admitted'],
  ['the last address of an allowed range', inside, '127.0.1.127', 'admitted'],
  ['the address after an allowed range', inside, '127.0.1.128', 'not-allowed'],
  ['an address allowed by itself', inside, '127.0.1.200', 'admitted'],
  ['the other VPC', inside, '127.0.2.5', 'unroutable'],
  ['the bastion, past VPC and allowlist', inside, '127.0.0.1', 'admitted'],
  ['a VPC, at a public endpoint open to all', open, '127.0.2.5', 'admitted'],
  ['a VPC, at a public endpoint open to nobody', closed, '127.0.2.5', 'not-allowed'],
  ['an address of no VPC, at an internal endpoint', inside, '127.9.9.9', 'unroutable'],
  ['an address of no VPC, at a public endpoint open to all', open, '127.9.9.9', 'admitted'],
  ['a caller without an address', open, '', 'not-allowed'],
])('%s', (_who, placement, address, expected) => {
  expect(reach(placement, address)).toBe(expected)
})

test('an unknown VPC is refused by name', () => {
  expect(() => reach({ vpc: 'vpc-9', allowlist: [] }, '127.0.1.5')).toThrow(
    'vpc "vpc-9" is not in the embedded cloud: take one of vpc-1, vpc-2',
  )
})

test.each(['10.0.0.0/33', 'everyone', '10.0.0', '10.0.0.0/'])('the allowlist entry "%s" is refused by name', entry => {
  expect(() => reach({ allowlist: [entry] }, '127.0.1.5')).toThrow(`allowlist entry "${entry}"`)
})
