import { Fault } from '../../errors.ts'
import type { Fetch } from '../download.ts'
import { networkProblem } from '../network.ts'

const timeout = 10_000
const answerLimit = 65_536

export type Answer = { status: number; body: string }

/**
 * Posts JSON to a webhook. Nothing of the URL is ever in a message: whoever holds it can write to the chat. Redirects are not followed, since
 * they would carry the signed card to a place that nobody configured.
 *
 * @throws Fault Unreachable (no answer, 5xx), Busy (429), Refused (another answer than 2xx)
 */
export async function postJson(channel: string, url: string, body: string, headers: Record<string, string>, fetch: Fetch): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout)
  let answer: Answer
  try {
    const init = {
      method: 'POST',
      body,
      signal,
      redirect: 'manual',
      headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    } as const
    const response = await fetch(url, init)
    answer = { status: response.status, body: (await response.text()).slice(0, answerLimit) }
  } catch (error) {
    throw new Fault('Unreachable', `channel ${channel}: ${signal.aborted ? `no answer within ${timeout} ms` : networkProblem(error)}`)
  }
  if (answer.status >= 200 && answer.status < 300) return answer
  if (answer.status === 429) throw new Fault('Busy', `channel ${channel}: 429`)
  if (answer.status >= 500) throw new Fault('Unreachable', `channel ${channel}: ${answer.status}`)
  const mend = answer.status < 400 ? 'give the address that it points to' : 'check the url in the secrets'
  throw new Fault('Refused', `channel ${channel}: ${answer.status}: ${mend}`)
}
