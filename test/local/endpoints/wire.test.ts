import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Hangup, Wire } from '../../../local/endpoints/wire.ts'

test('bytes are taken by count, however they arrive', async () => {
  const stream = new PassThrough()
  const wire = new Wire(stream)
  const taken = [wire.take(3).then(String), wire.take(0).then(String)]
  stream.write('a')
  stream.write('bcde')
  expect(await Promise.all(taken)).toEqual(['abc', ''])
  expect(String(await wire.take(2))).toBe('de')
})

test('waiting for the rest of a message leaves the process idle', async () => {
  const stream = new PassThrough()
  const wire = new Wire(stream)
  let reads = 0
  const read = stream.read.bind(stream)
  stream.read = size => {
    reads += 1
    return read(size)
  }
  stream.write('ab')
  const taken = wire.take(3)
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  expect(reads).toBeLessThan(6)
  stream.write('c')
  expect(String(await taken)).toBe('abc')
})

test.each([
  ['ends', (stream: PassThrough) => void stream.end('ab')],
  ['is destroyed', (stream: PassThrough) => void stream.destroy()],
  ['breaks', (stream: PassThrough) => void stream.destroy(new Error('ECONNRESET'))],
])('who waits for more than comes before the stream %s is told of a hang-up', async (_how, end) => {
  const stream = new PassThrough()
  const wire = new Wire(stream)
  const taken = wire.take(3)
  end(stream)
  await expect(taken).rejects.toBeInstanceOf(Hangup)
  await expect(wire.take(1)).rejects.toBeInstanceOf(Hangup)
})

test('what was not taken is left to whom the stream is released to', async () => {
  const stream = new PassThrough()
  const wire = new Wire(stream)
  stream.write('abcdef')
  await wire.take(2)
  const rest: Buffer[] = []
  wire.release().on('data', chunk => rest.push(chunk))
  stream.end('gh')
  await new Promise(resolve => stream.once('end', resolve))
  expect(String(Buffer.concat(rest))).toBe('cdefgh')
})
