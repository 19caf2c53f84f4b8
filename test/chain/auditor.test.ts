import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import Rds, { ModifyDBInstanceSSLRequest } from '@alicloud/rds20140815'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type { Cloud } from '../../local/cloud.ts'
import { smallDay } from './small-cloud.ts'

const one = 'mysql57-dev-due'
const codesOf = (findings: readonly { code: string }[]) => findings.map(finding => finding.code)

test('a day without trouble leaves the auditor nothing to say', { timeout: 180_000 }, async () => {
  const { findings, told } = await smallDay({ only: [one, 'sqlserver-dev-due'] })
  expect(findings).toEqual([])
  expect(told.filter(line => line.endsWith('proof: Proven'))).toHaveLength(2)
})

test('a server that keeps its old leaf is found, and the product itself calls it refuted', { timeout: 180_000 }, async () => {
  const { findings, told } = await smallDay({ only: [one], keepsOldLeaf: one })
  expect(codesOf(findings)).toEqual(expect.arrayContaining(['OldLeaf', 'NoProof']))
  expect(told.filter(line => line.endsWith('proof: Refuted'))).toHaveLength(1)
})

test('a trigger deleted from s.yaml is found, and its stalled queue is named', { timeout: 180_000 }, async () => {
  const { findings } = await smallDay({
    only: [one],
    patience: 10_000,
    deploys: spec => ({
      ...spec,
      functions: spec.functions.map(fn =>
        fn.name === 'rds-tls-publish-bundle' ? { ...fn, triggers: fn.triggers.filter(trigger => trigger.type !== 'stream') } : fn,
      ),
    }),
  })
  expect(findings).toContainEqual(expect.objectContaining({ code: 'Stalled', about: 'rds-tls-publish-bundle' }))
})

test('a publish-bundle that emits without writing is found', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lying-'))
  const entry = fileURLToPath(new URL('lying-publish-bundle.ts', import.meta.url))
  const banner = { js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url)" }
  await build({
    entryPoints: { index: entry },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    external: ['proxy-agent'],
    logLevel: 'error',
  })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const { findings } = await smallDay({
    only: [one],
    patience: 6_000,
    deploys: spec => ({
      ...spec,
      functions: spec.functions.map(fn => (fn.name === 'rds-tls-publish-bundle' ? { ...fn, codeDir: folder } : fn)),
    }),
  })
  await rm(folder, { recursive: true })
  expect(codesOf(findings)).toContain('NoBundle')
})

test('an instance that somebody updates once more is found', { timeout: 180_000 }, async () => {
  const { findings } = await smallDay({ only: [one], afterwards: updateAgain })
  expect(codesOf(findings)).toEqual(expect.arrayContaining(['UpdatedTwice', 'RestartedTwice']))
})

async function updateAgain({ world, urls, owner }: Cloud) {
  const [instance] = world.instances()
  const { accessKeyId, accessKeySecret } = owner
  const config = new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint: urls.rds.slice('http://'.length), protocol: 'http' })
  const { id: DBInstanceId = '', ssl: { connectionString = '' } = {} } = instance ?? {}
  await new Rds(config).modifyDBInstanceSSL(new ModifyDBInstanceSSLRequest({ DBInstanceId, connectionString, SSLEnabled: 1 }))
  const until = Date.now() + 10_000
  while (Date.now() < until && (world.instance(DBInstanceId)?.effectiveUpdates ?? 0) < 2) {
    await new Promise(resolve => setTimeout(resolve, 100))
    world.advance(Date.now())
  }
}
