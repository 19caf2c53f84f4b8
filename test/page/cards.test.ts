import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attentionReason, event } from '../../shared/events.ts'
import { approvalCard, attentionCard, longestText, provenCard } from '../../shared/page/cards.ts'
import { languages } from '../../shared/page/words.ts'
import { answered, itemOf, now, numbered, planOf } from './plans.ts'

const reader = { language: 'en', timezone: 'Asia/Shanghai', now } as const
const url = 'https://approve.example.com/?token=eyJ.secret.c2ln'
const linesOf = (text: string) => text.split('\n').filter(line => line.startsWith('- '))

test('an approval card says how many, which restart, until when, and carries the button', () => {
  const items = [itemOf(1), itemOf(2, { engine: 'MySQL', version: '8.0', promise: { restarts: false, window: 'any', updateValue: 1 } })]
  const card = approvalCard({ ...reader, closed: planOf(items), ask: 1, url })
  expect(card).toEqual({
    id: event('ApprovalRequested', { plan: 'dba.2026-W46.1f3c9a', ask: 1 }).id,
    title: 'Approve 2 certificate renewals',
    text: [
      '**2 instances**: **1 restarts** inside the maintenance window, 1 does not.',
      'First deadline: **2026-11-30 05:20 CST (11-29 21:20 UTC)**, in 19 days.',
      [
        '- **orders-1** (rm-bp1000001): SQL Server 2019_std_ha, cn-hangzhou; expires 2026-12-01; restarts for about 1–5 minutes inside 02:00–06:00 CST',
        '- **orders-2** (rm-bp1000002): MySQL 8.0, cn-hangzhou; expires 2026-12-01; does not restart',
      ].join('\n'),
      'Silence never approves.',
    ].join('\n\n'),
    button: { label: 'Review and answer', url },
    urgent: false,
  })
})

test('the Chinese card says the same', () => {
  const card = approvalCard({ ...reader, language: 'zh', closed: planOf(numbered(2)), ask: 3, url })
  expect(card.title).toBe('待批准：2 个实例的证书续期')
  expect(card.text).toContain('**2 个实例**：均将在可维护时间段内**重启**。')
  expect(card.text).toContain('最早截止时间：**2026-11-30 05:20 北京时间（11-29 21:20 UTC）**，剩余 19 天。')
  expect(card.text).toContain('重启约 1–5 分钟（北京时间 02:00–06:00 之间）')
  expect(card.text).toContain('不答复不等于批准。这是第 3 次询问。')
  expect(card.button?.label).toBe('查看并答复')
})

test('without a page, the card carries the command instead of a button', () => {
  const card = approvalCard({ ...reader, closed: planOf([itemOf(1)]), ask: 1 })
  expect(card.button).toBeUndefined()
  expect(card.text).toContain('**rds-tls approve dba.2026-W46.1f3c9a**')
})

test('with a page, the link stands in the button alone: the text repeats no token', () => {
  const { id, title, text } = approvalCard({ ...reader, closed: planOf(numbered(30)), ask: 1, url })
  expect(JSON.stringify({ id, title, text })).not.toMatch(/eyJ|secret|approve\.example/)
})

test.each([
  [8, 8, undefined],
  [9, 8, '- and 1 more'],
  [300, 8, '- and 292 more'],
])('of %i instances a card lists %i', (count, listed, more) => {
  const lines = linesOf(approvalCard({ ...reader, closed: planOf(numbered(count)), ask: 1, url }).text)
  expect(lines.filter(line => line.startsWith('- **'))).toHaveLength(listed)
  expect(lines[8]).toBe(more)
})

test('the most urgent instances are listed first', () => {
  const items = [...numbered(9), itemOf(10, { deadline: '2026-11-12T19:20:00Z' }), itemOf(11, { deadline: undefined })]
  const lines = linesOf(approvalCard({ ...reader, closed: planOf(items), ask: 1, url }).text)
  expect(lines[0]).toContain('orders-11')
  expect(lines[1]).toContain('orders-10')
})

test('a reminder leaves out what has been answered', () => {
  const items = numbered(3)
  const card = approvalCard({ ...reader, closed: planOf(items), ask: 2, answers: answered([items[0]?.renewal ?? ''], 'reject'), url })
  expect(card.title).toBe('Approve 2 certificate renewals')
  expect(card.text).not.toContain('orders-1*')
  expect(card.text).toContain('This is the 2nd time of asking.')
})

test('each ask has its own id, and a repeated ask the same', () => {
  const id = (ask: number, language: 'en' | 'zh') => approvalCard({ ...reader, language, closed: planOf([itemOf(1)]), ask, url }).id
  expect(id(1, 'en')).toBe(id(1, 'zh'))
  expect(id(1, 'en')).not.toBe(id(2, 'en'))
})

test.each([
  ['2026-11-20T04:00:00Z', false],
  ['2026-11-20T03:59:59Z', true],
  [undefined, true],
])('with the first deadline at %s, ten days after now, the card is urgent: %s', (deadline, urgent) => {
  expect(approvalCard({ ...reader, closed: planOf([itemOf(1, { deadline })]), ask: 1, url }).urgent).toBe(urgent)
})

