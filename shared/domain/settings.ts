import { createHash } from 'node:crypto'
import * as z from '../schema.ts'
import type { Protection } from './instance.ts'

/** What an endpoint's TLS is set to beside its certificate, by the names that the service has for it. */
const names = [
  'ConnectionString',
  'CAType',
  'ForceEncryption',
  'TlsVersion',
  'ClientCACert',
  'ClientCertRevocationList',
  'ACL',
  'ReplicationACL',
] as const

/** What the service told of them, as it is journalled: certificates and lists by their digests. What it did not tell is left out. */
export const settingsTold = z.lazy(() => z.partialRecord(z.enum(names), z.string()))
export type SettingsTold = z.infer<typeof settingsTold>

/** One that is not what it was. `after` is left out where the service no longer tells it. */
export const settingChange = z.lazy(() => z.strictObject({ setting: z.enum(names), before: z.string(), after: z.optional(z.string()) }))
export type SettingChange = z.infer<typeof settingChange>

/** Everything that an update sends back, and where it must not move. */
export function toldOf({ host, issuedBy, settings }: Extract<Protection, { enabled: true }>): SettingsTold {
  const all: Record<(typeof names)[number], string | undefined> = {
    ConnectionString: host,
    CAType: issuedBy === 'unknown' ? undefined : issuedBy,
    ForceEncryption: settings.forceEncryption,
    TlsVersion: settings.tlsVersion,
    ClientCACert: digest(settings.clientCa),
    ClientCertRevocationList: digest(settings.clientCrl),
    ACL: settings.acl,
    ReplicationACL: settings.replicationAcl,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** What was told before and is told otherwise, or no longer, after. */
export const changedSettings = (before: SettingsTold, after: SettingsTold): SettingChange[] =>
  names.flatMap(setting => {
    const [was, is] = [before[setting], after[setting]]
    if (was === undefined || was === is) return []
    return [{ setting, before: was, ...(is === undefined ? {} : { after: is }) }]
  })

/** A text of lines may come back with other ends of them, which is no change. */
const digest = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : `sha256:${createHash('sha256').update(text.replace(/\s+/g, '\n').trim()).digest('hex').slice(0, 16)}`
