import { behaviourOf } from './behaviour.ts'
import { answer, missing, refuse } from './errors.ts'
import { instant } from './instance.ts'
import { isRefused, type Modification, named, type Operation } from './state.ts'
import { schedule } from './timeline.ts'

/** The certificates of an instance's database proxy; an empty list where there is none, or where its SSL is off. */
export const getDbProxyInstanceSsl: Operation = (state, params) => {
  const found = named(state, params, 'DbInstanceId')
  if (isRefused(found)) return found
  const { proxy } = found
  const items = proxy?.certificate
    ? [
        {
          DbInstanceName: found.id,
          EndpointName: proxy.endpointId,
          EndpointType: 'RWSplit',
          CertCommonName: proxy.connectionString,
          SslExpiredTime: instant(proxy.certificate.notAfter),
        },
      ]
    : []
  return answer({ DbProxyCertListItems: { DbProxyCertListItems: items } })
}

/** `DbProxySslEnabled`: 0 disables, 1 enables, 2 updates the validity; each restarts the proxy, never the instance. */
export const modifyDbProxyInstanceSsl: Operation = (state, params, caller) => {
  const found = named(state, params, 'DbInstanceId')
  if (isRefused(found)) return found
  const absent = ['DbProxyEndpointId', 'DbProxyConnectString', 'DbProxySslEnabled'].find(name => !params[name])
  if (absent) return missing(absent)
  if (found.engine !== 'MySQL') return refuse('IncorrectDBInstanceEngine')
  if (found.lockMode !== 'Unlock') return refuse('IncorrectDBInstanceLockMode')
  if (found.status !== 'Running') return refuse('IncorrectDBInstanceState')
  const { proxy } = found
  if (proxy === undefined || proxy.endpointId !== params.DbProxyEndpointId) return refuse('Endpoint.NotFound')
  if (proxy.connectionString !== params.DbProxyConnectString) return refuse('InvalidDbProxyConnectionString.NotFound')
  const kind = kinds[params.DbProxySslEnabled ?? '']
  if (kind === undefined) return refuse('InvalidSSLStatus')
  if ((kind === 'enable') === (proxy.certificate !== undefined)) return refuse('IncorrectDBSslStatus')
  schedule(state, found, behaviourOf(state.behaviour, found), {
    ...{ what: 'proxy', connectionString: proxy.connectionString, kind, cause: 'update', by: caller.principal, request: caller.requestId },
    ...{ reset: [], replacedCustom: false, movedFrom: undefined },
  })
  return answer()
}

const kinds: Record<string, Modification['kind'] | undefined> = { '0': 'disable', '1': 'enable', '2': 'update' }
