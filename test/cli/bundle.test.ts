import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, makeAuthority } from '../../local/ca/authority.ts'
import { bundleNames } from '../../shared/formats/trust.ts'
import { expectGolden, type } from './typed.ts'

const now = '2026-11-24T00:00:00Z'
let folder: string
let authority: Authority
const at = (file: string) => join(folder, file)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-bundle-'))
  authority = await makeAuthority(new Date(now), ['cn-hangzhou', 'cn-beijing'])
  await writeFile(at('vendor.zip'), authority.trustZip())
  await writeFile(at('old.pem'), authority.trustPem())
})
afterAll(() => rm(folder, { recursive: true }))

const held = async (name: string, args: readonly string[]) => {
  const typed = await type(args, { now })
  await expectGolden(name, args, typed, [
    [`${folder}/`, ''],
    [/\d+ bytes/g, 'N bytes'],
  ])
  return typed
}

describe('convert', () => {
  test('writes every format from the vendor’s zip, and reads each back to the same certificates', async () => {
    const names = ['out.pem', 'out.p7b', 'out.jks', 'out.p12'].map(at)
    expect((await held('bundle-convert', ['bundle', 'convert', at('vendor.zip'), ...names])).exit).toBe(0)
    const verified = await type(['bundle', 'verify', ...names, at('vendor.zip'), '--json'], { now })
    expect(verified.json()).toMatchObject({ exit: 0, faults: [] })
    // Converting a conversion gives the same bytes: nothing of the way there is left in the file.
    await type(['bundle', 'convert', at('out.jks'), at('again.p7b')], { now })
    expect(await readFile(at('again.p7b'))).toEqual(await readFile(at('out.p7b')))
  })

  test('overwrites nothing unless told, and writes nothing on a dry run', async () => {
    await writeFile(at('mine.pem'), 'mine')
    const refused = await type(['bundle', 'convert', at('old.pem'), at('mine.pem')], { now })
    expect(refused).toMatchObject({ exit: 65, err: expect.stringContaining('--force overwrites it') })
    const dry = await type(['bundle', 'convert', at('old.pem'), at('mine.pem'), '--dry-run', '--force'], { now })
    expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('would be') })
    expect(await readFile(at('mine.pem'), 'utf8')).toBe('mine')
    expect((await type(['bundle', 'convert', at('old.pem'), at('mine.pem'), '--force'], { now })).exit).toBe(0)
    expect(await readFile(at('mine.pem'), 'utf8')).not.toBe('mine')
  })

  test('an ending that says no format, and a file that is no bundle, are named', async () => {
    expect(await type(['bundle', 'convert', at('old.pem'), at('x.der')], { now })).toMatchObject({
      exit: 64,
      err: expect.stringContaining('.p12'),
    })
    await writeFile(at('notes.pem'), 'hello')
    const typed = await type(['bundle', 'convert', at('notes.pem'), at('x.jks')], { now })
    expect(typed).toMatchObject({ exit: 65, err: expect.stringContaining('notes.pem: ') })
  })

  test('a password that is not the store’s is told, and the right one opens it', async () => {
    await type(['bundle', 'convert', at('old.pem'), at('own.jks'), '--password', 'another'], { now })
    expect((await type(['bundle', 'verify', at('own.jks')], { now })).exit).toBe(65)
    expect((await type(['bundle', 'verify', at('own.jks'), '--password', 'another'], { now })).exit).toBe(0)
  })
})

describe('diff', () => {
  test('tells what came and went: 0 the same, 1 an intermediate, 2 a root', async () => {
    expect((await held('bundle-diff-same', ['bundle', 'diff', at('vendor.zip'), at('old.pem')])).exit).toBe(0)
    await authority.rotate({ do: 'add-intermediate', region: 'eu-central-1' }, new Date(now))
    await writeFile(at('newer.pem'), authority.trustPem())
    expect((await held('bundle-diff', ['bundle', 'diff', at('old.pem'), at('newer.pem')])).exit).toBe(1)
    await authority.rotate({ do: 'add-root', regions: ['cn-hangzhou'] }, new Date(now))
    await writeFile(at('root.pem'), authority.trustPem())
    expect((await held('bundle-diff-root', ['bundle', 'diff', at('newer.pem'), at('root.pem')])).exit).toBe(2)
    expect((await type(['bundle', 'diff', at('root.pem'), at('newer.pem')], { now })).exit).toBe(2)
  })
})

describe('verify', () => {
  test('files that hold the same certificates are fine, whatever their format', async () => {
    expect((await held('bundle-verify', ['bundle', 'verify', at('old.pem'), at('vendor.zip')])).exit).toBe(0)
  })

  test('a file that lacks a certificate of the other is told: exit 2', async () => {
    const blocks = authority.trustPem().split(/(?<=-----END CERTIFICATE-----\n)/)
    await writeFile(at('less.pem'), blocks.slice(1).join(''))
    const typed = await type(['bundle', 'verify', at('old.pem'), at('less.pem'), '--json'], { now })
    expect(typed.exit).toBe(2)
    expect(JSON.stringify(typed.json().faults)).toContain('less.pem')
  })

  test('a bundle whose intermediates lost their root warns: Java would trust each as a root', async () => {
    const blocks = authority.trustPem().split(/(?<=-----END CERTIFICATE-----\n)/)
    const roots = (await type(['bundle', 'verify', at('old.pem'), '--json'], { now })).json().roots as string[]
    const isRoot = (pem: string) => {
      const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
      return roots.includes(createHash('sha256').update(der).digest('hex'))
    }
    await writeFile(at('rootless.pem'), blocks.filter(block => !isRoot(block)).join(''))
    expect((await type(['bundle', 'verify', at('rootless.pem')], { now })).exit).toBe(1)
  })

  test('the manifest decides byte for byte: a converted copy is not what was published', async () => {
    const digest = createHash('sha256').update(authority.trustPem()).digest('hex')
    await writeFile(at(bundleNames.pem), authority.trustPem())
    const manifest = {
      version: digest,
      publishedAt: now,
      checkedAt: now,
      certificates: 7,
      roots: [],
      expired: [],
      files: { [bundleNames.pem]: digest },
    }
    await writeFile(at('manifest.json'), JSON.stringify(manifest))
    const args = ['bundle', 'verify', at(bundleNames.pem), '--manifest', at('manifest.json')]
    expect((await type(args, { now })).exit).toBe(0)
    await writeFile(at(bundleNames.pem), authority.trustPem().replaceAll('\n', '\r\n'))
    expect(await type(args, { now })).toMatchObject({ exit: 2, out: expect.stringContaining('is not the published') })
  })
})
