import type { Random } from './rds.ts'

export type FaultService = 'rds' | 'mns' | 'oss' | 'fc' | 'sts' | 'chat'

/**
 * What goes wrong. `before` its effect a call never happened, `after` it did, and only its answer is lost. `duplicate`, `reorder` and `loss`
 * befall messages on their way into a queue, and so does a `delay` there; elsewhere `delay` makes the call itself late. Times in ms.
 */
export type FaultKind =
  | { kind: 'hang' | 'html' | 'empty' | '5xx' | 'kill'; when: 'before' | 'after' }
  | { kind: 'throttle' }
  | { kind: 'delay'; ms: number }
  | { kind: 'duplicate' | 'reorder' | 'loss' }
  /** The instance goes on serving its old certificate, whatever the API says. */
  | { kind: 'keeps-old-leaf' }
  /** How far the clock of a function is ahead; negative where it is behind. */
  | { kind: 'clock-skew'; ms: number }

/** The first so many calls that fit, a share of them by chance, or each so-manieth. */
export type Frequency = { first: number } | { share: number } | { every: number }

export type Fault = {
  /** As it was written: for sentences. */
  text: string
  service: FaultService
  /** The API's own names, or every call of the service; for `clock-skew` a function. */
  actions: '*' | readonly string[]
  /** Only calls about something whose name holds this. */
  about: string | undefined
  kind: FaultKind
  frequency: Frequency
}

/** `about` holds the names of what a call is about: an instance's id and description, a queue, `bucket/key`, a function. */
export type Callee = { service: FaultService; action: string; about: readonly string[] }

/** Whether a fault befalls messages in their queue rather than calls. */
export const isOfQueues = ({ service, kind: { kind } }: Fault): boolean =>
  kind === 'duplicate' || kind === 'reorder' || kind === 'loss' || (service === 'mns' && kind === 'delay')

/** Decides which calls are hit: the same calls in the same order and the same chance give the same faults. */
export class Faults {
  readonly #rules: readonly { fault: Fault; fitted: number; hits: number }[]
  readonly #random: Random

  constructor(faults: readonly Fault[], random: Random) {
    this.#rules = faults.map(fault => ({ fault, fitted: 0, hits: 0 }))
    this.#random = random
  }

  /** The first fault that hits this call. Each that fits counts the call, hit by another or not. */
  at(callee: Callee): FaultKind | undefined {
    let found: FaultKind | undefined
    for (const rule of this.#rules) {
      if (!fits(rule.fault, callee)) continue
      rule.fitted++
      if (!this.#falls(rule.fault.frequency, rule.fitted) || found !== undefined) continue
      rule.hits++
      found = rule.fault.kind
    }
    return found
  }

  /** How often each fault has hit. */
  hits(): { text: string; hits: number }[] {
    return this.#rules.map(({ fault: { text }, hits }) => ({ text, hits }))
  }

  #falls(frequency: Frequency, nth: number): boolean {
    if ('first' in frequency) return nth <= frequency.first
    if ('every' in frequency) return nth % frequency.every === 0
    return this.#random() < frequency.share
  }
}

function fits({ service, actions, about, kind }: Fault, callee: Callee): boolean {
  if (kind.kind === 'clock-skew' || service !== callee.service) return false
  if (actions !== '*' && !actions.includes(callee.action)) return false
  return about === undefined || callee.about.some(name => name.includes(about))
}

/** How far this function's clock is ahead, in ms. */
export function skewOf(faults: readonly Fault[], functionName: string): number {
  for (const { kind, actions } of faults) {
    if (kind.kind === 'clock-skew' && (actions === '*' || actions.includes(functionName))) return kind.ms
  }
  return 0
}
