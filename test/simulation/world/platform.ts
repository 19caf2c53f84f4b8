import { step as checkExpiry } from '../../../functions/check-expiry.ts'
import { step as notify } from '../../../functions/notify.ts'
import { step as proveRenewal } from '../../../functions/prove-renewal.ts'
import { step as publishBundle } from '../../../functions/publish-bundle.ts'
import { step as requestApproval } from '../../../functions/request-approval.ts'
import { step as updateValidity } from '../../../functions/update-validity.ts'
import type { Received } from '../../../local/model/mns.ts'
import { deadLetters, prefix, type QueuedStep } from '../../../shared/flow.ts'
import { type Connect, type Handler, host } from '../../../shared/host.ts'
import type { line } from '../../../shared/line.ts'
import type { Ports } from '../../../shared/ports.ts'
import { portsOf } from './ports.ts'
import { type End, type Fates, Process } from './process.ts'
import type { World } from './world.ts'

export type StepName = QueuedStep | 'check-expiry'
type Say = typeof line

/** Each function as its host runs it, with these ports. */
const hosts: Readonly<Record<StepName, (ports: Ports, say: Say) => Handler>> = {
  'check-expiry': (ports, say) => host(checkExpiry, needed(ports), say),
  'request-approval': (ports, say) => host(requestApproval, needed(ports), say),
  'update-validity': (ports, say) => host(updateValidity, needed(ports), say),
  'publish-bundle': (ports, say) => host(publishBundle, needed(ports), say),
  'prove-renewal': (ports, say) => host(proveRenewal, needed(ports), say),
  notify: (ports, say) => host(notify, needed(ports), say),
}

/** A step gets what it names, as in production, and nothing else. */
const needed =
  (ports: Ports): Connect =>
  async needs => {
    const { clock, attempt, settings } = ports
    return Object.assign({ clock, attempt, settings }, ...needs.map(need => ({ [need]: ports[need as keyof Ports] })))
  }

/** What the platform does to deliveries, drawn by name: `message` is an event's id and how often it was sent before. */
export type PlatformFates = {
  call: Fates
  /** How far the clock of a process is ahead. */
  skew(key: string): number
  /** What becomes of a sent message: copies beside it, each so many ms later; its own delay, or its loss. */
  message(key: string): { lost: boolean; late: number; copies: readonly number[] }
  /** How long after a process died the platform notices. */
  notice(key: string): number
  /** How often what it handled is delivered again then, all at once; 0: its message is lost with it. Once where this is left out. */
  again?(dead: Process): number
  /** The message was handled, and the platform forgets it: it comes again once it is visible. */
  forgets(key: string): boolean
}

const timeOut = 240_000
const hidden = 600_000
const sweepEvery = 300_000
/** A sweep whose clock is behind finds later what is due now: ticks go on for this long after a hint's time. */
const clocksApart = 120_000

/** Function Compute and event streaming: timers and queues wake functions; what failed is tried again, and given up after the last try. */
export class Platform {
  /** Deliveries under way, those that wait for their next try included. */
  underWay = 0
  running = true
  readonly #world: World
  readonly #fates: PlatformFates
  readonly #seed: number
  readonly #portsOf: typeof portsOf
  readonly #sent = new Map<string, number>()
  readonly #given = new Map<string, number>()
  #attempts = 0
  #sweepAt = Number.POSITIVE_INFINITY
  #scanOpenUntil = 0

  constructor(world: World, fates: PlatformFates, seed: number, ports = portsOf) {
    this.#world = world
    this.#portsOf = ports
    this.#fates = fates
    this.#seed = seed
    world.onMessage = (queue, message, at) => this.#onMessage(queue, message, at)
    world.onHint = look => this.#planSweep(look)
  }

  /** A process whose code is called from outside: a person's request, a command. */
  process(step: string, key: string, about: About = {}): Process {
    const attempt = `${++this.#attempts}-${step}`
    return new Process({
      step,
      key,
      attempt,
      ...about,
      skew: this.#fates.skew(key),
      seed: this.#seed,
      time: this.#world.time,
      fates: this.#fates.call,
    })
  }

  /** A timer of the deployment, as `CRON_TZ` has it: `at` and each `every` ms. */
  timer(step: StepName, kind: string, at: number, every: number): void {
    const { time } = this.#world
    time.at(at, () => {
      if (!this.running) return
      this.fire(step, kind)
      this.timer(step, kind, at + every, every)
    })
  }

