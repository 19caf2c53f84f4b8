import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { exit, meanings, worse } from '../../cli/exit.ts'
import { columns, widthOf } from '../../cli/table.ts'
import { expectGolden, type } from './typed.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A process of its own: exit status, and what it wrote. */
function started(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(program, args, { cwd: at('.'), env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error && typeof error.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    )
  })
}

test('help names every command, and what each exit status means', async () => {
  const typed = await type(['help'])
  await expectGolden('help', ['help'], typed)
  for (const status of Object.values(exit)) expect(meanings.map(([one]) => one)).toContain(status)
})

test('help of one command tells its options; --help is the same, and misses nothing else', async () => {
  const args = ['help', 'bundle', 'convert']
  const typed = await type(args)
  await expectGolden('help-bundle-convert', args, typed)
  expect((await type(['bundle', 'convert', '--help'])).out).toBe(typed.out)
})

test('a word that is no command ends with 64, and says what to ask', async () => {
  for (const args of [['stat'], ['bundle'], ['bundle', 'burn'], ['help', 'stat']]) {
    const typed = await type(args)
    expect(typed).toMatchObject({ exit: 64, out: '', err: expect.stringContaining('rds-tls help') })
  }
})

test('with --json a failure is data too, and the sentence stays on stderr', async () => {
  const typed = await type(['bundle', 'verify', '/nowhere/x.pem', '--json'])
  expect(typed.json()).toEqual({ exit: 65, error: { code: 'BadFile', message: '/nowhere/x.pem: there is no such file' } })
  expect(typed.err).toContain('there is no such file')
})

test('colours come only where the terminal takes them', async () => {
  const args = ['bundle', 'diff', at('test/cli/run.test.ts'), at('test/cli/run.test.ts')]
  expect((await type(args)).err).not.toContain('\u001b[')
  expect((await type(['help'], { colours: true })).exit).toBe(0)
})

describe('as a process', () => {
  test('bin/rds-tls.js runs from any folder, writes no colours into a pipe, and hands its status over', async () => {
    const fine = await started(process.execPath, [at('bin/rds-tls.js'), 'help'], { FORCE_COLOR: '1' })
    expect(fine).toMatchObject({ code: 0, err: '' })
    expect(fine.out).toContain('handshake HOST:PORT')
    expect(fine.out).not.toContain('\u001b[')
    const wrong = await started(process.execPath, [at('bin/rds-tls.js'), 'handshake'])
    expect(wrong).toMatchObject({ code: 64, out: '' })
  })
})

test('columns are as wide as they look: colours take no room, Chinese characters two', () => {
  expect(widthOf('\u001b[31m订单db\u001b[39m')).toBe(6)
  expect(
    columns([
      ['订单', 'a'],
      ['ab', 'b'],
    ]),
  ).toEqual(['订单  a', 'ab    b'])
})

test('of two verdicts the worse counts: critical, then unknown, then warning', () => {
  expect(worse(exit.fine, exit.warning)).toBe(1)
  expect(worse(exit.unknown, exit.warning)).toBe(3)
  expect(worse(exit.unknown, exit.critical)).toBe(2)
  expect(worse(exit.fine, exit.fine)).toBe(0)
})
