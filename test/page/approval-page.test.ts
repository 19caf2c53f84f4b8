import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type PlanPage, pageHeaders, renderAnswered, renderPlan, renderProblem } from '../../shared/page/approval-page.ts'
import { planLink, readLink } from '../../shared/page/link.ts'
import { statusOfProblem } from '../../shared/page/problem.ts'
import { languages, wordsOf } from '../../shared/page/words.ts'
import { answered, itemOf, now, numbered, planOf } from './plans.ts'

const token = 'eyJ.a-token.c2ln'
const three = numbered(3)
const page = (over: Partial<PlanPage> = {}): PlanPage => ({
  closed: planOf(three),
  answers: new Map(),
  asks: 1,
  now,
  language: 'en',
  timezone: 'Asia/Shanghai',
  token,
  action: '/approve',
  ...over,
})
const boxes = (html: string) =>
  [...html.matchAll(/<input type="checkbox" name="item" value="([^"]+)"( checked)?/g)].map(([, value, checked]) => ({
    value,
    checked: checked !== undefined,
  }))
const textOf = (html: string) =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

test('the page asks for all instances, each checked', () => {
  const html = renderPlan(page())
  expect(html).toContain('<h1>Renew the certificates of these 3 instances?</h1>')
  expect(boxes(html)).toEqual(three.map(item => ({ value: item.renewal, checked: true })))
})

test('a row says what is promised: endpoint, window in both zones, restart, end and deadline', () => {
  const text = textOf(renderPlan(page({ closed: planOf([itemOf(1)]) })))
  for (const part of [
    'orders-1 rm-bp1000001 rm-bp1000001.sqlserver.rds.aliyuncs.com',
    'SQL Server 2019_std_ha cn-hangzhou',
    '2026-12-01 11:12 CST 03:12 UTC in 20 days',
    '2026-11-30 05:20 CST 11-29 21:20 UTC in 19 days',
    'Restarts about 1–5 minutes, inside 02:00–06:00 CST 18:00–22:00 UTC Update Validity, SSLEnabled=2',
  ]) {
    expect(text).toContain(part)
  }
})

test('an instance that does not restart says so and names no window', () => {
  const text = textOf(renderPlan(page({ closed: planOf([itemOf(1, { promise: { restarts: false, window: 'any', updateValue: 1 } })]) })))
  expect(text).toContain('Does not restart Update Validity, SSLEnabled=1')
  expect(text).toContain('Restarts none')
  expect(text).not.toContain('minutes')
})

test.each([
  ['2026-11-10T04:00:00Z', true],
  ['2026-11-10T04:00:01Z', false],
])('a certificate that ends at %s is called expired at 04:00:00: %s', (notAfter, expired) => {
  const html = renderPlan(page({ closed: planOf([itemOf(1, { notAfter })]) }))
  expect(html.includes('<span class="badge loud">Expired</span>')).toBe(expired)
  expect(textOf(html).includes('1 certificate has expired already')).toBe(expired)
})

test.each([
  ['2026-11-20T04:00:00Z', 'in 10 days', false],
  ['2026-11-20T03:59:59Z', 'in 9 days', true],
])('a certificate that ends at %s, %s, is loud: %s', (notAfter, away, loud) => {
  const html = renderPlan(page({ closed: planOf([itemOf(1, { notAfter })]) }))
  expect(html).toContain(`<small${loud ? ' class="loud"' : ''}>${away}</small>`)
})

test('an instance without a window left is announced', () => {
  const text = textOf(renderPlan(page({ closed: planOf([itemOf(1, { deadline: undefined })]) })))
  expect(text).toContain('1 instance has no maintenance window left')
  expect(text).toContain('No window left')
})

test('answered and lapsed items are marked, have no box, and stand below the open ones', () => {
  const items = [...numbered(3), itemOf(4, { validUntil: '2026-11-10T03:59:59Z' }), itemOf(5)]
  const answers = new Map([...answered([items[0]?.renewal ?? ''], 'approve'), ...answered([items[1]?.renewal ?? ''], 'reject')])
  const html = renderPlan(page({ closed: planOf(items), answers }))
  expect(boxes(html).map(box => box.value)).toEqual([items[2]?.renewal, items[4]?.renewal])
  const text = textOf(html)
  expect(text).toMatch(/orders-3.*orders-5.*orders-1 .*Approved 2026-11-09 09:30 CST \(01:30 UTC\), by somebody with the link/)
  expect(text).toContain('Rejected 2026-11-09 09:30')
  expect(text).toContain('Lapsed')
})

test('a plan without open items has no form fields to answer with', () => {
  const html = renderPlan(
    page({
      answers: answered(
        three.map(item => item.renewal),
        'approve',
      ),
    }),
  )
  expect(html).toContain('Nothing is left to answer')
  expect(html).not.toMatch(/<button|type="checkbox"|name="count"/)
})

