import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from '../../cli/command.ts'
import { commands, find } from '../../cli/commands.ts'
import { event } from '../../shared/events.ts'
import { type SmallCloud, type SmallCloudOptions, startSmallCloud } from '../cli/cloud.ts'
import { needs } from '../oracle.ts'
import { type Doc, isAsShown, pathOf, readDoc, type Step } from './markdown.ts'
import { servePage } from './page.ts'
import { Stage, words } from './stage.ts'

/** Commands that no test can run, and why: each stands in its document's own list too. */
const notRun: Readonly<Record<string, string>> = {
  'npm ci': 'it fetches packages from a registry',
  'export ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=…': 'it wants a key of an account',
  'npx s config add --access prod': 'it wants a key of an account',
  'npm run deploy -- --access prod': 'it makes things in an account',
}

const start = '2026-11-24T02:00:00Z'
const twelve = [
  ...['mysql57-due', 'mysql80-due', 'sqlserver-due', 'postgres-due', 'mysql57-window-closed', 'mysql57-dev-due'],
  ...['mysql57-locked', 'mysql57-ssl-off', 'postgres-custom', 'sqlserver-due-tomorrow', 'postgres-far-off', 'mariadb'],
]

/** What happens in the world before a command of a document: `#2` is its second occurrence. */
type Scenes = Readonly<Record<string, (cloud: SmallCloud, stage: Stage) => Promise<void>>>

const docs: Readonly<Record<string, { cloud: SmallCloudOptions; scenes: Scenes; tools?: readonly string[] }>> = {
  'dba-evening': { cloud: { now: start, only: twelve, endpoints: true }, scenes: {} },
  'platform-week': {
    tools: ['curl'],
    cloud: { now: start, only: twelve, deployed: true, endpoints: true },
    scenes: {
      'rds-tls doctor': async cloud => aNight(cloud, 0),
      'rds-tls plan': async cloud => {
        for (let nights = 0; nights < 3; nights++) await aNight(cloud, 86_400)
      },
      'rds-tls policy push my-policy.yaml#2': async (_, stage) => stage.write('my-policy.yaml', (t: string) => t.replace('observe', 'act')),
      'rds-tls history rm-bp1my57due2182810': async cloud => {
        for (const seconds of [1, 71, 60]) {
          await cloud.chain.flow()
          cloud.pass(seconds)
        }
        await cloud.chain.flow()
      },
      'rds-tls dead-letters list': async cloud => {
        const envelope = JSON.stringify(event('RenewalsDue', { plan: 'dba.required.2026-11-24' }))
        cloud.bury(JSON.stringify({ step: 'request-approval', code: 'Refused', message: 'PutObject: AccessDenied', envelope }))
      },
      'rds-tls bundle accept VERSION': async (cloud, stage) => {
        await cloud.authority?.rotate({ do: 'add-root', regions: ['cn-hangzhou'] }, new Date())
        await aNight(cloud, 86_400)
        const card = cloud.chat.posted.find(one => one.card.text.includes('rds-tls bundle accept'))?.card.text ?? ''
        stage.means('VERSION', /rds-tls bundle accept ([0-9a-f]{12})/.exec(card)?.[1] ?? '')
      },
      'curl -fsS https://YOUR-PAGE/health': async (cloud, stage) => {
        const page = await servePage(cloud)
        stage.means('https://YOUR-PAGE', page.url)
        stage.closes(page)
      },
    },
  },
  'application-minute': {
    tools: ['curl', 'openssl'],
    cloud: { now: start, only: ['mysql57-due'], deployed: true, endpoints: true },
    scenes: { 'curl -fsSO https://YOUR-BUNDLE-HOST/ca/latest/ApsaraDB-CA-Chain.pem': async cloud => void (await cloud.chain.night()) },
  },
}

async function aNight(cloud: SmallCloud, after: number): Promise<void> {
  cloud.pass(after)
  await cloud.chain.sweep()
  await cloud.chain.night()
  await cloud.chain.morning()
  await cloud.chain.flow()
}

/** DOCS=write writes into the documents what is printed, where it is not as shown: read the difference before you keep it. */
const writes = process.env.DOCS === 'write'

for (const [name, of] of Object.entries(docs)) {
  const installed = of.tools?.every(needs) ?? true
  test.skipIf(!installed)(`docs/${name}.md: every command is run, and prints what is shown`, { timeout: 120_000 }, async () => {
    const doc = await readDoc(name)
    const cloud = await startSmallCloud(of.cloud)
    const stage = await Stage.over(cloud)
    try {
      const { wrong, skipped, played } = await play(doc, of.scenes, cloud, stage)
      if (writes) await rewrite(doc, wrong)
      const told = wrong.map(({ step, printed }) => `docs/${name}.md:${step.line}: $ ${step.command}\n${printed}`)
      expect(told, 'DOCS=write npx vitest run test/docs writes what is printed').toEqual([])
      expect(doc.notRun.toSorted()).toEqual(skipped.toSorted())
      expect([...played].toSorted()).toEqual(Object.keys(of.scenes).toSorted())
    } finally {
      await stage.leave()
      await cloud.close()
    }
  })
}

