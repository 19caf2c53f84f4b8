import type { EchoedSettings, Instance, Listed, Protection, ProxyCertificate, VendorTask } from '../../shared/domain/instance.ts'
import { Fault } from '../../shared/errors.ts'
import type { Rds, UpdateReply, ValidityUpdate } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

/** One instance of the fake service. What is left out is a quiet MySQL 5.7 in cn-hangzhou with TLS until 2026-12-01. */
export type Row = Partial<Instance> & {
  id: string
  /** End of the certificate; `undefined` for an instance without TLS. */
  notAfter?: string | undefined
  host?: string
  port?: number
  issuedBy?: 'aliyun' | 'custom' | 'unknown'
  settings?: EchoedSettings
  tasks?: readonly Partial<VendorTask>[]
  proxies?: readonly ProxyCertificate[]
  /** What the service lists of its past: type and start. */
  history?: readonly Past[]
}

type Past = { type: string; at: string }

type Kept = {
  instance: Instance
  protection: Protection
  proxies: readonly ProxyCertificate[]
  port: number
  tasks: VendorTask[]
  history: Past[]
}

export type FakeRds = Rds &
  Pick<Trips<keyof Rds>, 'fail'> & {
    /** Every Update Validity that was sent. */
    readonly updates: readonly ValidityUpdate[]
    /** `protection rm-1`, `list cn-hangzhou`, …: every call, in order. */
    readonly calls: readonly string[]
    /** What the next Update Validity answers. `effect` false: nothing happens; otherwise the instance leaves Running, and `settle` ends it. */
    reply(reply: UpdateReply, effect?: boolean): void
    /** The update that took effect is over: Running, and a certificate until `notAfter` (one year after the old one unless given). */
    settle(id: string, notAfter?: string): void
    change(id: string, to: Partial<Instance>): void
    protect(id: string, protection: Protection): void
    release(id: string): void
    task(id: string, task: Partial<VendorTask>): void
    past(id: string, past: Past): void
  }

const accepted: UpdateReply = { reply: 'accepted', requestId: 'A0000000-0000-0000-0000-000000000001' }

