/** The clock, the waiting and the dice of adapters, handed in so that tests neither wait nor guess. */
export type Timing = {
  /** Milliseconds since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
  /** From 0 to below 1. */
  random(): number
}

export const realTiming: Timing = {
  now: Date.now,
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
  random: Math.random,
}
