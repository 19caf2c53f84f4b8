import * as z from '../schema.ts'
import type { Handshake } from './attempt.ts'
import type { ProbeFailure } from './failure.ts'

/** A handshake as JSON carries it from one function to another: the chain in base64. */
export type EncodedHandshake =
  | (Omit<Extract<Handshake, { reached: true }>, 'chain'> & { chain: string[] })
  | Extract<Handshake, { reached: false }>

export class EncodingFault extends Error {
  readonly code = 'MalformedHandshake'
  constructor(fault: string) {
    super(`the answer of a probe is malformed (${fault}): caller and probe must be of the same release`)
    this.name = 'EncodingFault'
  }
}

const words = z.string().check(z.maxLength(2000))
const told = { sentence: words, mend: words }
const phase = z.enum(['connect', 'greeting', 'tls'])

const failure: z.ZodMiniType<ProbeFailure> = z.discriminatedUnion('code', [
  z.strictObject({ code: z.enum(['NameNotFound', 'NameServerFailed', 'ConnectionRefused', 'NoTlsOffered']), ...told }),
  z.strictObject({ code: z.literal('Unreachable'), cause: words, ...told }),
  z.strictObject({ code: z.enum(['TimedOut', 'HungUp']), phase, ...told }),
  z.strictObject({ code: z.literal('HostNotAllowed'), said: z.nullable(words), ...told }),
  z.strictObject({ code: z.literal('HostBlocked'), said: words, ...told }),
  z.strictObject({ code: z.literal('ServerRefused'), serverCode: words, said: words, ...told }),
  z.strictObject({ code: z.literal('NotThisProtocol'), looksLike: z.nullable(z.enum(['HTTP', 'SSH', 'TLS', 'MySQL'])), ...told }),
  z.strictObject({ code: z.literal('TlsFailed'), openssl: words, ...told }),
])

const handshake: z.ZodMiniType<EncodedHandshake> = z.discriminatedUnion('reached', [
  z.strictObject({
    reached: z.literal(true),
    chain: z.array(z.base64().check(z.maxLength(100_000))).check(z.minLength(1), z.maxLength(16)),
    protocol: words,
    cipher: words,
    peer: z.strictObject({ ip: words, port: z.int().check(z.minimum(0), z.maximum(65_535)) }),
    openssl: z.discriminatedUnion('authorized', [
      z.strictObject({ authorized: z.literal(true) }),
      z.strictObject({ authorized: z.literal(false), code: words }),
    ]),
    ended: z.enum(['clean', 'cut']),
  }),
  z.strictObject({ reached: z.literal(false), failure }),
])

export function encodeHandshake(seen: Handshake): EncodedHandshake {
  return seen.reached ? { ...seen, chain: seen.chain.map(der => der.toString('base64')) } : seen
}

/** @throws EncodingFault naming the fields that are wrong */
export function decodeHandshake(answer: unknown): Handshake {
  const parsed = handshake.safeParse(answer)
  if (!parsed.success) throw new EncodingFault(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const seen = parsed.data
  return seen.reached ? { ...seen, chain: seen.chain.map(text => Buffer.from(text, 'base64')) } : seen
}