/** The RDS service as a small table. Regions are those of its rows. */
export function fakeRds(rows: readonly Row[] = []): FakeRds {
  const trips = new Trips<keyof Rds>()
  const kept = new Map(rows.map(row => [row.id, keptOf(row)]))
  const updates: ValidityUpdate[] = []
  const calls: string[] = []
  const replies: { reply: UpdateReply; effect: boolean }[] = []

  const of = (region: string, id: string) => {
    const found = kept.get(id)
    return found?.instance.region === region ? found : undefined
  }
  const must = (id: string) => {
    const found = kept.get(id)
    if (found === undefined) throw new Error(`the fake RDS has no ${id}`)
    return found
  }
  const call = <T>(method: keyof Rds, about: string, act: () => T): Promise<T> => {
    calls.push(about === '' ? method : `${method} ${about}`)
    return trips.run(method, () => structuredClone(act()))
  }

  return {
    fail: (...one) => trips.fail(...one),
    updates,
    calls,
    reply: (reply, effect = reply.reply !== 'refused') => void replies.push({ reply, effect }),
    settle(id, notAfter) {
      const found = must(id)
      if (!found.protection.enabled) throw new Error(`${id} has no TLS`)
      const next = new Date(found.protection.notAfter)
      next.setUTCFullYear(next.getUTCFullYear() + 1)
      found.protection = { ...found.protection, notAfter: notAfter ?? next.toISOString().replace('.000Z', 'Z'), changing: false }
      found.instance = { ...found.instance, status: 'Running' }
    },
    change(id, to) {
      const found = must(id)
      found.instance = { ...found.instance, ...to }
    },
    protect(id, protection) {
      must(id).protection = protection
    },
    release: id => void kept.delete(id),
    task: (id, task) => void must(id).tasks.push(taskOf(id, task)),
    past: (id, past) => void must(id).history.push(past),

    regions: () => call('regions', '', () => [...new Set([...kept.values()].map(one => one.instance.region))].sort()),
    list: (region, next) =>
      call('list', next === undefined ? region : `${region} ${next}`, () => {
        const all = [...kept.values()].map(one => listedOf(one.instance)).filter(one => one.region === region)
        const from = Number(next ?? 0)
        const instances = all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(from, from + 100)
        return all.length > from + 100 ? { instances, next: String(from + 100) } : { instances }
      }),
    instance: (region, id) => call('instance', id, () => of(region, id)?.instance),
    protection: (region, id) => call('protection', id, () => of(region, id)?.protection),
    proxies: (region, id) => call('proxies', id, () => [...(of(region, id)?.proxies ?? [])]),
    port: (region, id, host) =>
      call('port', id, () => {
        const found = of(region, id)
        return found?.protection.enabled && found.protection.host === host ? found.port : undefined
      }),
    vendorTasks: region =>
      call('vendorTasks', region, () => [...kept.values()].filter(one => one.instance.region === region).flatMap(one => one.tasks)),
    cancelTask: (region, id) =>
      call('cancelTask', id, () => {
        const owner = [...kept.values()].find(
          one => one.instance.region === region && one.tasks.some(task => task.id === id && task.cancellable),
        )
        if (!owner) throw new Fault('Refused', `CancelActiveOperationTasks: ${id}`, { cloudCode: 'TaskNotAllowed' })
        owner.tasks = owner.tasks.filter(task => task.id !== id)
      }),
    tasksSince: (region, id, since) =>
      call('tasksSince', id, () =>
        (of(region, id)?.history ?? []).filter(one => Date.parse(one.at) >= Date.parse(since)).map(one => one.type),
      ),
    updateValidity: async update => {
      calls.push(`updateValidity ${update.instance}`)
      updates.push(structuredClone(update))
      const { reply, effect } = replies.shift() ?? { reply: accepted, effect: true }
      const found = of(update.region, update.instance)
      if (effect && found?.protection.enabled) {
        found.instance = { ...found.instance, status: 'SSL_MODIFYING' }
        found.protection = { ...found.protection, changing: true }
      }
      return reply
    },
  }
}

function keptOf(row: Row): Kept {
  const { notAfter, host, port, issuedBy, settings, tasks, history, proxies = [], ...given } = row
  const instance: Instance = {
    region: 'cn-hangzhou',
    description: row.id,
    engine: 'MySQL',
    version: '5.7',
    status: 'Running',
    locked: false,
    serverless: false,
    vpc: 'vpc-1',
    primary: undefined,
    resourceGroup: 'rg-1',
    maintainTime: '18:00Z-22:00Z',
    replicas: [],
    tags: {},
    ...given,
  }
  const enabled = !('notAfter' in row) || notAfter !== undefined
  const protection: Protection = enabled
    ? {
        enabled,
        host: host ?? `${row.id}.mysql.rds.aliyuncs.com`,
        notAfter: notAfter ?? '2026-12-01T03:12:45Z',
        issuedBy: issuedBy ?? 'unknown',
        changing: false,
        settings: settings ?? {},
      }
    : { enabled }
  const listed = (tasks ?? []).map(task => taskOf(row.id, task))
  return { instance, protection, proxies, port: port ?? 3306, tasks: listed, history: [...(history ?? [])] }
}

const taskOf = (instance: string, task: Partial<VendorTask>): VendorTask => ({
  id: '18800001',
  instance,
  type: 'rds_apsaradb_ssl_update',
  tls: true,
  switchTime: '2026-11-20T18:00:00Z',
  deadline: undefined,
  movable: false,
  cancellable: false,
  ...task,
})

function listedOf({ maintainTime: _window, replicas: _replicas, tags: _tags, ...listed }: Instance): Listed {
  return listed
}
