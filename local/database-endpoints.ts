import type { Authority } from './ca/authority.ts'
import type { Caller, Served } from './endpoints/connection.ts'
import { type Endpoint, type Engine, startEndpoint } from './endpoints/endpoint.ts'
import { reach, vpcs } from './endpoints/network.ts'
import type { Instance, RdsWorld } from './model/rds.ts'
import { backWithRealServer } from './real-servers/backed.ts'

export type DatabaseEndpoints = {
  /** Each protected endpoint's name, and where it listens on 127.0.0.1. */
  hosts: ReadonlyMap<string, number>
  close(): Promise<void>
}

const engines: readonly string[] = ['MySQL', 'SQLServer', 'PostgreSQL'] satisfies Engine[]
const isEngine = (name: string): name is Engine => engines.includes(name)

/**
 * Opens the protected endpoint of every instance that has one: real TLS, with the certificate that the world says is served. `real` names
 * instances of MySQL and PostgreSQL behind which a real server is to stand.
 */
export async function openEndpoints(
  world: RdsWorld,
  authority: Authority,
  now: () => number,
  real: readonly string[] = [],
): Promise<DatabaseEndpoints> {
  const hosts = new Map<string, number>()
  const open = new Map<string, Endpoint>()
  for (const { id, engine, engineVersion, description, ssl } of world.instances()) {
    if (!isEngine(engine) || !ssl.enabled) continue
    const current = () => {
      world.advance(now())
      return world.instance(id)
    }
    if (engine !== 'SQLServer' && real.includes(description)) {
      const endpoint = await backWithRealServer({ world, authority, id, engine, now, admits })
      open.set(id, endpoint)
      hosts.set(ssl.connectionString, endpoint.port)
      continue
    }
    const endpoint = await startEndpoint({
      engine,
      ...(engine === 'MySQL' ? { version: `${engineVersion}.36` } : {}),
      certificate: () => certificateOf(current(), authority),
      admits: from => admits(from, current()),
      state: () => (current()?.down === false ? 'running' : 'restarting'),
    })
    open.set(id, endpoint)
    hosts.set(ssl.connectionString, endpoint.port)
  }
  const watching = setInterval(() => cutWhatRestarts(world, open, now()), 50)
  return {
    hosts,
    async close() {
      clearInterval(watching)
      await Promise.all([...open.values()].map(one => one.close()))
    },
  }
}

/** A restart breaks off whoever is connected. */
function cutWhatRestarts(world: RdsWorld, open: ReadonlyMap<string, Endpoint>, now: number): void {
  world.advance(now)
  for (const one of world.instances()) if (one.down) open.get(one.id)?.cut()
}

async function certificateOf(instance: Readonly<Instance> | undefined, authority: Authority): Promise<Served | undefined> {
  const served = instance?.served
  if (!instance || !served) return undefined
  const { serial, notBefore, notAfter, by } = served
  const order = { region: instance.region, host: instance.ssl.connectionString, serial, by }
  return authority.issue({ ...order, notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
}

/** Every VPC here has its own /24 of 127/8; in the account they lie in 172.16.0.0/12, which is what allowlists name. */
function admits({ address }: Caller, instance: Readonly<Instance> | undefined): boolean {
  if (!instance) return false
  const { ssl, endpoints, vpcId } = instance
  const isPublic = endpoints.some(one => one.connectionString === ssl.connectionString && one.ipType === 'Public')
  const allowlist = instance.allowlist.flatMap(range => (range === '172.16.0.0/12' ? Object.values(vpcs) : [range]))
  return reach(isPublic ? { allowlist } : { vpc: vpcId, allowlist }, address) === 'admitted'
}
