import type { Call, Meddler, Verdict } from './meddler.ts'
import type { Answer } from './serve.ts'

/** Makes a call's effect between the meddler's two verdicts: the first can prevent it, the second can only lose or replace its answer. */
export async function perform(meddler: Meddler, call: Call, effect: () => Answer | Promise<Answer>): Promise<Answer | 'hang-up'> {
  const before = await meddler(call, 'before')
  if (before.do !== 'pass') return instead(before)
  const answer = await effect()
  const after = await meddler(call, 'after')
  return after.do === 'pass' ? answer : instead(after)
}

function instead(verdict: Exclude<Verdict, { do: 'pass' }>): Answer | 'hang-up' {
  switch (verdict.do) {
    case 'hang-up':
      return 'hang-up'
    case 'answer':
      return { status: verdict.status, headers: { 'content-type': verdict.contentType }, body: verdict.body }
    default:
      return unreachable(verdict)
  }
}

export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