  fire(step: StepName, kind: string): void {
    const at = new Date(this.#world.time.now).toISOString()
    const event = { triggerTime: at, triggerName: kind, payload: JSON.stringify({ kind }) }
    if (kind === 'check') this.#scanOpenUntil = this.#world.time.now + 86_400_000
    this.#deliver({ step, event, key: `${step}|${kind}|${at}`, waits: asynchronous }, () => {})
    if (kind === 'check') this.#planSweep(this.#world.time.now)
  }

  /**
   * The sweep fires every five minutes. A sweep that finds neither a hint that is due nor a scan that is not done reads and writes nothing
   * more, so those are left out: the next one is entered for the first tick at which a hint may be due to any clock.
   */
  #planSweep(look: number): void {
    const { time } = this.#world
    const tick = Math.ceil(Math.max(look - clocksApart, time.now + 1) / sweepEvery) * sweepEvery
    if (tick >= this.#sweepAt) return
    this.#sweepAt = tick
    time.at(tick, () => {
      if (this.#sweepAt !== tick || !this.running) return
      this.#sweepAt = Number.POSITIVE_INFINITY
      if (this.#firstLook() > tick + clocksApart && this.#scanOpenUntil <= tick) return this.#planSweep(this.#firstLook())
      this.fire('check-expiry', 'sweep')
      this.#planSweep(this.#scanOpenUntil > tick ? tick + 1 : Math.max(this.#firstLook(), tick + 1))
    })
  }

  /** The scan of the day is done, as the world can see: nothing is left for the sweep to go on with. */
  scanned(): void {
    this.#scanOpenUntil = 0
  }

  #firstLook(): number {
    const listed = this.#world.oss.list('hints', { prefix: 'open/', maxKeys: 1 })
    const key = listed.ok ? listed.value.objects[0]?.key : undefined
    return key === undefined ? Number.POSITIVE_INFINITY : Date.parse(key.slice('open/'.length, key.indexOf('~')))
  }

  #onMessage(queue: string, { id: messageId, body }: { id: string; body: string }, at: number): void {
    if (queue === deadLetters) return
    const { time, mns } = this.#world
    const id = eventIn(body)
    const n = (this.#sent.get(id) ?? 0) + 1
    this.#sent.set(id, n)
    const { lost, late, copies } = this.#fates.message(`${id}#${n}`)
    const again = (after: number) => {
      const wait = Math.max(0, at + after - time.now)
      mns.send(queue, { body, delaySeconds: Math.floor(wait / 1000) }, time.now)
      time.after(wait, () => this.#pump(queue))
    }
    for (const copy of copies) again(copy)
    if (late > 0) again(late)
    if (lost || late > 0) mns.lose(queue, messageId, time.now)
    else time.at(at, () => this.#pump(queue))
  }

  #pump(queue: string): void {
    if (!this.running) return
    const { mns, time } = this.#world
    for (let got = mns.receive(queue, time.now); got.ok; got = mns.receive(queue, time.now)) {
      this.#take(queue, got.value)
      time.after(hidden, () => this.#pump(queue))
    }
  }

  #take(queue: string, { body, messageId, receiptHandle }: Received): void {
    const { mns, time } = this.#world
    const step = queue.slice(prefix.length) as QueuedStep
    const id = eventIn(body)
    const n = (this.#given.get(id) ?? 0) + 1
    this.#given.set(id, n)
    const key = `${step}|${id}|${n}`
    const envelope = [{ id: messageId, data: { messageBody: body } }]
    this.#deliver({ step, event: envelope, key, waits: backoff, about: aboutOf(body) }, end => {
      if (end === 'given up') mns.send(deadLetters, { body }, time.now)
      if (!this.#fates.forgets(key)) mns.delete(queue, receiptHandle, time.now)
    })
  }

  #deliver({ step, event, key, waits, about }: Parcel, done: (end: 'done' | 'given up') => void): void {
    const bytes = Buffer.from(JSON.stringify(event))
    const { time, watcher } = this.#world
    this.underWay++
    const attempt = (n: number) => {
      const process = this.process(step, `${key}|${n}`, about)
      let over = false
      const end = (how: End) => {
        if (over) return
        over = true
        process.alive = false
        watcher.ended(process, how)
        if (how === 'returned') return finish('done')
        const wait = waits[n - 1]
        if (wait === undefined) return finish('given up')
        const copies = how === 'killed' ? (this.#fates.again?.(process) ?? 1) : 1
        if (copies === 0) return finish('done')
        const notice = how === 'killed' ? this.#fates.notice(process.key) : 0
        for (let copy = 0; copy < copies; copy++) time.after(notice + wait, () => attempt(n + 1))
      }
      process.onDeath = () => end('killed')
      time.after(timeOut, () => process.die())
      const handler = hosts[step](this.#portsOf(this.#world, process), of => watcher.said(process, of))
      handler(bytes, { requestId: process.attempt }).then(
        () => end('returned'),
        () => end('failed'),
      )
    }
    const finish = (how: 'done' | 'given up') => {
      this.underWay--
      done(how)
    }
    attempt(1)
  }
}

/** What an event is about. */
type About = { renewal?: string | undefined; plan?: string | undefined }
type Parcel = { step: StepName; event: unknown; key: string; waits: readonly number[]; about?: About }

/** Three more tries. */
const backoff: readonly number[] = [12_000, 15_000, 18_000]
const asynchronous: readonly number[] = [60_000, 120_000, 240_000]

function eventIn(body: string): string {
  return /"id":"([^"]+)"/.exec(Buffer.from(body, 'base64').toString())?.[1] ?? body
}

function aboutOf(body: string): About {
  const text = Buffer.from(body, 'base64').toString()
  return { renewal: /"renewal":"([^"]+)"/.exec(text)?.[1], plan: /"plan":"([^"]+)"/.exec(text)?.[1] }
}
