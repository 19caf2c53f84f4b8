import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-hand-over-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A process that hands a cloud over to `file`, says so, and ends when it is told a word. */
function cloudOf(file: string) {
  const code = `import { handOver } from './local/hand-over.ts'; handOver({ SECRET_PLACE: 'x' }, ${JSON.stringify(file)}); console.log('up'); process.stdin.once('data', () => process.exit(0))`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('close', resolve))
  return {
    up: new Promise(resolve => child.stdout.once('data', resolve)),
    pid: child.pid,
    async end() {
      child.stdin.write('end\n')
      await ended
    },
  }
}

test('the way to the cloud is readable by its owner alone, and gone when the cloud is', async () => {
  const file = join(folder, 'deep', 'cloud.json')
  const cloud = cloudOf(file)
  await cloud.up
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ pid: cloud.pid, env: { SECRET_PLACE: 'x' } })
  await cloud.end()
  expect(existsSync(file)).toBe(false)
})

test('a file that lay there readable by all is made anew, and a later cloud’s file is left alone', async () => {
  const file = join(folder, 'cloud.json')
  await writeFile(file, 'old', { mode: 0o644 })
  const first = cloudOf(file)
  await first.up
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const second = cloudOf(file)
  await second.up
  await first.end()
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: second.pid })
  await second.end()
  expect(existsSync(file)).toBe(false)
})
