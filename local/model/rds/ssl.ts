import { behaviourOf } from './behaviour.ts'
import { answer, type Refused, refuse } from './errors.ts'
import { day, type Instance, instant } from './instance.ts'
import { isRefused, named, type Operation, type State } from './state.ts'

/**
 * `Yes`/`No` for MySQL and SQL Server, `on`/`off` and `0`/`1` for PostgreSQL, which alone tells CAType — and returns ServerKey. A custom
 * certificate of SQL Server or MySQL is not told from one of Alibaba's.
 */
export const describeDBInstanceSSL: Operation = (state, params) => {
  const found = named(state, params, 'DBInstanceId')
  if (isRefused(found)) return found
  const refused = unsupported(found) ?? unreadable(state, found)
  if (refused) return refused
  switch (found.engine) {
    case 'MySQL':
      return answer(told(state, found))
    case 'SQLServer':
      return answer({ ...told(state, found), ForceEncryption: found.ssl.forceEncryption, TlsVersion: found.ssl.tlsVersion })
    case 'PostgreSQL':
      return answer({ ...told(state, found), ...toldOfPostgres(state, found) })
    case 'MariaDB':
      return refuse('InstanceEngineType.NotSupport')
    default:
      return found.engine satisfies never
  }
}

/** Why an instance has no SSL settings at all, for reading and for changing alike. */
export function unsupported(one: Instance): Refused | undefined {
  if (one.engine === 'MariaDB') return refuse('InstanceEngineType.NotSupport')
  if (one.engine === 'PostgreSQL' && one.serverless) return refuse('OperationDenied.DBInstanceType')
  if (one.engine === 'PostgreSQL' && one.storage === 'local_ssd') return refuse('InstanceEngineType.NotSupport')
  return undefined
}

function unreadable(state: State, one: Instance): Refused | undefined {
  const readable = one.status === 'Running' || behaviourOf(state.behaviour, one).sslReadableMeanwhile
  return readable ? undefined : refuse('IncorrectDBInstanceState')
}

function told(state: State, { engine, ssl }: Instance): Record<string, string> {
  const postgres = engine === 'PostgreSQL'
  const certificate = ssl.enabled ? ssl.certificate : undefined
  const near = certificate !== undefined && certificate.notAfter - state.now < 30 * day
  return {
    SSLEnabled: postgres ? (ssl.enabled ? 'on' : 'off') : ssl.enabled ? 'Yes' : 'No',
    ConnectionString: ssl.enabled ? ssl.connectionString : '',
    SSLExpireTime: certificate ? instant(certificate.notAfter) : '',
    RequireUpdate: postgres ? (near ? '1' : '0') : near ? 'Yes' : 'No',
  }
}

function toldOfPostgres(state: State, { ssl }: Instance): Record<string, string> {
  const custom = ssl.certificate?.by === 'foreign'
  return {
    LastModifyStatus: ssl.lastModify,
    ModifyStatusReason: ssl.lastModify === 'setting' ? 'Modify DB Instance SSL Config.' : '',
    RequireUpdateItem: '',
    RequireUpdateReason: '',
    ...(ssl.enabled && ssl.certificate
      ? {
          CAType: custom ? 'custom' : 'aliyun',
          ServerCert: state.pem(ssl.certificate),
          ServerKey: ssl.serverKey ?? '',
          ServerCAUrl: custom ? '' : 'https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip',
          ...(custom ? {} : { SSLCreateTime: instant(ssl.certificate.notBefore) }),
        }
      : {}),
    ...(ssl.clientCaCert
      ? { ClientCACert: ssl.clientCaCert, ACL: ssl.acl ?? 'prefer', ReplicationACL: ssl.replicationAcl ?? 'prefer' }
      : {}),
    ...(ssl.clientCrl ? { ClientCertRevocationList: ssl.clientCrl } : {}),
  }
}
