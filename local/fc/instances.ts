import type { Clock } from '../clock.ts'
import type { Principal } from '../principals.ts'
import type { Line, Outcome } from './invocation.ts'
import type { Context } from './protocol.ts'
import { Slots } from './slots.ts'
import type { FunctionSpec } from './spec.ts'
import { startWorker, type Worker } from './worker.ts'

export type InstanceOptions = {
  region: string
  accountId: string
  clock: Clock
  /** The bundled runtime. */
  runtime: string
  /** The session of a function's role. */
  session: (fn: FunctionSpec) => Principal | undefined
  /** All variables of a function but those that the platform sets. */
  env: (fn: FunctionSpec) => Record<string, string>
  egress: (fn: FunctionSpec) => string | undefined
  /** How far its clock is ahead, ms. */
  skew: (fn: FunctionSpec) => number
  onLine: (line: Line) => void
  /** How much longer or shorter a time-out is than s.yaml says; 1 where nothing else is wanted. */
  timeoutScale: number
}

/** What one function may have at once; of all functions together: kept warm, starting at once, delivered to at once. */
export const limits = { instances: 10, warm: 16, starting: 2, deliveries: 4 }

/** `ms` is real time; `lines` are what the function wrote meanwhile. */
export type Ran = { outcome: Outcome; cold: boolean; ms: number; lines: readonly Line[] }

type Busy = { fn: string; requestId: string; worker: Worker; lines: Line[] }

const throttled: Omit<Ran, 'ms'> = { outcome: { end: 'throttled' }, cold: false, lines: [] }

/** The processes of all functions: one event each at a time, warm ones first. */
export class Instances {
  private readonly options: InstanceOptions
  private readonly starting = new Slots(limits.starting)
  private readonly taken = new Map<string, number>()
  private readonly busy = new Set<Busy>()
  /** Oldest first. */
  private warm: { fn: string; worker: Worker }[] = []
  private started = 0
  private closed = false

  constructor(options: InstanceOptions) {
    this.options = options
  }

  /** Runs one event; never throws for the function's sake. */
  async run(fn: FunctionSpec, requestId: string, event: Uint8Array): Promise<Ran> {
    const count = this.taken.get(fn.name) ?? 0
    if (count >= limits.instances || this.closed) return { ...throttled, ms: 0 }
    this.taken.set(fn.name, count + 1)
    const since = performance.now()
    try {
      return { ...(await this.work(fn, requestId, event)), ms: performance.now() - since }
    } finally {
      this.taken.set(fn.name, (this.taken.get(fn.name) ?? 1) - 1)
    }
  }

  private async work(fn: FunctionSpec, requestId: string, event: Uint8Array): Promise<Omit<Ran, 'ms'>> {
    const kept = this.reuse(fn)
    if (kept === undefined) await this.starting.take()
    if (this.closed) return throttled
    const worker = kept ?? this.start(fn)
    const entry: Busy = { fn: fn.name, requestId, worker, lines: [] }
    this.busy.add(entry)
    // Two cores: more bundles loading at once would only make each other late.
    if (kept === undefined) void worker.loaded.then(() => this.starting.give())
    const { clock, skew, timeoutScale } = this.options
    const outcome = await worker.invoke(event, this.context(fn, requestId), clock.now() + skew(fn), fn.timeout * 1000 * timeoutScale)
    this.busy.delete(entry)
    if (!worker.gone) this.keep(fn, worker)
    return { outcome, cold: kept === undefined, lines: entry.lines }
  }

  private reuse(fn: FunctionSpec): Worker | undefined {
    this.warm = this.warm.filter(({ worker }) => !worker.gone)
    const at = this.warm.findLastIndex(one => one.fn === fn.name)
    return at < 0 ? undefined : this.warm.splice(at, 1)[0]?.worker
  }

  private keep(fn: FunctionSpec, worker: Worker): void {
    this.warm.push({ fn: fn.name, worker })
    if (this.warm.length > limits.warm || this.closed) void this.warm.shift()?.worker.stop()
  }

  private start(fn: FunctionSpec): Worker {
    const { runtime, env, egress, onLine } = this.options
    return startWorker({
      runtime,
      codeDir: fn.codeDir,
      handler: fn.handler,
      env: { ...env(fn), ...this.platformEnv(fn) },
      egress: egress(fn),
      onLine: line => {
        const written = { function: fn.name, ...line }
        for (const entry of this.busy) if (entry.requestId === line.requestId) entry.lines.push(written)
        onLine(written)
      },
    })
  }

  private platformEnv(fn: FunctionSpec): Record<string, string> {
    const { region, accountId, session } = this.options
    const role = session(fn)
    return {
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      FC_REGION: region,
      FC_ACCOUNT_ID: accountId,
      FC_FUNCTION_NAME: fn.name,
      FC_FUNCTION_HANDLER: fn.handler,
      FC_FUNCTION_MEMORY_SIZE: String(fn.memory),
      FC_INSTANCE_ID: `c-embedded-${++this.started}`,
      ...(role && {
        ALIBABA_CLOUD_ACCESS_KEY_ID: role.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: role.accessKeySecret,
        ...(role.securityToken !== undefined && { ALIBABA_CLOUD_SECURITY_TOKEN: role.securityToken }),
      }),
    }
  }

  private context(fn: FunctionSpec, requestId: string): Context {
    const { region, accountId, session } = this.options
    const { accessKeyId = '', accessKeySecret = '', securityToken = '' } = session(fn) ?? {}
    return {
      requestId,
      credentials: { accessKeyId, accessKeySecret, securityToken },
      function: { name: fn.name, handler: fn.handler, memory: fn.memory, timeout: fn.timeout },
      region,
      accountId,
    }
  }

  /** The functions at work, longest first. */
  running(): { function: string; requestId: string }[] {
    return [...this.busy].map(({ fn, requestId }) => ({ function: fn, requestId }))
  }

  /** Kills the process of `name` that has been at work longest; false where none is. */
  kill(name: string): boolean {
    const first = [...this.busy].find(({ fn }) => fn === name)
    first?.worker.kill()
    return first !== undefined
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all([...this.warm, ...this.busy].map(({ worker }) => worker.stop()))
  }
}
