import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type } from './typed.ts'

const now = '2026-11-24T02:00:00Z'
let cloud: SmallCloud
let folder: string
let ours: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-tls-policy-'))
  ours = await readFile('local/policy.yaml', 'utf8')
  cloud = await startSmallCloud({ now })
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true })
})

async function written(name: string, change: (text: string) => string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, change(ours))
  return file
}
const held = async (name: string, args: readonly string[]) => {
  const typed = await type(args, { now, env: cloud.as(li) })
  await expectGolden(name, args, typed, [[`${folder}/`, '']])
  return typed
}

test('a sound policy is called so, in a few words', async () => {
  expect((await held('policy-check', ['policy', 'check', 'policy.yaml'])).exit).toBe(0)
})

test('every fault of a policy is told by its line: exit 65', async () => {
  const file = await written('faulty.yaml', text =>
    text.replace('ask: daily', 'ask: hourly').replace('concurrency: 6', 'concurency: 6').replace('mode: act', 'mode: auto'),
  )
  const typed = await held('policy-check-faults', ['policy', 'check', file])
  expect(typed.exit).toBe(65)
  expect((await type(['policy', 'check', file, '--json'], { now })).json()).toMatchObject({
    sound: false,
    faults: expect.arrayContaining([expect.stringMatching(/:2: mode/)]),
  })
})

test('with --fleet it tells whose treatment changes', async () => {
  const file = await written('changed.yaml', text =>
    text
      .replace('renewBefore: 60d', 'renewBefore: 45d')
      .replace('rules:', 'rules:\n  - match: { engine: SQLServer }\n    set: { concurrency: 2 }'),
  )
  expect((await held('policy-check-changes', ['policy', 'check', file, '--against', 'local/policy.yaml', '--fleet'])).exit).toBe(0)
})

test('with --fleet it tells whose date cannot be met, and what would fix it: exit 1', async () => {
  const freezes = "freezes: [{ from: '2026-11-24T00:00:00Z', to: '2026-11-30T01:10:00Z', reason: 'Double 11' }]"
  const file = await written('crowded.yaml', text => text.replace('concurrency: 6', 'concurrency: 1').replace('freezes: []', freezes))
  const typed = await held('policy-check-late', ['policy', 'check', file, '--fleet'])
  expect(typed).toMatchObject({ exit: 1, out: expect.stringContaining('miss their date') })
})

test('without --fleet no service is asked: a check in a build needs no keys', async () => {
  cloud.meddle(() => ({ do: 'hang-up' }))
  expect((await type(['policy', 'check', 'local/policy.yaml'], { now, env: {} })).exit).toBe(0)
  cloud.meddle(() => undefined)
})
