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

  test('loads at most 260 KB before its handler is ready: no SDK, no pages, no YAML, and of zod what is used of it', () => {
    expect(built.filter(({ atStart }) => atStart > 260_000).map(({ name, atStart }) => [name, atStart])).toEqual([])
    // A person waits for this one.
    expect(built.find(({ name }) => name === 'answer-approval')?.atStart).toBeLessThan(190_000)
  })
})

test('zod is imported as a namespace everywhere that is deployed: by { z } all of it would come, 350 KB more', async () => {
  const offenders: string[] = []
  for (const folder of ['shared', 'functions']) {
    for (const file of (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'))) {
      if (/import (type )?\{[^}]*\bz\b[^}]*\} from 'zod'/.test(await readFile(join(folder, file), 'utf8')))
        offenders.push(`${folder}/${file}`)
    }
  }
  expect(offenders).toEqual([])
})
