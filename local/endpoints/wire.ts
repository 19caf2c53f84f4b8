import type { Duplex } from 'node:stream'

/** The client went away, gave up the TLS handshake, or said what no client of its protocol says. Part of every server's life. */
export class Hangup extends Error {
  constructor(message = 'the client went away') {
    super(message)
    this.name = 'Hangup'
  }
}

/**
 * Takes bytes off a stream by count. What was not taken stays in the stream itself, so that TLS can begin in the middle of a chunk: a
 * ClientHello often arrives together with the packet that asks for it.
 */
export class Wire {
  readonly #stream: Duplex

  constructor(stream: Duplex) {
    this.#stream = stream
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
      await this.#more()
    }
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.#stream.writable) this.#stream.write(Buffer.concat(parts))
  }

  #more(): Promise<void> {
    const stream = this.#stream
    const events = ['readable', 'end', 'close']
    return new Promise(resolve => {
      const wake = () => {
        for (const event of events) stream.off(event, wake)
        resolve()
      }
      for (const event of events) stream.on(event, wake)
    })
  }
}
