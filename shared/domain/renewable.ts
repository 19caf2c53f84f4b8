import { type Engine, type Instance, isEngine, type Protection } from './instance.ts'
import type { Promised } from './item.ts'
import type { Pace } from './pace.ts'
import { needOf, promised } from './renewal.ts'
import type { Treatment } from './treatment.ts'
import { deadlineOf, type Span, type Window, windowOf } from './window.ts'

/** An instance with a certificate to renew, and when that can be. */
export type Renewable = {
  can: true
  engine: Engine
  protection: Extract<Protection, { enabled: true }>
  promise: Promised
  window: Window
  /** What the window must still hold after the call, in milliseconds. */
  need: number
  /** The last moment at which the update may be called; undefined where no window is left before the certificate ends. ISO UTC. */
  deadline: string | undefined
  /** When it becomes due: `renewBefore` ahead of the deadline, or of the end where there is none. In milliseconds. */
  from: number
}

export type NotRenewable = {
  can: false
  why: 'NotSupported' | 'Gone' | 'EncryptionOff' | 'CustomCertificate' | 'BadWindow'
  detail: string
  notAfter?: string
}

export type Rules = { treatment: Treatment; freezes: readonly Span[]; pace: Pace }

export function renewableOf(
  instance: Instance,
  protection: Protection | undefined,
  { treatment, freezes, pace }: Rules,
  now: Date,
): Renewable | NotRenewable {
  const { engine, serverless } = instance
  if (!isEngine(engine)) return { can: false, why: 'NotSupported', detail: `${engine}: the service cannot update its certificate by API` }
  if (serverless && engine === 'PostgreSQL') return { can: false, why: 'NotSupported', detail: 'PostgreSQL Serverless has no TLS by API' }
  if (!protection) return { can: false, why: 'Gone', detail: 'it was listed, and is gone' }
  if (!protection.enabled) return { can: false, why: 'EncryptionOff', detail: 'TLS is off' }
  const { notAfter } = protection
  if (protection.issuedBy === 'custom')
    return { can: false, why: 'CustomCertificate', detail: 'its owner issues and renews its certificate', notAfter }

  const promise = promised(instance, engine, treatment)
  const window = promise.window === 'any' ? 'any' : windowOf(promise.window)
  if (!window) {
    const detail = `its maintenance window reads ${JSON.stringify(promise.window)}: set one in the console`
    return { can: false, why: 'BadWindow', detail, notAfter }
  }
  const need = needOf(promise.restarts, pace)
  const deadline = deadlineOf(window, freezes, need, now.getTime(), Date.parse(notAfter))
  const from = Date.parse(deadline ?? notAfter) - treatment.renewBefore
  return { can: true, engine, protection, promise, window, need, deadline, from }
}
