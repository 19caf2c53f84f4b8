import { readdir, readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../shared/page/commands.ts'
import { chen, forbidden, li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { expectGolden, type Situation, type } from './typed.ts'

const start = '2026-11-24T02:00:00Z'
const plan = 'dba.required.2026-11-24'
let cloud: SmallCloud
beforeAll(async () => {
  cloud = await startSmallCloud({ now: start, only: ['mysql57-due', 'sqlserver-due', 'mysql80-due'], deployed: true })
})
afterAll(() => cloud.close())
afterEach(() => cloud.meddle(() => undefined))

const typed = (args: readonly string[], of: Situation & { who?: typeof li } = {}) =>
  type(args, { now: cloud.now(), env: cloud.as(of.who ?? li), ...of })
const held = async (name: string, args: readonly string[], of: Situation & { who?: typeof li } = {}) => {
  const seen = await typed(args, of)
  await expectGolden(name, args, seen, [
    [/request [0-9A-F-]{36}/g, 'request (id)'],
    [/trust bundle [0-9a-f]{12}/g, 'trust bundle (version)'],
  ])
  return seen
}

// One renewal from the first policy to its proof, told in order: each test goes on where the one before ended.
describe.sequential('a deployment’s first day, by the command line', () => {
  test('nothing is in force yet', async () => {
    expect((await held('plan-empty', ['plan'])).exit).toBe(0)
  })

  test('a policy that begins to act is shown, and needs a person who types act', async () => {
    const args = ['policy', 'push', 'local/policy.yaml']
    const alone = await typed(args)
    expect(alone).toMatchObject({ exit: 5, err: expect.stringContaining('--act') })
    expect((await typed(args, { answers: ['yes'] })).exit).toBe(5)
    expect((await typed([...args, '--yes'])).exit).toBe(5)
    expect((await held('policy-push-dry-run', [...args, '--dry-run'])).exit).toBe(0)
    const pushed = await held('policy-push', args, { answers: ['act'] })
    expect(pushed).toMatchObject({ exit: 0, asked: ['This policy lets the deployment restart databases. Type act to put it in force: '] })
    expect(await typed(args, { answers: ['act'] })).toMatchObject({ exit: 4, err: expect.stringContaining('in force already') })
  })

  test('the morning’s plan is listed, and shown whole', async () => {
    await cloud.chain.night()
    await cloud.chain.morning()
    await cloud.chain.flow()
    await held('plan', ['plan'])
    await held('plan-one', ['plan', plan])
  })

  test('an approval shows the plan and takes the typed number, else nothing', async () => {
    const args = ['approve', plan]
    expect((await typed(args)).exit).toBe(5)
    expect(await typed(args, { answers: ['2'] })).toMatchObject({ exit: 5, err: expect.stringContaining('“2” is not “3”') })
    expect((await typed([...args, '--count', '2'])).exit).toBe(5)
    await held('approve-dry-run', [...args, '--dry-run'])
    expect((await typed(['plan', plan, '--json'])).json()).toMatchObject({ open: 3 })
    const some = await held('reject-one', ['reject', plan, cloud.idOf('mysql80-due')], { answers: ['1'], who: chen })
    expect(some.exit).toBe(0)
    // A Chinese keyboard types full-width digits.
    const yes = await held('approve', args, { answers: ['２'] })
    expect(yes).toMatchObject({ exit: 0, out: expect.stringContaining('by user/li.wei') })
    expect(await typed(args, { answers: ['2'], who: chen })).toMatchObject({ exit: 4 })
  })

  test('a paused deployment restarts nothing, and says so', async () => {
    await held('pause', ['pause', 'release', 'night'])
    await cloud.chain.flow()
    expect(cloud.world.instances().every(one => one.effectiveUpdates === 0)).toBe(true)
    await held('plan-paused', ['plan'])
    await held('resume', ['resume'])
    expect(await typed(['resume'])).toMatchObject({ exit: 4, err: expect.stringContaining('nothing is halted') })
  })

  test('what follows is told in sentences, to the proof', async () => {
    cloud.pass(1)
    await cloud.chain.flow()
    cloud.pass(71)
    await cloud.chain.flow()
    const id = cloud.idOf('mysql57-due')
    const told = await held('history', ['history', id])
    expect(told.out).toMatch(/restarted; running again after \d+ s; new serial \w+; approved by user\/li\.wei/)
    await held('history-rejected', ['history', cloud.idOf('mysql80-due')])
    const { renewals } = (await typed(['history', id, '--json'])).json() as { renewals: { sentences: { text: string }[] }[] }
    expect(renewals[0]?.sentences.at(-1)?.text).toMatch(/^proven by a handshake/)
  })

  test('stop-all halts and lets the policy observe', async () => {
    await held('stop-all', ['stop-all', 'incident', '42'])
    const { policy, rollout } = (await typed(['plan', '--json'])).json() as {
      policy: { mode: string; by: string }
      rollout: { halted: object }
    }
    expect([policy.mode, policy.by]).toEqual(['observe', 'user/li.wei'])
    expect(rollout.halted).toBeDefined()
  })
})

describe('dead letters', () => {
  const letter = (code: string, envelope: string) => JSON.stringify({ step: 'request-approval', code, message: 'plans/x/1: bad', envelope })
  test('are listed, shown, and sent again once somebody says so', async () => {
    expect((await typed(['dead-letters', 'list'])).exit).toBe(0)
    const due = { id: '', type: 'RenewalsDue', data: { plan } }
    const { event } = await import('../../shared/events.ts')
    cloud.bury(letter('BadJournal', JSON.stringify(event('RenewalsDue', due.data))))
    cloud.bury(letter('BadEnvelope', '<html>'))
    const args = ['dead-letters', 'list']
    const listed = await typed(args)
    const ids = [...listed.out.matchAll(/^([0-9A-F-]{20,})/gm)].map(([id]) => id ?? '')
    const normal = [ids.map((id, n) => [id, `LETTER-${n + 1}`] as const), [] as const].flat() as [string, string][]
    await expectGolden('dead-letters-list', args, listed, normal)
    expect(listed.exit).toBe(1)
    const show = ['dead-letters', 'show', ids[0] ?? '']
    await expectGolden('dead-letters-show', show, await typed(show), normal)
    expect((await typed(['dead-letters', 'show', 'gone'])).exit).toBe(4)
    const redrive = ['dead-letters', 'redrive']
    expect((await typed(redrive)).exit).toBe(5)
    await expectGolden('dead-letters-redrive-dry-run', [...redrive, '--dry-run'], await typed([...redrive, '--dry-run']), normal)
    await expectGolden('dead-letters-redrive', redrive, await typed(redrive, { answers: ['yes'] }), normal)
    cloud.pass(2)
    expect((await typed([...redrive, 'gone', '--yes'])).exit).toBe(4)
  })
})

describe('who may not', () => {
  test('invoke the function is told what to allow', async () => {
    cloud.meddle(call => (call.action === 'InvokeFunction' ? forbidden('AccessDenied', 'no') : undefined))
    expect(await typed(['pause'])).toMatchObject({ exit: 77, err: expect.stringContaining('AccessDenied') })
  })
  test('be recognised changes nothing: another’s clock, a changed proof', async () => {
    const late = await type(['pause'], {
      now: new Date(Date.parse(cloud.now()) - 6 * 60_000).toISOString(),
      env: { ...cloud.as(li), FC_ACCOUNT_ID: '1000000000000001' },
    })
    expect(late).toMatchObject({ exit: 77, err: expect.stringContaining('set the clock') })
  })
  test('find the deployment in another region, which has none', async () => {
    const typed = await type(['plan'], { now: cloud.now(), env: { ...cloud.as(li), INVOKE_ENDPOINT: cloud.env.RDS_ENDPOINT ?? '' } })
    expect(typed.exit).toBeGreaterThanOrEqual(69)
  })
})

test('no command leaves a key, a token or a signature in what it says', async () => {
  for (const args of [
    ['plan', '--json'],
    ['pause', '--json'],
    ['history', 'rm-404', '--json'],
    ['approve', 'no-such-plan', '--json'],
  ]) {
    const { out, err } = await typed(args)
    for (const secret of [li.accessKeySecret, li.accessKeyId]) expect(out + err).not.toContain(secret)
  }
})

/** Sentences in which the name is a noun. */
const prose = /^rds-tls (finds|in|is|and|of|keeps|that|would|does|itself|help)\b/

test('every command that cards, pages and words tell people to type exists, spelt so', async () => {
  const { find } = await import('../../cli/commands.ts')
  const told = [commands.approve('PLAN'), commands.resume, commands.abandon, commands.pushPolicy]
  const files = [
    ...['en', 'en-reasons', 'zh', 'zh-reasons'].map(name => `shared/page/words/${name}.ts`),
    ...['README.md', 's.yaml', 'policy.yaml', 'deploy/main.ts', 'cli/words.ts'],
    ...(await readdir('docs', { recursive: true })).filter(name => name.endsWith('.md')).map(name => `docs/${name}`),
    ...(await readdir('shared/operations')).map(name => `shared/operations/${name}`),
  ]
  const words = await Promise.all(files.map(name => readFile(name, 'utf8')))
  const more = words.join('\n').match(/(?<=^|[\s`(“])rds-tls [a-z][a-z-]*(?: [a-z][a-z-]+)?/gm) ?? []
  for (const command of [...told, ...more]) if (!prose.test(command)) expect(find(command.split(' ').slice(1)), command).toBeDefined()
})
