import { type FormatCode, FormatError } from './format-error.ts'

/** The tags that X.509, PKCS#7 and PKCS#12 use (X.690 8.1.2). */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]` around one or more whole elements. */
export const context = (n: number) => 0xa0 | n

/** `at` counts bytes from the start of the whole input; `whole` is the element with its tag and length. */
export type DerElement = { tag: number; at: number; content: Buffer; whole: Buffer }

/** What is being read and what its faults are called. */
export type DerSubject = { code: FormatCode; what: string }

/**
 * Reads DER (X.690) one element after the other, never beyond the bytes it was given. Every fault is a FormatError of the subject's code
 * that names the element and the byte. BER is refused: its indefinite lengths would give one certificate several encodings.
 */
export class DerReader {
  readonly #bytes: Buffer
  readonly #subject: DerSubject
  readonly #base: number
  #position = 0

  constructor(bytes: Buffer, subject: DerSubject, base = 0) {
    this.#bytes = bytes
    this.#subject = subject
    this.#base = base
  }

  /** The tag of the next element; undefined at the end. */
  get tag(): number | undefined {
    return this.#bytes[this.#position]
  }

  /** Reads the next element, which must have this tag; `name` is what messages call it. */
  next(tag: number, name: string): DerElement {
    const found = this.tag
    if (found === undefined) this.fail(`breaks off before its ${name}`)
    if (found !== tag) this.fail(`has ${hex(found)} where its ${name} (${hex(tag)}) belongs`)
    const start = this.#position
    const { length, size } = this.#length(start + 1, name)
    const from = start + 1 + size
    const left = this.#bytes.length - from
    if (length > left) this.fail(`breaks off: its ${name} declares ${length} bytes, ${left} are left`)
    this.#position = from + length
    return {
      tag,
      at: this.#base + start,
      content: this.#bytes.subarray(from, this.#position),
      whole: this.#bytes.subarray(start, this.#position),
    }
  }

  /** Reads the next element and returns a reader of what is inside it. */
  enter(tag: number, name: string): DerReader {
    return this.inside(this.next(tag, name))
  }

  /** A reader of what is inside an element that was read here. */
  inside(element: DerElement): DerReader {
    return new DerReader(element.content, this.#subject, element.at + element.whole.length - element.content.length)
  }

  /** Reads a non-negative INTEGER of at most four bytes. */
  count(name: string): number {
    const { content } = this.next(tags.integer, name)
    const first = content[0]
    if (first === undefined || first >= 0x80 || content.length > 4) this.fail(`has a ${name} that is no number from 0 to 2147483647`)
    return content.readUIntBE(0, content.length)
  }

  /** Reads an OBJECT IDENTIFIER into dotted form. */
  oid(name: string): string {
    const { content } = this.next(tags.oid, name)
    return dotted(content) ?? this.fail(`has a ${name} that is no object identifier`)
  }

  /** Demands that nothing follows. */
  end(name: string): void {
    const left = this.#bytes.length - this.#position
    if (left > 0) this.fail(`has ${left} bytes too many after its ${name}`)
  }

  /** Throws the subject's fault at the present byte. `problem` continues a sentence whose subject is what is read. */
  fail(problem: string): never {
    const { code, what } = this.#subject
    throw new FormatError(code, `${what} ${problem} (byte ${this.#base + this.#position}): fetch or export it again, as DER`)
  }

  #length(at: number, name: string): { length: number; size: number } {
    const first = this.#bytes[at]
    if (first === undefined) this.fail(`breaks off in the length of its ${name}`)
    if (first < 0x80) return { length: first, size: 1 }
    const octets = first & 0x7f
    if (octets === 0) this.fail(`has an indefinite length (BER) at its ${name}, which is not read`)
    if (octets > 4) this.fail(`has a length of ${octets} octets at its ${name}, more than any bundle needs`)
    if (at + octets >= this.#bytes.length) this.fail(`breaks off in the length of its ${name}`)
    const length = this.#bytes.readUIntBE(at + 1, octets)
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) this.fail(`has a length at its ${name} that is longer than DER allows`)
    return { length, size: 1 + octets }
  }
}

function dotted(content: Buffer): string | undefined {
  const last = content.at(-1)
  if (last === undefined || last >= 0x80) return undefined
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(arc)) return undefined
    if (byte >= 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [root = 0, ...rest] = arcs
  const top = Math.min(2, Math.floor(root / 40))
  return [top, root - 40 * top, ...rest].join('.')
}

/** One DER element of the parts put together. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content])
}

export const sequence = (...parts: readonly Uint8Array[]) => der(tags.sequence, ...parts)
export const octetString = (content: Uint8Array) => der(tags.octetString, content)
export const nothing = () => der(tags.nothing)

/** A SET OF: DER wants its members sorted by their encodings (X.690 11.6). */
export const setOf = (...members: readonly Buffer[]) => der(tags.set, ...[...members].sort(Buffer.compare))

/** A non-negative INTEGER below 2^47. */
export function derCount(value: number): Buffer {
  const digits = value.toString(16)
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  return der(tags.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes)
}

export function derOid(text: string): Buffer {
  const [top = 0, second = 0, ...rest] = text.split('.').map(Number)
  return der(tags.oid, Buffer.from([top * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80)
  return digits
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

const hex = (byte: number) => `tag 0x${byte.toString(16).padStart(2, '0')}`
