import { expect, test } from 'vitest'
import { Progress } from '../../local/progress.ts'

const renewal = '1000000000000001.cn-hangzhou.rm-1.instance.20261201T0312Z'
const now = Date.parse('2026-11-24T18:44:40Z')
const far = '2999-01-01T00:00:00Z'

function told(...decisions: readonly { step: string; decision: Record<string, unknown> }[]) {
  const words: string[] = []
  const progress = new Progress(
    word => words.push(word),
    () => now,
  )
  for (const one of decisions)
    progress.take({ function: one.step, requestId: 'r1', stream: 'stdout', text: JSON.stringify({ ...one, renewal }) })
  return { words, over: progress.allOver() }
}
const waits = { step: 'update-validity', decision: { do: 'wait', for: 'Issuer', until: far, because: 'no probe reached it' } }
const adopts = { step: 'update-validity', decision: { do: 'adopt', notAfter: '2027-12-01T03:12:00Z' } }
const proven = { step: 'prove-renewal', decision: { do: 'tell', verdict: 'proven' } }

test('a long wait ends the waiting for a renewal until something else is told of it', () => {
  expect(told(waits).over).toBe(true)
  expect(told(waits, adopts)).toEqual({
    words: ['rm-1: waits for Issuer: no probe reached it', 'rm-1: somebody else renewed it: valid until 2027-12-01T03:12:00Z'],
    over: false,
  })
})

test('a wait that was short at first and is told again as a long one rests, and is told once', () => {
  const running = (until: string) => ({
    step: 'update-validity',
    decision: { do: 'wait', for: 'Running', until, because: 'the instance is locked' },
  })
  const words = ['rm-1: waits for Running: the instance is locked']
  expect(told(running('2026-11-24T18:44:59Z'))).toEqual({ words, over: false })
  expect(told(running('2026-11-24T18:44:59Z'), running('2026-11-24T18:49:59Z'))).toEqual({ words, over: true })
})

test('what ended stays ended, whatever a repeated delivery says', () => {
  expect(told(proven, adopts)).toEqual({ words: ['rm-1: proof: proven'], over: true })
})
