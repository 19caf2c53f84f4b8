import { Cron } from 'croner'
import type { Clock } from '../clock.ts'
import type { Deliveries } from './deliveries.ts'
import { timerEvent } from './envelope.ts'
import { FcError } from './error.ts'
import { asynchronous } from './retries.ts'
import type { Slots } from './slots.ts'
import type { FunctionSpec } from './spec.ts'
import type { TimerTrigger } from './triggers.ts'

export type TimerOptions = {
  clock: Clock
  slots: Slots
  deliveries: Deliveries
  /** Real ms between two firings, by trigger name, instead of its schedule. A firing is left out while the one before is under way. */
  every: Readonly<Record<string, number>>
}

type Timed = { fn: FunctionSpec; trigger: TimerTrigger; after: (ms: number) => number; next: number }

/** The timer triggers of all functions. */
export class Timers {
  private readonly options: TimerOptions
  private readonly timed: Timed[]
  private readonly intervals: NodeJS.Timeout[]

  /** Throws FcError BadSpec where a schedule cannot be read, BadOptions where `every` names none of the triggers. */
  constructor(functions: readonly FunctionSpec[], options: TimerOptions) {
    this.options = options
    const now = options.clock.now()
    this.timed = functions.flatMap(fn =>
      fn.triggers.flatMap(trigger => {
        if (trigger.type !== 'timer') return []
        const after = schedule(fn.name, trigger)
        return [{ fn, trigger, after, next: after(now) }]
      }),
    )
    this.intervals = Object.entries(options.every).flatMap(([name, ms]) => this.repeat(name, ms))
  }

  private repeat(name: string, ms: number): NodeJS.Timeout[] {
    const meant = this.timed.filter(({ trigger }) => trigger.name === name)
    if (meant.length === 0) throw new FcError('BadOptions', `timers.${name}: no function has a timer trigger of this name`)
    return meant.map(one => {
      let underWay = false
      return setInterval(async () => {
        if (underWay || !one.trigger.enabled) return
        underWay = true
        await this.deliver(one)
        underWay = false
      }, ms)
    })
  }

  /** Fires what is due by its schedule. However many times were passed over, it fires once. */
  look(): void {
    const now = this.options.clock.now()
    for (const one of this.timed) {
      if (!one.trigger.enabled || one.trigger.name in this.options.every || now < one.next) continue
      one.next = one.after(now)
      void this.deliver(one)
    }
  }

  /** Fires one by hand and waits until it is done or given up. Throws FcError BadOptions where there is none of these names. */
  async fire(fn: string, trigger: string): Promise<'done' | 'given-up' | 'closed'> {
    const one = this.timed.find(timed => timed.fn.name === fn && timed.trigger.name === trigger)
    if (one !== undefined) return this.deliver(one)
    const known = this.timed.map(timed => `${timed.fn.name} ${timed.trigger.name}`).join(', ')
    throw new FcError('BadOptions', `fire: ${fn} has no timer trigger ${trigger}; there are: ${known || 'none'}`)
  }

  private async deliver({ fn, trigger }: Timed): Promise<'done' | 'given-up' | 'closed'> {
    const { slots, deliveries, clock } = this.options
    const event = timerEvent(trigger, clock.now())
    await slots.take()
    return deliveries.deliver({ fn, trigger: trigger.name, event, waits: asynchronous(fn.asyncRetries), givingUp: 'drop' })
  }

  close(): void {
    for (const interval of this.intervals) clearInterval(interval)
  }
}

/** `CRON_TZ=Zone s m h d M w`, in UTC without a zone, or `@every 5m`: gives the next time after a time, in ms. */
function schedule(fn: string, { name, cron }: TimerTrigger): (ms: number) => number {
  const every = /^@every ([1-9]\d*)([mh])$/.exec(cron)
  if (every) return ms => ms + Number(every[1]) * (every[2] === 'm' ? 60_000 : 3_600_000)
  const [, timezone = 'UTC', fields = ''] = /^(?:CRON_TZ=(\S+) )?(\S+(?: \S+){5})$/.exec(cron) ?? []
  try {
    const parsed = new Cron(fields, { timezone, paused: true })
    parsed.nextRun(new Date(0)) // an unknown zone is noticed only here
    return ms => parsed.nextRun(new Date(ms))?.getTime() ?? Number.POSITIVE_INFINITY
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new FcError(
      'BadSpec',
      `${fn}: trigger ${name}: cronExpression ${JSON.stringify(cron)} must be six fields from seconds on: ${problem}`,
    )
  }
}
