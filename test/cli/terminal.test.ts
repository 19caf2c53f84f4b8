import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { terminalOf } from '../../cli/terminal.ts'

type Shape = { out?: boolean; err?: boolean; in?: boolean; env?: Record<string, string>; colours?: boolean }

/** Streams that say of themselves whether they are a terminal. */
function terminal({ out = false, err = false, in: input = false, env = {}, colours }: Shape) {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err', isTTY: boolean) =>
    Object.assign(new PassThrough(), { isTTY, columns: 20 }).on('data', chunk => {
      written[name] += String(chunk)
    })
  const stdin = Object.assign(new PassThrough(), { isTTY: input })
  const streams = { stdin, stdout: stream('out', out), stderr: stream('err', err), env }
  return { at: terminalOf(streams as never, colours), written, stdin }
}

describe('colours', () => {
  test.each<[string, Shape, boolean]>([
    ['a terminal takes them', { out: true }, true],
    ['a pipe does not', {}, false],
    ['NO_COLOR forbids them', { out: true, env: { NO_COLOR: '1' } }, false],
    ['a dumb terminal has none', { out: true, env: { TERM: 'dumb' } }, false],
    ['--no-color forbids them', { out: true, colours: false }, false],
  ])('%s', (_, shape, coloured) => expect(terminal(shape).at.paint.bad('x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x'))
})

test('progress is shown on a terminal alone, fits its line, and is gone once something is said', async () => {
  const seen = terminal({ err: true })
  seen.at.progress('a very long way has been gone')
  expect(seen.written.err).toBe('\r\u001b[2Ka very long way has')
  seen.at.out('done')
  expect(seen.written.err.endsWith('\r\u001b[2K')).toBe(true)
  expect(seen.written.out).toBe('done\n')
  const piped = terminal({})
  piped.at.progress('working')
  expect(piped.written.err).toBe('')
})

test('nobody is asked where input or the place of the question is no terminal', () => {
  expect(terminal({ in: true }).at.ask).toBeUndefined()
  expect(terminal({ err: true }).at.ask).toBeUndefined()
})

test('a question is asked beside the result, never in it', async () => {
  const seen = terminal({ in: true, err: true })
  const answer = seen.at.ask?.('Type yes: ')
  seen.stdin.write('yes\n')
  expect(await answer).toBe('yes')
  expect(seen.written.err).toContain('Type yes: ')
  expect(seen.written.out).toBe('')
})

describe('the reader’s zone', () => {
  test('is that of TZ', () => expect(terminal({ env: { TZ: 'Asia/Shanghai' } }).at.zone).toBe('Asia/Shanghai'))
  test('is the machine’s where TZ is none that is known', () => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone
    for (const TZ of ['', 'CST-8', 'Nowhere/City']) expect(terminal({ env: { TZ } }).at.zone).toBe(own)
  })
})
