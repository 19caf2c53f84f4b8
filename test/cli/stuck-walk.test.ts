import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { li, type SmallCloud, startSmallCloud } from './cloud.ts'
import { type } from './typed.ts'

const name = 'mysql57-due'
let cloud: SmallCloud
beforeAll(async () => {
  cloud = await startSmallCloud({ now: '2026-11-24T02:00:00Z', only: [name], deployed: true })
})
afterAll(() => cloud.close())

/** Written anew by `npx vitest run test/cli/stuck-walk.test.ts -u`: read what changed before you keep it. */
const kept = fileURLToPath(new URL('../../docs/walk-stuck-renewal.txt', import.meta.url))
const head = `A stuck renewal, from its notice to the proof. Recorded by test/cli/stuck-walk.test.ts, which fails when any of it reads otherwise.
ApsaraDB said yes to Update Validity, and did nothing.
`
const walk: string[] = []
const masked = (text: string) =>
  text
    .replace(/request [0-9A-F-]{36}/g, 'request (id)')
    .replace(/trust bundle [0-9a-f]{12}/g, 'trust bundle (version)')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')

/** What a person types, and sees; a word for what only the chat or the console shows. */
async function types(args: readonly string[], answers?: readonly string[]): Promise<number> {
  const seen = await type(args, { now: () => new Date(), env: cloud.as(li), ...(answers ? { answers } : {}) })
  const words = args.map(word => (/\s/.test(word) ? `"${word}"` : word)).join(' ')
  cloud.pass(30)
  walk.push(`$ rds-tls ${words}\n${seen.err}${seen.out}`)
  return seen.exit
}
const reads = (what: string, text: string) => void walk.push(`(${what})\n${text}\n`)

test('a stuck renewal, walked from its notice to the proof, is kept as people see it', { timeout: 60_000 }, async () => {
  const id = cloud.idOf(name)
  await type(['policy', 'push', 'local/policy.yaml', '--act', '--no-fleet'], { now: () => new Date(), env: cloud.as(li) })
  await cloud.chain.night()
  await cloud.chain.morning()
  await cloud.chain.flow()
  // The service says yes, and does nothing.
  const taken = { RequestId: '0A0A0A0A-0000-4000-8000-00000000000A' }
  cloud.meddle(({ action }) =>
    action === 'ModifyDBInstanceSSL'
      ? { do: 'answer', status: 200, contentType: 'application/json', body: JSON.stringify(taken) }
      : undefined,
  )
  expect(await types(['approve', 'dba.required.2026-11-24'], ['1'])).toBe(0)
  await cloud.chain.flow()
  cloud.meddle(() => undefined)
  cloud.pass(2 * 3600 + 60)
  await cloud.chain.sweep()
  await cloud.chain.flow()

  const card = cloud.chat.posted.findLast(one => one.card.text.includes(id))?.card
  reads('two hours later, a card in chat', `${card?.title}\n\n${card?.text}`)
  expect(await types(['plan'])).toBe(0)
  expect(await types(['history', id])).toBe(0)
  expect(await types(['retry', id])).toBe(4)
  reads('the console', 'The instance is Running; its SSL page shows the old certificate, and no task since the call.')
  expect(await types(['abandon', id, 'console shows no change since the call'], ['yes'])).toBe(0)
  expect(await types(['resume'])).toBe(0)
  expect(await types(['retry', id])).toBe(0)
  await cloud.chain.flow()
  cloud.pass(71)
  await cloud.chain.flow()
  expect(await types(['history', id])).toBe(0)

  expect(cloud.world.instance(id)?.effectiveUpdates).toBe(1)
  await expect(masked([head, ...walk].join('\n'))).toMatchFileSnapshot(kept)
})
