import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Built, bundleAll } from '../../build/bundle.ts'
import { writeZip } from '../../shared/formats/zip.ts'

// Sizes decide how long a cold start takes, and unlike times they are the same everywhere. What they buy is in docs/performance.md.

let built: Built[]
beforeAll(async () => {
  built = await bundleAll({ quiet: true })
})

describe('a function', () => {
  test('is uploaded as at most 500 KB', async () => {
    const sizes = await Promise.all(
      built.map(async ({ name, folder }) => {
        const members = await Promise.all(
          (await readdir(folder)).map(async file => ({ name: file, data: await readFile(join(folder, file)) })),
        )
        return [name, writeZip(members).length] as const
      }),
    )
    expect(sizes.filter(([, bytes]) => bytes > 500_000)).toEqual([])
  })

  test('loads at most 180 KB before its handler is ready: no SDK, no pages, no YAML, and of zod what is used of it', () => {
    expect(built.filter(({ atStart }) => atStart > 180_000).map(({ name, atStart }) => [name, atStart])).toEqual([])
    // A person waits for this one.
    expect(built.find(({ name }) => name === 'answer-approval')?.atStart).toBeLessThan(95_000)
  })
})

test('a built function says in words what is wrong: the words are loaded for their effect alone, which a bundler may take for none', async () => {
  const { handler } = await import(join(built.find(({ name }) => name === 'probe-endpoint')?.folder ?? '', 'index.js'))
  await expect(handler(Buffer.from('{"engine":"MySQL","port":3306,"timeoutMs":1000}'))).rejects.toThrow(
    'BadEvent: the probe was asked for something else: host: Invalid input: expected string, received undefined',
  )
})

test('zod enters by shared/schema.ts alone, and as a namespace: its other form or all of it would come along, 60 to 350 KB', async () => {
  const offenders: string[] = []
  for (const folder of ['shared', 'functions', 'cli', 'local', 'deploy']) {
    for (const file of (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'))) {
      const text = await readFile(join(folder, file), 'utf8')
      const otherwise = /from 'zod/.test(text) && `${folder}/${file}` !== 'shared/schema.ts'
      if (otherwise || /import (type )?\{[^}]*\} from '[./]*\/schema\.ts'/.test(text)) offenders.push(`${folder}/${file}`)
    }
  }
  expect(offenders).toEqual([])
})
