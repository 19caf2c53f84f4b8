import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { unreachable } from '../perform.ts'
import type { Line, Outcome } from './invocation.ts'
import { readOutput } from './output.ts'
import type { Context, FromRuntime, RuntimeArguments, ToRuntime } from './protocol.ts'

export type WorkerOptions = {
  /** The bundled runtime. */
  runtime: string
  codeDir: string
  handler: string
  /** All that the process sees of its surroundings: nothing is inherited. */
  env: Record<string, string>
  egress: string | undefined
  onLine: (line: Omit<Line, 'function'>) => void
}

/** One process of one function, for one event at a time. Once `gone`, it takes none. */
export type Worker = {
  readonly pid: number | undefined
  readonly gone: boolean
  /** Done once the bundle is loaded, or never will be. */
  readonly loaded: Promise<void>
  invoke(event: Uint8Array, context: Context, now: number, timeoutMs: number): Promise<Outcome>
  kill(): void
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>
}

/** Starts the process at once. Its first event waits until the bundle is loaded, and lines written while loading belong to that event. */
export function startWorker({ runtime, codeDir, handler, env, egress, onLine }: WorkerOptions): Worker {
  const mark = `-- ${randomBytes(16).toString('hex')} --`
  const given: RuntimeArguments = { codeDir, handler, mark, egress }
  const child = fork(runtime, [JSON.stringify(given)], {
    cwd: codeDir,
    env,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let requestId = ''
  let gone = false
  const ended = new Promise<Outcome>(resolve => {
    const leave = (code: number | null, signal: string | null) => {
      gone = true
      resolve({ end: 'exited', code, signal })
    }
    child.once('close', leave)
    child.on('error', () => (child.pid === undefined ? leave(null, null) : kill()))
  })
  const outputs = (['stdout', 'stderr'] as const).map(stream =>
    readOutput(child[stream], mark, text => onLine({ requestId, stream, text })),
  )
  const next = async (): Promise<'ready' | Outcome> => {
    const said = await new Promise<FromRuntime>(resolve => child.once('message', message => resolve(message as FromRuntime)))
    await Promise.all(outputs.map(passed => passed()))
    return outcomeOf(said)
  }
  const loaded = next()

  function kill(): void {
    if (!gone) child.kill('SIGKILL')
  }

  async function stop(): Promise<void> {
    kill()
    await ended
  }

  return {
    pid: child.pid,
    loaded: Promise.race([loaded, ended]).then(() => {}),
    get gone() {
      return gone
    },
    async invoke(event, context, now, timeoutMs) {
      requestId = context.requestId
      const late: Outcome = { end: 'timed-out', seconds: context.function.timeout }
      const first = await within(timeoutMs, late, [loaded, ended])
      if (first !== 'ready') {
        await stop()
        return first
      }
      const said = next()
      child.send({ event, context, now } satisfies ToRuntime, () => {})
      const outcome = await within(timeoutMs, late, [said, ended])
      if (outcome === late) await stop()
      return outcome === 'ready' ? late : outcome
    },
    kill,
    stop,
  }
}

function outcomeOf(said: FromRuntime): 'ready' | Outcome {
  switch (said.say) {
    case 'ready':
      return 'ready'
    case 'returned':
      return { end: 'returned', body: Buffer.from(said.body) }
    case 'threw':
    case 'unloadable':
      return { end: 'threw', error: said.error }
    default:
      return unreachable(said)
  }
}

async function within<T, L>(ms: number, late: L, first: readonly Promise<T>[]): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<L>(resolve => {
    timer = setTimeout(resolve, ms, late)
  })
  const outcome = await Promise.race([...first, limit])
  clearTimeout(timer)
  return outcome
}
