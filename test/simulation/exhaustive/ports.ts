import type { Ports } from '../../../shared/ports.ts'
import { portsOf } from '../world/ports.ts'
import type { Process } from '../world/process.ts'
import type { World } from '../world/world.ts'

/** The ports that reach something: to ask a clock, a setting or a certificate is no call. */
type Reaching = Exclude<keyof Ports, 'clock' | 'attempt' | 'settings' | 'trust'>
type Methods<P> = { [M in keyof P]: P[M] extends (...given: never) => unknown ? M : never }[keyof P]

/** Every method that a step of the chain may call. The type demands each one that shared/ports.ts knows, and no other. */
const known: { readonly [P in Reaching]: Readonly<Record<Methods<Ports[P]>, true>> } = {
  rds: {
    regions: true,
    list: true,
    instance: true,
    protection: true,
    proxies: true,
    port: true,
    vendorTasks: true,
    cancelTask: true,
    tasksSince: true,
    updateValidity: true,
  },
  journal: { read: true, newest: true, append: true, remind: true, forget: true, due: true },
  queue: { send: true, bury: true },
  bundles: { manifest: true, pem: true, publish: true, checked: true, proof: true, writeProof: true, proofs: true },
  source: { fetch: true },
  probes: { shake: true },
  chat: { post: true },
  policyFile: { read: true },
  approvals: { mint: true, read: true },
}

export const allMethods: readonly string[] = Object.entries(known).flatMap(([port, methods]) =>
  Object.keys(methods).map(method => `${port}.${method}`),
)

/** What the world's ports do at once, though a process may as well die there. */
const local: ReadonlySet<string> = new Set(['policyFile.read', 'approvals.mint', 'approvals.read'])

type OnCall = (process: Process, method: string, given: readonly unknown[]) => void

/** The world's ports, telling `onCall` of each method that is called. `policy`: the text that was packaged with check-expiry. */
export function watchedPorts(onCall: OnCall, policy: string): (world: World, process: Process) => Ports {
  return (world, process) => {
    const own = { ...portsOf(world, process), policyFile: { read: async () => policy } }
    const told = (Object.keys(known) as Reaching[]).map(name => [name, telling(name, own[name], onCall, process)])
    return { ...own, ...Object.fromEntries(told) }
  }
}

function telling(name: string, port: Ports[Reaching], onCall: OnCall, process: Process): object {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      const method = `${name}.${String(key)}`
      return (...given: unknown[]) => {
        onCall(process, method, given)
        const call = () => value.apply(target, given) as unknown
        return local.has(method) ? process.call(method, () => {}).then(call) : call()
      }
    },
  })
}