test('the page of a wrong number keeps the boxes, says what was wrong and leads to the field', () => {
  const chosen = [three[1]?.renewal ?? '']
  const html = renderPlan(page({ problem: 'WrongCount', chosen }))
  expect(
    boxes(html)
      .filter(box => box.checked)
      .map(box => box.value),
  ).toEqual(chosen)
  expect(html).toContain('role="alert"')
  expect(html).toMatch(/<input class="count"[^>]*aria-describedby="hint wrong" aria-invalid="true" autofocus/)
  expect(renderPlan(page())).not.toContain('aria-invalid="true"')
})

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u202E`
test('nothing that others wrote becomes markup, and nothing of it is invisible', () => {
  const item = itemOf(1, { description: hostile, version: hostile, region: hostile, host: hostile, instance: hostile, renewal: hostile })
  const tags = (html: string) => [...html.matchAll(/<\/?[a-z0-9]+/g)].map(([tag]) => tag)
  const html = renderPlan(page({ closed: planOf([item]), token: hostile, action: `/${hostile}` }))
  expect(tags(html)).toEqual(tags(renderPlan(page({ closed: planOf([itemOf(1)]) }))))
  expect(textOf(html)).not.toContain('\u202E')
  expect(textOf(html)).toContain('&lt;script&gt;')
})

test('an unread description leaves no empty name', () => {
  const html = renderPlan(page({ closed: planOf([itemOf(1, { description: ' \u200B ' })]) }))
  expect(html).not.toContain('<bdi')
  expect(html).toContain('<code class="name">rm-bp1000001</code>')
})

test('the page has neither script nor anything to load', () => {
  for (const html of [renderPlan(page()), renderProblem('Expired', { language: 'zh' })]) {
    expect(html).not.toMatch(/<script|\son[a-z]+=|javascript:|<link rel="stylesheet"|@import|url\(/i)
    expect(
      [...html.matchAll(/\s(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to).filter(to => !to?.startsWith('/approve') && to !== 'data:,'),
    ).toEqual([])
  }
})

test('the content security policy lets through exactly the style on the page', () => {
  const inPage = /<style>([\s\S]*?)<\/style>/.exec(renderPlan(page()))?.[1] ?? ''
  const hash = createHash('sha256').update(inPage).digest('base64')
  const headers = pageHeaders()
  expect(headers['Content-Security-Policy']).toContain(`style-src 'sha256-${hash}'`)
  expect(headers['Content-Security-Policy']).not.toContain('unsafe')
  expect(headers).toMatchObject({
    'Content-Type': 'text/html; charset=utf-8',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  })
  for (const directive of ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    expect(headers['Content-Security-Policy']).toContain(directive)
  }
})

test('the other language keeps the token, and the form keeps the language', () => {
  const html = renderPlan(page({ language: 'zh', token: 'a&b=c' }))
  expect(html).toContain('<html lang="zh-CN">')
  expect(html).toContain('<a href="/approve?token=a%26b%3Dc&amp;lang=en" hreflang="en" lang="en">English</a>')
  expect(html).toContain('<input type="hidden" name="lang" value="zh">')
})

test('a link reads back as it was made', () => {
  const url = new URL(planLink('https://approve.example.com/a', { token: 'x.y', language: 'zh', choose: 'none' }))
  expect(readLink(url.searchParams)).toEqual({ token: 'x.y', language: 'zh', choose: 'none' })
  expect(readLink(new URLSearchParams('lang=fr&choose=some&token='))).toEqual({ token: undefined, language: undefined, choose: undefined })
})

test('after an approval the page says what happens next and what is still open', () => {
  const renewals = [three[0]?.renewal ?? '']
  const html = renderAnswered({ ...page(), answers: answered(renewals, 'approve'), decision: 'approve', renewals })
  const text = textOf(html)
  expect(text).toContain('Approved: 1 instance')
  expect(text).toContain('2 instances of this plan still wait')
  expect(html).toContain('href="/approve?token=eyJ.a-token.c2ln&amp;lang=en">Open the plan')
  expect(html).not.toContain('<form')
})

test('after a rejection the page says when the certificates expire', () => {
  const renewals = three.map(item => item.renewal)
  const text = textOf(renderAnswered({ ...page(), answers: answered(renewals, 'reject'), decision: 'reject', renewals }))
  expect(text).toContain('Rejected: 3 instances')
  expect(text).toContain('the first on 2026-12-01')
  expect(text).not.toContain('still wait')
})

test.each(languages)('in %s, every problem has a page with a title and a mend', language => {
  for (const problem of Object.keys(statusOfProblem) as (keyof typeof statusOfProblem)[]) {
    const html = renderProblem(problem, { language, action: '/approve', token })
    const { title, mend } = wordsOf(language).problems[problem]
    expect(html).toContain(`<h1>${title}</h1>`)
    expect(html).toContain(mend)
    expect(statusOfProblem[problem]).toBeGreaterThanOrEqual(400)
  }
})

test('a plan of 300 instances stays below half a megabyte', () => {
  const html = renderPlan(page({ closed: planOf(numbered(300)) }))
  expect(boxes(html)).toHaveLength(300)
  expect(Buffer.byteLength(html)).toBeLessThan(500_000)
})
