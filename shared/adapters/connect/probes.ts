import type { Invoke } from '../functions.ts'
import { realTiming } from '../timing.ts'
import { type Connector, signing } from './connecting.ts'
import { memory } from './kept.ts'

/** Most deliveries look at no endpoint: the SDK is loaded by the first that does. */
export const probes: Connector<'probes'> = ({ probes: at, credentials }) =>
  memory.keep('probes', [at, credentials], async () => {
    const { probesOver } = await import('../probes.ts')
    const signed = signing(credentials)
    let invoke: Promise<Invoke> | undefined
    return probesOver(async (...call) => {
      invoke ??= import('../functions.ts').then(({ functionsAt }) => functionsAt(at, signed))
      return (await invoke)(...call)
    }, realTiming)
  })
