import { day, type Instance, serial } from '../../local/model/rds.ts'
import { policySchema } from '../../shared/domain/policy.ts'
import { Dice, hash } from './dice.ts'
import type { Truth } from './oracle/truth.ts'
import type { People } from './people.ts'
import type { Act, Document, PolicyChange } from './scenario.ts'
import type { World } from './world/world.ts'

/** Does to the world what the scenario says. */
export function perform(act: Act, world: World, truth: Truth, people: People, document: () => Document): void {
  switch (act.do) {
    case 'retag':
      return truth.amend(act.instance, { tags: act.tags })
    case 'rewindow':
      return truth.amend(act.instance, { maintainTime: act.window })
    case 'upgrade':
      return truth.amend(act.instance, { engineVersion: act.version })
    case 'lock':
      return truth.amend(act.instance, { lockMode: 'ManualLock' })
    case 'unlock':
      return truth.amend(act.instance, { lockMode: 'Unlock' })
    case 'unpaid':
      return truth.amend(act.instance, { expired: true })
    case 'hide':
      return truth.amend(act.instance, { allowlist: [] })
    case 'show':
      return truth.amend(act.instance, { allowlist: ['172.16.0.0/12'] })
    case 'release':
      return void world.rds.release(act.instance)
    case 'rename':
      return rename(world.instance(act.instance), truth, act.id)
    case 'bring a certificate':
      return bring(world.instance(act.instance), truth, world.time.now)
    case 'renew by hand':
      return renew(world, act.instance)
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
      return push(changed(document(), act.change), people)
    case 'stop':
      return void people.stop()
    case 'resume':
      return void people.resume()
    default:
      act satisfies never
  }
}

export function push(document: Document, people: People): void {
  void people.push(policySchema.parse(document), document)
}

function changed(document: Document, change: PolicyChange): Document {
  if ('mode' in change) return { ...document, mode: change.mode }
  if ('freeze' in change) return { ...document, freezes: [...document.freezes, { ...change.freeze, reason: 'audit' }] }
  return { ...document, defaults: { ...document.defaults, ...change } }
}

/** The protected endpoint gets another name, and its certificate with it; the end of the certificate stays. */
function rename(one: Readonly<Instance> | undefined, truth: Truth, id: string): void {
  const { certificate, connectionString } = one?.ssl ?? {}
  if (!one || !certificate || !connectionString) return
  const name = `${id}-${connectionString}`
  const endpoints = one.endpoints.map(endpoint =>
    endpoint.connectionString === connectionString ? { ...endpoint, connectionString: name } : endpoint,
  )
  const renamed = { ...certificate, name }
  truth.amend(one.id, { endpoints, ssl: { ...one.ssl, connectionString: name, certificate: renamed }, served: renamed })
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
