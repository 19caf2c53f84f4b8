/** How long to wait (ms) before each retry, in order; their number is the number of retries. `random` gives 0 ≤ x < 1. */
export type Waits = (random: () => number) => Iterable<number>

/** Three more tries, 10 to 20 s apart. */
export const backoff: Waits = function* (random) {
  for (let retry = 0; retry < 3; retry++) yield 10_000 + random() * 10_000
}

/** 1 s, doubled up to 512 s, 176 retries in all: about a day. */
export const exponentialDecay: Waits = function* () {
  for (let retry = 0; retry < 176; retry++) yield 1000 * 2 ** Math.min(retry, 9)
}

/** An asynchronous invocation's retries [?: the manual gives their number, not their distance]. */
export const asynchronous = (retries: number): Waits =>
  function* () {
    for (let retry = 0; retry < retries; retry++) yield 60_000 * 2 ** retry
  }
