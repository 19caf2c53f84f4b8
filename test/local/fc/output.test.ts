import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readOutput } from '../../../local/fc/output.ts'

const mark = '-- mark --'
const text = fc.string({ unit: 'grapheme' }).filter(line => !line.includes('\n') && !line.includes(mark))

test('however the bytes are cut, the lines are the same, and a mark passes after all that was written before it', async () => {
  const parts = fc.array(fc.record({ lines: fc.array(text), partial: text }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(parts, fc.array(fc.nat()), async (events, cuts) => {
      const output = new PassThrough()
      const seen: string[] = []
      const next = readOutput(output, mark, line => seen.push(line))
      const whole = Buffer.from(events.map(({ lines, partial }) => [...lines, `${partial}${mark}`, ''].join('\n')).join(''))
      const at = [0, ...cuts.map(cut => cut % whole.length), whole.length].toSorted((a, b) => a - b)
      at.slice(1).forEach((end, index) => {
        output.write(whole.subarray(at[index], end))
      })
      const expected: string[] = []
      for (const { lines, partial } of events) {
        await next()
        expected.push(...lines, ...(partial === '' ? [] : [partial]))
        expect(seen.slice(0, expected.length)).toEqual(expected)
      }
      expect(seen).toEqual(expected)
    }),
  )
})

test('what stood behind the last line end is handed on when the output ends', async () => {
  const output = new PassThrough()
  const seen: string[] = []
  readOutput(output, mark, line => seen.push(line))
  output.end('whole\nhalf')
  await new Promise(resolve => output.on('end', resolve))
  expect(seen).toEqual(['whole', 'half'])
})
