import type { Probes, Served } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

type Shaken = { from: string } & Parameters<Probes['shake']>[1]

export type FakeProbes = Probes &
  Pick<Trips<'shake'>, 'fail'> & {
    readonly shaken: readonly Shaken[]
    /** What this endpoint serves from now on: DER, leaf first. */
    serve(host: string, chain: readonly Uint8Array[]): void
    set(host: string, served: Served): void
  }

export const unreached: Served = {
  reached: false,
  code: 'TimedOut',
  detail: 'the endpoint did not answer within 10000 ms',
  mend: 'let a probe inside the VPC make the handshake, and allow its vSwitch',
}

/** Probes without a network: an endpoint that was not set is not reached. */
export function fakeProbes(served: Readonly<Record<string, Served>> = {}): FakeProbes {
  const trips = new Trips<'shake'>()
  const known = new Map(Object.entries(served))
  const shaken: Shaken[] = []
  return {
    fail: (...of) => trips.fail(...of),
    shaken,
    serve: (host, chain) =>
      void known.set(host, { reached: true, chain, protocol: 'TLSv1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' }),
    set: (host, to) => void known.set(host, to),
    shake: (from, target) =>
      trips.run('shake', () => {
        shaken.push({ from, ...target })
        return known.get(target.host) ?? unreached
      }),
  }
}
