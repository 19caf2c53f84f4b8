import type { Authority } from './ca/authority.ts'
import type { Caller, Served } from './endpoints/connection.ts'
import { type Endpoint, type Engine, startEndpoint } from './endpoints/endpoint.ts'
import type { Instance, RdsWorld } from './model/rds.ts'

export type DatabaseEndpoints = {
  /** Each protected endpoint's name, and where it listens on 127.0.0.1. */
  hosts: ReadonlyMap<string, number>
  close(): Promise<void>
}

const engines: readonly string[] = ['MySQL', 'SQLServer', 'PostgreSQL'] satisfies Engine[]
const isEngine = (name: string): name is Engine => engines.includes(name)

/** Opens the protected endpoint of every instance that has one: real TLS, with the certificate that the world says is served. */
export async function openEndpoints(world: RdsWorld, authority: Authority, now: () => number): Promise<DatabaseEndpoints> {
  const hosts = new Map<string, number>()
  const open: Endpoint[] = []
  for (const { id, engine, engineVersion, ssl } of world.instances()) {
    if (!isEngine(engine) || !ssl.enabled) continue
    const current = () => {
      world.advance(now())
      return world.instance(id)
    }
    const endpoint = await startEndpoint({
      engine,
      ...(engine === 'MySQL' ? { version: `${engineVersion}.36` } : {}),
      certificate: () => certificateOf(current(), authority),
      admits: from => admits(from, current()),
      state: () => (current()?.down === false ? 'running' : 'restarting'),
    })
    open.push(endpoint)
    hosts.set(ssl.connectionString, endpoint.port)
  }
  return { hosts, close: async () => void (await Promise.all(open.map(one => one.close()))) }
}

async function certificateOf(instance: Readonly<Instance> | undefined, authority: Authority): Promise<Served | undefined> {
  const served = instance?.served
  if (!instance || !served) return undefined
  const { serial, notBefore, notAfter, by } = served
  const order = { region: instance.region, host: instance.ssl.connectionString, serial, by }
  return authority.issue({ ...order, notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
}

/** 127.0.0.1 is the person at this machine. A function connects from its VPC's range, 127.0.N.0/24 of `vpc-N`, which stands for 172.16.0.0/12. */
function admits({ address }: Caller, instance: Readonly<Instance> | undefined): boolean {
  if (!instance) return false
  if (address === '127.0.0.1') return true
  const vpc = /^127\.0\.(\d+)\./.exec(address)?.[1]
  return instance.vpcId === `vpc-${vpc}` && instance.allowlist.includes('172.16.0.0/12')
}