type Wrong = { step: Step; printed: string }

async function play(doc: Doc, scenes: Scenes, cloud: SmallCloud, stage: Stage) {
  const [wrong, skipped, played, times]: [Wrong[], string[], Set<string>, Map<string, number>] = [[], [], new Set(), new Map()]
  for (const { file, text } of doc.files) await stage.write(file, () => `${text}\n`)
  for (const step of doc.steps) {
    const { command, shown } = step
    if (Object.hasOwn(notRun, command)) {
      skipped.push(command)
      continue
    }
    const time = (times.get(command) ?? 0) + 1
    times.set(command, time)
    const scene = time === 1 ? command : `${command}#${time}`
    if (scenes[scene]) played.add(scene)
    await scenes[scene]?.(cloud, stage)
    const { printed, status } = await stage.types(step)
    if (shown === undefined ? status !== 0 : !isAsShown(shown, printed)) wrong.push({ step, printed })
  }
  return { wrong, skipped, played }
}

async function rewrite({ name, text }: Doc, wrong: readonly Wrong[]): Promise<void> {
  const lines = text.split('\n')
  // Where a person chose what to show, a person must choose again.
  const whole = wrong.filter(({ step }) => step.shown !== undefined && !step.shown.includes('…'))
  for (const { step, printed } of whole.toReversed())
    lines.splice(step.line, step.shown?.length ?? 0, ...(printed === '' ? [] : printed.trimEnd().split('\n')))
  await writeFile(pathOf(name), lines.join('\n'))
}

test('every command in a sentence, a table or a crontab is one that the command line takes, with options that it has', async () => {
  const found: string[] = []
  for (const name of Object.keys(docs)) {
    for (const typed of (await readDoc(name)).mentioned) {
      const command = find(words(typed).slice(1))
      const loaded = await commands[command?.name ?? '']?.()
      expect(loaded, `docs/${name}.md: ${typed}`).toBeDefined()
      if (command && loaded) expect(() => parse(loaded, command.rest), `docs/${name}.md: ${typed}`).not.toThrow()
      found.push(typed)
    }
  }
  expect(found).toEqual(expect.arrayContaining(['rds-tls handshake HOST:3306 --warn-days 30', 'rds-tls doctor --card']))
})

test('what no test runs is closed, and each of it stands in some document', async () => {
  const all = await Promise.all(Object.keys(docs).map(readDoc))
  expect([...new Set(all.flatMap(doc => doc.notRun))].toSorted()).toEqual(Object.keys(notRun).toSorted())
})

test('the README leads to each, and each file that they lead to is there', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  for (const name of Object.keys(docs)) {
    expect(readme).toContain(`docs/${name}.md`)
    const { text } = await readDoc(name)
    for (const [, target = ''] of text.matchAll(/\]\(([\w./-]+)\)/g)) await readFile(new URL(`../../docs/${target}`, import.meta.url))
  }
})

test('every driver’s settings are those that were seen to work, but where the document says that they were not tried', async () => {
  const { text } = await readDoc('application-minute')
  const seen = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| ([^|]+) \| `([^`]+)` \| (seen|not tried here) \|$/gm)]
  expect(rows.length).toBeGreaterThan(10)
  for (const [, drivers = '', setting = '', tried] of rows) {
    for (const driver of drivers.split(', ')) {
      const row = seen.split('\n').some(line => line.includes(`| ${driver} (`) && line.includes(`\`${setting}\``))
      expect([driver, row]).toEqual([driver, tried === 'seen'])
    }
  }
})

describe('a document that drifts', () => {
  test.each<[string, string[], string, boolean]>([
    ['the same', ['a', 'b'], 'a\nb\n', true],
    ['a line less', ['a'], 'a\nb\n', false],
    ['a line more', ['a', 'b'], 'a\n', false],
    ['another word', ['a b'], 'a c\n', false],
    ['another word where the document leaves it open', ['a …'], 'a c\n', true],
    ['lines where the document leaves them open', ['a', '…', 'c'], 'a\nb\nb\nc\n', true],
    ['an end that is not the one shown', ['…', 'c'], 'a\nb\n', false],
    ['nothing, and nothing shown', [], '', true],
    ['something, and nothing shown', [], 'a\n', false],
  ])('is told from one that does not: %s', (_, shown, printed, same) => expect(isAsShown(shown, printed)).toBe(same))
})
