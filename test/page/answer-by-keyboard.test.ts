import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../shared/domain/plan.ts'
import { type FormAnswer, readAnswer } from '../../shared/page/answer-form.ts'
import { pageHeaders, renderAnswered, renderPlan } from '../../shared/page/approval-page.ts'
import { planLink, readLink } from '../../shared/page/link.ts'
import { statusOfProblem } from '../../shared/page/problem.ts'
import { needs } from '../oracle.ts'
import { answered, itemOf, now, numbered, planOf } from './plans.ts'

const unbroken = 'x'.repeat(200)
const closed = planOf([...numbered(2), itemOf(3, { description: unbroken, host: `${unbroken}.example` })])
const [first = '', second = '', third = ''] = closed.items.map(item => item.renewal)
const token = 'a.token.here'
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A real browser without script, at the page as its function would serve it, touched by the keyboard alone. */
describe.skipIf(!needs('chromium'))('in a browser without script', () => {
  let browser: Browser
  let server: Server
  let context: BrowserContext
  let page: Page
  let posts: FormAnswer[]
  let complaints: string[]
  let answers: Map<string, Answer>
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const open = async (width = 1280) => {
    context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 844 } })
    page = await context.newPage()
    page.on('console', message => complaints.push(message.text()))
    page.on('request', request => request.url().startsWith(origin()) || request.url().startsWith('data:') || complaints.push(request.url()))
    await page.goto(planLink(`${origin()}/approve`, { token, language: 'en' }))
  }
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }

  function reply(method: string, url: URL, body: string): { status: number; html: string } {
    const { language = 'en', choose } = readLink(method === 'POST' ? new URLSearchParams(body) : url.searchParams)
    const shown = {
      closed,
      answers,
      asks: 1,
      now,
      language: language ?? 'en',
      timezone: 'Asia/Shanghai',
      token,
      action: '/approve',
    } as const
    if (method !== 'POST') return { status: 200, html: renderPlan({ ...shown, chosen: choose === 'none' ? [] : undefined }) }
    const answer = readAnswer(new URLSearchParams(body), closed)
    posts.push(answer)
    if (!answer.ok)
      return { status: statusOfProblem[answer.problem], html: renderPlan({ ...shown, problem: answer.problem, chosen: answer.renewals }) }
    answers = answered(answer.renewals, answer.decision)
    return { status: 200, html: renderAnswered({ ...shown, ...answer, answers }) }
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { status, html } = reply(request.method ?? '', new URL(request.url ?? '', origin()), Buffer.concat(chunks).toString())
        response.writeHead(status, pageHeaders()).end(html)
      })
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  beforeEach(() => {
    ;[posts, complaints, answers] = [[], [], new Map()]
  })

  afterEach(async () => {
    await context?.close()
    expect(complaints.filter(text => !text.includes('422'))).toEqual([])
  })

  /** What a screen reader is given to read before the number field. CSS counts the boxes, so that the number stands in no HTML. */
  const readAloud = async () => {
    const session = await context.newCDPSession(page)
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    const read = (id: string): string => {
      const node = nodes.find(one => one.nodeId === id)
      return node?.role?.value === 'StaticText' ? String(node.name?.value) : (node?.childIds ?? []).map(read).join('')
    }
    return read(nodes[0]?.nodeId ?? '')
  }

  const focused = () => page.locator(':focus')

  test('the first Tab offers to skip to the answer, and typing the number and Approve answers the whole plan', async () => {
    await open()
    await press('Tab')
    expect(await focused().textContent()).toBe('Skip to the answer')
    await press('Enter', 'Tab')
    expect(await focused().getAttribute('id')).toBe('count')
    await press('3', 'Tab')
    expect(await focused().textContent()).toBe('Approve')
    await Promise.all([page.waitForURL('**/approve'), press('Enter')])
    expect(await page.locator('h1').textContent()).toBe('Approved: 3 instances')
    expect(posts).toEqual([{ ok: true, decision: 'approve', renewals: [first, second, third] }])
  })

  test('Enter in the number field answers nothing', async () => {
    await open()
    await press('Tab', 'Enter', 'Tab', '3', 'Enter', 'Tab', 'Tab')
    expect(await focused().textContent()).toBe('Reject')
    expect(page.url()).toContain('token=')
    expect(posts).toEqual([])
  })

  test('a button without the number answers nothing: the browser asks for it', async () => {
    await open()
    await press('Tab', 'Enter', 'Tab', 'Tab', 'Enter')
    expect(await focused().getAttribute('id')).toBe('count')
    expect(posts).toEqual([])
  })

  test('an instance unchecked with Space stays open; a wrong number keeps the choice and brings the focus back', async () => {
    await open()
    const box = page.getByRole('checkbox', { name: 'Answer for orders-2 rm-bp1000002' })
    await box.focus()
    await press('Space')
    await page.getByLabel('Type the number').focus()
    await press('3', 'Tab', 'Tab')
    await Promise.all([page.waitForURL('**/approve'), press('Enter')])
    expect(await page.getByRole('alert').textContent()).toContain('The number is not the number of checked instances')
    expect(await focused().getAttribute('id')).toBe('count')
    expect(await box.isChecked()).toBe(false)
    await press('2', 'Tab', 'Tab', 'Enter')
    await page.getByRole('heading', { name: 'Rejected: 2 instances' }).waitFor()
    expect(posts).toMatchObject([
      { ok: false, problem: 'WrongCount', renewals: [first, third] },
      { ok: true, decision: 'reject', renewals: [first, third] },
    ])
    expect(await page.getByText('1 instance of this plan still waits').count()).toBe(1)
  })

  test('"Uncheck all" unchecks all, and the page tells how many are checked, also to a screen reader', async () => {
    await open()
    await page.getByRole('link', { name: 'Uncheck all' }).focus()
    await Promise.all([page.waitForURL('**choose=none'), press('Enter')])
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0)
    expect(await readAloud()).toContain('checked now: 0')
    await page.getByRole('checkbox').nth(1).focus()
    await press('Space')
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1)
    expect(await readAloud()).toContain('checked now: 1')
    expect(posts).toEqual([])
  })

  test('the other language is one link away, and comes back in it after the answer', async () => {
    await open()
    await page.getByRole('link', { name: '中文' }).focus()
    await Promise.all([page.waitForURL('**lang=zh'), press('Enter')])
    await page.getByLabel('请输入').focus()
    await press('3', 'Tab')
    await Promise.all([page.waitForURL('**/approve'), press('Enter')])
    expect(await page.locator('h1').textContent()).toBe('已批准：3 个实例')
  })

  test('a phone shows the table as cards that are still a table, and scrolls only downwards', async () => {
    await open(390)
    expect(await page.getByRole('table', { name: 'Instances' }).getByRole('row').count()).toBe(4)
    expect(await page.getByRole('rowheader').count()).toBe(3)
    const cell = await page.getByRole('cell', { name: 'SQL Server 2019_std_ha' }).first().boundingBox()
    const head = await page.getByRole('rowheader').first().boundingBox()
    expect(cell?.y).toBeGreaterThan(head?.y ?? Number.POSITIVE_INFINITY)
    const widths = await page.locator('html').evaluate(element => [element.scrollWidth, element.clientWidth])
    expect(widths).toEqual([390, 390])
  })
})
