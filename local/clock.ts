/** The embedded cloud's one time, in milliseconds since 1970, UTC. Servers ask it; models are told. */
export type Clock = { now(): number }
