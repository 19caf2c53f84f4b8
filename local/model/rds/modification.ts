import { type Behaviour, behaviourOf } from './behaviour.ts'
import { answer, missing, type RdsErrorCode, type Refused, refuse } from './errors.ts'
import type { Instance, Ssl } from './instance.ts'
import { settingsOf } from './settings.ts'
import { unsupported } from './ssl.ts'
import { isRefused, type Modification, named, type Operation, type Params } from './state.ts'
import { schedule } from './timeline.ts'

type Change = { kind: Modification['kind']; ssl: Ssl; reset: readonly string[] }

/**
 * Not idempotent, as the real one: a second call within the visibility lag, or between Running and the moved expiry, is accepted, and
 * restarts the instance a second time.
 */
export const modifyDBInstanceSSL: Operation = (state, params, caller) => {
  const found = named(state, params, 'DBInstanceId')
  if (isRefused(found)) return found
  const refused = unmodifiable(found)
  if (refused) return refused
  const behaviour = behaviourOf(state.behaviour, found)
  const change = changeOf(found, params, behaviour)
  if (isRefused(change)) return change
  schedule(state, found, behaviour, {
    ...change,
    what: 'instance',
    cause: 'update',
    by: caller.principal,
    request: caller.requestId,
    replacedCustom: found.ssl.certificate?.by === 'foreign' && (change.kind === 'update' || change.kind === 'move'),
    movedFrom: change.kind === 'move' ? found.ssl.connectionString : undefined,
  })
  return answer()
}

function unmodifiable(one: Instance): Refused | undefined {
  if (one.engine === 'MariaDB') return refuse('InvalidDBInstanceEngineType.Format')
  const none = unsupported(one)
  if (none) return none
  if (one.lockMode !== 'Unlock') return refuse('IncorrectDBInstanceLockMode')
  if (one.expired) return refuse('OrderStatus.UnPaid')
  return one.status === 'Running' ? undefined : refuse('IncorrectDBInstanceState')
}

function changeOf(instance: Instance, params: Params, behaviour: Behaviour): Change | Refused {
  const endpoint = params.ConnectionString
  if (!endpoint) return missing('ConnectionString')
  if (!instance.endpoints.some(one => one.connectionString === endpoint && one.type === 'Normal')) return refuse('Endpoint.NotFound')
  const custom = customWanted(instance, params, behaviour)
  if (typeof custom === 'object') return custom
  const kind = kindOf(instance, params.SSLEnabled ?? '', endpoint !== instance.ssl.connectionString, custom, behaviour)
  if (isCode(kind)) return refuse(kind)
  const settings = settingsOf(instance, params, behaviour)
  if (isRefused(settings)) return settings
  const ssl: Ssl =
    kind === 'disable'
      ? { ...settings.ssl, enabled: false, connectionString: '', certificate: undefined }
      : { ...settings.ssl, enabled: true, connectionString: endpoint }
  const unchanged = kind === 'none' && JSON.stringify(ssl) !== JSON.stringify(instance.ssl)
  return { kind: unchanged ? 'settings' : kind, ssl, reset: settings.reset }
}

/** Whether the call brings a certificate of the customer's own. Omitting CAType means `aliyun`. */
function customWanted({ engine }: Instance, params: Params, { caTypeRequired }: Behaviour): boolean | Refused {
  if (engine === 'SQLServer') return Boolean(params.Certificate)
  switch (params.CAType ?? '') {
    case '':
      return caTypeRequired && params.SSLEnabled === '1' ? refuse('RequiredParam.NotFound', 'CAType is required with SSLEnabled=1.') : false
    case 'aliyun':
      return false
    case 'custom':
      return params.ServerCert && params.ServerKey ? true : refuse('InvalidServerCertOrPrivateKey')
    default:
      return refuse('InvalidCAType.NotFound')
  }
}

/** On SQL Server 1 enables and moves, and touches an enabled endpoint's certificate only where that is the customer's own. */
function kindOf(
  { ssl }: Instance,
  value: string,
  moves: boolean,
  custom: boolean,
  { updateValue }: Behaviour,
): Modification['kind'] | 'InvalidSSLStatus' | 'IncorrectDBSslStatus' {
  switch (value) {
    case '0':
      return ssl.enabled ? 'disable' : 'IncorrectDBSslStatus'
    case '1':
      if (custom) return 'custom'
      if (!ssl.enabled) return 'enable'
      if (moves) return 'move'
      return updateValue === 1 || ssl.certificate?.by === 'foreign' ? 'update' : 'none'
    case '2':
      if (updateValue !== 2) return 'InvalidSSLStatus'
      if (!ssl.enabled) return 'IncorrectDBSslStatus'
      return moves ? 'move' : 'update'
    default:
      return 'InvalidSSLStatus'
  }
}

const isCode = (kind: string): kind is RdsErrorCode & ('InvalidSSLStatus' | 'IncorrectDBSslStatus') => kind.endsWith('Status')
