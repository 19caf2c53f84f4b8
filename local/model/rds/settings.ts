import type { Behaviour } from './behaviour.ts'
import { type Refused, refuse } from './errors.ts'
import type { Instance, Ssl } from './instance.ts'
import { isRefused, type Params } from './state.ts'

type Settings = { ssl: Ssl; reset: readonly string[] }

const modes = ['cert', 'prefer', 'verify-ca', 'verify-full']

/** The settings beside the certificate after a call with `params`, and which of them changed only by being omitted. */
export function settingsOf(instance: Instance, params: Params, behaviour: Behaviour): Settings | Refused {
  const becomes = instance.engine === 'SQLServer' ? ofSqlServer(instance.ssl, params, behaviour) : ofPostgres(instance, params, behaviour)
  if (isRefused(becomes)) return becomes
  const reset = Object.entries(parameterOf).flatMap(([name, key]) =>
    params[name] === undefined && becomes[key] !== instance.ssl[key] ? [name] : [],
  )
  return { ssl: becomes, reset }
}

const parameterOf = {
  ForceEncryption: 'forceEncryption',
  TlsVersion: 'tlsVersion',
  ACL: 'acl',
  ReplicationACL: 'replicationAcl',
  ClientCACert: 'clientCaCert',
  ClientCertRevocationList: 'clientCrl',
} as const satisfies Record<string, keyof Ssl>

function ofSqlServer(ssl: Ssl, params: Params, { omissionResets }: Behaviour): Ssl | Refused {
  const force = params.ForceEncryption ?? (omissionResets ? '0' : ssl.forceEncryption)
  const tls = params.TlsVersion ?? (omissionResets ? '1.0' : ssl.tlsVersion)
  if (force !== '0' && force !== '1') return refuse('Parameters.Invalid', 'ForceEncryption must be 0 or 1.')
  if (!['1.0', '1.1', '1.2'].includes(tls)) return refuse('Parameters.Invalid', 'TlsVersion must be 1.0, 1.1 or 1.2.')
  return { ...ssl, forceEncryption: force, tlsVersion: tls }
}

function ofPostgres({ engine, ssl }: Instance, params: Params, { omissionResets }: Behaviour): Ssl | Refused {
  if (engine !== 'PostgreSQL') return ssl
  for (const mode of [params.ACL, params.ReplicationACL]) if (mode && !modes.includes(mode)) return refuse('InvalidACL.NotFound')
  if (params.ClientCAEnabled === '1' && !params.ClientCACert) return refuse('InvalidClientCACert')
  if (params.ClientCrlEnabled === '1' && !params.ClientCertRevocationList) return refuse('InvalidClientCrl')
  const clientCaCert = kept(params.ClientCAEnabled, params.ClientCACert, omissionResets ? undefined : ssl.clientCaCert)
  const permitted = clientCaCert !== undefined || ssl.clientCaCert !== undefined
  if (!permitted && (params.ACL || params.ReplicationACL)) return refuse('InvalidACL.Permission')
  if (!permitted && params.ClientCrlEnabled === '1') return refuse('InvalidClientCrl.Permission')
  if (!clientCaCert) return { ...ssl, clientCaCert: undefined, clientCrl: undefined, acl: undefined, replicationAcl: undefined }
  return {
    ...ssl,
    clientCaCert,
    clientCrl: kept(params.ClientCrlEnabled, params.ClientCertRevocationList, omissionResets ? undefined : ssl.clientCrl),
    acl: params.ACL ?? (omissionResets ? 'prefer' : ssl.acl),
    replicationAcl: params.ReplicationACL ?? (omissionResets ? 'prefer' : ssl.replicationAcl),
  }
}

const kept = (enabled: string | undefined, sent: string | undefined, otherwise: string | undefined): string | undefined =>
  enabled === '1' ? sent : enabled === '0' ? undefined : otherwise