test('no description, however long or hostile, breaks out of its line or the limit', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 90 }),
    fc.string({ unit: fc.constantFrom(...'*_[]()<>`|\\@:/\n#-a1'), maxLength: 90 }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 10 }), fc.constantFrom(...languages), (named, language) => {
      const items = named.map(([description, version], at) => itemOf(at, { description, version }))
      const card = approvalCard({ ...reader, language, closed: planOf(items), ask: 1 })
      expect(card.text.length).toBeLessThanOrEqual(longestText)
      expect(Buffer.byteLength(JSON.stringify(card))).toBeLessThan(20_000)
      for (const line of linesOf(card.text)) expect(line.match(/\*\*/g)?.length ?? 0).toBeLessThanOrEqual(2)
      expect(card.text).not.toMatch(/[<>`[\]\\@]|:\/\//)
    }),
    { numRuns: 40 },
  )
})

test('where the longest names would not fit, fewer are listed and the rest is counted', () => {
  const long = '😀'.repeat(300)
  const items = numbered(20, {
    description: long,
    instance: long,
    region: long,
    version: long,
    deadline: undefined,
    notAfter: '2026-11-01T00:00:00Z',
  })
  const { text } = approvalCard({ ...reader, closed: planOf(items), ask: 2 })
  const listed = linesOf(text).filter(line => line.startsWith('- **')).length
  expect(text.length).toBeLessThanOrEqual(longestText)
  expect(listed).toBeGreaterThan(2)
  expect(listed).toBeLessThan(8)
  expect(text).toContain(`- and ${20 - listed} more`)
})

const proof = {
  notAfter: '2027-11-30T03:12:00Z',
  serial: '0A1B2C',
  from: 'cert-probe-vpc-1',
  bundleUrl: 'https://ca.example.com/ca/latest/ApsaraDB-CA-Chain.pem',
}

test('a proven card says how far the plan is and what was seen', () => {
  const closed = planOf(numbered(3))
  const renewal = closed.items[1]?.renewal ?? ''
  expect(provenCard({ ...reader, closed, proven: 2, renewal, ...proof })).toEqual({
    id: event('RenewalProven', { plan: closed.plan, renewal }).id,
    title: '2 of 3 renewals proven',
    text: [
      'Last: **orders-2** (rm-bp1000002)',
      'A handshake saw the new certificate, and it chains to the published bundle.',
      [
        '- Valid until: 2027-11-30 11:12 CST (03:12 UTC)',
        '- Serial: 0A1B2C',
        '- Seen from: cert-probe-vpc-1',
        '- Trust bundle: [download](https://ca.example.com/ca/latest/ApsaraDB-CA-Chain.pem)',
      ].join('\n'),
    ].join('\n\n'),
    button: undefined,
    urgent: false,
  })
  expect(provenCard({ ...reader, closed, proven: 3, renewal, ...proof }).title).toBe('All 3 renewals proven')
})

test('a bundle’s address cannot end its link', () => {
  const closed = planOf([itemOf(1)])
  const card = provenCard({
    ...reader,
    closed,
    proven: 1,
    renewal: closed.items[0]?.renewal ?? '',
    ...proof,
    bundleUrl: 'https://ca.example.com/a) [x](https://evil.example',
  })
  expect(card.text.match(/\]\([^)]*\)/g)).toEqual(['](https://ca.example.com/a%29%20%5Bx%5D%28https://evil.example)'])
})

const trouble = { reason: 'Failed', subject: 'rm-bp1x', approvers: 'dba', detail: 'InvalidSSLStatus', mend: '' } as const

test('an attention card names the trouble, its subject, and the next thing to do', () => {
  expect(attentionCard({ ...trouble, language: 'en', plan: 'dba.1' })).toEqual({
    id: event('AttentionNeeded', { ...trouble, plan: 'dba.1' }).id,
    title: 'A renewal failed: rm-bp1x',
    text: [
      'Update Validity did not take effect.',
      '- About: **rm-bp1x**\n- Detail: InvalidSSLStatus\n- Plan: dba.1',
      '**What to do**: Look at the instance in the console; the detail has the code of the service.',
    ].join('\n\n'),
    button: undefined,
    urgent: true,
  })
})

test.each([
  ['BundleRefused', '3f2a99aa0b1c', 'rds-tls bundle accept 3f2a99aa0b1c '],
  ['Stuck', 'rm-bp1x', 'rds-tls abandon rm-bp1x '],
] as const)('the mend of %s has the command to type, for what it is about', (reason, subject, command) => {
  for (const language of languages) expect(attentionCard({ ...trouble, reason, subject, language }).text).toContain(command)
})

test('a mend of the event’s own takes the place of the general one', () => {
  const { text } = attentionCard({ ...trouble, language: 'zh', mend: 'put 10.0.0.0/24 on the allowlist' })
  expect(text).toContain('**处理办法**: put 10.0.0.0/24 on the allowlist')
})

test.each(attentionReason.options)('the reason %s has a card in both languages, within the limits', reason => {
  const long = 'x'.repeat(5000)
  for (const language of languages) {
    const card = attentionCard({ ...trouble, reason, language, detail: long, mend: long, subject: long })
    expect(card.text.length).toBeLessThanOrEqual(longestText)
    expect(card.text).not.toContain('undefined')
  }
})

test('no secret of an error message reaches the card', () => {
  const detail =
    'POST https://oapi.dingtalk.com/robot/send?access_token=abc123 failed; key LTAI5tFakeFakeFakeFake; -----BEGIN PRIVATE KEY-----MIIabc'
  const card = attentionCard({ ...trouble, language: 'en', detail, mend: detail, subject: detail })
  expect(JSON.stringify({ ...card, id: '' })).not.toMatch(/abc123|FakeFake|MIIabc/)
})
