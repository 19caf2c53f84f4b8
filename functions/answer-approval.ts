/** a person, through the page → RenewalApproved; a GET only shows, only a POST with the typed count answers */
import { approvals } from '../shared/adapters/connect/approvals.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { recordAnswer } from '../shared/answer.ts'
import type { OpenPlan } from '../shared/domain/plan.ts'
import type { Connect, Handler, PortsOf } from '../shared/host.ts'
import { type HttpReply, type HttpRequest, readHttpEvent } from '../shared/http-event.ts'
import { line } from '../shared/line.ts'
import { planLog, readPolicyLog } from '../shared/logs.ts'
import { readAnswer } from '../shared/page/answer-form.ts'
import type { PlanContext } from '../shared/page/approval-page.ts'
import { readLink } from '../shared/page/link.ts'
import { type PageProblem, statusOfProblem } from '../shared/page/problem.ts'
import type { Language } from '../shared/page/words.ts'
import { watchScans } from '../shared/scan-watch.ts'
import { unexpected } from '../shared/unexpected.ts'

/** A person waits: the pages are loaded while the journal is read, not before. */
const pages = () => import('../shared/page/approval-page.ts')

const needs = ['journal', 'queue', 'approvals'] as const
type Needs = PortsOf<(typeof needs)[number]>

export async function answerApproval(request: HttpRequest, ports: Needs): Promise<HttpReply> {
  const [known] = await Promise.all([readPolicyLog(ports.journal), pages()])
  const link = readLink(request.method === 'POST' ? request.form : request.query)
  const language = link.language ?? known?.policy.language ?? 'en'
  const action = request.path
  const plan = /^\/plans\/([\w.-]+)$/.exec(action)?.[1]
  if (plan === undefined) return problemPage('UnknownPlan', { language })
  if (link.token === undefined) return problemPage('NoToken', { language })
  const read = await ports.approvals.read(link.token)
  if (!read.ok) return problemPage(read.reason, { language })
  if (read.plan !== plan) return problemPage('BadSignature', { language })
  const { state } = await planLog.read(ports.journal, plan)
  if (state.is === 'unknown') return problemPage('UnknownPlan', { language })

  const timezone = known?.policy.timezone ?? 'Asia/Shanghai'
  const { closed, answers, asks } = state
  const context: PlanContext = { closed, answers, now: ports.clock.now(), language, timezone, token: link.token, action }
  if (request.method === 'GET' || request.method === 'HEAD') {
    const chosen = link.choose === 'none' ? [] : undefined
    return page(200, (await pages()).renderPlan({ ...context, asks, ...(chosen ? { chosen } : {}) }))
  }
  if (request.method !== 'POST') return problemPage('BadMethod', context)
  return answer(plan, state, request, context, ports)
}

async function answer(plan: string, open: OpenPlan, { form, from }: HttpRequest, context: PlanContext, ports: Needs): Promise<HttpReply> {
  const { renderAnswered, renderPlan } = await pages()
  const said = readAnswer(form, open.closed)
  const asks = open.asks
  if (!said.ok) return page(statusOfProblem[said.problem], renderPlan({ ...context, asks, problem: said.problem, chosen: said.renewals }))
  const { decision, renewals } = said
  const { state, added } = await recordAnswer(plan, { decision, renewals, by: { kind: 'link', from } }, ports)
  if (state.is === 'unknown') return problemPage('UnknownPlan', context)
  if (!added) return problemPage(renewals.some(renewal => state.answers.has(renewal)) ? 'AlreadyAnswered' : 'Lapsed', context)
  return page(200, renderAnswered({ ...context, answers: state.answers, decision, renewals }))
}

async function problemPage(problem: PageProblem, at: { language: Language; action?: string; token?: string }): Promise<HttpReply> {
  return page(statusOfProblem[problem], (await pages()).renderProblem(problem, at))
}

async function page(statusCode: number, body: string): Promise<HttpReply> {
  return { statusCode, headers: (await pages()).pageHeaders(), body, isBase64Encoded: false }
}

/** For monitors outside: 200 where the fleet was seen whole within 36 h, else 503. Says when it last was, and nothing else. */
export async function tellHealth(ports: Pick<Needs, 'journal' | 'clock'>): Promise<HttpReply> {
  const { fine, at } = await watchScans(ports)
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  return { statusCode: fine ? 200 : 503, headers, body: JSON.stringify({ ok: fine, lastCompleteScan: at ?? null }), isBase64Encoded: false }
}

/** The step as an HTTP trigger calls it: whatever goes wrong is a page, too. */
export function answering(connect: Connect<(typeof needs)[number]>, say = line): Handler {
  return async (bytes, { requestId }) => {
    const told = { step: 'answer-approval', attempt: requestId }
    try {
      const request = readHttpEvent(bytes)
      if (request === 'TooLarge') return JSON.stringify(await problemPage('TooLarge', { language: 'en' }))
      const healthy = request.path === '/health' && request.method !== 'POST'
      const reply = healthy
        ? await tellHealth(await connect(['journal'], requestId))
        : await answerApproval(request, await connect(needs, requestId))
      say({ level: 'info', ...told, method: request.method, path: request.path, status: reply.statusCode })
      return JSON.stringify(reply)
    } catch (error) {
      say({ level: 'error', ...told, ...unexpected(error) })
      return JSON.stringify(await problemPage('TryAgain', { language: 'en' }))
    }
  }
}

export const handler = answering(connecting({ approvals, journal, queue }))
