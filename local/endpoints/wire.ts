import type { Duplex } from 'node:stream'

/** The client went away, gave up the TLS handshake, or said what no client of its protocol says. Part of every server's life. */
export class Hangup extends Error {
  constructor(message = 'the client went away') {
    super(message)
    this.name = 'Hangup'
  }
}

const events = ['readable', 'end', 'close'] as const

/**
 * Takes bytes off a stream by count. What was not taken stays in the stream itself, so that TLS can begin in the middle of a chunk: a
 * ClientHello often arrives together with the packet that asks for it.
 */
export class Wire {
  readonly #stream: Duplex
  #wake = () => {}
  // Listening anew for each `take` would not do: a stream that holds bytes announces them to every new listener, again and again.
  readonly #changed = () => this.#wake()

  constructor(stream: Duplex) {
    this.#stream = stream
    for (const event of events) stream.on(event, this.#changed)
    // A reset is seen as a closed stream by whoever takes next; unheard, it would end the process.
    stream.on('error', () => {})
  }

  /** @throws Hangup when the stream ends before `count` bytes came. */
  async take(count: number): Promise<Buffer> {
    if (count === 0) return Buffer.alloc(0)
    for (;;) {
      const chunk: Buffer | null = this.#stream.read(count)
      if (chunk?.length === count) return chunk
      if (chunk !== null || this.#stream.destroyed || this.#stream.readableEnded) throw new Hangup()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.#stream.writable) this.#stream.write(Buffer.concat(parts))
  }

  /** Leaves the stream, with all that was not taken, to somebody else. */
  release(): Duplex {
    for (const event of events) this.#stream.off(event, this.#changed)
    return this.#stream
  }
}
