import { minute } from './duration.ts'

/**
 * What names a renewal: one certificate of one instance. The end of the certificate is floored to the minute, since the service rounds
 * it differently from call to call. The endpoint is no part of it.
 */
export type RenewalName = { account: string; region: string; instance: string; kind: 'instance'; notAfter: string }

/** `1234567890.cn-hangzhou.rm-bp1x.instance.20261201T0312Z`: safe in an object key, readable in a log. */
export function renewalId(name: RenewalName): string {
  const floored = new Date(Math.floor(Date.parse(name.notAfter) / minute) * minute).toISOString().slice(0, 16)
  return [name.account, name.region, name.instance, name.kind, `${floored.replace(/[-:]/g, '')}Z`].join('.')
}

/** Reads an id back; undefined where it is none. */
export function renewalName(id: string): RenewalName | undefined {
  const match = /^([\w-]+)\.([\w-]+)\.([\w-]+)\.instance\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z$/.exec(id)
  if (!match) return undefined
  const [account, region, instance, ...end] = match.slice(1) as [string, string, string, ...string[]]
  const [y, mo, d, h, mi] = end
  return { account, region, instance, kind: 'instance', notAfter: `${y}-${mo}-${d}T${h}:${mi}:00Z` }
}
