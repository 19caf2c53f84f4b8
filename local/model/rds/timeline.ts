import { type Behaviour, behaviourOf } from './behaviour.ts'
import { draw, letters, serial } from './draw.ts'
import type { Certificate, Instance, Ssl } from './instance.ts'
import type { Modification, State } from './state.ts'
import { completeSslTasks, planVendorTask } from './tasks.ts'

type Accepted = Pick<Modification, 'kind' | 'reset' | 'cause' | 'by' | 'request' | 'replacedCustom' | 'movedFrom'> & {
  task?: number
} & ({ what: 'instance'; ssl: Ssl } | { what: 'proxy'; connectionString: string })

/** Decides the whole fate of an accepted change now: of what happens later, only a release of its instance and another name of its endpoint matter. */
export function schedule(state: State, instance: Instance, behaviour: Behaviour, accepted: Accepted): void {
  const key = accepted.what === 'proxy' ? `${instance.id}/proxy` : instance.id
  const earlier = state.busy.get(key) ?? { until: 0, effectAt: 0 }
  const behindStuck = earlier.until === Number.POSITIVE_INFINITY
  const still = accepted.kind === 'none' || behaviour.outcome === 'nothing' || behindStuck
  const lag = accepted.cause === 'vendor' ? 0 : draw(state.random, behaviour.visibilityLagMs)
  const beginsAt = behindStuck ? state.now + lag : Math.max(state.now + lag, earlier.until)
  const endsAt = beginsAt + (still ? 0 : draw(state.random, behaviour.restartMs))
  const effectAt = Math.max(state.now + draw(state.random, behaviour.effectDelayMs), endsAt, earlier.effectAt)
  const renews = accepted.kind !== 'disable' && accepted.kind !== 'settings' && accepted.kind !== 'none'
  const certificateFor = (name: string): Certificate => {
    const notBefore = Math.floor(beginsAt / 1000) * 1000
    const by = accepted.kind === 'custom' ? 'foreign' : 'apsaradb'
    return { serial: serial(state.random), name, notBefore, notAfter: notBefore + state.validityMs, by }
  }
  const { what, kind, cause, by, request, reset, replacedCustom, movedFrom, task } = accepted
  const becomes =
    accepted.what === 'proxy'
      ? { proxyCertificate: renews ? certificateFor(accepted.connectionString) : undefined }
      : { ssl: renews ? { ...accepted.ssl, certificate: certificateFor(accepted.ssl.connectionString) } : accepted.ssl }
  const modification: Modification = {
    ...{ instance: instance.id, what, kind, cause, by, request, reset, replacedCustom, movedFrom, task, becomes },
    outcome: behindStuck ? 'nothing' : behaviour.outcome,
    acceptedAt: state.now,
    beginsAt,
    endsAt,
    effectAt,
    restarts: what === 'proxy' || (behaviour.updateRestarts && kind !== 'settings' && kind !== 'none'),
  }
  state.modifications.push(modification)
  if (still) return
  state.busy.set(key, { until: behaviour.outcome === 'stuck' ? Number.POSITIVE_INFINITY : endsAt, effectAt })
  state.agenda.enter(beginsAt, { kind: 'begin', modification })
  state.agenda.enter(endsAt, { kind: 'end', modification })
  if (behaviour.outcome === 'renewed') state.agenda.enter(effectAt, { kind: 'effect', modification })
}

export function begin(state: State, instance: Instance, modification: Modification): void {
  const { what, kind, cause, by, request, beginsAt, endsAt, outcome, restarts } = modification
  if (restarts) state.restarts.push({ instance: instance.id, what, at: beginsAt, until: endsAt, cause, by, request })
  if (outcome === 'renewed' && (kind === 'update' || kind === 'move')) {
    if (cause === 'update') instance.effectiveUpdates++
    else instance.vendorRenewals++
  }
  if (what === 'proxy') return
  const behaviour = behaviourOf(state.behaviour, instance)
  instance.status = behaviour.statusMeanwhile
  instance.ssl = { ...instance.ssl, lastModify: 'setting' }
  instance.down = restarts
  if (!behaviour.historyListsSsl) return
  state.history.push({
    id: `t-${letters(state.random, 18, 'abcdefghijklmnopqrstuvwxyz0123456789')}`,
    type: 'modify_ssl',
    instance: instance.id,
    startAt: beginsAt,
    callerSource: cause === 'vendor' ? 'System' : 'User',
    callerUid: by,
    status: 'Running',
    endAt: undefined,
  })
}

/** The restart is over: the new certificate is served before the API tells of it, unless this instance goes on serving the old one. */
export function end(state: State, instance: Instance, { kind, becomes, outcome, endsAt }: Modification): void {
  const { servesRenewed } = behaviourOf(state.behaviour, instance)
  const served = outcome === 'renewed' && kind !== 'settings' && servesRenewed
  if ('proxyCertificate' in becomes) {
    if (served && instance.proxy) instance.proxy = { ...instance.proxy, served: becomes.proxyCertificate }
    return
  }
  instance.down = false
  if (served) instance.served = underItsName(instance, becomes.ssl).certificate
  if (outcome === 'stuck') return
  instance.status = 'Running'
  const running = state.history.find(one => one.instance === instance.id && one.status === 'Running')
  if (running) {
    running.status = outcome === 'renewed' ? 'Succeed' : 'Failed'
    running.endAt = endsAt
  }
  if (outcome === 'restartOnly') instance.ssl = { ...instance.ssl, lastModify: 'failed' }
}

/** Last of all: what the API tells moves. */
export function takeEffect(state: State, instance: Instance, { becomes, cause, task }: Modification): void {
  if ('proxyCertificate' in becomes) {
    if (instance.proxy) instance.proxy = { ...instance.proxy, certificate: becomes.proxyCertificate }
    return
  }
  instance.ssl = { ...underItsName(instance, becomes.ssl), lastModify: instance.status === 'Running' ? 'success' : 'setting' }
  if (task !== undefined || (cause === 'update' && behaviourOf(state.behaviour, instance).updateRemovesTask)) {
    completeSslTasks(state, instance.id, task)
  }
  planVendorTask(state, instance)
}

/** An endpoint that got another name since the change was accepted keeps it, and its new certificate says it. */
function underItsName({ endpoints, ssl: { connectionString } }: Instance, ssl: Ssl): Ssl {
  if (!ssl.enabled || endpoints.some(one => one.connectionString === ssl.connectionString)) return ssl
  return { ...ssl, connectionString, certificate: ssl.certificate && { ...ssl.certificate, name: connectionString } }
}
