type Line = { level: 'info' | 'error'; step: string; attempt: string } & Record<string, unknown>

/** One structured line for each delivery: event, decision, milliseconds. Written at once, since the platform freezes a process between calls. */
export function line({ level, ...of }: Line): void {
  // To a pipe, which is what the platform reads, Node writes synchronously.
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...of })}\n`)
}
