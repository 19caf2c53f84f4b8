/** One backend message: a letter, a length that counts itself, the body. */
export function message(type: string, ...body: readonly Buffer[]): Buffer {
  const content = Buffer.concat(body)
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}

export const text = (value: string) => Buffer.from(`${value}\0`)

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** ReadyForQuery, outside a transaction. */
export const ready = message('Z', Buffer.from('I'))

/** ErrorResponse. `state` is an SQLSTATE. */
export function failure(severity: 'ERROR' | 'FATAL', state: string, detail: string): Buffer {
  return message('E', text(`S${severity}`), text(`V${severity}`), text(`C${state}`), text(`M${detail}`), Buffer.from([0]))
}
