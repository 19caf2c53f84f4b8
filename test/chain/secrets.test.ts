import { expect, test } from 'vitest'
import type { Cloud } from '../../local/cloud.ts'
import { buckets, secretsKey } from '../../local/deployment.ts'
import { linksIn } from '../../local/inbox-links.ts'
import type { Call, Meddler } from '../../local/meddler.ts'
import { smallDay } from './small-cloud.ts'

/** One due PostgreSQL (its replies carry a private key), one with a key whose Modify hangs up, and one MySQL that needs no answer. */
const only = ['postgres-due', 'postgres-allowlist', 'mysql57-dev-due']

/** Everything that a person, a log store or a reader of the buckets could see of a day, by where it is. */
type Seen = Map<string, string>

test('no secret of the deployment is in any log line, journal entry, published object, card or page', { timeout: 180_000 }, async () => {
  const calls: Call[] = []
  const seen: Seen = new Map()
  let secrets: Readonly<Record<string, readonly string[]>> = {}
  let hungUp = 0
  const lines: string[] = []
  const meddler: Meddler = (call, phase) => {
    if (phase === 'before') calls.push(call)
    // A hang-up puts the whole request URL into the SDK's message: the worst place for a key.
    if (call.action === 'ModifyDBInstanceSSL' && phase === 'after' && hungUp++ === 0) return { do: 'hang-up' }
    return { do: 'pass' }
  }
  await smallDay({
    only,
    approveAll: true,
    meddler,
    onLine: line => lines.push(line.text),
    async afterwards(cloud) {
      secrets = cloud.secrets()
      await lookAround(cloud, seen)
    },
  })
  seen.set('log lines', lines.join('\n'))

  for (const [kind, words] of Object.entries(secrets)) expect(words.length, `${kind} was planted`).toBeGreaterThan(0)
  expect(reached(calls)).toEqual({ privateKeys: true, signedCalls: true, chat: true, hungUp: true })
  expect(hungUp).toBeGreaterThan(0)
  expect(leaks(seen, secrets)).toEqual([])
  expect([...seen.keys()].some(place => place.includes('journal/renewals/'))).toBe(true)
  expect(lines.length).toBeGreaterThan(20)

  const planted = new Map(seen).set(
    'a planted leak',
    `the URL was https://rds.example/?ServerKey=${encodeURIComponent(secrets.serverKey?.[0] ?? '')}`,
  )
  expect(leaks(planted, secrets)).toEqual(['serverKey in a planted leak'])

  function reached(all: readonly Call[]) {
    const by = (action: string, step: string) => all.some(call => call.action === action && call.principal.includes(step))
    return {
      privateKeys: by('DescribeDBInstanceSSL', 'check-expiry') && by('DescribeDBInstanceSSL', 'update-validity'),
      signedCalls: by('SendMessage', 'request-approval') && by('PutObject', 'publish-bundle'),
      chat: all.some(call => call.action === 'RobotSend') && all.some(call => call.action === 'Webhook'),
      hungUp: lines.some(line => line.includes('unknown')),
    }
  }
})

/** Whole or in part, plain, escaped for a URL or for JSON. */
function leaks(seen: Seen, secrets: Readonly<Record<string, readonly string[]>>): string[] {
  const found: string[] = []
  for (const [place, text] of seen) {
    for (const [kind, words] of Object.entries(secrets)) {
      const spelled = words.flatMap(word => [word, encodeURIComponent(word), JSON.stringify(word).slice(1, -1), word.slice(0, 40)])
      if (spelled.some(word => text.includes(word)) || (kind === 'serverKey' && text.includes('canary-'))) found.push(`${kind} in ${place}`)
    }
  }
  return found
}

async function lookAround(cloud: Cloud, seen: Seen) {
  const { oss, urls } = cloud
  for (const bucket of Object.values(buckets)) {
    const listed = oss.list(bucket, { maxKeys: 1000 })
    for (const { key, bytes } of listed.ok ? listed.value.objects : []) {
      if (key !== secretsKey) seen.set(`${bucket}/${key}`, Buffer.from(bytes).toString('latin1'))
    }
  }
  seen.set('cards', await text(`${urls.inbox}/cards.json`))
  seen.set('inbox page', await text(`${urls.inbox}/`))
  for (const link of await linksIn(urls.inbox)) seen.set('approval page', await text(link))
  seen.set('approval page for nobody', await text(`${urls.approval}/plans/none?token=x`))
}

const text = async (url: string): Promise<string> => (await fetch(url)).text()
