import { type Base, type Config, type Need, readConfig } from '../../config.ts'
import { Fault } from '../../errors.ts'
import type { OperatorPorts } from '../../ports.ts'

/** The ports of a step with these needs, and the three that every step has. */
export type PortsFor<N extends Need> = Pick<OperatorPorts, 'clock' | 'attempt' | 'settings' | N>

/** Makes one port over the cloud that the configuration describes. The adapter, and the SDK behind it, is loaded by the first call. */
export type Connector<N extends Need> = (config: Config<N>) => Promise<OperatorPorts[N]>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * How a function reaches the cloud: by these connectors and no others, so that its bundle holds their SDKs and no others. A call makes the ports
 * that `needs` name; `attempt` is the host's request id.
 *
 * @throws Fault BadConfig, with every fault of the environment by name
 */
export function connecting<const C extends Need>(connectors: { readonly [N in C]: Connector<N> }) {
  return async <N extends C>(needs: readonly N[], attempt: string, env: Environment = process.env): Promise<PortsFor<N>> => {
    const config = readConfig(env, needs) as Base & Partial<Config>
    const ports: Partial<OperatorPorts> = {
      clock: { now: () => new Date() },
      attempt,
      settings: { account: config.accountId, region: config.region, pace: config.pace, bundleUrl: config.bundleUrl },
    }
    const made = await Promise.all([...new Set(needs)].map(async need => [need, await connectors[need](config as Config)] as const))
    return Object.assign(ports, Object.fromEntries(made)) as PortsFor<N>
  }
}

/** Where nothing signs requests a function may be without keys; wherever something does, `readConfig` has demanded them. */
export function signing<C>(credentials: C | undefined): C {
  if (credentials === undefined) throw new Fault('BadConfig', 'ALIBABA_CLOUD_ACCESS_KEY_ID is missing: give the function a role')
  return credentials
}
