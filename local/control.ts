import type { Clock } from './clock.ts'
import type { DatabaseEndpoints } from './database-endpoints.ts'
import { deadLetters } from './deployment.ts'
import type { Fc } from './fc/fc.ts'
import type { Fleet } from './model/fleet.ts'
import type { MnsModel } from './model/mns.ts'
import type { RdsWorld } from './model/rds.ts'
import { type Serving, serve } from './serve.ts'

/** What the embedded cloud says of itself to an oracle, beside its APIs: `GET /world`. The product never reads it. */
export type WorldView = {
  now: string
  bundleUrl: string
  instances: {
    id: string
    name: string
    engine: string
    region: string
    expect: string
    /** Update Validity calls that took effect. */
    effectiveUpdates: number
    restarts: number
    sslEnabled: boolean
    notAfter: string | undefined
    /** Its protected endpoint: the name to verify, and the port on 127.0.0.1. */
    host: string | undefined
    port: number | undefined
  }[]
  stalled: string[]
  deadLetters: number
  queues: { queue: string; waiting: number; delayed: number; held: number; consumer: string | undefined }[]
}

export type Controlled = {
  world: RdsWorld
  fleet: Fleet
  endpoints: DatabaseEndpoints
  fc: Fc
  clock: Clock
  bundleUrl: string
  mns: MnsModel
}

export function startControl(of: Controlled): Promise<Serving> {
  return serve(async ({ method, rawPath }) => {
    if (method !== 'GET' || rawPath !== '/world') return { status: 404, body: 'GET /world\n' }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(viewOf(of)) }
  })
}

export function viewOf({ world, fleet, endpoints, fc, clock, bundleUrl, mns }: Controlled): WorldView {
  const now = clock.now()
  world.advance(now)
  const { restarts } = world.inspect()
  const state = fc.state()
  const letters = mns.queueState(deadLetters, now)
  return {
    now: new Date(now).toISOString(),
    bundleUrl,
    instances: world.instances().map(one => {
      const { id, engine, region, ssl, effectiveUpdates } = one
      const host = ssl.enabled ? ssl.connectionString : undefined
      return {
        id,
        name: one.description,
        engine,
        region,
        expect: fleet.expectations.find(row => row.id === id)?.expect ?? 'unknown',
        effectiveUpdates,
        restarts: restarts.filter(restart => restart.instance === id).length,
        sslEnabled: ssl.enabled,
        notAfter: ssl.certificate && new Date(ssl.certificate.notAfter).toISOString(),
        host,
        port: host === undefined ? undefined : endpoints.hosts.get(host),
      }
    }),
    stalled: state.stalled,
    deadLetters: letters.ok ? letters.value.active + letters.value.inactive : 0,
    queues: state.queues.map(({ queue, waiting, delayed, held, consumer }) => ({ queue, waiting, delayed, held, consumer })),
  }
}
