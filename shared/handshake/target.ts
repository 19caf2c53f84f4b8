import { isIP } from 'node:net'
import type { Engine } from '../domain/instance.ts'

export type { Engine }

export type Target = {
  engine: Engine
  /** The name (or IP address) that the certificate must carry; it is also sent as SNI. */
  host: string
  port: number
  /** Reach the endpoint here instead; `host` is still the name to verify. */
  address?: { ip: string; port?: number }
  /** For the whole probe: name look-up, connection, greeting and handshake. 1–600 000 ms. */
  timeoutMs: number
}

/** A target that cannot be probed: a fault of the caller, told before anything is opened. */
export class TargetFault extends Error {
  readonly code = 'InvalidTarget'
  constructor(field: string, fault: string, mend: string) {
    super(`target.${field} ${fault}: ${mend}`)
    this.name = 'TargetFault'
  }
}

/** @throws TargetFault naming the field. */
export function checkTarget(target: Target): void {
  if (!/^[A-Za-z0-9._:-]{1,253}$/.test(target.host))
    throw new TargetFault('host', 'is no host name', 'give the ConnectionString of the endpoint, without port')
  checkPort('port', target.port)
  if (target.address !== undefined) {
    if (isIP(target.address.ip) === 0) throw new TargetFault('address.ip', 'is no IP address', 'give an IPv4 or IPv6 address')
    if (target.address.port !== undefined) checkPort('address.port', target.address.port)
  }
  if (!(target.timeoutMs >= 1 && target.timeoutMs <= 600_000))
    throw new TargetFault('timeoutMs', 'is out of range', 'give 1 to 600000 milliseconds')
}

function checkPort(field: string, port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TargetFault(field, 'is no TCP port', 'give 1 to 65535')
}
