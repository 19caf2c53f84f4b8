import { createInterface } from 'node:readline/promises'
import { type Paint, paintOf } from './paint.ts'

/** Everything of the process that a command may touch; a test puts its own in its place. */
export type Terminal = {
  out(line: string): void
  err(line: string): void
  paint: Paint
  /** Shows how far long work has come, on a terminal only; it is gone once something else is said. */
  progress(text: string): void
  /** Undefined where nobody can be asked. */
  ask: ((question: string) => Promise<string>) | undefined
  now(): Date
  sleep(ms: number): Promise<void>
  /** The reader's IANA time zone. */
  zone: string
  env: Readonly<Record<string, string | undefined>>
}

type Streams = { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream; env: NodeJS.ProcessEnv }

/** `colours` undefined: as the terminal and NO_COLOR (https://no-color.org) say. */
export function terminalOf({ stdin, stdout, stderr, env }: Streams, colours?: boolean): Terminal {
  let shown = false
  const clear = () => {
    if (shown) stderr.write('\r\u001b[2K')
    shown = false
  }
  const talks = Boolean(stdin.isTTY) && Boolean(stderr.isTTY)
  return {
    out(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    err(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    paint: paintOf(colours ?? (Boolean(stdout.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb')),
    progress(text) {
      if (!stderr.isTTY) return
      stderr.write(`\r\u001b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`)
      shown = true
    },
    ask: talks
      ? async question => {
          clear()
          const line = createInterface({ input: stdin, output: stderr })
          try {
            return await line.question(question)
          } finally {
            line.close()
          }
        }
      : undefined,
    now: () => new Date(),
    sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
    zone: zoneOf(env.TZ),
    env,
  }
}

/** Node falls back to UTC without a word where TZ is none of its zones. */
function zoneOf(tz: string | undefined): string {
  try {
    if (tz) return new Intl.DateTimeFormat('en', { timeZone: tz }).resolvedOptions().timeZone
  } catch {
    // Not an IANA name (`CST-8`): what Node makes of it counts.
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
