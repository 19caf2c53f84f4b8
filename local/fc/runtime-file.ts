import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Makes the runtime of the functions' processes a file that plain node can run: they must start fast, so no loader runs in them. */
export async function writeRuntime(): Promise<{ file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-fc-'))
  const file = join(folder, 'runtime.mjs')
  const entry = fileURLToPath(new URL('runtime.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' })
  return { file, remove: () => rm(folder, { recursive: true, force: true }) }
}
