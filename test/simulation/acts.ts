import { day, type Instance, serial } from '../../local/model/rds.ts'
import { policySchema } from '../../shared/domain/policy.ts'
import { event } from '../../shared/events.ts'
import { consumerOf, queueOf } from '../../shared/flow.ts'
import { Dice, hash } from './dice.ts'
import type { Truth } from './oracle/truth.ts'
import type { People } from './people.ts'
import type { Act, Document, PolicyChange } from './scenario.ts'
import type { World } from './world/world.ts'

/** Does to the world what the scenario says. */
export function perform(act: Act, world: World, truth: Truth, people: People, document: () => Document): void {
  switch (act.do) {
    case 'retag':
      truth.amend(act.instance, { tags: act.tags })
      return
    case 'rewindow':
      truth.amend(act.instance, { maintainTime: act.window })
      return
    case 'upgrade':
      truth.amend(act.instance, { engineVersion: act.version })
      return
    case 'lock':
      truth.amend(act.instance, { lockMode: 'ManualLock' })
      return
    case 'unlock':
      truth.amend(act.instance, { lockMode: 'Unlock' })
      return
    case 'unpaid':
      truth.amend(act.instance, { expired: true })
      return
    case 'hide':
      truth.amend(act.instance, { allowlist: [] })
      return
    case 'show':
      truth.amend(act.instance, { allowlist: ['172.16.0.0/12'] })
      return
    case 'release':
      world.rds.release(act.instance)
      return
    case 'rename':
      rename(world.instance(act.instance), truth, act.id)
      return
    case 'bring a certificate':
      bring(world.instance(act.instance), truth, world.time.now)
      return
    case 'renew by hand':
      renew(world, act.instance)
      return
    case 'vendor task':
      if (world.instance(act.task.instance)) world.rds.addTask(act.task)
      return
    case 'source holds':
      world.source.holds = act.names
      return
    case 'source fails':
      world.source.fails = act.how
      return
    case 'policy':
      push(changed(document(), act.change), people)
      return
    case 'stray message':
      strew(act, world, truth)
      return
    case 'stop':
      void people.stop()
      return
    case 'resume':
      void people.resume()
      return
    case 'check again':
      people.checkAgain()
      return
    default:
      act satisfies never
  }
}

/** Names a renewal that was ever asked for, answered or not. */
function strew({ nth, type }: Extract<Act, { do: 'stray message' }>, world: World, truth: Truth): void {
  const asked = [...truth.asked].flatMap(([renewal, plans]) => plans.map(({ plan }) => ({ plan, renewal })))
  const one = asked[nth % Math.max(asked.length, 1)]
  if (!one) return
  const stray = type === 'RenewalsDue' ? event(type, { plan: one.plan }) : event(type, one)
  const queue = queueOf(consumerOf[type])
  const body = Buffer.from(JSON.stringify(stray)).toString('base64')
  const sent = world.mns.send(queue, { body }, world.time.now)
  if (sent.ok) world.onMessage(queue, { id: sent.value.messageId, body }, world.time.now)
}

export function push(document: Document, people: People): void {
  void people.push(policySchema.parse(document), document)
}

function changed(document: Document, change: PolicyChange): Document {
  if ('mode' in change) return { ...document, mode: change.mode }
  if ('freeze' in change) return { ...document, freezes: [...document.freezes, { ...change.freeze, reason: 'audit' }] }
  return { ...document, defaults: { ...document.defaults, ...change } }
}

/** The protected endpoint gets another name, and with it what it serves and what the service tells of it; the ends of both stay. */
function rename(one: Readonly<Instance> | undefined, truth: Truth, id: string): void {
  const { certificate, connectionString } = one?.ssl ?? {}
  if (!one || !certificate || !connectionString) return
  const name = `${id}-${connectionString}`
  const endpoints = one.endpoints.map(endpoint =>
    endpoint.connectionString === connectionString ? { ...endpoint, connectionString: name } : endpoint,
  )
  const ssl = { ...one.ssl, connectionString: name, certificate: { ...certificate, name } }
  truth.amend(one.id, { endpoints, ssl, served: one.served && { ...one.served, name } })
}

/** The owner replaces the certificate by one of an own authority. */
function bring(one: Readonly<Instance> | undefined, truth: Truth, now: number): void {
  if (!one?.ssl.certificate || one.status !== 'Running') return
  const { name, notAfter } = one.ssl.certificate
  const dice = new Dice(hash(`${one.id} brings`))
  const begins = Math.floor(now / 1000) * 1000
  const own = {
    serial: serial(dice.next),
    name,
    notBefore: begins,
    notAfter: dice.chance(0.5) ? notAfter : begins + 200 * day,
    by: 'foreign' as const,
  }
  truth.amend(one.id, { ssl: { ...one.ssl, certificate: own }, served: own })
}

/** Somebody presses Update Validity in the console. */
function renew(world: World, id: string): void {
  const one = world.instance(id)
  if (!one?.ssl.enabled) return
  const { connectionString, forceEncryption, tlsVersion, clientCaCert, clientCrl, acl, replicationAcl } = one.ssl
  const params = {
    DBInstanceId: id,
    ConnectionString: connectionString,
    SSLEnabled: one.engine === 'SQLServer' ? '2' : '1',
    ...(one.engine === 'SQLServer' ? { ForceEncryption: forceEncryption, TlsVersion: tlsVersion } : {}),
    ...(clientCaCert
      ? { ClientCAEnabled: '1', ClientCACert: clientCaCert, ACL: acl ?? 'prefer', ReplicationACL: replicationAcl ?? 'prefer' }
      : {}),
    ...(clientCrl ? { ClientCrlEnabled: '1', ClientCertRevocationList: clientCrl } : {}),
  }
  world.rds.handle('ModifyDBInstanceSSL', params, { principal: 'console', requestId: `console-${world.time.now}` }, world.time.now)
}
