/** Uniform in [0, 1), like Math.random, but handed in. */
export type Random = () => number

/** A number, or one drawn between two, both included. */
export type Span = number | readonly [least: number, most: number]

export function draw(random: Random, span: Span): number {
  return typeof span === 'number' ? span : span[0] + Math.floor(random() * (span[1] - span[0] + 1))
}

/** `length` characters of `alphabet`. */
export function letters(random: Random, length: number, alphabet: string): string {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random() * alphabet.length)] ?? ''
  return text
}

/** 16 bytes of upper-case hex without a leading zero or a set top bit: a positive DER integer, written as OpenSSL writes it. */
export const serial = (random: Random): string => word(random, 0x1000_0000, 0x7fff_ffff) + word(random) + word(random) + word(random)

const word = (random: Random, least = 0, most = 0xffff_ffff): string =>
  draw(random, [least, most]).toString(16).toUpperCase().padStart(8, '0')

/** mulberry32: small, fast, the same sequence everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
