import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Where `rds-tls --local` looks. */
export const cloudFile = at('../.local/cloud.json')

/**
 * Leaves the way to this cloud for a second terminal, with the owner's keys: nobody else may read it, and it goes when this process ends. A later
 * cloud's file is left alone.
 */
export function handOver(env: Record<string, string>, file = cloudFile): void {
  mkdirSync(dirname(file), { recursive: true })
  rmSync(file, { force: true })
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, env }, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  process.once('exit', () => {
    if (pidIn(file) === process.pid) rmSync(file, { force: true })
  })
}

function pidIn(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
  } catch {
    return undefined
  }
}

/** Pushes the policy as its owner would, by the command line itself. Services that are told to fail may cost it some tries. */
export async function pushPolicy(policyFile: string, say: (sentence: string) => void): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const { status, words } = await rdsTls('policy', 'push', policyFile, '--local', '--act', '--no-fleet')
    // 4: it is in force already, by a try whose answer was lost.
    if (status === 0 || status === 4) return
    say(`rds-tls policy push ended with ${status}: ${words}`)
  }
  throw new Error('the policy could not be put in force: the lines above say why')
}

function rdsTls(...args: string[]): Promise<{ status: number | null; words: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [at('../bin/rds-tls.js'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', status => resolve({ status, words: words.trim() }))
  })
}
