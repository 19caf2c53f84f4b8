import { pino } from 'pino'

type Line = { level: 'info' | 'error'; step: string; attempt: string } & Record<string, unknown>

const log = pino(
  { base: undefined, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: label => ({ level: label }) } },
  pino.destination({ sync: true }),
)

/** One structured line for each delivery: event, decision, milliseconds. Written at once, since the platform freezes a process between calls. */
export function line({ level, ...of }: Line): void {
  log[level](of)
}
