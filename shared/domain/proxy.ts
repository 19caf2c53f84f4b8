import * as z from '../schema.ts'

/**
 * What the scan saw of the certificates of database proxies. `approvers` own the instance; `from` is when they are to hear of it; `unread` says
 * why nothing could be read.
 */
export const proxySeen = z.lazy(() =>
  z.union([
    z.strictObject({
      instance: z.string(),
      approvers: z.string(),
      host: z.string(),
      notAfter: z.iso.datetime(),
      from: z.iso.datetime(),
    }),
    z.strictObject({ instance: z.string(), approvers: z.string(), unread: z.string() }),
  ]),
)
export type ProxySeen = z.infer<typeof proxySeen>

/** Those whose end is near or past, in words, by their owners. */
export function proxiesToTell(seen: readonly ProxySeen[], now: string): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const one of seen) {
    if ('unread' in one || Date.parse(one.from) > Date.parse(now)) continue
    const words = `${one.host} of ${one.instance} (until ${one.notAfter})`
    owners.set(one.approvers, [...(owners.get(one.approvers) ?? []), words])
  }
  return owners
}
